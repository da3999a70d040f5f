#pragma once

// What retinue finds in a picture: plain structs, the vocabulary of every head,
// tracker and output format. Boxes are pixels of the upright frame, top left
// origin. Thread rule: plain values.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "retinue/base/time.h"
#include "retinue/geometry/geometry.h"
#include "retinue/results/face.h"
#include "retinue/results/mask.h"

namespace retinue {

/// The number of a track within its stream: 1, 2, 3 … in order of birth.
using TrackId = std::int64_t;

/// Not tracked (yet).
inline constexpr TrackId kNoTrack = 0;

/// One object seen in one frame.
struct Detection {
  Box box;                      ///< Inside the frame. Of a turned box: what is around it.
  float score = 0;              ///< The detector's own confidence, 0…1.
  int class_id = 0;             ///< Index into the model's class names.
  TrackId track_id = kNoTrack;  ///< Set by a tracker.
  /// Its place in the per-object lists of the FrameResult (keypoints, masks, turned); it keeps
  /// it when objects are sorted or removed. -1: in none.
  int detail = -1;
  friend bool operator==(const Detection&, const Detection&) = default;
};

/// A point of a body, in pixels of the upright frame; may lie outside of it.
struct Keypoint {
  float x = 0;
  float y = 0;
  float score = 0;  ///< That it can be seen, 0…1.
  friend bool operator==(const Keypoint&, const Keypoint&) = default;
};

/// What a classifier says of a whole picture.
struct ClassScore {
  int class_id = 0;
  float score = 0;  ///< 0…1
  friend bool operator==(const ClassScore&, const ClassScore&) = default;
};

/// All that was found in one frame. Reused from frame to frame: Clear() keeps
/// the memory.
struct FrameResult {
  std::int64_t frame = 0;  ///< FrameId::number, from 0.
  Nanoseconds pts{0};
  Size size{};             ///< Of the upright frame.
  std::vector<Detection> objects{};

  // Of each object with `detail` d ≥ 0, where the model has such a thing:
  int keypoint_count = 0;             ///< Keypoints of each object; 0 = the model has none.
  std::vector<Keypoint> keypoints{};  ///< Row d: from d · keypoint_count on.
  MaskList masks{};                   ///< Mask d; empty = the model has none.
  std::vector<Region> turned{};       ///< Oriented box d; empty = the model has none.

  std::vector<ClassScore> classes{};  ///< Of a classifier: best first.

  std::vector<Face> faces{};          ///< In any order.
  int landmark_count = 0;             ///< Landmarks of each face, 468 or 478; 0 = there are none.
  std::vector<Landmark> landmarks{};  ///< Of a face with `detail` d: from d · landmark_count on.

  /// The keypoints of an object of this frame; empty where there are none.
  std::span<const Keypoint> KeypointsOf(const Detection& object) const {
    if (object.detail < 0 || keypoint_count <= 0) return {};
    const auto count = static_cast<std::size_t>(keypoint_count);
    const auto begin = static_cast<std::size_t>(object.detail) * count;
    if (begin + count > keypoints.size()) return {};
    return std::span<const Keypoint>(keypoints).subspan(begin, count);
  }
  /// The landmarks of a face of this frame; empty where there are none.
  std::span<const Landmark> LandmarksOf(const Face& face) const {
    if (face.detail < 0 || landmark_count <= 0) return {};
    const auto count = static_cast<std::size_t>(landmark_count);
    const auto begin = static_cast<std::size_t>(face.detail) * count;
    if (begin + count > landmarks.size()) return {};
    return std::span<const Landmark>(landmarks).subspan(begin, count);
  }
  /// The mask of an object of this frame: run lengths as mask.h has them; empty for none.
  std::span<const std::uint32_t> MaskOf(const Detection& object) const {
    const auto index = static_cast<std::size_t>(object.detail);
    return object.detail >= 0 && index < masks.size() ? masks[index]
                                                      : std::span<const std::uint32_t>();
  }
  /// The oriented box of an object of this frame; null for none.
  const Region* TurnedOf(const Detection& object) const {
    const auto index = static_cast<std::size_t>(object.detail);
    return object.detail >= 0 && index < turned.size() ? &turned[index] : nullptr;
  }

  /// Forgets what was found; the frame's own number, time and size stay.
  void ClearFound() {
    objects.clear();
    keypoint_count = 0;
    keypoints.clear();
    masks.Clear();
    turned.clear();
    classes.clear();
    faces.clear();
    landmark_count = 0;
    landmarks.clear();
  }
  void Clear() {
    frame = 0;
    pts = Nanoseconds{0};
    size = {};
    ClearFound();
  }
  friend bool operator==(const FrameResult&, const FrameResult&) = default;
};

}  // namespace retinue
