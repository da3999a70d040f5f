#pragma once

// Which pixels a placed hull covers, row by row.

#include <vector>

#include "lib/effects/placement.h"

namespace retinue::internal {

/// Columns begin…end.
struct ColumnSpan {
  int begin = 0;
  int end = 0;
};

class Coverage {
 public:
  /// Pixels of `area` whose centres lie in the convex `hull`. Cost: its rows and corners.
  void Set(const Outline& hull, const PixelArea& area);
  const PixelArea& area() const { return area_; }
  ColumnSpan Row(int y) const { return spans_[static_cast<std::size_t>(y - area_.y0)]; }

 private:
  struct Reach {
    double left, right;
  };
  void AddEdge(Vec2 a, Vec2 b);

  PixelArea area_;
  std::vector<Reach> reaches_;
  std::vector<ColumnSpan> spans_;
};

}  // namespace retinue::internal
