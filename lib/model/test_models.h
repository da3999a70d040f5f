#pragma once

// Inputs, outputs and metadata of models, as exporters write them; for tests.
// Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "retinue/infer/engine.h"

namespace retinue::testing {

inline constexpr std::int64_t kAny = Shape::kDynamic;

inline std::string Names(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(i) + ": 'n" + std::to_string(i) + "'";
  }
  return text + "}";
}

inline ModelIo Io(Shape input, std::vector<Shape> outputs,
           std::map<std::string, std::string> metadata = {}) {
  ModelIo io;
  io.inputs = {{"images", ElementType::kF32, input}};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    io.outputs.push_back({"output" + std::to_string(i), ElementType::kF32, outputs[i]});
  }
  io.metadata = std::move(metadata);
  return io;
}

// As `yolov8n.onnx` is exported by Ultralytics 8.4.
inline ModelIo Yolov8n() {
  return Io({1, 3, 640, 640}, {{1, 84, 8400}},
            {{"task", "detect"},
             {"stride", "32"},
             {"imgsz", "[640, 640]"},
             {"channels", "3"},
             {"end2end", "False"},
             {"names", Names(80)},
             {"license", "AGPL-3.0 License (https://ultralytics.com/license)"}});
}

}  // namespace retinue::testing
