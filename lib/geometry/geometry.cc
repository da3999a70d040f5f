#include "retinue/geometry/geometry.h"

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

}  // namespace retinue
