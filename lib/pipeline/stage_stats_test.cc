// Percentiles are compared with the sorted durations themselves; the tolerance is what the
// header promises for buckets of 1/64 octave: ±0.8 %.

#include "retinue/pipeline/stage_stats.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace retinue {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr double kTolerance = 0.008;

double ExactPercentileMs(std::vector<std::int64_t> ns, double fraction) {
  std::sort(ns.begin(), ns.end());
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(ns.size())));
  return static_cast<double>(ns[std::max<std::size_t>(rank, 1) - 1]) * 1e-6;
}

struct Spread {
  const char* name;
  double low_ns;
  double high_ns;
};

class DurationHistogramTest : public ::testing::TestWithParam<Spread> {};

TEST_P(DurationHistogramTest, PercentilesAgreeWithTheSortedDurations) {
  testing::Random random(7);
  DurationHistogram histogram;
  std::vector<std::int64_t> all;
  double sum = 0;
  for (int i = 0; i < 5001; ++i) {
    // Even over the octaves, so that every bucket size takes part.
    const double exponent =
        random.Uniform(std::log2(GetParam().low_ns), std::log2(GetParam().high_ns));
    all.push_back(static_cast<std::int64_t>(std::exp2(exponent)));
    sum += static_cast<double>(all.back());
    histogram.Add(Nanoseconds(all.back()));
  }
  for (const double fraction : {0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const double expected = ExactPercentileMs(all, fraction);
    EXPECT_NEAR(histogram.PercentileMs(fraction), expected, expected * kTolerance)
        << "fraction " << fraction;
  }
  EXPECT_EQ(histogram.count(), 5001);
  EXPECT_NEAR(histogram.MeanMs(), sum / 5001 * 1e-6, sum / 5001 * 1e-6 * 1e-12);
  EXPECT_DOUBLE_EQ(histogram.MaxMs(),
                   static_cast<double>(*std::max_element(all.begin(), all.end())) * 1e-6);
}

INSTANTIATE_TEST_SUITE_P(, DurationHistogramTest,
                         ::testing::Values(Spread{"OfNanoseconds", 1, 200},
                                           Spread{"OfStages", 1e3, 1e8},
                                           Spread{"OfMinutes", 1e9, 1e12}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DurationHistogram, IsExactBelow64Nanoseconds) {
  for (int ns = 0; ns < 64; ++ns) {
    DurationHistogram histogram;
    histogram.Add(Nanoseconds(ns));
    histogram.Add(Nanoseconds(1000));  // else the maximum would bound the answer
    EXPECT_DOUBLE_EQ(histogram.PercentileMs(0.5), ns * 1e-6);
  }
}

TEST(DurationHistogram, AlwaysWithinItsToleranceAroundPowersOfTwo) {
  for (int power = 6; power <= 40; ++power) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const std::int64_t ns = std::min((std::int64_t{1} << power) + offset, std::int64_t{1} << 40);
      DurationHistogram histogram;
      histogram.Add(Nanoseconds(ns));
      histogram.Add(Nanoseconds(std::int64_t{1} << 40));
      const double expected = static_cast<double>(ns) * 1e-6;
      EXPECT_NEAR(histogram.PercentileMs(0.5), expected, expected * kTolerance) << ns;
    }
  }
}

TEST(DurationHistogram, AnEmptyOneIsZero) {
  const DurationHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.MeanMs(), 0);
  EXPECT_EQ(histogram.MaxMs(), 0);
  EXPECT_EQ(histogram.PercentileMs(0.5), 0);
}

TEST(DurationHistogram, OddDurationsCountAsTheNearestPossible) {
  DurationHistogram negative;
  negative.Add(milliseconds(-5));
  EXPECT_EQ(negative.count(), 1);
  EXPECT_EQ(negative.MaxMs(), 0);
  EXPECT_EQ(negative.PercentileMs(1), 0);
  DurationHistogram endless;
  endless.Add(Nanoseconds::max());
  EXPECT_DOUBLE_EQ(endless.MaxMs(), std::exp2(40) * 1e-6);
  EXPECT_NEAR(endless.PercentileMs(0.5), std::exp2(40) * 1e-6, std::exp2(40) * 1e-6 * kTolerance);
}

TEST(DurationHistogram, MergedIsAsIfAddedToOne) {
  DurationHistogram one, other, both;
  for (int i = 1; i <= 100; ++i) {
    (i % 3 == 0 ? one : other).Add(microseconds(i * i));
    both.Add(microseconds(i * i));
  }
  one.Merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_DOUBLE_EQ(one.MeanMs(), both.MeanMs());
  EXPECT_EQ(one.MaxMs(), both.MaxMs());
  for (const double fraction : {0.1, 0.5, 0.95}) {
    EXPECT_EQ(one.PercentileMs(fraction), both.PercentileMs(fraction));
  }
}

TEST(StageStats, KeepsStagesApartAndMergesThem) {
  StageStats one, other;
  one.Add(Stage::kDecodeWait, milliseconds(1));
  other.Add(Stage::kDecodeWait, milliseconds(3));
  other.Add(Stage::kLatency, milliseconds(9));
  one.Merge(other);
  EXPECT_EQ(one.of(Stage::kDecodeWait).count(), 2);
  EXPECT_DOUBLE_EQ(one.of(Stage::kDecodeWait).MeanMs(), 2);
  EXPECT_EQ(one.of(Stage::kLatency).count(), 1);
  EXPECT_EQ(one.of(Stage::kHead).count(), 0);
}

TEST(StageStats, EveryStageHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < kStageCount; ++i) names.insert(ToString(static_cast<Stage>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kStageCount));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(StageTimer, AddsTheTimeBetweenItsBeginningAndItsEnd) {
  FakeClock clock;
  StageStats stats;
  clock.Advance(milliseconds(100));
  {
    const StageTimer timer(clock, stats, Stage::kTrack);
    clock.Advance(milliseconds(4));
  }
  clock.Advance(milliseconds(100));
  EXPECT_EQ(stats.of(Stage::kTrack).count(), 1);
  EXPECT_DOUBLE_EQ(stats.of(Stage::kTrack).MeanMs(), 4);
}

}  // namespace
}  // namespace retinue
