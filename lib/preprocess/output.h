#pragma once

// The output tensor as rows of elements, and its padding: what both executors share.

#include <cstddef>
#include <cstdint>

#include "lib/preprocess/plan_tables.h"

namespace retinue::internal {

/// Where elements lie in the tensor.
struct Output {
  std::byte* data = nullptr;
  std::size_t element_bytes = 0;
  bool is_planar = true;  ///< NCHW: every channel by itself.
  int channels = 0;
  int width = 0;
  int height = 0;

  /// The element of `channel` at column `x` of row `y`.
  std::byte* At(int channel, int x, int y) const {
    const auto row = static_cast<std::size_t>(y), column = static_cast<std::size_t>(x);
    const auto w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
    const auto c = static_cast<std::size_t>(channel), n = static_cast<std::size_t>(channels);
    const std::size_t index = is_planar ? (c * h + row) * w + column : (row * w + column) * n + c;
    return data + index * element_bytes;
  }
};

Output OutputOf(const PreprocessPlan& plan, const MutableTensorView& out);

/// Writes padding wherever the plan has no picture.
void WritePadding(const PlanTables& tables, const Output& output);

}  // namespace retinue::internal
