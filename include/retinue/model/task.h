#pragma once

// What a model does. Thread rule: plain values.

#include <optional>
#include <string_view>

namespace retinue {

/// The tasks that exporters name. Only kDetect has heads so far.
enum class Task { kDetect, kSegment, kPose, kObb, kClassify };

/// "detect", "segment", "pose", "obb", "classify".
std::string_view ToString(Task task);

/// The inverse of ToString; nothing for other words.
std::optional<Task> ParseTask(std::string_view word);

}  // namespace retinue
