#include "lib/effects/placement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retinue::internal {
namespace {

// Below it a shape is thinner than anything that could be seen, and its inverse means nothing.
constexpr double kLeastScale = 1e-6;

struct Turn {
  double cosine = 1;
  double sine = 0;
};

// Exact at right angles, where every pixel must come to lie on a pixel.
Turn TurnOf(double degrees) {
  const double turn = degrees - 360 * std::floor(degrees / 360);
  if (turn == 0) return {1, 0};
  if (turn == 90) return {0, 1};
  if (turn == 180) return {-1, 0};
  if (turn == 270) return {0, -1};
  const double radians = turn * std::numbers::pi / 180;
  return {std::cos(radians), std::sin(radians)};
}

}  // namespace

Vec2 Placement::Forward(Vec2 p) const {
  const Turn turn = TurnOf(angle_deg);
  const double x = (p.x - from.x) * scale_x;
  const double y = (p.y - from.y) * scale_y;
  return {to.x + turn.cosine * x - turn.sine * y, to.y + turn.sine * x + turn.cosine * y};
}

Backwards::Backwards(const Placement& placement, bool flip_horizontal, bool flip_vertical)
    : placement_(placement) {
  const Turn turn = TurnOf(placement.angle_deg);
  cosine_ = turn.cosine;
  sine_ = turn.sine;
  inverse_x_ = (flip_horizontal ? -1 : 1) / placement.scale_x;
  inverse_y_ = (flip_vertical ? -1 : 1) / placement.scale_y;
}

Map Backwards::AsMap() const {
  Map map{.xx = cosine_ * inverse_x_,
          .xy = sine_ * inverse_x_,
          .x0 = 0,
          .yx = -sine_ * inverse_y_,
          .yy = cosine_ * inverse_y_,
          .y0 = 0};
  map.x0 = placement_.from.x - (map.xx * placement_.to.x + map.xy * placement_.to.y);
  map.y0 = placement_.from.y - (map.yx * placement_.to.x + map.yy * placement_.to.y);
  return map;
}

PlacedHull Place(const Outline& hull, const Placement& placement, Size frame) {
  PlacedHull placed{hull, {}};
  if (std::fabs(placement.scale_x) < kLeastScale || std::fabs(placement.scale_y) < kLeastScale) {
    return placed;
  }
  for (Vec2& p : placed.hull.points()) p = placement.Forward(p);
  const Bounds bounds = BoundsOf(placed.hull);
  const bool is_seen = bounds.max_x > 0 && bounds.max_y > 0 && bounds.min_x < frame.width &&
                       bounds.min_y < frame.height;
  if (is_seen) placed.area = PixelsAround(bounds, frame);
  return placed;
}

EdgeDistance::EdgeDistance(const Outline& hull) {
  const auto corners = hull.points();
  double area = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec2 a = corners[i];
    const Vec2 b = corners[(i + 1) % corners.size()];
    area += a.x * b.y - b.x * a.y;
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    if (length > 0) edges_[size_++] = {a, {-(b.y - a.y) / length, (b.x - a.x) / length}};
  }
  if (area >= 0) return;
  for (Edge& edge : edges_) edge.inwards = {-edge.inwards.x, -edge.inwards.y};
}

double EdgeDistance::Of(double x, double y) const {
  double least = 1e18;
  for (const Edge& e : edges()) {
    least = std::min(least, (x - e.at.x) * e.inwards.x + (y - e.at.y) * e.inwards.y);
  }
  return least;
}

}  // namespace retinue::internal
