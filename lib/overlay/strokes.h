#pragma once

// Lines and dots of any direction, with smooth edges. Threads: a Stroker belongs to one thread.

#include <cstdint>
#include <vector>

#include "lib/overlay/canvas.h"
#include "retinue/geometry/geometry.h"

namespace retinue::internal {

/// Draws into a canvas; keeps its scratch memory.
class Stroker {
 public:
  /// A line from `a` to `b` with round ends: what is within `radius` pixels of it, the edge
  /// covered in proportion. With a == b a dot. Finite points of any place; what is outside the
  /// canvas costs nothing.
  void Line(Canvas& canvas, Point a, Point b, float radius, const Ink& ink);

 private:
  std::vector<std::uint8_t> coverage_;
};

}  // namespace retinue::internal
