// Expected regions by hand: a square, its centre and turn.

#include "retinue/heads/region_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

namespace retinue {
namespace {

using ::testing::HasSubstr;
using Extent = RegionRule::Extent;

constexpr float kRightAngle = std::numbers::pi_v<float> / 2;

void ExpectRegion(const std::optional<Region>& region, const Region& expected) {
  ASSERT_TRUE(region);
  EXPECT_NEAR(region->center.x, expected.center.x, 1e-3);
  EXPECT_NEAR(region->center.y, expected.center.y, 1e-3);
  EXPECT_NEAR(region->width, expected.width, 1e-3);
  EXPECT_NEAR(region->height, expected.height, 1e-3);
  EXPECT_NEAR(region->angle_rad, expected.angle_rad, 1e-5);
}

TEST(RegionRule, ReachIsACircleAroundThePoint) {
  const RegionRule rule{.scale = 1.25f};  // a body: from the hips to the head, up
  ExpectRegion(RegionOf(rule, {}, std::vector<Keypoint>{{100, 200, 1}, {100, 120, 1}}),
               {{100, 200}, 200, 200, 0});
  // Lying with the head to the right: turned clockwise by a right angle.
  ExpectRegion(RegionOf(rule, {}, std::vector<Keypoint>{{100, 200, 1}, {180, 200, 1}}),
               {{100, 200}, 200, 200, kRightAngle});
  // Head to the left.
  ExpectRegion(RegionOf(rule, {}, std::vector<Keypoint>{{100, 200, 1}, {20, 200, 1}}),
               {{100, 200}, 200, 200, -kRightAngle});
  // Leaning by atan(3/4): hypot(60, 80) = 100.
  ExpectRegion(RegionOf(rule, {}, std::vector<Keypoint>{{100, 200, 1}, {160, 120, 1}}),
               {{100, 200}, 250, 250, std::atan2(60.0f, 80.0f)});
}

TEST(RegionRule, ABoxGivesItsLongSide) {
  // A face: from one eye to the other, to the right.
  const RegionRule rule{.extent = Extent::kBox, .angle_degrees = 0, .scale = 1.5f};
  const Box box{10, 20, 40, 60};
  ExpectRegion(RegionOf(rule, box, std::vector<Keypoint>{{20, 40, 1}, {40, 40, 1}}),
               {{30, 50}, 90, 90, 0});
  ExpectRegion(RegionOf(rule, box, std::vector<Keypoint>{{20, 40, 1}, {20, 60, 1}}),
               {{30, 50}, 90, 90, kRightAngle});
}

TEST(RegionRule, PointsAreAllOfThem) {
  const RegionRule rule{.extent = Extent::kPoints, .from = 2, .to = 0, .angle_degrees = 0};
  const std::vector<Keypoint> points = {{50, 20, 1}, {70, -10, 0}, {10, 20, 1}};
  EXPECT_EQ(BoundsOf(points), (Box{10, -10, 60, 30}));
  ExpectRegion(RegionOf(rule, {}, points), {{40, 5}, 60, 60, 0});
}

// Turned by any angle about the origin, a face's points give the same square, turned about it too;
// of landmarks as of keypoints.
TEST(RegionRule, PointsGiveASquareThatTurnsWithThem) {
  const RegionRule rule{
      .extent = Extent::kPoints, .from = 0, .to = 1, .angle_degrees = 0, .scale = 1.5f};
  // Eyes level at y = 20, a chin; 40 wide and 50 high around (30, 35).
  const std::vector<Point> upright = {{10, 20}, {50, 20}, {28, 60}, {30, 10}};
  for (int degrees = -180; degrees <= 180; degrees += 15) {
    SCOPED_TRACE(degrees);
    const float angle = static_cast<float>(degrees) * kRightAngle / 90;
    const auto turn = [&](Point p) {
      return Point{std::cos(angle) * p.x - std::sin(angle) * p.y,
                   std::sin(angle) * p.x + std::cos(angle) * p.y};
    };
    std::vector<Keypoint> keypoints;
    std::vector<Landmark> landmarks;
    for (const Point& p : upright) {
      keypoints.push_back({turn(p).x, turn(p).y, 1});
      landmarks.push_back({turn(p).x, turn(p).y, 7});
    }
    const auto region = RegionOf(rule, {}, landmarks);
    ASSERT_TRUE(region);
    EXPECT_EQ(*region, RegionOf(rule, {}, keypoints));
    EXPECT_EQ(BoundsOf(landmarks), BoundsOf(keypoints));
    EXPECT_NEAR(region->center.x, turn({30, 35}).x, 1e-3);
    EXPECT_NEAR(region->center.y, turn({30, 35}).y, 1e-3);
    EXPECT_NEAR(region->width, 75, 1e-3);
    EXPECT_NEAR(region->height, 75, 1e-3);
    EXPECT_NEAR(std::cos(region->angle_rad - angle), 1, 1e-5) << "the same turn";
  }
  EXPECT_EQ(BoundsOf(std::span<const Landmark>()), Box{});
}

// A model that looks at the region sees the way from one point to the other in its direction.
TEST(RegionRule, TurnsTheWayUp) {
  const RegionRule rule{};
  for (const Point to : {Point{30, -70}, {-12, 5}, {1, 90}, {-44, -44}}) {
    const auto region = RegionOf(rule, {}, std::vector<Keypoint>{{0, 0, 1}, {to.x, to.y, 1}});
    ASSERT_TRUE(region);
    const auto corners = CornersOf(*region);
    const Point up{corners[0].x - corners[3].x, corners[0].y - corners[3].y};
    // Parallel: no cross product; and along, not against.
    EXPECT_NEAR(up.x * to.y - up.y * to.x, 0, 0.05f);
    EXPECT_GT(up.x * to.x + up.y * to.y, 0);
  }
}

TEST(RegionRule, NothingForAnEmptySquareOrWhatIsNoNumber) {
  const RegionRule rule{};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(RegionOf(rule, {}, std::vector<Keypoint>{{5, 5, 1}, {5, 5, 1}}));
  EXPECT_FALSE(RegionOf(rule, {}, std::vector<Keypoint>{{5, nan, 1}, {5, 9, 1}}));
  EXPECT_FALSE(RegionOf(rule, {}, std::vector<Keypoint>{{2e6f, 5, 1}, {2e6f, 9, 1}}));
  EXPECT_FALSE(RegionOf({.extent = Extent::kBox}, {1, 1, 0, 0},
                        std::vector<Keypoint>{{5, 5, 1}, {5, 9, 1}}));
}

TEST(RegionRule, RefusesPointsThatAreNotThere) {
  EXPECT_TRUE(CheckRegionRule({.from = 0, .to = 3}, 4));
  for (const RegionRule& rule : {RegionRule{.from = 0, .to = 4}, RegionRule{.from = -1, .to = 2},
                                 RegionRule{.from = 2, .to = 2}}) {
    EXPECT_THAT(CheckRegionRule(rule, 4).error().message,
                HasSubstr("two different points of 0 to 3"));
  }
  EXPECT_THAT(CheckRegionRule({.scale = 0}, 4).error().message, HasSubstr("scale"));
  EXPECT_THAT(CheckRegionRule({.angle_degrees = 400}, 4).error().message, HasSubstr("angle"));
}

}  // namespace
}  // namespace retinue
