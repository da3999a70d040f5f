#include "retinue/tensor/tensor.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace retinue {
namespace {

TEST(Shape, PrintsDynamicDimensionsAsQuestionMarks) {
  EXPECT_EQ(ToString(Shape{1, 3, 640, Shape::kDynamic}), "[1, 3, 640, ?]");
  EXPECT_EQ(ToString(Shape{}), "[]");
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ((Shape{1, 84, 8400}).ElementCount(), 705600);
  EXPECT_EQ(Shape{}.ElementCount(), 1);
  EXPECT_EQ((Shape{5, 0}).ElementCount(), 0);
  EXPECT_EQ((Shape{Shape::kDynamic, 4}).ElementCount(), 0);
  EXPECT_EQ((Shape{100000, 100000}).ElementCount(), 10000000000);  // more than 32 bits
}

TEST(Shape, KnowsWhetherItIsDynamic) {
  Shape shape{Shape::kDynamic, 3};
  EXPECT_TRUE(shape.IsDynamic());
  shape.set(0, 2);
  EXPECT_FALSE(shape.IsDynamic());
  EXPECT_EQ(shape, (Shape{2, 3}));
  EXPECT_NE(shape, (Shape{2, 3, 1}));
}

TEST(ShapeDeathTest, HasAtMostEightDimensions) {
  const std::vector<std::int64_t> nine(9, 1);
  EXPECT_DEATH(Shape{std::span(nine)}, "kMaxRank");
}

TEST(ElementType, HasASizeAndAName) {
  EXPECT_EQ(SizeOf(ElementType::kF32), 4u);
  EXPECT_EQ(SizeOf(ElementType::kF16), 2u);
  EXPECT_EQ(SizeOf(ElementType::kBf16), 2u);
  EXPECT_EQ(SizeOf(ElementType::kU8), 1u);
  EXPECT_EQ(SizeOf(ElementType::kI8), 1u);
  EXPECT_EQ(SizeOf(ElementType::kI32), 4u);
  EXPECT_EQ(SizeOf(ElementType::kI64), 8u);
  for (int type = 0; type <= static_cast<int>(ElementType::kI64); ++type) {
    EXPECT_NE(ToString(static_cast<ElementType>(type)), "unknown");
  }
}

TEST(View, GivesItsElements) {
  std::vector<float> memory = {1, 2, 3, 4, 5, 6};
  const MutableTensorView view{ElementType::kF32, {2, 3}, memory.data()};
  view.as<float>()[4] = 50;
  const TensorView read_only = view;
  EXPECT_EQ(read_only.as<float>().size(), 6u);
  EXPECT_EQ(read_only.as<float>()[4], 50);
  EXPECT_EQ(read_only.shape, (Shape{2, 3}));
}

}  // namespace
}  // namespace retinue
