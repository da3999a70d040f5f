#include "apps/cli/bench_series.h"

#include <gtest/gtest.h>

namespace retinue::cli {
namespace {

// By hand: 1, 2, 3, 4, 10 has the mean 4, the median 3; nine tenths of five are at least 4.5
// values, so the fifth; the spread is (10 - 1) / 3.
TEST(Series, SaysWhatANumberLineSays) {
  const Series series({4, 1, 10, 3, 2});
  EXPECT_DOUBLE_EQ(series.Mean(), 4);
  EXPECT_DOUBLE_EQ(series.Median(), 3);
  EXPECT_DOUBLE_EQ(series.Percentile(0.9), 10);
  EXPECT_DOUBLE_EQ(series.Percentile(0.8), 4);
  EXPECT_DOUBLE_EQ(series.Percentile(0), 1);
  EXPECT_DOUBLE_EQ(series.Spread(), 3);
  EXPECT_DOUBLE_EQ(Series({1, 2, 4, 8}).Median(), 3);
}

TEST(Series, IsZeroWhenEmpty) {
  const Series series;
  EXPECT_EQ(series.Mean() + series.Median() + series.Percentile(0.5) + series.Spread(), 0);
}

// Two parts of five: medians 10 and 11; the 90 and the 1 are single late and early ones.
TEST(SpreadOfParts, LooksPastSingleOutliers) {
  const Series series({10, 10, 90, 10, 10, 11, 11, 11, 1, 11});
  EXPECT_DOUBLE_EQ(SpreadOfParts(series, 2), 1 / 10.5);
  EXPECT_DOUBLE_EQ(SpreadOfParts(Series({1, 2, 3}), 2), 1);  // too few for parts
}

}  // namespace
}  // namespace retinue::cli
