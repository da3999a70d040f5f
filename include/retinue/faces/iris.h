#pragma once

// Irises: what MediaPipe's iris model looks at, and how its points join the face mesh. For runtimes
// that cannot run the mesh with attention, which finds the same 478 landmarks in one pass.
// Thread rule: pure functions.
//
//   for (const Eye eye : {Eye::kLeft, Eye::kRight}) {
//     const auto region = EyeRegion(eye, mesh);             // in the frame
//     … crop it to 64×64, mirrored for Eye::kRight; run the model …
//     EyePointsInFrame(eye, *region, contour_213, contour);  // 71 points
//     EyePointsInFrame(eye, *region, iris_15, iris);         // 5 points
//     JoinIris(eye, contour, iris, landmarks);              // 468 → 478
//   }

#include <cstddef>
#include <optional>
#include <span>

#include "retinue/geometry/geometry.h"
#include "retinue/results/face.h"

namespace retinue {

/// Sides as in face.h: those of the picture of an unmirrored, upright face.
enum class Eye {
  kLeft,   ///< Corners 33 and 133, iris 468…472. What the model was made for.
  kRight,  ///< Corners 362 and 263, iris 473…477. The model wants its crop MIRRORED left to right.
};

/// Points of the model's two outputs, `output_eyes_contours_and_brows` and `output_iris`.
inline constexpr std::size_t kEyeContourPoints = 71;
inline constexpr std::size_t kIrisPoints = 5;
/// Width and height of the model's input.
inline constexpr int kEyeInputSize = 64;

/// The square around an eye that the iris model looks at: centred between the eye's corners, its
/// side 2.3 times their distance, turned as they are.
///
/// @param mesh  At least 468 landmarks in frame pixels.
/// @return Nothing when a corner is missing or not finite, the corners are less than a thousandth
///         of a pixel apart, or anything is beyond 1e6 pixels.
///
/// MediaPipe takes the longer side of the upright box around the corners in place of their
/// distance: the same for an eye that lies level or stands upright, down to 0.71 of it between;
/// here the square does not depend on the roll.
/// @source MediaPipe, mediapipe/modules/iris_landmark/iris_landmark_landmarks_to_roi.pbtxt and
///         iris_landmark_left_and_right_from_face_landmarks_cpu.pbtxt (the order of the corners)
std::optional<Region> EyeRegion(Eye eye, std::span<const Landmark> mesh);

/// What the iris model put out, as points of the frame.
///
/// @param xyz     x, y, z of each point in pixels of the 64×64 crop; that of Eye::kRight was
///                mirrored.
/// @param points  xyz.size() / 3 of them. z in frame pixels too, but with an origin of its own.
void EyePointsInFrame(Eye eye, const Region& region, std::span<const float> xyz,
                      std::span<Landmark> points);

/// Puts the points of the iris model into the landmarks of a face: x and y of the 71 mesh points
/// around the eye (lids, the rings around them, the brow) are replaced and their z kept; the five
/// of the iris follow the mesh, with the mean z of the 16 points of the lids. This is how MediaPipe
/// joins the parts of its mesh with attention.
///
/// @param contour    71 points in frame pixels, in the model's order.
/// @param iris       5 points in frame pixels, in the model's order.
/// @param landmarks  478; the first 468 hold the mesh. The other eye's rows stay as they are.
///
/// The model's iris is the centre, then the right, top, left and bottom edge of a left eye, so
/// edges of a mirrored one change sides: landmarks have the picture's right edge second for both
/// eyes, as the mesh with attention has (checked on four pictures, lib/faces/iris_test.cc says
/// which). A point that is not finite leaves the mesh's in its place; of an iris, the middle of the
/// eye's corners.
/// @source MediaPipe,
/// mediapipe/modules/face_landmark/tensors_to_face_landmarks_with_attention.pbtxt
///         (the order of the points, z) and mediapipe/graphs/iris_tracking/calculators/
///         update_face_landmarks_calculator.cc (the same order for this model)
void JoinIris(Eye eye, std::span<const Landmark> contour, std::span<const Landmark> iris,
              std::span<Landmark> landmarks);

}  // namespace retinue
