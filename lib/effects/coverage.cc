#include "lib/effects/coverage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace retinue::internal {

void Coverage::Set(const Outline& hull, const PixelArea& area) {
  area_ = area;
  reaches_.assign(static_cast<std::size_t>(area.height()), {1e18, -1e18});
  spans_.clear();
  const auto corners = hull.points();
  for (std::size_t i = 0; i < corners.size(); ++i) {
    AddEdge(corners[i], corners[i + 1 == corners.size() ? 0 : i + 1]);
  }
  const auto column = [&area](double x) {
    return static_cast<int>(std::clamp(std::ceil(x - 0.5 - kOnEdge), static_cast<double>(area.x0),
                                       static_cast<double>(area.x1)));
  };
  for (const Reach& reach : reaches_) {
    spans_.push_back(reach.left < reach.right ? ColumnSpan{column(reach.left), column(reach.right)}
                                              : ColumnSpan{area.x0, area.x0});
  }
}

// The rows whose centres lie between both ends, the upper one not included.
void Coverage::AddEdge(Vec2 a, Vec2 b) {
  const double top = std::min(a.y, b.y);
  const double bottom = std::max(a.y, b.y);
  const auto row = [this](double y) {
    return static_cast<int>(
        std::clamp(std::floor(y - 0.5 - kOnEdge), area_.y0 - 1.0, area_.y1 + 0.0));
  };
  // Rounding of y - 0.5 may be off by one row: look once more at those at both ends.
  for (int y = std::max(row(top), area_.y0); y < area_.y1; ++y) {
    const double at = y + 0.5;
    const double below = at + kOnEdge;
    if (below < top) continue;
    if (below >= bottom) break;
    const double x = a.x + (b.x - a.x) * std::clamp((at - a.y) / (b.y - a.y), 0.0, 1.0);
    Reach& reach = reaches_[static_cast<std::size_t>(y - area_.y0)];
    reach.left = std::min(reach.left, x);
    reach.right = std::max(reach.right, x);
  }
}

}  // namespace retinue::internal
