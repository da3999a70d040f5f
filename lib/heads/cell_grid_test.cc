#include "retinue/heads/cell_grid.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

TEST(CellLevels, CountTheCellsOfAllStridesInTheirOrder) {
  // By hand: 20x12, 10x6, 5x3, and of stride 64 ceil(2.5) x ceil(1.5).
  const auto levels = CellLevels({160, 96}, kP6Strides);
  ASSERT_TRUE(levels);
  ASSERT_EQ(levels->size(), 4u);
  EXPECT_EQ((*levels)[0].count(), 240);
  EXPECT_EQ((*levels)[1].first, 240);
  EXPECT_EQ((*levels)[3].first, 240 + 60 + 15);
  EXPECT_EQ((*levels)[3].columns, 3);
  EXPECT_EQ((*levels)[3].rows, 2);
  EXPECT_EQ((*levels)[1].ColumnOf(240 + 23), 3);
  EXPECT_EQ((*levels)[1].RowOf(240 + 23), 2);
  EXPECT_EQ(CellCount({160, 96}, kP6Strides), 240 + 60 + 15 + 6);
  EXPECT_EQ(CellCount({640, 640}), 8400) << "as every YOLOv8 has";
  EXPECT_EQ(CellCount({416, 416}), 3549) << "as YOLOX-Nano has";
}

TEST(CellLevels, RefuseWhatMakesNoGrid) {
  const std::vector<int> none, zero = {8, 0}, many(17, 8), one = {1};
  for (const auto& strides : {none, zero, many}) {
    const auto levels = CellLevels({640, 640}, strides);
    ASSERT_FALSE(levels);
    EXPECT_EQ(levels.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(CellCount({640, 640}, strides), 0);
  }
  EXPECT_THAT(CellLevels({0, 640}, kUsualStrides).error().message,
              HasSubstr("got 3 strides for an input of 0x640"));
  EXPECT_FALSE(CellLevels({16384, 16384}, one)) << "more cells than any network has";
}

}  // namespace
}  // namespace retinue
