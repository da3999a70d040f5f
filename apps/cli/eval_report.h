#pragma once

// The scores of `eval detect` as a table and as JSON. Thread rule: plain values.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "retinue/eval/detection_evaluator.h"
#include "retinue/eval/labels.h"

namespace retinue::cli {

/// Scores by one shape.
struct ShapeScores {
  EvalShape shape = EvalShape::kBox;
  DetectionScores scores;
};

struct EvalReport {
  std::string subject;                   ///< "yolov8n.onnx on openvino …", or the results file.
  std::vector<EvalCategory> categories;  ///< As in the scores.
  std::vector<ShapeScores> shapes;       ///< What the model is for comes first; boxes last.
  int images_without_labels = 0;
  /// How the model was asked, in the JSON as it is here; may be empty.
  std::vector<std::pair<std::string, nlohmann::ordered_json>> settings;
};

/// A table with a row a shape.
/// @param by_class  A row a class too.
std::string EvalText(const EvalReport& report, bool by_class);

/// `{"iou_type": "bbox", "AP": 0.42, "AP50": …, "images": 64, …, "classes": {"person": {…}}}`:
/// flat but for the classes. Of further shapes with the shape in front: `bbox_AP`. -1 where nothing
/// is labelled.
nlohmann::ordered_json EvalJson(const EvalReport& report);

}  // namespace retinue::cli
