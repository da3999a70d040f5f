#pragma once

// Shared by the formats of this folder. Thread rule: pure functions.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "retinue/io/stream.h"
#include "retinue/io/text.h"
#include "retinue/results/results.h"

namespace retinue::internal {

/// True when every number of `object`, and its right and bottom edge, can be written.
inline bool HasFiniteNumbers(const Detection& object) {
  const Box& box = object.box;
  return IsWritable(box.x) && IsWritable(box.y) && IsWritable(box.width) &&
         IsWritable(box.height) && IsWritable(box.right()) && IsWritable(box.bottom()) &&
         IsWritable(object.score);
}

/// The same, with the object's keypoints and oriented box.
inline bool HasFiniteNumbers(const FrameResult& result, const Detection& object) {
  const auto keypoints = result.KeypointsOf(object);
  const Region* turned = result.TurnedOf(object);
  return HasFiniteNumbers(object) &&
         std::all_of(keypoints.begin(), keypoints.end(),
                     [](const Keypoint& k) {
                       return IsWritable(k.x) && IsWritable(k.y) && IsWritable(k.score);
                     }) &&
         (turned == nullptr ||
          (IsWritable(turned->center.x) && IsWritable(turned->center.y) &&
           IsWritable(turned->width) && IsWritable(turned->height) &&
           IsWritable(turned->angle_rad)));
}

/// True when every number of `face` and its landmarks can be written.
inline bool HasFiniteNumbers(const FrameResult& result, const Face& face) {
  const auto landmarks = result.LandmarksOf(face);
  return HasFiniteNumbers(Detection{.box = face.box, .score = face.score}) &&
         IsWritable(face.yaw) && IsWritable(face.pitch) && IsWritable(face.roll) &&
         IsWritable(face.mouth_open) && IsWritable(face.leye_open) && IsWritable(face.reye_open) &&
         IsWritable(face.smile) &&
         std::all_of(landmarks.begin(), landmarks.end(), [](const Landmark& l) {
           return IsWritable(l.x) && IsWritable(l.y) && IsWritable(l.z);
         });
}

/// COCO's object for a mask: {"size":[height,width],"counts":"…"}.
inline void AppendMaskObject(std::span<const std::uint32_t> counts, Size size, std::string& out) {
  out += "{\"size\":[";
  AppendInteger(size.height, out);
  out += ',';
  AppendInteger(size.width, out);
  out += "],\"counts\":\"";
  const std::size_t begin = out.size();
  AppendMaskText(counts, out);
  // Of COCO's 64 letters one needs an escape in JSON.
  for (std::size_t i = begin; i < out.size(); ++i) {
    if (out[i] == '\\') out.insert(i++, 1, '\\');
  }
  out += "\"}";
}

/// The texts that `write` makes of the class names, once for a stream instead of
/// once for an object; a class without a name gets its number.
class ClassTexts {
 public:
  template <typename Write>  // void(int class_id, std::string_view name, std::string& out)
  ClassTexts(const StreamInfo& stream, Write write) {
    texts_.resize(stream.class_names.size());
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      write(static_cast<int>(i), stream.class_names[i], texts_[i]);
    }
  }

  /// Null when the class has no name.
  const std::string* Find(int class_id) const {
    const auto index = static_cast<std::size_t>(class_id);
    return class_id >= 0 && index < texts_.size() ? &texts_[index] : nullptr;
  }

 private:
  std::vector<std::string> texts_;
};

/// `x,y,w,h`, separated by commas.
inline void AppendBox(const Box& box, int decimals, std::string& out) {
  AppendDecimal(box.x, decimals, out);
  out += ',';
  AppendDecimal(box.y, decimals, out);
  out += ',';
  AppendDecimal(box.width, decimals, out);
  out += ',';
  AppendDecimal(box.height, decimals, out);
}

}  // namespace retinue::internal
