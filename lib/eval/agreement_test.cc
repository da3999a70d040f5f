// Expected values are worked out by hand, beside each test.

#include "retinue/eval/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace retinue {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

FrameResult Found(std::vector<Detection> objects) {
  FrameResult result;
  result.size = {100, 100};
  result.objects = std::move(objects);
  return result;
}

Detection Object(Box box, float score, int class_id = 0) {
  return {.box = box, .score = score, .class_id = class_id};
}

Agreement Compare(const FrameResult& reference, const FrameResult& other) {
  AgreementCounter counter;
  counter.Add(reference, other);
  return counter.Total();
}

TEST(Agreement, OfTheSameIsPerfect) {
  const FrameResult found =
      Found({Object({0, 0, 10, 10}, 0.9f), Object({50, 50, 20, 20}, 0.5f, 3)});
  const Agreement all = Compare(found, found);
  EXPECT_EQ(all.frames, 1);
  EXPECT_EQ(all.objects, 2);
  EXPECT_EQ(all.matched, 2);
  EXPECT_EQ(all.missing + all.extra, 0);
  EXPECT_EQ(all.iou_loss.max, 0);
  EXPECT_EQ(all.score.max, 0);
  EXPECT_EQ(all.edge_px.max, 0);
}

TEST(Agreement, OfNothingIsPerfect) {
  const Agreement none = AgreementCounter().Total();
  EXPECT_EQ(none.frames, 0);
  EXPECT_EQ(none.iou_loss.mean, 0);
  EXPECT_EQ(Compare(Found({}), Found({})).frames, 1);
}

TEST(Agreement, MeasuresBoxesAndScores) {
  // 10x10 against the same moved by 1 in x: overlap 9x10 = 90 of 110, edges off by 1;
  // 20x20 against 20x16, its bottom 4 higher: 320 of 400.
  const Agreement found =
      Compare(Found({Object({0, 0, 10, 10}, 0.9f), Object({50, 50, 20, 20}, 0.5f)}),
              Found({Object({1, 0, 10, 10}, 0.8f), Object({50, 50, 20, 16}, 0.46f)}));
  EXPECT_EQ(found.matched, 2);
  EXPECT_NEAR(found.iou_loss.max, 1 - 320.0 / 400, 1e-6);
  EXPECT_NEAR(found.iou_loss.mean, ((1 - 90.0 / 110) + (1 - 320.0 / 400)) / 2, 1e-6);
  EXPECT_NEAR(found.edge_px.max, 4, 1e-5);
  EXPECT_NEAR(found.edge_px.mean, 2.5, 1e-5);
  EXPECT_NEAR(found.score.max, 0.1, 1e-6);
  EXPECT_NEAR(found.score.mean, 0.07, 1e-6);
}

TEST(Agreement, CountsWhatHasNoCounterpart) {
  const Agreement found =
      Compare(Found({Object({0, 0, 10, 10}, 0.9f), Object({50, 50, 20, 20}, 0.5f, 1)}),
              Found({Object({50, 50, 20, 20}, 0.5f, 2), Object({80, 0, 10, 10}, 0.3f),
                     Object({20, 80, 10, 10}, 0.24f)}));  // below 0.25: nobody misses it
  EXPECT_EQ(found.objects, 2);
  EXPECT_EQ(found.matched, 0);
  EXPECT_EQ(found.missing, 2);
  EXPECT_EQ(found.extra, 2);
}

TEST(Agreement, AScoreThatCrossesTheLimitIsNoMissingObject) {
  const FrameResult above = Found({Object({0, 0, 10, 10}, 0.26f)});
  const FrameResult below = Found({Object({0, 0, 10, 10}, 0.24f)});
  for (const auto& [a, b] : {std::pair(above, below), std::pair(below, above)}) {
    const Agreement found = Compare(a, b);
    EXPECT_EQ(found.matched, 1);
    EXPECT_EQ(found.missing + found.extra, 0);
    EXPECT_NEAR(found.score.max, 0.02, 1e-6);
  }
}

TEST(Agreement, PairsBelowTheLimitDoNotCount) {
  const FrameResult low = Found({Object({0, 0, 10, 10}, 0.2f)});
  const Agreement found = Compare(low, Found({Object({4, 0, 10, 10}, 0.1f)}));
  EXPECT_EQ(found.matched, 0);
  EXPECT_EQ(found.iou_loss.max, 0);
}

TEST(Agreement, MatchesOneToOneAndTheClosestFirst) {
  // Both of the other's overlap the reference's first by half and more (80 of 120, and all): the
  // exact one belongs to it though it comes second, and the nearly exact one is left over.
  const Agreement found =
      Compare(Found({Object({0, 0, 10, 10}, 0.9f), Object({40, 0, 10, 10}, 0.8f)}),
              Found({Object({2, 0, 10, 10}, 0.9f), Object({0, 0, 10, 10}, 0.7f)}));
  EXPECT_EQ(found.matched, 1);
  EXPECT_EQ(found.iou_loss.max, 0);
  EXPECT_NEAR(found.score.max, 0.2, 1e-6);
  EXPECT_EQ(found.missing, 1);
  EXPECT_EQ(found.extra, 1);
}

TEST(Agreement, MeasuresKeypointsThatBothSee) {
  FrameResult a = Found({Object({0, 0, 10, 10}, 0.9f)});
  a.objects[0].detail = 0;
  a.keypoint_count = 3;
  a.keypoints = {{1, 1, 0.9f}, {5, 5, 0.9f}, {9, 9, 0.1f}};
  FrameResult b = a;
  b.keypoints[0] = {4, 5, 0.8f};    // 3 and 4 away: 5
  b.keypoints[2] = {90, 90, 0.1f};  // unseen
  const Agreement found = Compare(a, b);
  EXPECT_NEAR(found.keypoint_px.max, 5, 1e-6);
  EXPECT_NEAR(found.keypoint_px.mean, 2.5, 1e-6);
}

TEST(Agreement, MeasuresMasks) {
  // 4 columns of 4 rows: the first two columns, 8 pixels, against the second and third: 4 of 12.
  FrameResult a = Found({Object({0, 0, 4, 4}, 0.9f)});
  a.size = {4, 4};
  a.objects[0].detail = 0;
  FrameResult b = a;
  for (const std::uint32_t run : {0u, 8u, 8u}) a.masks.AddRun(run);
  a.masks.EndMask();
  for (const std::uint32_t run : {4u, 8u, 4u}) b.masks.AddRun(run);
  b.masks.EndMask();
  EXPECT_NEAR(Compare(a, b).mask_loss.max, 1 - 4.0 / 12, 1e-9);
  EXPECT_EQ(Compare(a, a).mask_loss.max, 0);
}

TEST(Agreement, MeasuresClassifiers) {
  FrameResult a, b;
  a.classes = {{.class_id = 1, .score = 0.6f}, {.class_id = 2, .score = 0.3f}};
  b.classes = {{.class_id = 1, .score = 0.5f}, {.class_id = 7, .score = 0.2f}};
  // Class 1: 0.1. Class 2 is at most 0.2 in b: at least 0.1. Class 7 is at most 0.3 in a: 0.
  const Agreement found = Compare(a, b);
  EXPECT_NEAR(found.class_score.max, 0.1, 1e-6);
  EXPECT_NEAR(found.class_score.mean, 0.2 / 3, 1e-6);
}

TEST(Agreement, GathersFrames) {
  AgreementCounter counter;
  counter.Add(Found({Object({0, 0, 10, 10}, 0.9f)}), Found({Object({0, 0, 10, 10}, 0.7f)}));
  counter.Add(Found({Object({0, 0, 10, 10}, 0.9f)}), Found({Object({0, 0, 10, 10}, 0.9f)}));
  const Agreement all = counter.Total();
  EXPECT_EQ(all.frames, 2);
  EXPECT_NEAR(all.score.mean, 0.1, 1e-6);
  EXPECT_NEAR(all.score.max, 0.2, 1e-6);
}

TEST(CompareValues, GivesTheRelativeAndTheLargestDifference) {
  const std::vector<float> a = {3, 4}, b = {3, 5};
  // sqrt(1 / 25)
  EXPECT_NEAR(CompareValues(a, b).relative, 0.2, 1e-9);
  EXPECT_EQ(CompareValues(a, b).max, 1);
  EXPECT_EQ(CompareValues(a, a).relative, 0);
}

TEST(CompareValues, KnowsZeros) {
  const std::vector<float> zeros = {0, 0}, ones = {1, 1};
  EXPECT_EQ(CompareValues(zeros, zeros).relative, 0);
  EXPECT_TRUE(std::isinf(CompareValues(zeros, ones).relative));
  EXPECT_EQ(CompareValues({}, {}).relative, 0);
}

TEST(CompareValues, CountsWhatIsNotFiniteInOneOnly) {
  const std::vector<float> a = {1, kNaN, kNaN, 2}, b = {1, kNaN, 5, INFINITY};
  const ValueDifference found = CompareValues(a, b);
  EXPECT_EQ(found.not_finite, 2);
  EXPECT_EQ(found.relative, 0);
  EXPECT_EQ(CompareValues(a, std::vector<float>{1}).not_finite, 3);
}

}  // namespace
}  // namespace retinue
