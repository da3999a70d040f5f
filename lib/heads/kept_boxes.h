#pragma once

// The kept boxes of a Suppression, as its SIMD body reads them.

#include <cstddef>
#include <cstdint>

namespace retinue {

/// Arrays readable up to `count` rounded up to the lanes of any instruction set; what lies
/// behind `count` is zeros with class -1: boxes without area, which overlap nothing.
struct KeptBoxes {
  const float* x_min;
  const float* y_min;
  const float* x_max;
  const float* y_max;
  const float* area;
  const std::int32_t* class_id;
  std::size_t count;
};

}  // namespace retinue
