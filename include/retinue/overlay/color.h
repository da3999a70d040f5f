#pragma once

// The colours of tracks and classes: the same number always has the same colour, in every
// run and every output. Thread rule: pure functions.

#include <cstdint>

#include "retinue/results/results.h"

namespace retinue {

/// A colour in sRGB, 0…255.
struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  friend constexpr bool operator==(const Rgb&, const Rgb&) = default;
};

/// How many colours there are; numbers that differ by a multiple share theirs.
inline constexpr int kColorCount = 233;

/// The colour of any number, negative ones too.
///
/// Hues follow the golden angle, so that numbers near each other are far apart on the
/// circle; each as light as it is most colourful, give or take one of five steps; in OKLCH, where
/// distances are as the eye sees them. About ten microseconds: keep the colours.
/// @source OKLab: B. Ottosson, "A perceptual color space for image processing", 2020
Rgb NumberedColor(std::int64_t number);

/// The colour of an object: its track's, or without a track its class's.
Rgb ColorOf(const Detection& object);

}  // namespace retinue
