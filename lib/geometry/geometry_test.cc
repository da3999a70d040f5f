#include "retinue/geometry/geometry.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace retinue {
namespace {

// All expected values by hand.

TEST(Box, FromCornersNeverHasANegativeExtent) {
  EXPECT_EQ(BoxFromCorners(1, 2, 4, 6), (Box{1, 2, 3, 4}));
  EXPECT_EQ(BoxFromCorners(4, 6, 1, 2), (Box{4, 6, 0, 0}));
}

TEST(Box, KnowsItsEdgesAndCentre) {
  const Box box{10, 20, 30, 40};
  EXPECT_EQ(box.right(), 40);
  EXPECT_EQ(box.bottom(), 60);
  EXPECT_EQ(box.center(), (Point{25, 40}));
  EXPECT_EQ(Area(box), 1200);
  EXPECT_EQ(Area(Box{0, 0, -1, 5}), 0);
}

TEST(IoU, IsTheSharedPartOfBoth) {
  const Box a{0, 0, 10, 10};
  EXPECT_FLOAT_EQ(IoU(a, a), 1);
  EXPECT_FLOAT_EQ(IoU(a, {5, 0, 10, 10}), 1.0f / 3);     // 50 of 150
  EXPECT_FLOAT_EQ(IoU(a, {5, 5, 10, 10}), 25.0f / 175);  // a quarter of each
  EXPECT_EQ(IoU(a, {10, 0, 5, 5}), 0);                   // touching
  EXPECT_EQ(IoU(a, {50, 50, 5, 5}), 0);
  EXPECT_EQ(IoU({1, 1, 0, 0}, {1, 1, 0, 0}), 0);  // nothing of nothing
}

TEST(Clip, KeepsWhatIsInsideThePicture) {
  EXPECT_EQ(Clip({-5, -5, 20, 20}, {10, 8}), (Box{0, 0, 10, 8}));
  EXPECT_EQ(Clip({2, 3, 4, 5}, {10, 8}), (Box{2, 3, 4, 5}));
  EXPECT_EQ(Area(Clip({20, 3, 4, 5}, {10, 8})), 0);
}

TEST(Affine, InverseUndoes) {
  const Affine map{2, 0.5f, -3, -1, 3, 7};
  for (const Point p : {Point{0, 0}, Point{5, -2}, Point{100, 40}}) {
    const Point back = map.Inverse().Apply(map.Apply(p));
    EXPECT_NEAR(back.x, p.x, 1e-4);
    EXPECT_NEAR(back.y, p.y, 1e-4);
  }
}

TEST(Affine, AfterAppliesTheFirstFirst) {
  const Affine scale{2, 0, 0, 0, 3, 0};
  const Affine move{1, 0, 10, 0, 1, 20};
  EXPECT_EQ(move.After(scale).Apply({1, 1}), (Point{12, 23}));
  EXPECT_EQ(scale.After(move).Apply({1, 1}), (Point{22, 63}));
}

TEST(AffineDeathTest, AFlatMapHasNoInverse) {
  EXPECT_DEATH((Affine{1, 2, 0, 2, 4, 0}).Inverse(), "determinant");
}

TEST(MapBox, IsTheBoxAroundTheTurnedCorners) {
  const float half = std::numbers::sqrt2_v<float> / 2;
  const Affine turn{half, -half, 0, half, half, 0};  // by 45 degrees
  const Box box = MapBox(turn, {0, 0, 2, 2});
  EXPECT_NEAR(box.x, -std::numbers::sqrt2, 1e-5);
  EXPECT_NEAR(box.y, 0, 1e-5);
  EXPECT_NEAR(box.width, 2 * std::numbers::sqrt2, 1e-5);
  EXPECT_NEAR(box.height, 2 * std::numbers::sqrt2, 1e-5);
  // A mirrored box has its corners in order again.
  EXPECT_EQ(MapBox({-1, 0, 0, 0, 1, 0}, {1, 1, 2, 3}), (Box{-3, 1, 2, 3}));
}

// A 2 x 4 rectangle turned clockwise by 90 degrees: its top left corner comes to the top right.
TEST(Region, HasItsCornersClockwise) {
  const Region region{{10, 20}, 2, 4, std::numbers::pi_v<float> / 2};
  const Point expected[] = {{12, 19}, {12, 21}, {8, 21}, {8, 19}};
  const auto corners = CornersOf(region);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(corners[i].x, expected[i].x, 1e-5) << i;
    EXPECT_NEAR(corners[i].y, expected[i].y, 1e-5) << i;
  }
  const Box box = BoundsOf(region);
  EXPECT_NEAR(box.x, 8, 1e-5);
  EXPECT_NEAR(box.y, 19, 1e-5);
  EXPECT_NEAR(box.width, 4, 1e-5);
  EXPECT_NEAR(box.height, 2, 1e-5);
}

TEST(Region, IsMappedByWhatHappensToItsSides) {
  const Region region{{10, 20}, 2, 4, 0.5f};
  const Region scaled = MapRegion({3, 0, 1, 0, 3, -2}, region);
  EXPECT_EQ(scaled.center, (Point{31, 58}));
  EXPECT_NEAR(scaled.width, 6, 1e-5);
  EXPECT_NEAR(scaled.height, 12, 1e-5);
  EXPECT_NEAR(scaled.angle_rad, 0.5, 1e-6);
  // Upright and stretched along x alone: only the width grows.
  const Region stretched = MapRegion({2, 0, 0, 0, 1, 0}, {{1, 1}, 2, 4, 0});
  EXPECT_NEAR(stretched.width, 4, 1e-6);
  EXPECT_NEAR(stretched.height, 4, 1e-6);
}

TEST(WholeFrame, IsARegionLikeAnyOther) {
  const Region region = WholeFrame({853, 480});
  EXPECT_EQ(region.center, (Point{426.5f, 240}));
  EXPECT_EQ(region.width, 853);
  EXPECT_EQ(region.height, 480);
  EXPECT_EQ(region.angle_rad, 0);
}

}  // namespace
}  // namespace retinue
