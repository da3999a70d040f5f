#include "retinue/heads/region_rule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "retinue/base/check.h"

namespace retinue {
namespace {

constexpr float kMaxPixels = 1e6f;
constexpr float kMaxScale = 100;

}  // namespace

Box BoundsOf(std::span<const Keypoint> points) {
  if (points.empty()) return {};
  float left = points[0].x, top = points[0].y, right = left, bottom = top;
  for (const Keypoint& p : points) {
    left = std::min(left, p.x);
    top = std::min(top, p.y);
    right = std::max(right, p.x);
    bottom = std::max(bottom, p.y);
  }
  return BoxFromCorners(left, top, right, bottom);
}

std::optional<Region> RegionOf(const RegionRule& rule, const Box& box,
                               std::span<const Keypoint> points) {
  RETINUE_CHECK(CheckRegionRule(rule, static_cast<int>(points.size())).has_value());
  const Keypoint& from = points[static_cast<std::size_t>(rule.from)];
  const Keypoint& to = points[static_cast<std::size_t>(rule.to)];
  const float x = to.x - from.x, y = to.y - from.y;

  Region region;
  if (rule.extent == RegionRule::Extent::kReach) {
    region.center = {from.x, from.y};
    region.width = 2 * std::hypot(x, y) * rule.scale;
  } else {
    const Box around = rule.extent == RegionRule::Extent::kBox ? box : BoundsOf(points);
    region.center = around.center();
    region.width = std::max(around.width, around.height) * rule.scale;
  }
  region.height = region.width;
  // y grows downwards, so the angle seen on the screen is that of (x, -y).
  const float turn = rule.angle_degrees * std::numbers::pi_v<float> / 180 - std::atan2(-y, x);
  region.angle_rad = std::remainder(turn, 2 * std::numbers::pi_v<float>);

  const bool is_usable = region.width > 0 && region.width <= kMaxPixels &&
                         std::isfinite(region.angle_rad) &&
                         std::abs(region.center.x) <= kMaxPixels &&
                         std::abs(region.center.y) <= kMaxPixels;  // NaN is none of these
  if (!is_usable) return std::nullopt;
  return region;
}

Result<void> CheckRegionRule(const RegionRule& rule, int points) {
  const auto is_point = [&](int index) { return index >= 0 && index < points; };
  if (!is_point(rule.from) || !is_point(rule.to) || rule.from == rule.to) {
    return Fail(ErrorCode::kInvalidArgument,
                "a region needs two different points of 0 to " + std::to_string(points - 1) +
                    ", got " + std::to_string(rule.from) + " and " + std::to_string(rule.to));
  }
  if (!(rule.scale > 0 && rule.scale <= kMaxScale) || !(std::abs(rule.angle_degrees) <= 360)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a region's scale must be above 0 and at most 100, its angle within 360 degrees, "
                "got " + std::to_string(rule.scale) + " and " + std::to_string(rule.angle_degrees));
  }
  return {};
}

}  // namespace retinue
