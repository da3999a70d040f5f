#pragma once

// What a model does. Thread rule: plain values.

#include <optional>
#include <string_view>

namespace retinue {

/// The tasks that exporters name.
enum class Task {
  kDetect,    ///< Boxes, each with a class and a score.
  kSegment,   ///< The same, and a mask for each.
  kPose,      ///< The same, and keypoints for each.
  kObb,       ///< Boxes that are turned.
  kClassify,  ///< Scores of classes for the whole picture.
  kFaces,     ///< Faces, each with landmarks.
};

/// "detect", "segment", "pose", "obb", "classify", "faces".
std::string_view ToString(Task task);

/// The inverse of ToString; nothing for other words.
std::optional<Task> ParseTask(std::string_view word);

}  // namespace retinue
