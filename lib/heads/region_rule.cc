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

// Around what `place` makes of the points.
template <typename T, typename Place>
Box BoundsBy(std::span<const T> points, Place place) {
  if (points.empty()) return {};
  const Point first = place(points[0]);
  float left = first.x, top = first.y, right = left, bottom = top;
  for (const T& p : points) {
    const Point at = place(p);
    left = std::min(left, at.x);
    top = std::min(top, at.y);
    right = std::max(right, at.x);
    bottom = std::max(bottom, at.y);
  }
  return BoxFromCorners(left, top, right, bottom);
}

// Around points in coordinates that are turned with the region, and its centre back in the frame's:
// so the square has the same size however the head is held.
template <typename T>
void Enclose(std::span<const T> points, Region& region) {
  const float cosine = std::cos(region.angle_rad), sine = std::sin(region.angle_rad);
  const Box box = BoundsBy(points, [&](const T& p) {
    return Point{cosine * p.x + sine * p.y, cosine * p.y - sine * p.x};
  });
  const Point center = box.center();
  region.center = {cosine * center.x - sine * center.y, cosine * center.y + sine * center.x};
  region.width = std::max(box.width, box.height);
}

template <typename T>
std::optional<Region> RegionBy(const RegionRule& rule, const Box& box, std::span<const T> points) {
  RETINUE_CHECK(CheckRegionRule(rule, static_cast<int>(points.size())).has_value());
  const T& from = points[static_cast<std::size_t>(rule.from)];
  const T& to = points[static_cast<std::size_t>(rule.to)];
  const float x = to.x - from.x, y = to.y - from.y;

  Region region;
  // y grows downwards, so the angle seen on the screen is that of (x, -y).
  const float turn = rule.angle_degrees * std::numbers::pi_v<float> / 180 - std::atan2(-y, x);
  region.angle_rad = std::remainder(turn, 2 * std::numbers::pi_v<float>);
  switch (rule.extent) {
    case RegionRule::Extent::kReach:
      region.center = {from.x, from.y};
      region.width = 2 * std::hypot(x, y);
      break;
    case RegionRule::Extent::kBox:
      region.center = box.center();
      region.width = std::max(box.width, box.height);
      break;
    case RegionRule::Extent::kPoints: Enclose(points, region); break;
  }
  region.width *= rule.scale;
  region.height = region.width;

  const bool is_usable = region.width > 0 && region.width <= kMaxPixels &&
                         std::isfinite(region.angle_rad) &&
                         std::abs(region.center.x) <= kMaxPixels &&
                         std::abs(region.center.y) <= kMaxPixels;  // NaN is none of these
  if (!is_usable) return std::nullopt;
  return region;
}

}  // namespace

Box BoundsOf(std::span<const Keypoint> points) {
  return BoundsBy(points, [](const Keypoint& p) { return Point{p.x, p.y}; });
}

Box BoundsOf(std::span<const Landmark> points) {
  return BoundsBy(points, [](const Landmark& p) { return Point{p.x, p.y}; });
}

std::optional<Region> RegionOf(const RegionRule& rule, const Box& box,
                               std::span<const Keypoint> points) {
  return RegionBy(rule, box, points);
}

std::optional<Region> RegionOf(const RegionRule& rule, const Box& box,
                               std::span<const Landmark> points) {
  return RegionBy(rule, box, points);
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
