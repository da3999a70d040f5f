#pragma once

// How far two boxes are the same. Thread rule: a pure function.

#include <algorithm>

#include "retinue/eval/detection_evaluator.h"

namespace retinue::internal {

/// Intersection over union as pycocotools computes it; of a crowd, over what was found. 0 for boxes
/// that do not overlap.
inline double BoxFit(const EvalBox& found, const EvalBox& labelled, bool is_crowd) {
  const double width = std::min(found.width + found.x, labelled.width + labelled.x) -
                       std::max(found.x, labelled.x);
  const double height = std::min(found.height + found.y, labelled.height + labelled.y) -
                        std::max(found.y, labelled.y);
  if (!(width > 0) || !(height > 0)) return 0;
  const double both = width * height;
  const double area = found.width * found.height;
  return both / (is_crowd ? area : area + labelled.width * labelled.height - both);
}

}  // namespace retinue::internal
