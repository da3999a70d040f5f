#pragma once

// Gives a network that was exported for one picture a batch of several, if it can be
// proven that they stay apart. Private to the backend; a function of the model alone.

#include <openvino/openvino.hpp>

#include "retinue/base/result.h"

namespace retinue::openvino {

/// Changes the first dimension of the one input of a network with fixed shapes from 1 to
/// `batch`, in place.
///
/// Shape inference alone would not do: exports name the 1 in the targets of their Reshapes,
/// and an operator may mix pictures without a trace in any shape (a TopK over a flattened
/// batch, indices that count from the first picture). So every operator that computes from
/// the input must be one of those of which it is known what keeps the pictures apart, and
/// its axes must be such; a Reshape's target gets the batch in the place of its 1; and every
/// tensor's shape must be the old one with the batch in front.
///
/// @param model  Its input 0 must be [1, …] and fixed. Unusable after an error.
/// @param batch  At least 1.
/// @error kUnsupported  Anything else than described; names the operator.
Result<void> ChangeBatch(ov::Model& model, std::int64_t batch);

}  // namespace retinue::openvino
