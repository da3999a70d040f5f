#pragma once

// What the golden files of lib/heads/golden share. Thread rule: pure functions.

#include <nlohmann/json.hpp>
#include <vector>

#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"

namespace retinue::testing {

/// Options of a case; the head's own where it has none.
inline HeadOptions OptionsOf(const nlohmann::json& json) {
  HeadOptions options;
  options.conf = json.value("conf", options.conf);
  options.iou = json.value("iou", options.iou);
  options.agnostic_nms = json.value("agnostic_nms", options.agnostic_nms);
  options.max_det = json.value("max_det", options.max_det);
  options.multi_label = json.value("multi_label", options.multi_label);
  options.classes = json.value("classes", options.classes);
  return options;
}

/// `input_to_frame` of a picture: scale x, scale y, left, top.
inline Affine MapOf(const nlohmann::json& picture) {
  const auto map = picture.at("input_to_frame").get<std::vector<float>>();
  return {map[0], 0, map[2], 0, map[1], map[3]};
}

}  // namespace retinue::testing
