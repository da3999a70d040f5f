#include "apps/cli/bench_series.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace retinue::cli {
namespace {

std::vector<double> Sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

double Series::Mean() const {
  if (values_.empty()) return 0;
  return std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(count());
}

double Series::Median() const {
  if (values_.empty()) return 0;
  const std::vector<double> sorted = Sorted(values_);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Series::Percentile(double fraction) const {
  if (values_.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(count())));
  return Sorted(values_)[std::clamp<std::size_t>(rank, 1, count()) - 1];
}

double Series::Spread() const {
  const double median = Median();
  if (median == 0) return 0;
  const auto [low, high] = std::minmax_element(values_.begin(), values_.end());
  return (*high - *low) / std::abs(median);
}

double SpreadOfParts(const Series& series, std::size_t parts) {
  if (series.count() < 2 * parts) return series.Spread();
  Series medians;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto at = [&](std::size_t part) {
      return series.values().begin() + static_cast<std::ptrdiff_t>(part * series.count() / parts);
    };
    medians.Add(Series(std::vector<double>(at(i), at(i + 1))).Median());
  }
  return medians.Spread();
}

nlohmann::ordered_json MillisecondsJson(const Series& series) {
  return {{"n", series.count()},
          {"mean_ms", series.Mean()},
          {"p50_ms", series.Median()},
          {"p95_ms", series.Percentile(0.95)}};
}

std::string OthersText(double share) {
  if (share <= kMostTakenByOthers) return {};
  return fmt::format("other programs used {} of the cores meanwhile: times are longer for it\n",
                     Percent(share));
}

std::string Percent(double fraction) { return fmt::format("{:.0f} %", fraction * 100); }

}  // namespace retinue::cli
