#pragma once

// Face: what is known of one face in one frame. Thread rule: plain values.
//
// Left and right are those of the PICTURE of an unmirrored, upright face: `leye_open` is the eye
// whose corners are landmarks 33 and 133, which is the person's own right eye.

#include <cstdint>

#include "retinue/geometry/geometry.h"

namespace retinue {

/// A point of a face's mesh, in pixels of the upright frame; may lie outside of it.
struct Landmark {
  float x = 0;
  float y = 0;
  float z = 0;  ///< Depth in the same unit, towards the camera negative; 0 is the head's centre.
  friend bool operator==(const Landmark&, const Landmark&) = default;
};

/// One face. Its landmarks lie in the FrameResult: FrameResult::LandmarksOf.
struct Face {
  std::int64_t id = 0;  ///< Stable from frame to frame (a TrackId); 0 = not followed.
  float score = 0;      ///< That this is a face, 0…1.
  Box box{};            ///< Around the face, in pixels of the upright frame.
  /// Its row in FrameResult::landmarks; it keeps it when faces are sorted. -1: none.
  int detail = -1;

  // Of the head, in degrees; all 0 = upright and looking into the camera.
  float yaw = 0;    ///< Positive: turned towards the picture's right.
  float pitch = 0;  ///< Positive: looking up.
  float roll = 0;   ///< Positive: tilted clockwise as seen on the screen.

  // 0…1
  float mouth_open = 0;
  float leye_open = 0;
  float reye_open = 0;
  float smile = 0;
  friend bool operator==(const Face&, const Face&) = default;
};

}  // namespace retinue
