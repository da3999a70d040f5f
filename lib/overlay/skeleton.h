#pragma once

// Which keypoints are joined by lines. Thread rule: pure functions.

#include <span>

namespace retinue::internal {

/// Two keypoints, by their index.
struct Limb {
  int from = 0;
  int to = 0;
};

/// The limbs of a body with that many keypoints: 17 as COCO orders them, 33 as MediaPipe does;
/// empty for others.
/// @source COCO `person_keypoints` (skeleton); MediaPipe `POSE_CONNECTIONS`
std::span<const Limb> LimbsOf(int keypoint_count);

}  // namespace retinue::internal
