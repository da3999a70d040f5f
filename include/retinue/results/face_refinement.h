#pragma once

// The landmarks of a face's mesh, and which of them the parts of a finer one replace. Thread rule:
// constants.

#include <cstddef>
#include <cstdint>
#include <span>

namespace retinue {

/// Landmarks of MediaPipe's face mesh, and of the mesh with irises: rows 468…472 are the eye of
/// 33/133, rows 473…477 the other; each its centre, then its right, top, left and bottom edge in
/// the picture of an upright face.
inline constexpr std::size_t kMeshLandmarks = 468;
inline constexpr std::size_t kIrisLandmarks = 478;

/// Parts of a face that networks place more exactly than the mesh. Sides as in face.h.
enum class FaceRefinement { kLips, kLeftEye, kRightEye, kLeftIris, kRightIris };
inline constexpr std::size_t kFaceRefinements = 5;

/// Of an eye's, the first so many are its lids.
inline constexpr std::size_t kLidPoints = 16;

/// Indices into 478 landmarks, in the networks' order: 80 of the lips, 71 of an eye (lids, the
/// rings around them, the brow), 5 of an iris.
/// @source MediaPipe,
/// mediapipe/modules/face_landmark/tensors_to_face_landmarks_with_attention.pbtxt
std::span<const std::int16_t> RefinedLandmarks(FaceRefinement part);

}  // namespace retinue
