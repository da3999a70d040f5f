#pragma once

// Checks that every kind of head shares. Thread rule: pure functions.

#include <span>
#include <string>

#include "retinue/base/result.h"
#include "retinue/heads/head.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// CheckHeadOptions, and that the wanted classes exist.
/// @error kInvalidArgument  Says which option.
Result<void> CheckHeadOptions(const HeadOptions& options, int class_count);

/// For heads of one output.
/// @error kInvalidArgument  `index` is negative.
Result<void> CheckOutputIndex(int index);

/// For heads that read boxes and scores apart.
/// @error kInvalidArgument  An index is negative, or both are the same.
Result<void> CheckTwoOutputs(int boxes, int scores);

/// The output of that index, which CheckOutputIndex has seen.
/// @error kInvalidArgument  The model has fewer.
Result<const TensorView*> OutputAt(std::span<const TensorView> outputs, int index);

}  // namespace retinue
