#pragma once

// What an exporter wrote into a model's metadata. Thread rule: pure functions.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/model/task.h"

namespace retinue {

/// The keys of Ultralytics' exports that matter here; absent ones are empty.
struct ExportMetadata {
  std::optional<Task> task;
  std::vector<std::string> names;
  std::optional<int> stride;
  std::optional<Size> imgsz;
  std::optional<int> channels;
  std::optional<KeypointColumns> keypoints;  ///< `kpt_shape`: [count, 2 or 3].
  bool end2end = false;
  std::string licence;
};

/// Reads the metadata; unknown keys are ignored.
/// @error kDataLoss     A known key is not of the form that exporters write; the sentence
///                      names it.
/// @error kUnsupported  A task that nobody has heard of.
Result<ExportMetadata> ReadMetadata(const std::map<std::string, std::string>& metadata);

}  // namespace retinue
