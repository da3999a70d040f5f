#pragma once

// Outputs of half-precision engines, as float32. Thread rule: pure functions.

#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// The elements of `tensor` as float32: its own memory when it is f32, else converted (exactly)
/// into `scratch`, which is grown as needed and reused.
/// @error kInvalidArgument  The type is neither f32, f16 nor bf16, or there is no memory.
///                          `what` starts the sentence.
Result<const float*> ToFloat(const TensorView& tensor, const char* what,
                             std::vector<float>& scratch);

/// The slow twin of the conversions: one IEEE half, by its definition.
float HalfToFloatScalar(unsigned short bits);
/// One bfloat16: the upper half of a float32.
float Bfloat16ToFloatScalar(unsigned short bits);

}  // namespace retinue
