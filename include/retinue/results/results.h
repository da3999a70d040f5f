#pragma once

// What retinue finds in a picture: plain structs, the vocabulary of every head,
// tracker and output format. Boxes are pixels of the upright frame, top left
// origin. Thread rule: plain values.

#include <cstdint>
#include <vector>

#include "retinue/base/time.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

/// The number of a track within its stream: 1, 2, 3 … in order of birth.
using TrackId = std::int64_t;

/// Not tracked (yet).
inline constexpr TrackId kNoTrack = 0;

/// One object seen in one frame.
struct Detection {
  Box box;                      ///< Inside the frame.
  float score = 0;              ///< The detector's own confidence, 0…1.
  int class_id = 0;             ///< Index into the model's class names.
  TrackId track_id = kNoTrack;  ///< Set by a tracker.
  friend bool operator==(const Detection&, const Detection&) = default;
};

/// All that was found in one frame. Reused from frame to frame: Clear() keeps
/// the memory.
struct FrameResult {
  std::int64_t frame = 0;  ///< FrameId::number, from 0.
  Nanoseconds pts{0};
  Size size;               ///< Of the upright frame.
  std::vector<Detection> objects;

  void Clear() {
    frame = 0;
    pts = Nanoseconds{0};
    size = {};
    objects.clear();
  }
  friend bool operator==(const FrameResult&, const FrameResult&) = default;
};

}  // namespace retinue
