#pragma once

// Several measurements of one figure, and how far they can be trusted.
// Thread rule: plain values.

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace retinue::cli {

/// A ratio of two figures is told only when neither moved by more than this fraction of itself
/// between its measurements: what is compared here differs by some per cent.
inline constexpr double kMostSpread = 0.15;

/// Nor when other programs used more than this fraction of the cores: a run lacks what they take,
/// a bound made of CPU seconds does not.
inline constexpr double kMostTakenByOthers = 0.10;

class Series {
 public:
  Series() = default;
  explicit Series(std::vector<double> values) : values_(std::move(values)) {}

  void Add(double value) { values_.push_back(value); }
  void Add(std::span<const double> values) {
    values_.insert(values_.end(), values.begin(), values.end());
  }

  std::size_t count() const { return values_.size(); }
  const std::vector<double>& values() const { return values_; }
  /// 0 when empty, as all below.
  double Mean() const;
  /// The middle one; of an even number the mean of the two in the middle.
  double Median() const;
  /// The smallest value that at least `fraction` (0…1) of all are not above.
  double Percentile(double fraction) const;
  /// (highest - lowest) / median.
  double Spread() const;

 private:
  std::vector<double> values_;
};

/// The spread of the medians of `parts` parts of the series, one after the other: how much a
/// figure moves from one stretch of time to the next, single late ones aside. With fewer values
/// than two a part, Spread().
double SpreadOfParts(const Series& series, std::size_t parts = 5);

/// {"n": …, "mean_ms": …, "p50_ms": …, "p95_ms": …} of milliseconds.
nlohmann::ordered_json MillisecondsJson(const Series& series);

/// A line that says so when other programs took more than kMostTakenByOthers; else empty.
std::string OthersText(double share);

/// "4 %"
std::string Percent(double fraction);

}  // namespace retinue::cli
