#pragma once

// Gives a network with a fixed input size another one, if it can be proven right.
// Private to the backend; a function of the model alone.

#include <openvino/openvino.hpp>

#include "retinue/base/result.h"

namespace retinue::openvino {

/// Changes the size (not batch or channels) of the one input of a network
/// that was exported with a fixed size, in place.
///
/// Exports of anchor-free YOLO (v8, 11, 26, …) with a fixed size hold constants
/// of that size: targets of Reshape that name the number of anchors, the
/// centres of the grid cells, and the stride of each anchor. They are
/// recognised by value, bit for bit, and rebuilt; then the shape of every tensor of the
/// network is compared with the old one, and each dimension must be unchanged or have
/// changed as a number of cells, rows and columns, or anchors does. So the outcome
/// is the network that an export with the new size would have given, or an error.
///
/// @param model   Its input 0 must be [N, 3 or 1, H, W] and fixed. Unusable after an error.
/// @param height  Multiple of the coarsest stride, like `width`; pixels.
/// @error kUnsupported  Anything else than described; says what.
/// @source Anchor points as every Ultralytics export folds them: for strides
///         8, 16, 32 in turn, row by row, (x + 0.5, y + 0.5) in cells.
Result<void> ChangeInputSize(ov::Model& model, std::int64_t height, std::int64_t width);

}  // namespace retinue::openvino
