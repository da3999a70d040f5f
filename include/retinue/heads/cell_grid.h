#pragma once

// The grids of cells that anchor-free heads are relative to: one cell an output
// row, one grid a stride. Threads: pure functions.

#include <cstdint>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

/// The grid of one stride: ceil(width / stride) × ceil(height / stride) cells, numbered in rows
/// from the top left.
struct CellLevel {
  int stride = 0;   ///< Pixels of the model input from one cell to the next.
  int columns = 0;
  int rows = 0;
  int first = 0;    ///< Number of its first cell, counted over all levels.

  int count() const { return columns * rows; }
  int ColumnOf(int cell) const { return (cell - first) % columns; }  ///< `cell` of this level.
  int RowOf(int cell) const { return (cell - first) / columns; }
};

/// Strides of most detectors without prior boxes.
inline constexpr int kUsualStrides[] = {8, 16, 32};
/// And of their large ones ("P6").
inline constexpr int kP6Strides[] = {8, 16, 32, 64};

/// The grids of `strides`, in their order.
/// @error kInvalidArgument  No strides or more than 16, a stride below 1, an empty input, or more
///                          than 10000000 cells.
Result<std::vector<CellLevel>> CellLevels(Size input, std::span<const int> strides);

/// Cells of all these grids; 0 for what CellLevels refuses.
std::int64_t CellCount(Size input, std::span<const int> strides = kUsualStrides);

}  // namespace retinue
