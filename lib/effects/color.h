#pragma once

// The operations on colours.

#include "lib/effects/picture.h"

namespace retinue::internal {

/// Factors, and degrees of hue; as it stands it changes nothing.
struct ColorChange {
  float red = 1, green = 1, blue = 1;                  ///< First: clamped to 0…255.
  float hue_deg = 0, saturation = 1, brightness = 1;   ///< Then in HSV, each clamped.
  bool invert = false;                                 ///< Then 255 - value.

  Color Apply(Color color) const;
  friend bool operator==(const ColorChange&, const ColorChange&) = default;
};

}  // namespace retinue::internal
