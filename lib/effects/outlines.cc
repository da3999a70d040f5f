#include "lib/effects/outlines.h"

#include <algorithm>
#include <cmath>

#include "retinue/effects/face_parts.h"

namespace retinue::internal {
namespace {

bool IsPlace(const Landmark& l) {
  constexpr float kFar = 1e7f;
  return std::fabs(l.x) <= kFar && std::fabs(l.y) <= kFar;
}

double Cross(Vec2 o, Vec2 a, Vec2 b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

}  // namespace

Outline OutlineOf(FacePart part, std::span<const Landmark> landmarks) {
  Outline outline;
  for (const std::int16_t index : PartOutline(part)) {
    const auto i = static_cast<std::size_t>(index);
    if (i >= landmarks.size() || !IsPlace(landmarks[i])) return {};
    outline.Add({static_cast<double>(landmarks[i].x), static_cast<double>(landmarks[i].y)});
  }
  if (part == FacePart::kForehead) Stretch(outline, 1, 1, 2.2, 0.7);
  return outline;
}

Outline OutlineOf(const Bounds& r) {
  Outline outline;
  outline.Add({r.min_x, r.min_y});
  outline.Add({r.max_x, r.min_y});
  outline.Add({r.max_x, r.max_y});
  outline.Add({r.min_x, r.max_y});
  return outline;
}

Bounds BoundsOf(const Outline& outline) {
  if (outline.empty()) return {};
  const Vec2 first = outline.points().front();
  Bounds bounds{first.x, first.y, first.x, first.y};
  for (const Vec2 p : outline.points()) {
    bounds = {std::min(bounds.min_x, p.x), std::min(bounds.min_y, p.y),
              std::max(bounds.max_x, p.x), std::max(bounds.max_y, p.y)};
  }
  return bounds;
}

void Stretch(Outline& outline, double left, double right, double top, double bottom) {
  const Vec2 center = BoundsOf(outline).center();
  for (Vec2& p : outline.points()) {
    p.x = center.x + (p.x - center.x) * (p.x < center.x ? left : right);
    p.y = center.y + (p.y - center.y) * (p.y < center.y ? top : bottom);
  }
}

Outline ConvexHull(const Outline& outline) {
  std::array<Vec2, Outline::kMost> sorted;
  const auto points = outline.points();
  std::copy(points.begin(), points.end(), sorted.begin());
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(points.size());
  std::sort(sorted.begin(), end,
            [](Vec2 a, Vec2 b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  const auto count = static_cast<std::size_t>(std::unique(sorted.begin(), end) - sorted.begin());
  if (count < 3) return {};
  std::array<Vec2, 2 * Outline::kMost> hull;
  std::size_t size = 0;
  const auto add = [&](Vec2 p, std::size_t keep) {
    while (size >= keep + 2 && Cross(hull[size - 2], hull[size - 1], p) <= 0) --size;
    hull[size++] = p;
  };
  for (std::size_t i = 0; i < count; ++i) add(sorted[i], 0);
  const std::size_t lower = size - 1;
  for (std::size_t i = count - 1; i-- > 0;) add(sorted[i], lower);
  Outline result;
  for (std::size_t i = 0; i + 1 < size; ++i) result.Add(hull[i]);
  return result;
}

}  // namespace retinue::internal
