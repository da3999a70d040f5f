#include "retinue/heads/yolo_end2end.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Rows of six: x_min, y_min, x_max, y_max, score, class.
struct Outcome {
  std::vector<Detection> found;
  std::int64_t invalid = 0;
};

Outcome Parse(std::vector<float> rows, const HeadOptions& options = {},
              const Affine& map = {}, Size frame = {640, 640}) {
  rows.reserve(6);  // memory even for no rows
  const TensorView view{ElementType::kF32,
                        Shape{1, static_cast<std::int64_t>(rows.size() / 6), 6}, rows.data()};
  auto head = MakeHead(YoloEnd2EndSpec{.class_count = 3}, options);
  EXPECT_TRUE(head) << head.error().message;
  Outcome outcome;
  FrameResult result{.size = frame};
  result.objects.resize(3);  // what lies there before must not matter
  const auto parsed = (*head)->Parse({&view, 1}, map, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  outcome.found = result.objects;
  outcome.invalid = (*head)->invalid_count();
  return outcome;
}

TEST(YoloEnd2EndHead, ReadsCornersScoreAndClass) {
  const Outcome outcome = Parse({10, 20, 40, 80, 0.5f, 2});
  ASSERT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.found[0].box, (Box{10, 20, 30, 60}));
  EXPECT_EQ(outcome.found[0].score, 0.5f);
  EXPECT_EQ(outcome.found[0].class_id, 2);
}

TEST(YoloEnd2EndHead, SuppressesNothingASecondTime) {
  const std::vector<float> rows = {10, 10, 50, 50, 0.9f, 1, 10, 10, 50, 50, 0.8f, 1};
  EXPECT_EQ(Parse(rows, {.iou = 0.1f}).found.size(), 2u);
  EXPECT_EQ(Parse(rows, {.iou = 0.1f, .agnostic_nms = true}).found.size(), 2u);
}

TEST(YoloEnd2EndHead, KeepsWhatIsAboveConfAndWantedBestFirst) {
  const std::vector<float> rows = {0, 0, 9, 9, 0.3f, 0, 1, 0, 9, 9, 0.9f, 1,
                                   2, 0, 9, 9, 0.3f, 2, 3, 0, 9, 9, 0.25f, 0};
  const auto starts = [](const Outcome& outcome) {
    std::vector<float> x;
    for (const Detection& one : outcome.found) x.push_back(one.box.x);
    return x;
  };
  EXPECT_THAT(starts(Parse(rows)), ::testing::ElementsAre(1, 0, 2)) << "ties in their order";
  EXPECT_THAT(starts(Parse(rows, {.max_det = 2})), ::testing::ElementsAre(1, 0));
  EXPECT_THAT(starts(Parse(rows, {.classes = {0, 2}})), ::testing::ElementsAre(0, 2));
}

TEST(YoloEnd2EndHead, MapsToTheFrameAndClips) {
  const Outcome outcome =
      Parse({0, 10, 20, 40, 0.9f, 0, 200, 0, 240, 9, 0.8f, 0}, {}, {2, 0, -10, 0, 2, 0}, {100, 70});
  ASSERT_EQ(outcome.found.size(), 1u) << "the other lies outside";
  EXPECT_EQ(outcome.found[0].box, (Box{0, 20, 30, 50}));
}

TEST(YoloEnd2EndHead, CountsWhatCannotBe) {
  const Outcome outcome = Parse({0,    0, 9, 9, 0.9f, 0,    0, 0, 9, kInfinity, 0.9f, 0,
                                 0,    0, 9, 9, kNan, 0,    0, 0, 9, 9,         0.9f, 3,
                                 0,    0, 9, 9, 0.9f, -1,   0, 0, 9, 9,         0.9f, 0.5f,
                                 kNan, 0, 9, 9, 0.9f, 1,    0, 0, 9, 9,         0,    kNan});
  EXPECT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.invalid, 6) << "a row of score 0 is padding, whatever else it holds";
}

TEST(YoloEnd2EndHead, ReadsNoRowsAsNothing) { EXPECT_TRUE(Parse({}).found.empty()); }

TEST(YoloEnd2EndHead, RefusesOtherShapesWithASentence) {
  std::vector<float> values(84 * 6);
  auto head = MakeHead(YoloEnd2EndSpec{.class_count = 80});
  ASSERT_TRUE(head);
  for (const Shape& shape : {Shape{1, 84, 5}, Shape{2, 42, 6}, Shape{84, 6}}) {
    const TensorView view{ElementType::kF32, shape, values.data()};
    FrameResult result{.size = {640, 640}};
  result.objects.resize(1);
    const auto parsed = (*head)->Parse({&view, 1}, {}, result);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message, HasSubstr("must be [1, K, 6], got " + ToString(shape)));
    EXPECT_TRUE(result.objects.empty());
  }
  FrameResult result{.size = {640, 640}};
  EXPECT_THAT((*head)->Parse({}, {}, result).error().message,
              HasSubstr("must be output 0, got a model with outputs 0"));
  EXPECT_THAT(MakeHead(YoloEnd2EndSpec{.class_count = 1, .output = -1}).error().message,
              HasSubstr("must not be negative"));
}

}  // namespace
}  // namespace retinue
