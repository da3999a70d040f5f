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

}  // namespace retinue
