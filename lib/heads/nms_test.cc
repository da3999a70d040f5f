#include "retinue/heads/nms.h"

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
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Boxes in heaps, so that many overlap at many degrees; scores in steps, so that many are equal.
std::vector<ScoredBox> RandomBoxes(int count, int classes, Random& random) {
  std::vector<ScoredBox> boxes;
  for (int i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.Below(8) * 80 + random.Below(24));
    const auto y = static_cast<float>(random.Below(8) * 80 + random.Below(24));
    const auto width = static_cast<float>(random.Uniform(20, 90));
    const auto height = static_cast<float>(random.Uniform(20, 90));
    boxes.push_back({x, y, x + width, y + height, static_cast<float>(random.Below(50)) / 50,
                     random.Below(classes)});
  }
  return boxes;
}

struct TwinCase {
  const char* name;
  int boxes;
  int classes;
  SuppressionOptions options;
};

class SuppressionTwins : public ::testing::TestWithParam<TwinCase> {};

TEST_P(SuppressionTwins, KeepTheSameBoxes) {
  const TwinCase& c = GetParam();
  Random random(7);
  Suppression suppression(c.options);  // reused: what one run leaves must not matter to the next
  for (int round = 0; round < 20; ++round) {
    auto boxes = RandomBoxes(c.boxes - round, c.classes, random);
    if (boxes.size() > 3) {
      boxes[1].x_max = kNan;
      boxes[2].score = kNan;
      boxes[3].y_max = round % 2 == 0 ? kInfinity : -kInfinity;
    }
    const auto slow = SuppressScalar(boxes, c.options);
    EXPECT_THAT(suppression.Run(boxes), ElementsAreArray(slow));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SuppressionTwins,
    ::testing::Values(TwinCase{"PerClass", 700, 3, {}},
                      TwinCase{"Agnostic", 700, 3, {.iou = 0.3f, .agnostic = true}},
                      TwinCase{"FewKept", 500, 80, {.max_kept = 5}},
                      TwinCase{"ManyKept", 2000, 80, {.iou = 0.9f, .max_kept = 1500}},
                      TwinCase{"FewCompete", 600, 2, {.iou = 0.5f, .max_candidates = 40}},
                      TwinCase{"NothingAllowed", 300, 1, {.iou = 0.0f}},
                      TwinCase{"EverythingAllowed", 300, 1, {.iou = 1.0f, .max_kept = 1000}},
                      TwinCase{"Small", 21, 2, {}}),
    [](const auto& param) { return param.param.name; });

std::vector<int> Kept(const std::vector<ScoredBox>& boxes, const SuppressionOptions& options = {}) {
  Suppression suppression(options);
  const auto kept = suppression.Run(boxes);
  return {kept.begin(), kept.end()};
}

TEST(Suppression, DropsTheWeakerOfTwoThatOverlapByMore) {
  // By hand: 10×10 boxes shifted by 2 share 80 of 120, 2/3; shifted by 5, 50 of 150, 1/3.
  const std::vector<ScoredBox> boxes = {
      {0, 0, 10, 10, 0.8f, 0}, {2, 0, 12, 10, 0.9f, 0}, {7, 0, 17, 10, 0.7f, 0}};
  EXPECT_THAT(Kept(boxes, {.iou = 0.5f}), ElementsAre(1, 2));
  EXPECT_THAT(Kept(boxes, {.iou = 0.7f}), ElementsAre(1, 0, 2));
  EXPECT_THAT(Kept(boxes, {.iou = 0.3f}), ElementsAre(1));
}

TEST(Suppression, KeepsAPairThatOverlapsByExactlyTheLimit) {
  // 10×10 boxes shifted by 5: 50 shared of 150; with 4×10 inside 8×10: exactly a half.
  const std::vector<ScoredBox> boxes = {{0, 0, 8, 10, 0.9f, 0}, {0, 0, 4, 10, 0.8f, 0}};
  EXPECT_THAT(Kept(boxes, {.iou = 0.5f}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(boxes, {.iou = 0.499f}), ElementsAre(0));
}

TEST(Suppression, KeepsTheLowerIndexOfEqualScores) {
  const std::vector<ScoredBox> boxes(5, ScoredBox{0, 0, 10, 10, 0.5f, 0});
  EXPECT_THAT(Kept(boxes), ElementsAre(0));
}

TEST(Suppression, LetsOtherClassesBeUnlessAgnostic) {
  const std::vector<ScoredBox> boxes = {{0, 0, 10, 10, 0.5f, 0}, {0, 0, 10, 10, 0.6f, 1}};
  EXPECT_THAT(Kept(boxes), ElementsAre(1, 0));
  EXPECT_THAT(Kept(boxes, {.agnostic = true}), ElementsAre(1));
}

TEST(Suppression, NeverKeepsNan) {
  const std::vector<ScoredBox> boxes = {
      {kNan, 0, 10, 10, 0.5f, 0}, {0, 0, 10, 10, kNan, 0}, {0, kNan, 10, 10, 0.7f, 0}};
  EXPECT_THAT(Kept(boxes), IsEmpty());
  EXPECT_THAT(Kept({}), IsEmpty());
}

TEST(Suppression, OrdersNegativeScoresAndBothZerosLikeNumbers) {
  const std::vector<ScoredBox> boxes = {{0, 0, 1, 1, -2.0f, 0},
                                        {2, 0, 3, 1, 0.0f, 0},
                                        {4, 0, 5, 1, -1.0f, 0},
                                        {6, 0, 7, 1, -0.0f, 0},
                                        {8, 0, 9, 1, 1.0f, 0}};
  EXPECT_THAT(Kept(boxes), ElementsAre(4, 1, 3, 2, 0));
}

}  // namespace
}  // namespace retinue
