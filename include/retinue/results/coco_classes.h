#pragma once

// The 80 classes of COCO: the class ids of most detectors, and the category ids of COCO's own
// files, which run to 90 with gaps. Thread rule: constants.

#include <span>
#include <string_view>

namespace retinue {

struct CocoClass {
  std::string_view name;
  int category_id = 0;              ///< 1 ... 90.
  std::string_view darknet_name{};  ///< Where Darknet's list spells it differently; else empty.
};

/// In the order of class ids, 0 ... 79.
/// @source categories of instances_val2017.json; Darknet, data/coco.names
std::span<const CocoClass> CocoClasses();

}  // namespace retinue
