#pragma once

// What a face's landmarks say about it: where the head looks, how far eyes and mouth are open,
// whether it smiles. Thread rule: pure functions.
//
// Distances are taken in the mesh's three dimensions and directions are the head's own, so that a
// turned or tilted head gives what the same face gives upright, as far as the mesh's depth is
// right.

#include <cstddef>
#include <span>

#include "retinue/results/face.h"
#include "retinue/results/face_refinement.h"

namespace retinue {

/// Fills a face's yaw, pitch, roll, mouth_open, leye_open, reye_open and smile; nothing else of it.
///
/// @param landmarks  468 of the mesh, or 478 with irises, in pixels of the upright frame; z in
///                   the same unit, smaller = nearer.
/// @param face       See face.h for signs and sides.
///
/// Head: the turn of the similarity (weighted least squares: Umeyama 1991) that takes 33 steady
/// points of MediaPipe's canonical face onto the landmarks. It is taken apart into a pitch, after
/// it a yaw and after it a roll in the picture's plane, in degrees: roll and pitch within ±180, yaw
/// within ±90. So turning the picture changes the roll alone, and yaw and pitch are those of the
/// picture turned upright. No perspective: towards the corners of a wide picture yaw and pitch are
/// off by the angle at which the camera sees the face.
///
/// The rest are ratios, taken linearly to 0…1 between two measured values and clamped outside:
///   * an eye: mean height between three pairs of points of the lids over the distance of the
///     corners. The mesh of 468 hardly sees a lid close: closed is 0.17, open 0.28. The landmarks
///     with irises do: closed 0.12, open 0.27.
///   * the mouth: mean height between three pairs of points of the inner lips over the distance of
///     the eyes' outer corners: closed 0.015, wide open 0.45.
///   * the smile: the geometric mean of how wide the mouth is (0.56 … 0.72 of the distance of the
///     eyes' outer corners) and of how far its corners lie above the middle between the outer
///     edges of the lips (0.015 … 0.09 of it), so a mouth only stretched or only bent is no smile.
/// Measured with MediaPipe 0.10.21 on 15 faces of ../shared/data/faces and the 276 frames of
/// ../shared/data/videos/asl. Eyes in a blink 0.09 … 0.14, the one in the shade up to 0.26 (468:
/// 0.16 … 0.22), open 0.21 … 0.39 (468: 0.20 … 0.38), narrow ones and those of a laugh 0.13 … 0.25
/// (468: 0.17 … 0.22). Lips closed at most 0.03, a laugh 0.29 … 0.35. Faces at rest at most 0.63
/// wide, smiles that show teeth 0.69 … 0.76 wide and bent by 0.06 … 0.11.
///
/// Fewer than 468 landmarks, one of those looked at not finite or beyond ±1e7, or points from
/// which no head can be fitted (all equal, or on one line): all seven are 0. Never NaN. A mesh that
/// is a mirror image (landmark 33 on the picture's right, the nose towards the camera) is no turn
/// of a face; it gets the nearest turn there is. Cost: 2 µs; allocates nothing.
/// @source canonical points and weights: MediaPipe, mediapipe/modules/face_geometry/data/
///         geometry_pipeline_metadata_landmarks.pbtxt
void MeasureFace(std::span<const Landmark> landmarks, Face& face);

}  // namespace retinue
