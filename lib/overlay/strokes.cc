#include "lib/overlay/strokes.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

// Of the line's pixels in the rows [top, top + 2): columns [left, right).
struct Columns {
  int left = 0;
  int right = 0;
};

struct Segment {
  Point a;
  Point along;   // from a to b
  float square;  // of its length
  float reach;   // what is further away is not touched

  float DistanceTo(float x, float y) const {
    const float px = x - a.x, py = y - a.y;
    const float t =
        square > 0 ? std::clamp((px * along.x + py * along.y) / square, 0.0f, 1.0f) : 0.0f;
    return std::hypot(px - t * along.x, py - t * along.y);
  }

  // A strip around the line through both ends, cut to the box around the segment.
  Columns ColumnsOf(int top) const {
    float left = std::min(a.x, a.x + along.x) - reach;
    float right = std::max(a.x, a.x + along.x) + reach;
    if (std::abs(along.y) > 1e-3f) {
      const float slope = along.x / along.y;
      const float half = reach * std::sqrt(square) / std::abs(along.y) + std::abs(slope);
      const float middle = a.x + (static_cast<float>(top) + 1 - a.y) * slope;
      left = std::max(left, middle - half);
      right = std::min(right, middle + half);
    }
    return {static_cast<int>(std::floor(std::clamp(left, -1e6f, 1e6f))),
            static_cast<int>(std::ceil(std::clamp(right, -1e6f, 1e6f)))};
  }
};

int Whole(float value) { return static_cast<int>(std::floor(std::clamp(value, -1e6f, 1e6f))); }

}  // namespace

void Stroker::Line(Canvas& canvas, Point a, Point b, float radius, const Ink& ink) {
  const PixelRect bounds = canvas.bounds();
  const Point along{b.x - a.x, b.y - a.y};
  const Segment segment{a, along, along.x * along.x + along.y * along.y, radius + 0.5f};
  const int first = std::max(bounds.top, Whole(std::min(a.y, b.y) - segment.reach)) & ~1;
  const int last = std::min(bounds.bottom - 1, Whole(std::max(a.y, b.y) + segment.reach));
  // Two rows at a time: what shares samples of chroma.
  for (int top = first; top <= last; top += 2) {
    Columns columns = segment.ColumnsOf(top);
    columns.left = std::max(columns.left, bounds.left);
    columns.right = std::min(columns.right, bounds.right);
    const int width = columns.right - columns.left;
    if (width <= 0) continue;
    coverage_.resize(static_cast<std::size_t>(width) * 2);
    std::size_t i = 0;
    for (int y = top; y < top + 2; ++y) {
      for (int x = columns.left; x < columns.right; ++x) {
        const float distance = segment.DistanceTo(static_cast<float>(x) + 0.5f,
                                                  static_cast<float>(y) + 0.5f);
        const float covered = std::clamp(segment.reach - distance, 0.0f, 1.0f);
        coverage_[i++] = static_cast<std::uint8_t>(std::lround(covered * 255));
      }
    }
    canvas.FillMask(columns.left, top, {width, 2, coverage_}, ink);
  }
}

}  // namespace retinue::internal
