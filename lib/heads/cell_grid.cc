#include "retinue/heads/cell_grid.h"

#include <cstddef>
#include <string>

namespace retinue {
namespace {

constexpr std::size_t kMaxLevels = 16;
constexpr std::int64_t kMaxCells = 10'000'000;

std::int64_t Cells(int side, int stride) {
  return (std::int64_t{side} + stride - 1) / stride;
}

}  // namespace

std::int64_t CellCount(Size input, std::span<const int> strides) {
  if (IsEmpty(input) || strides.size() > kMaxLevels) return 0;
  std::int64_t count = 0;
  for (const int stride : strides) {
    if (stride < 1) return 0;
    count += Cells(input.width, stride) * Cells(input.height, stride);
    if (count > kMaxCells) return 0;
  }
  return count;
}

Result<std::vector<CellLevel>> CellLevels(Size input, std::span<const int> strides) {
  if (CellCount(input, strides) == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "a grid of cells must have 1 to 16 strides, each at least 1, and at most " +
                    std::to_string(kMaxCells) + " cells, got " + std::to_string(strides.size()) +
                    " strides for an input of " + std::to_string(input.width) + "x" +
                    std::to_string(input.height));
  }
  std::vector<CellLevel> levels;
  int first = 0;
  for (const int stride : strides) {
    levels.push_back({.stride = stride,
                      .columns = static_cast<int>(Cells(input.width, stride)),
                      .rows = static_cast<int>(Cells(input.height, stride)),
                      .first = first});
    first += levels.back().count();
  }
  return levels;
}

}  // namespace retinue
