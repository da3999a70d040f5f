#pragma once

// Masks of outlines that come from outside, within bounds of what they may cost.

#include <cstdint>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"

namespace retinue::internal {

/// MaskFromPolygon of `xy`: x, y, x, y … in pixels.
/// @error kDataLoss  Fewer than three corners, an odd number of values, or an outline so long that
///                   it cannot be that of something in a picture of `size`. The message goes on
///                   after "an outline ".
Result<std::vector<std::uint32_t>> MaskOfOutline(std::span<const double> xy, Size size);

}  // namespace retinue::internal
