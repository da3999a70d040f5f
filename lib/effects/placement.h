#pragma once

// Where a draw goes, and the way back from the frame's pixels to what it shows. The two executors
// share it, so that they agree on every pixel's place.

#include <array>
#include <cstddef>
#include <span>

#include "lib/effects/outlines.h"
#include "lib/effects/picture.h"

namespace retinue::internal {

/// How a draw's points come from the frame's: the source's bounds onto the destination's, then
/// scaled, turned and moved.
struct Placement {
  Vec2 from;           ///< Centre of the source's bounds.
  Vec2 to;             ///< Where it comes to lie.
  double scale_x = 1;  ///< Negative mirrors.
  double scale_y = 1;
  double angle_deg = 0;  ///< Clockwise.

  Vec2 Forward(Vec2 p) const;
};

/// x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0, without rounding more than it must.
struct Map {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
  Vec2 At(double x, double y) const { return {xx * x + xy * y + x0, yx * x + yy * y + y0}; }
};

/// From the frame's pixels back to the source.
class Backwards {
 public:
  Backwards(const Placement& placement, bool flip_horizontal, bool flip_vertical);
  Vec2 At(double x, double y) const {
    const double dx = x - placement_.to.x;
    const double dy = y - placement_.to.y;
    return {placement_.from.x + (cosine_ * dx + sine_ * dy) * inverse_x_,
            placement_.from.y + (cosine_ * dy - sine_ * dx) * inverse_y_};
  }
  /// The same, rounded a little otherwise.
  Map AsMap() const;

 private:
  Placement placement_;
  double cosine_ = 1;
  double sine_ = 0;
  double inverse_x_ = 1;
  double inverse_y_ = 1;
};

/// A pixel is covered when its centre lies in the hull. So near to an edge it lies on it, however
/// the corners were rounded: left and upper edges cover it, the others do not.
inline constexpr double kOnEdge = 1e-7;

/// A draw's hull where it comes to lie, and the pixels that it may touch.
struct PlacedHull {
  Outline hull;
  PixelArea area;  ///< Empty when nothing of it could be seen.
};
PlacedHull Place(const Outline& hull, const Placement& placement, Size frame);

/// How far inside of its nearest edge a point of a convex hull lies.
class EdgeDistance {
 public:
  struct Edge {
    Vec2 at;
    Vec2 inwards;  ///< Of length 1.
  };
  explicit EdgeDistance(const Outline& hull);
  double Of(double x, double y) const;
  std::span<const Edge> edges() const { return {edges_.data(), size_}; }

 private:
  std::array<Edge, Outline::kMost> edges_;
  std::size_t size_ = 0;
};

}  // namespace retinue::internal
