#include "retinue/geometry/geometry.h"

#include <cmath>

#include "retinue/base/check.h"

namespace retinue {

Affine Affine::Inverse() const {
  const float determinant = a * e - b * d;
  RETINUE_CHECK(determinant != 0.0f);
  const float s = 1.0f / determinant;
  return {e * s, -b * s, (b * f - c * e) * s, -d * s, a * s, (c * d - a * f) * s};
}

Affine Affine::After(const Affine& first) const {
  return {a * first.a + b * first.d, a * first.b + b * first.e, a * first.c + b * first.f + c,
          d * first.a + e * first.d, d * first.b + e * first.e, d * first.c + e * first.f + f};
}

Box MapBox(const Affine& map, const Box& b) {
  const Point corners[] = {map.Apply({b.x, b.y}), map.Apply({b.right(), b.y}),
                           map.Apply({b.x, b.bottom()}), map.Apply({b.right(), b.bottom()})};
  float x_min = corners[0].x, x_max = x_min, y_min = corners[0].y, y_max = y_min;
  for (const Point& p : corners) {
    x_min = std::min(x_min, p.x);
    x_max = std::max(x_max, p.x);
    y_min = std::min(y_min, p.y);
    y_max = std::max(y_max, p.y);
  }
  return BoxFromCorners(x_min, y_min, x_max, y_max);
}

std::array<Point, 4> CornersOf(const Region& r) {
  const float cosine = std::cos(r.angle_rad), sine = std::sin(r.angle_rad);
  const Point along{r.width / 2 * cosine, r.width / 2 * sine};
  const Point across{-r.height / 2 * sine, r.height / 2 * cosine};
  const auto corner = [&](float a, float b) {
    return Point{r.center.x + a * along.x + b * across.x, r.center.y + a * along.y + b * across.y};
  };
  return {corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)};
}

Region MapRegion(const Affine& map, const Region& region) {
  const float cosine = std::cos(region.angle_rad), sine = std::sin(region.angle_rad);
  const float along_x = map.a * cosine + map.b * sine, along_y = map.d * cosine + map.e * sine;
  const float across_x = map.b * cosine - map.a * sine, across_y = map.e * cosine - map.d * sine;
  return {map.Apply(region.center), region.width * std::hypot(along_x, along_y),
          region.height * std::hypot(across_x, across_y), std::atan2(along_y, along_x)};
}

Box BoundsOf(const Region& r) {
  const float cosine = std::abs(std::cos(r.angle_rad)), sine = std::abs(std::sin(r.angle_rad));
  const float width = r.width * cosine + r.height * sine;
  const float height = r.width * sine + r.height * cosine;
  return {r.center.x - width / 2, r.center.y - height / 2, width, height};
}

}  // namespace retinue
