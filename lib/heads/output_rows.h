#pragma once

// One output of a model as rows of floats. Thread rule: pure functions over the
// caller's memory.

#include <cstddef>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// Rows of float32, dense.
struct OutputRows {
  const float* data = nullptr;
  int count = 0;
  int columns = 0;
  const float* row(int index) const { return data + std::ptrdiff_t{index} * columns; }
};

/// For ReadRows: as many rows as there are.
inline constexpr int kAnyRows = -1;

/// The output of that index, [1, rows, columns], as float32: its own memory, or `converted`.
/// @param what  Starts the sentences: "the boxes".
/// @error kInvalidArgument  The output is missing, of another shape, or not of floats.
Result<OutputRows> ReadRows(std::span<const TensorView> outputs, int index, int rows, int columns,
                            const char* what, std::vector<float>& converted);

}  // namespace retinue
