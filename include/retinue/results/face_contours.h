#pragma once

// The lines that a face is drawn with: rings of landmarks around its parts.
// Thread rule: constants.

#include <cstdint>
#include <span>

namespace retinue {

/// Rings of indices into 468 landmarks, each closed by a line to its first: the face's oval, the
/// lips' outside and inside, eyes and brows; with 478 landmarks the irises too.
/// @source MediaPipe 0.10.21, mediapipe/python/solutions/face_mesh_connections.py
std::span<const std::span<const std::int16_t>> FaceContours(int landmark_count);

}  // namespace retinue
