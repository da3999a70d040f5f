#pragma once

// Points, boxes and the one mapping that letterboxes, crops, tiles and rotated
// regions share. Thread rule: plain values, pure functions.
//
// Coordinates: x to the right, y down, the origin is the top left CORNER of the
// top left pixel, so pixel (i, j) covers [i, i+1) × [j, j+1) and its centre is
// (i + 0.5, j + 0.5). Units are pixels unless a name says otherwise.

#include <algorithm>
#include <array>

namespace retinue {

/// Width and height in whole pixels.
struct Size {
  int width = 0;
  int height = 0;
  friend constexpr bool operator==(const Size&, const Size&) = default;
};

constexpr bool IsEmpty(Size s) { return s.width <= 0 || s.height <= 0; }

struct Point {
  float x = 0;
  float y = 0;
  friend constexpr bool operator==(const Point&, const Point&) = default;
};

/// An axis-aligned box: top left corner and extent, in pixels.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  constexpr float right() const { return x + width; }
  constexpr float bottom() const { return y + height; }
  constexpr Point center() const { return {x + width * 0.5f, y + height * 0.5f}; }
  friend constexpr bool operator==(const Box&, const Box&) = default;
};

/// From two corners; a negative extent becomes 0.
constexpr Box BoxFromCorners(float x_min, float y_min, float x_max, float y_max) {
  return {x_min, y_min, std::max(0.0f, x_max - x_min), std::max(0.0f, y_max - y_min)};
}

constexpr float Area(const Box& b) {
  return std::max(0.0f, b.width) * std::max(0.0f, b.height);
}

constexpr Box Intersection(const Box& a, const Box& b) {
  return BoxFromCorners(std::max(a.x, b.x), std::max(a.y, b.y), std::min(a.right(), b.right()),
                        std::min(a.bottom(), b.bottom()));
}

/// Intersection over union, in [0, 1]; 0 when both boxes are empty.
constexpr float IoU(const Box& a, const Box& b) {
  const float overlap = Area(Intersection(a, b));
  const float both = Area(a) + Area(b) - overlap;
  return both > 0 ? overlap / both : 0.0f;
}

/// The part of `b` inside a picture of `size`; may be empty.
constexpr Box Clip(const Box& b, Size size) {
  return Intersection(b, {0, 0, static_cast<float>(size.width), static_cast<float>(size.height)});
}

/// A 2×3 affine map: x' = a·x + b·y + c, y' = d·x + e·y + f.
struct Affine {
  float a = 1, b = 0, c = 0;
  float d = 0, e = 1, f = 0;

  constexpr Point Apply(Point p) const {
    return {a * p.x + b * p.y + c, d * p.x + e * p.y + f};
  }
  /// The inverse map. The determinant must not be 0 (RETINUE_CHECK).
  Affine Inverse() const;
  /// First `first`, then `*this`.
  Affine After(const Affine& first) const;
  friend constexpr bool operator==(const Affine&, const Affine&) = default;
};

/// A rectangle turned about its own centre, clockwise as seen on the screen;
/// what second models look at. The whole frame is a region too.
struct Region {
  Point center;
  float width = 0;
  float height = 0;
  float angle_rad = 0;
  friend constexpr bool operator==(const Region&, const Region&) = default;
};

/// Its corners, from the top left of the unturned rectangle, clockwise.
std::array<Point, 4> CornersOf(const Region& region);

/// What an upright or stretching map makes of a region: its centre mapped, its sides as long as
/// their images, turned as its width's image.
Region MapRegion(const Affine& map, const Region& region);

/// The axis-aligned box around it.
Box BoundsOf(const Region& region);

constexpr Region WholeFrame(Size s) {
  return {{static_cast<float>(s.width) * 0.5f, static_cast<float>(s.height) * 0.5f},
          static_cast<float>(s.width), static_cast<float>(s.height), 0.0f};
}

/// The axis-aligned box around `b`'s four mapped corners.
Box MapBox(const Affine& map, const Box& b);

}  // namespace retinue
