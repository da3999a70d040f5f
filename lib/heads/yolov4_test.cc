#include "retinue/heads/yolov4.h"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(YoloV4Head, ReadsBoxesAndScoresApart) {
  // Scores first, as some converters order them.
  const std::vector<float> scores = {0, 0.5f, 0.1f, 0.2f, 0.75f, 0};
  const std::vector<float> boxes = {100, 50, 40, 80, 300, 60, 20, 20, 200, 60, 20, 20};
  const TensorView views[] = {{ElementType::kF32, Shape{1, 3, 2}, scores.data()},
                              {ElementType::kF32, Shape{1, 3, 4}, boxes.data()}};
  auto head = *MakeHead(YoloV4Spec{.class_count = 2, .boxes_output = 1, .scores_output = 0});
  FrameResult result{.size = {416, 416}};
  ASSERT_TRUE(head->Parse(views, {}, result));
  ASSERT_EQ(result.objects.size(), 2u);
  EXPECT_EQ(result.objects[0],
            (Detection{.box = {190, 50, 20, 20}, .score = 0.75f, .class_id = 0}));
  EXPECT_EQ(result.objects[1], (Detection{.box = {80, 10, 40, 80}, .score = 0.5f, .class_id = 1}));
}

TEST(YoloV4Head, CountsScoresAndBoxesThatAreNoNumbers) {
  const std::vector<float> boxes = {100, 50, 40, kNan, 100, 50, 40, 80, 100, 50, 40, kNan};
  const std::vector<float> scores = {0.9f, kNan, 0.1f};
  const TensorView views[] = {{ElementType::kF32, Shape{1, 3, 4}, boxes.data()},
                              {ElementType::kF32, Shape{1, 3, 1}, scores.data()}};
  auto head = *MakeHead(YoloV4Spec{.class_count = 1});
  FrameResult result{.size = {416, 416}};
  ASSERT_TRUE(head->Parse(views, {}, result));
  EXPECT_TRUE(result.objects.empty());
  EXPECT_EQ(head->invalid_count(), 2) << "the third box belongs to nothing";
}

TEST(YoloV4Head, RefusesOtherShapesAndSpecsWithASentence) {
  const std::vector<float> values(40);
  auto head = *MakeHead(YoloV4Spec{.class_count = 3});
  const TensorView views[] = {{ElementType::kF32, Shape{1, 4, 4}, values.data()},
                              {ElementType::kF32, Shape{1, 5, 3}, values.data()}};
  FrameResult result;
  EXPECT_EQ(head->Parse(views, {}, result).error().message,
            "the boxes must be [1, 5, 4], got [1, 4, 4]");
  EXPECT_THAT(head->Parse({views, 1}, {}, result).error().message, HasSubstr("output 1"));
  EXPECT_THAT(MakeHead(YoloV4Spec{.class_count = 3, .scores_output = 0}).error().message,
              HasSubstr("must be two outputs of the model"));
}

}  // namespace
}  // namespace retinue
