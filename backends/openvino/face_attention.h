#pragma once

// The operators of MediaPipe's mesh of a face with attention, which looks a second time at lips and
// eyes: where they are, the features there, and back. Thread rule: pure functions.

#include <openvino/openvino.hpp>

namespace retinue::internal {

/// Teaches Landmarks2TransformMatrix, TransformTensorBilinear and TransformLandmarks to `core`'s
/// reader of TensorFlow Lite. It hands on nothing of an operator's options, so they are those of
/// face_landmark_with_attention; another network that has such operators is refused.
void AddFaceAttention(ov::Core& core);

}  // namespace retinue::internal
