#pragma once

// The outlines of the parts of a face, and what is needed of outlines: bounds, hulls.

#include <array>
#include <cstddef>
#include <span>

#include "retinue/effects/syntax.h"
#include "retinue/geometry/geometry.h"
#include "retinue/results/face.h"

namespace retinue::internal {

struct Vec2 {
  double x = 0;
  double y = 0;
  friend bool operator==(const Vec2&, const Vec2&) = default;
};

/// Corners from lowest to highest; empty when max is not above min.
struct Bounds {
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;
  double width() const { return max_x - min_x; }
  double height() const { return max_y - min_y; }
  Vec2 center() const { return {(min_x + max_x) / 2, (min_y + max_y) / 2}; }
};

/// Points of a part, or corners of a rectangle or hull. A fixed memory, no allocation.
class Outline {
 public:
  static constexpr std::size_t kMost = 48;
  void Add(Vec2 point) { points_[size_++] = point; }
  void Clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  std::span<const Vec2> points() const { return {points_.data(), size_}; }
  std::span<Vec2> points() { return {points_.data(), size_}; }

 private:
  std::array<Vec2, kMost> points_;
  std::size_t size_ = 0;
};

/// The part's outline. Empty when there are fewer landmarks than it needs, or one of them is not
/// finite or beyond ±1e7.
Outline OutlineOf(FacePart part, std::span<const Landmark> landmarks);

Outline OutlineOf(const Bounds& rectangle);

/// Empty bounds for an empty outline.
Bounds BoundsOf(const Outline& outline);

/// Moves what lies left, right, above and below of the centre of its bounds to that factor of the
/// distance.
void Stretch(Outline& outline, double left, double right, double top, double bottom);

/// The convex hull, its corners clockwise as seen on the screen; fewer than 3 when the outline
/// has no area. @source A. M. Andrew, "Another efficient algorithm for convex hulls", 1979
Outline ConvexHull(const Outline& outline);

}  // namespace retinue::internal
