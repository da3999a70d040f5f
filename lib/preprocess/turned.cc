#include "lib/preprocess/turned.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

/// Positions are fixed point with 32 bits behind the point: a step's rounding
/// error stays below 1e-5 samples over the longest row.
constexpr double kOne = 4294967296.0;

struct Walk {
  std::int64_t x, y, step_x, step_y;
};

Walk WalkOf(const SampleMap& map, const Grid& grid, int row, int column) {
  const double x = (map.xx * column + map.xy * row + map.x0) / grid.x_divisor;
  const double y =
      (map.yx * column + map.yy * row + map.y0 - (grid.y_divisor - 1) * 0.5) / grid.y_divisor;
  return {std::llround(x * kOne), std::llround(y * kOne),
          std::llround(map.xx / grid.x_divisor * kOne),
          std::llround(map.yx / grid.y_divisor * kOne)};
}

int Whole(std::int64_t position) { return static_cast<int>(position >> 32); }
int Weight(std::int64_t position) { return static_cast<int>((position >> 17) & 0x7fff); }

void SampleComponent(const PlaneView& plane, const Component& component, const Grid& grid,
                     Walk walk, int count, std::int16_t* to) {
  const std::uint8_t* const first = plane.data + component.offset_bytes;
  const int right = grid.width - 1, bottom = grid.height - 1;
  for (int i = 0; i < count; ++i, walk.x += walk.step_x, walk.y += walk.step_y) {
    const int x = Whole(walk.x), y = Whole(walk.y);
    const std::ptrdiff_t x0 = std::clamp(x, 0, right) * component.step_bytes;
    const std::ptrdiff_t x1 = std::clamp(x + 1, 0, right) * component.step_bytes;
    const std::uint8_t* const row0 = first + std::clamp(y, 0, bottom) * plane.stride_bytes;
    const std::uint8_t* const row1 = first + std::clamp(y + 1, 0, bottom) * plane.stride_bytes;
    const int u = Weight(walk.x), v = Weight(walk.y);
    // At most 255 · 32768 in 32 bits; brought to 1/128 before the second blend.
    const int top = (row0[x0] * (32768 - u) + row0[x1] * u + 128) >> 8;
    const int low = (row1[x0] * (32768 - u) + row1[x1] * u + 128) >> 8;
    to[i] = static_cast<std::int16_t>((top * (32768 - v) + low * v + 16384) >> 15);
  }
}

}  // namespace

void SampleTurnedRow(const PlanTables& tables, const Frame& frame, int row, Span span,
                     std::int16_t* const* rows) {
  for (int k = 0; k < tables.component_count; ++k) {
    const Component& component = tables.components[static_cast<std::size_t>(k)];
    const Grid& grid = tables.grids[static_cast<std::size_t>(component.grid)];
    SampleComponent(frame.plane(component.plane), component, grid,
                    WalkOf(tables.map, grid, row, span.begin), span.size(), rows[k]);
  }
}

}  // namespace retinue::internal
