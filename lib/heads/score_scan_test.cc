#include "retinue/heads/score_scan.h"

#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::retinue::testing::Random;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct GridCase {
  int anchors;
  int leading;
  int classes;
};

std::string NameOf(const ::testing::TestParamInfo<GridCase>& info) {
  return std::to_string(info.param.anchors) + "Anchors" + std::to_string(info.param.leading) +
         "Leading" + std::to_string(info.param.classes) + "Classes";
}

class ScoreScanTwins : public ::testing::TestWithParam<GridCase> {};

constexpr int kTrailing = 3;

// A grid of random scores with rare candidates, ties, and every kind of value that is no number.
std::vector<float> RandomValues(const GridCase& c, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(c.anchors) *
                            static_cast<std::size_t>(c.leading + c.classes + kTrailing));
  for (float& v : values) {
    const double kind = random.Uniform();
    v = kind < 0.02 ? static_cast<float>(random.Below(4)) * 0.25f + 0.25f  // ties over the limit
        : kind < 0.021 ? kNan
        : kind < 0.022 ? -kNan
        : kind < 0.023 ? kInfinity
        : kind < 0.024 ? -kInfinity
                       : static_cast<float>(random.Uniform(-0.5, 0.25));
  }
  return values;
}

TEST_P(ScoreScanTwins, AgreeOnBothLayoutsAtAnyAlignment) {
  const GridCase c = GetParam();
  Random random(static_cast<std::uint64_t>(c.anchors * 1000 + c.classes));
  for (int round = 0; round < 8; ++round) {
    std::vector<float> values = RandomValues(c, random);
    const auto shift = static_cast<std::size_t>(round);  // in floats: off any vector boundary
    values.insert(values.begin(), shift, 0.0f);
    const int trailing = round % 2 == 0 ? 0 : kTrailing;
    for (const GridLayout layout : {GridLayout::kChannelsFirst, GridLayout::kAnchorsFirst}) {
      const ScoreGrid grid{values.data() + shift, c.anchors, c.leading, c.classes, layout,
                           trailing};
      std::vector<Candidate> fast, slow;
      const auto fast_invalid = FindCandidates(grid, 0.25f, fast);
      const auto slow_invalid = FindCandidatesScalar(grid, 0.25f, slow);
      EXPECT_EQ(fast_invalid, slow_invalid);
      EXPECT_EQ(fast, slow);
    }
  }
}

// Around the widths of vectors (4, 8, 16 lanes) and of the block of 1024 anchors.
INSTANTIATE_TEST_SUITE_P(
    Shapes, ScoreScanTwins,
    ::testing::Values(GridCase{0, 4, 80}, GridCase{1, 4, 1}, GridCase{3, 4, 2}, GridCase{7, 0, 5},
                      GridCase{8, 4, 8}, GridCase{15, 1, 7}, GridCase{17, 4, 9},
                      GridCase{33, 1, 23}, GridCase{100, 4, 17}, GridCase{255, 4, 80},
                      GridCase{1023, 4, 3}, GridCase{1024, 4, 16}, GridCase{1031, 0, 33},
                      GridCase{2500, 4, 80}),
    NameOf);

TEST(ScoreScan, FindsTheBestClassAndTheLowestIdOfEqualOnes) {
  // By hand; two anchors, classes down: anchor 0 has 0.5 twice, anchor 1 is below the limit.
  const std::vector<float> scores = {0.5f, 0.1f,  //
                                     0.2f, 0.4f,  //
                                     0.5f, 0.3f};
  std::vector<Candidate> found;
  const ScoreGrid grid{scores.data(), 2, 0, 3, GridLayout::kChannelsFirst};
  EXPECT_EQ(FindCandidates(grid, 0.45f, found), 0);
  EXPECT_THAT(found, ElementsAre(Candidate{0, 0, 0.5f}));
}

TEST(ScoreScan, TakesOnlyScoresAboveTheThreshold) {
  const std::vector<float> scores(32, 0.25f);
  std::vector<Candidate> found;
  const ScoreGrid grid{scores.data(), 32, 0, 1, GridLayout::kChannelsFirst};
  FindCandidates(grid, 0.25f, found);
  EXPECT_THAT(found, IsEmpty());
  FindCandidates(grid, std::nextafter(0.25f, 0.0f), found);
  EXPECT_EQ(found.size(), 32u);
  FindCandidates(grid, kNan, found);
  EXPECT_THAT(found, IsEmpty());
}

TEST(ScoreScan, CountsAnAnchorOnceHoweverManyValuesAreNotFinite) {
  std::vector<float> values(6 * 16, 0.9f);
  values[3] = kNan;            // leading channel of anchor 3
  values[5 * 16 + 3] = kNan;   // and a score of the same
  values[2 * 16 + 7] = -kInfinity;
  std::vector<Candidate> found;
  const ScoreGrid grid{values.data(), 16, 1, 5, GridLayout::kChannelsFirst};
  EXPECT_EQ(FindCandidates(grid, 0.5f, found), 2);
  EXPECT_EQ(found.size(), 14u);
}

}  // namespace
}  // namespace retinue
