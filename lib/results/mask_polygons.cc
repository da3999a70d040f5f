// The outlines of masks: followed along pixel edges, then thinned out.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "retinue/results/mask.h"

namespace retinue {
namespace {

struct Corner {
  int x = 0;
  int y = 0;
};

// A mask's pixels within its bounds, with a margin of one pixel outside of it.
class Bitmap {
 public:
  Bitmap(std::span<const std::uint32_t> counts, const Box& bounds, Size size)
      : left_(static_cast<int>(bounds.x) - 1),
        top_(static_cast<int>(bounds.y) - 1),
        width_(static_cast<int>(bounds.width) + 2),
        height_(static_cast<int>(bounds.height) + 2),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {
    const auto rows = static_cast<std::uint64_t>(size.height);
    std::uint64_t place = 0;
    for (std::size_t i = 0; i < counts.size(); place += counts[i], ++i) {
      if (i % 2 == 0) continue;
      for (std::uint64_t p = place; p < place + counts[i]; ++p) {
        pixels_[Index(static_cast<int>(p / rows) - left_, static_cast<int>(p % rows) - top_)] =
            kInside;
      }
    }
  }
  int width() const { return width_; }
  int height() const { return height_; }
  bool IsInside(int x, int y) const { return (pixels_[Index(x, y)] & kInside) != 0; }
  // An outline passes along the left side of this pixel.
  bool HasEdge(int x, int y) const { return (pixels_[Index(x, y)] & kEdge) != 0; }
  void MarkEdge(int x, int y) { pixels_[Index(x, y)] |= kEdge; }
  Point InPicture(Corner c) const {
    return {static_cast<float>(c.x + left_), static_cast<float>(c.y + top_)};
  }

 private:
  static constexpr std::uint8_t kInside = 1;
  static constexpr std::uint8_t kEdge = 2;
  std::size_t Index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x);
  }

  int left_, top_, width_, height_;
  std::vector<std::uint8_t> pixels_;
};

// Follows the outline that begins at the top left corner of pixel (x, y), the first of its part
// in reading order: clockwise, the part on the right hand. Pixels that touch at a corner belong
// together, so where four pixels meet crosswise it turns left.
std::vector<Corner> Follow(Bitmap& bitmap, int x, int y) {
  struct Step {
    int dx, dy;
    Corner ahead_left, ahead_right;  // the pixels ahead, from a corner of the grid
  };
  static constexpr std::array<Step, 4> kSteps = {{
      {1, 0, {0, -1}, {0, 0}},     // to the right
      {0, 1, {0, 0}, {-1, 0}},     // down
      {-1, 0, {-1, 0}, {-1, -1}},  // to the left
      {0, -1, {-1, -1}, {0, -1}},  // up
  }};
  std::vector<Corner> corners;
  Corner now{x, y};
  std::size_t direction = 0;
  do {
    corners.push_back(now);
    bool straight = true;
    while (straight) {
      const Step& step = kSteps[direction];
      if (step.dy != 0) bitmap.MarkEdge(now.x, step.dy > 0 ? now.y : now.y - 1);
      now = {now.x + step.dx, now.y + step.dy};
      const auto inside = [&](Corner c) { return bitmap.IsInside(now.x + c.x, now.y + c.y); };
      if (inside(step.ahead_left)) {
        direction = (direction + 3) % 4;
        straight = false;
      } else if (!inside(step.ahead_right)) {
        direction = (direction + 1) % 4;
        straight = false;
      }
    }
    // The first corner is left to the right, and only once: nothing is above or before it.
  } while (now.x != x || now.y != y || direction != 0);
  return corners;
}

// Twice the area that the outline encloses.
std::int64_t DoubleArea(const std::vector<Corner>& corners) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Corner& a = corners[i];
    const Corner& b = corners[(i + 1) % corners.size()];
    sum += static_cast<std::int64_t>(a.x) * b.y - static_cast<std::int64_t>(b.x) * a.y;
  }
  return std::abs(sum);
}

double Distance(Corner from, Corner to) {
  return std::hypot(static_cast<double>(to.x - from.x), static_cast<double>(to.y - from.y));
}

// From a corner to the stretch between two others.
double DistanceToLine(Corner c, Corner a, Corner b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  if (length2 == 0) return Distance(a, c);
  const double t = std::clamp(((c.x - a.x) * dx + (c.y - a.y) * dy) / length2, 0.0, 1.0);
  return std::hypot(c.x - (a.x + t * dx), c.y - (a.y + t * dy));
}

// @source Douglas and Peucker, Cartographica 10(2), 1973; a closed outline is cut into two at
// its first corner and the one farthest from it.
std::vector<Corner> Thinned(const std::vector<Corner>& corners, double tolerance) {
  const std::size_t count = corners.size();
  if (!(tolerance > 0) || count < 4) return corners;
  const auto at = [&](std::size_t i) { return corners[i % count]; };
  std::size_t farthest = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (Distance(at(0), at(i)) > Distance(at(0), at(farthest))) farthest = i;
  }
  std::vector<bool> kept(count, false);
  kept[0] = kept[farthest] = true;
  std::vector<std::pair<std::size_t, std::size_t>> todo = {{0, farthest}, {farthest, count}};
  while (!todo.empty()) {
    const auto [begin, end] = todo.back();
    todo.pop_back();
    std::size_t worst = begin;
    double worst_distance = tolerance;
    for (std::size_t i = begin + 1; i < end; ++i) {
      const double distance = DistanceToLine(at(i), at(begin), at(end));
      if (distance > worst_distance) {
        worst = i;
        worst_distance = distance;
      }
    }
    if (worst == begin) continue;
    kept[worst] = true;
    todo.emplace_back(begin, worst);
    todo.emplace_back(worst, end);
  }
  std::vector<Corner> thin;
  for (std::size_t i = 0; i < count; ++i) {
    if (kept[i]) thin.push_back(corners[i]);
  }
  // A speck would become a line.
  return thin.size() < 3 ? corners : thin;
}

}  // namespace

std::vector<Polygon> MaskPolygons(std::span<const std::uint32_t> counts, Size size,
                                  float tolerance) {
  const Box bounds = MaskBounds(counts, size);
  if (Area(bounds) <= 0) return {};
  Bitmap bitmap(counts, bounds, size);
  std::vector<std::vector<Corner>> outlines;
  for (int y = 1; y + 1 < bitmap.height(); ++y) {
    // What earlier outlines enclose is done: their parts, holes, and what lies in these.
    bool enclosed = false;
    for (int x = 1; x + 1 < bitmap.width(); ++x) {
      if (bitmap.HasEdge(x, y)) enclosed = !enclosed;
      if (enclosed || !bitmap.IsInside(x, y)) continue;
      outlines.push_back(Follow(bitmap, x, y));
      enclosed = true;  // its own left edge
    }
  }
  std::stable_sort(outlines.begin(), outlines.end(), [](const auto& a, const auto& b) {
    return DoubleArea(a) > DoubleArea(b);
  });
  std::vector<Polygon> polygons;
  for (const std::vector<Corner>& outline : outlines) {
    Polygon& polygon = polygons.emplace_back();
    for (const Corner& corner : Thinned(outline, tolerance)) {
      polygon.push_back(bitmap.InPicture(corner));
    }
  }
  return polygons;
}

}  // namespace retinue
