#include "retinue/heads/yolox.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

// Input 64x32: 8x4 cells of stride 8, 4x2 of stride 16, 2x1 of stride 32.
constexpr int kCells = 32 + 8 + 2;
constexpr int kColumns = 5 + 2;
const YoloXSpec kSpec{.class_count = 2, .input = {64, 32}};

struct Cells {
  std::vector<float> values = std::vector<float>(kCells * kColumns);
  void Set(int cell, std::vector<float> row) {
    std::copy(row.begin(), row.end(), values.begin() + cell * kColumns);
  }
  TensorView view() const { return {ElementType::kF32, Shape{1, kCells, kColumns}, values.data()}; }
};

std::vector<Detection> Parse(const Cells& cells, const HeadOptions& options = {},
                             std::int64_t* invalid = nullptr) {
  auto head = MakeHead(kSpec, options);
  EXPECT_TRUE(head) << head.error().message;
  const TensorView view = cells.view();
  FrameResult result{.size = {64, 32}};
  const auto parsed = (*head)->Parse({&view, 1}, {}, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (invalid != nullptr) *invalid = (*head)->invalid_count();
  return result.objects;
}

TEST(YoloXHead, ReadsABoxRelativeToItsCell) {
  Cells cells;
  // Cell (3, 1) of stride 16, number 32 + 1 · 4 + 3: centre ((3 + 0.25) · 16, (1 - 0.5) · 16),
  // size (e^ln2 · 16, e^0 · 16).
  cells.Set(32 + 7, {0.25f, -0.5f, std::log(2.0f), 0, 0.5f, 0, 0.75f});
  const auto found = Parse(cells);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].class_id, 1);
  EXPECT_EQ(found[0].score, 0.375f);
  EXPECT_NEAR(found[0].box.x, 52 - 16, 1e-5);
  EXPECT_NEAR(found[0].box.y, 0, 1e-5);
  EXPECT_NEAR(found[0].box.width, 28, 1e-5) << "clipped at the right";
  EXPECT_NEAR(found[0].box.height, 16, 1e-5);
}

TEST(YoloXHead, KnowsTheStrideOfEveryLevel) {
  Cells cells;
  cells.Set(0, {0.5f, 0.5f, 0, 0, 0.9f, 0.9f, 0});   // 8 pixels at (4, 4)
  cells.Set(41, {0.5f, 0.5f, 0, 0, 0.9f, 0, 0.9f});  // 32 pixels at (48, 16)
  const auto found = Parse(cells);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].box, (Box{0, 0, 8, 8}));
  EXPECT_EQ(found[1].box, (Box{32, 0, 32, 32}));
}

TEST(YoloXHead, CountsBoxesThatOverflow) {
  Cells cells;
  cells.Set(0, {0.5f, 0.5f, 1000, 0, 0.9f, 0.9f, 0});
  cells.Set(5, {0.5f, 0.5f, 0, 0, 0.9f, 0.9f, 0});
  std::int64_t invalid = 0;
  EXPECT_EQ(Parse(cells, {}, &invalid).size(), 1u);
  EXPECT_EQ(invalid, 1);
}

TEST(YoloXHead, RefusesOtherShapesAndSpecsWithASentence) {
  auto head = *MakeHead(kSpec);
  const std::vector<float> values(43 * kColumns);
  const TensorView view{ElementType::kF32, Shape{1, 43, kColumns}, values.data()};
  FrameResult result;
  EXPECT_THAT(head->Parse({&view, 1}, {}, result).error().message,
              HasSubstr("must be [1, 42, 7], got [1, 43, 7]"));
  EXPECT_THAT(MakeHead(YoloXSpec{.class_count = 2}).error().message,
              HasSubstr("for an input of 0x0"));
  EXPECT_FALSE(MakeHead(YoloXSpec{.class_count = 2, .input = {64, 32}, .strides = {}}));
  EXPECT_FALSE(MakeHead(YoloXSpec{.class_count = 0, .input = {64, 32}}));
}

}  // namespace
}  // namespace retinue
