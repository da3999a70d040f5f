#include "retinue/heads/yolov5.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Rows of cx, cy, w, h, objectness and three class scores.
struct Rows {
  static constexpr int kColumns = 8;
  std::vector<float> values;
  TensorView view() const {
    return {ElementType::kF32,
            Shape{1, static_cast<std::int64_t>(values.size()) / kColumns, kColumns}, values.data()};
  }
};

struct Outcome {
  std::vector<Detection> found;
  std::int64_t invalid = 0;
};

Outcome Parse(const Rows& rows, const HeadOptions& options = {}) {
  auto head = MakeHead(YoloV5Spec{.class_count = 3}, options);
  EXPECT_TRUE(head) << head.error().message;
  const TensorView view = rows.view();
  FrameResult result{.size = {640, 640}};
  result.objects.resize(3);  // what lies there before must not matter
  const auto parsed = (*head)->Parse({&view, 1}, {}, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return {result.objects, (*head)->invalid_count()};
}

TEST(YoloV5Head, ScoresAClassByItsProductWithObjectness) {
  const Outcome outcome = Parse({{100, 50, 40, 80, 0.5f, 0.1f, 0.75f, 0.25f}});
  ASSERT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.found[0].box, (Box{80, 10, 40, 80}));
  EXPECT_EQ(outcome.found[0].score, 0.375f);
  EXPECT_EQ(outcome.found[0].class_id, 1);
}

TEST(YoloV5Head, TakesTheThresholdStrictlyOfTheProduct) {
  const Rows rows{{100, 50, 40, 80, 0.5f, 0, 0.5f, 0}};
  EXPECT_TRUE(Parse(rows, {.conf = 0.25f}).found.empty());
  EXPECT_EQ(Parse(rows, {.conf = std::nextafter(0.25f, 0.0f)}).found.size(), 1u);
}

TEST(YoloV5Head, GivesEveryClassAboveTheThresholdWhenAskedFor) {
  const Rows rows{{100, 50, 40, 80, 0.5f, 0.8f, 0.1f, 0.6f}};
  EXPECT_EQ(Parse(rows).found.size(), 1u);
  const Outcome outcome = Parse(rows, {.multi_label = true});
  ASSERT_EQ(outcome.found.size(), 2u);
  EXPECT_EQ(outcome.found[0].class_id, 0);
  EXPECT_EQ(outcome.found[1].class_id, 2);
  EXPECT_EQ(outcome.found[1].score, 0.3f);
  EXPECT_EQ(Parse(rows, {.multi_label = true, .classes = {2}}).found.size(), 1u);
}

TEST(YoloV5Head, CountsRowsThatCannotBe) {
  const Outcome outcome = Parse({{100, 50, 40, 80,        0.9f, 0.9f, 0,    0,     //
                                  100, 50, 40, kNan,      0.9f, 0.9f, 0,    0,     // box
                                  100, 50, 40, 80,        kNan, 0.9f, 0,    0,     // objectness
                                  100, 50, 40, 80,        0.9f, 0.9f, kNan, 0,     // a class
                                  100, 50, 40, kInfinity, 0.0f, 0,    0,    0,     // a weak one
                                  300, 50, 40, 80,        0.1f, kNan, 0,    0}});  // not looked at
  EXPECT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.invalid, 4);
}

TEST(YoloV5Head, ReadsBoxesOfFiniteValuesWhoseSumIsNot) {
  const float huge = std::numeric_limits<float>::max();
  const Outcome outcome = Parse({{100, 50, huge, huge, 0.9f, 0.9f, 0, 0}});
  EXPECT_EQ(outcome.invalid, 0);
  ASSERT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.found[0].box, (Box{0, 0, 640, 640}));
}

TEST(YoloV5Head, ReadsKeypointsBehindTheClasses) {
  // Two keypoints of x, y, score.
  const std::vector<float> values = {100, 50, 40, 80, 0.5f, 0.8f, 10, 20, 0.9f, 30, 40, 0.7f};
  const TensorView view{ElementType::kF32, Shape{1, 1, 12}, values.data()};
  auto head = *MakeHead(YoloV5Spec{.class_count = 1, .extra = KeypointColumns{.count = 2}});
  FrameResult result{.size = {640, 640}};
  ASSERT_TRUE(head->Parse({&view, 1}, {2, 0, 0, 0, 2, 0}, result));
  ASSERT_EQ(result.objects.size(), 1u);
  const auto points = result.KeypointsOf(result.objects[0]);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[1], (Keypoint{60, 80, 0.7f}));
}

TEST(YoloV5Head, RefusesOtherShapesWithASentence) {
  auto head = *MakeHead(YoloV5Spec{.class_count = 80});
  const std::vector<float> values(3 * 84);
  FrameResult result;
  for (const Shape& shape : {Shape{1, 3, 84}, Shape{3, 84}, Shape{2, 1, 85}, Shape{1, 85, 2}}) {
    const TensorView view{ElementType::kF32, shape, values.data()};
    const auto wrong = head->Parse({&view, 1}, {}, result);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(wrong.error().message, "the detections must be [1, N, 85], got " + ToString(shape));
  }
  EXPECT_THAT(head->Parse({}, {}, result).error().message, HasSubstr("must be output 0"));
  EXPECT_FALSE(MakeHead(YoloV5Spec{}));
  EXPECT_FALSE(MakeHead(YoloV5Spec{.class_count = 1, .output = -1}));
  EXPECT_FALSE(MakeHead(YoloV5Spec{.class_count = 1, .extra = KeypointColumns{.count = 0}}));
}

}  // namespace
}  // namespace retinue
