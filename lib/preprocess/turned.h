#pragma once

// Where the samples of a turned region's rows lie, and one after another what they are;
// turned-inl.h has the same for several at once. Fixed point: 1/32768 of a sample in weights, which
// with the rounding of two blends stays within 0.02 of 255 of the exact value. Thread rule: pure
// functions.

#include <cstdint>

#include "lib/preprocess/plan_tables.h"

namespace retinue::internal {

/// Positions along a row with 32 bits behind the point: a step's rounding error stays below 1e-5
/// samples over the longest row.
struct Walk {
  std::int64_t x, y, step_x, step_y;

  Walk At(int index) const { return {x + index * step_x, y + index * step_y, step_x, step_y}; }
};

/// From output column `column` of `row` on.
Walk WalkOf(const SampleMap& map, const Grid& grid, int row, int column);

/// The positions among the first `count` of which sample 0 or more and at most `last_x` and
/// `last_y` is the upper left one.
Span WithinOf(const Walk& walk, int count, int last_x, int last_y);

/// Whether every byte of so many rows can be told by an offset of 32 bits.
bool IsReachable(const PlaneView& plane, int rows);

/// `count` samples, in units of 1/128, `step_bytes` from one to the next in a row of `plane`;
/// beyond `grid` those of its edge.
void SampleTurned(const PlaneView& plane, int step_bytes, const Grid& grid, Walk walk, int count,
                  std::int16_t* to);

}  // namespace retinue::internal
