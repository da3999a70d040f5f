#include "retinue/model/task.h"

namespace retinue {

std::string_view ToString(Task task) {
  switch (task) {
    case Task::kDetect: return "detect";
    case Task::kSegment: return "segment";
    case Task::kPose: return "pose";
    case Task::kObb: return "obb";
    case Task::kClassify: return "classify";
    case Task::kFaces: return "faces";
  }
  return "unknown";
}

std::optional<Task> ParseTask(std::string_view word) {
  for (const Task task : {Task::kDetect, Task::kSegment, Task::kPose, Task::kObb, Task::kClassify,
                          Task::kFaces}) {
    if (word == ToString(task)) return task;
  }
  return std::nullopt;
}

}  // namespace retinue
