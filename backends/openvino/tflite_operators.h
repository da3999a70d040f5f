#pragma once

// Operators of MediaPipe's networks that OpenVINO's reader of TensorFlow Lite does not know.
// Thread rule: pure functions.

#include <openvino/openvino.hpp>

namespace retinue::internal {

/// Teaches them to `core`: Convolution2DTransposeBias, of the networks that part people from their
/// background, and those of face_attention.h.
void AddTfliteOperators(ov::Core& core);

}  // namespace retinue::internal
