#pragma once

// The lines that a face is drawn with: rings of landmarks around its parts.
// Thread rule: constants.

#include <cstdint>
#include <span>

namespace retinue {

enum class FaceRing {
  kOval, kLips, kInnerLips, kLeftEye, kRightEye, kLeftBrow, kRightBrow, kLeftIris, kRightIris,
};

/// One ring: indices into 468 landmarks, an iris's into 478.
/// @source MediaPipe 0.10.21, mediapipe/python/solutions/face_mesh_connections.py
std::span<const std::int16_t> FaceContour(FaceRing ring);

/// Rings of indices into 468 landmarks, each closed by a line to its first: the face's oval, the
/// lips' outside and inside, eyes and brows; with 478 landmarks the irises too.
std::span<const std::span<const std::int16_t>> FaceContours(int landmark_count);

}  // namespace retinue
