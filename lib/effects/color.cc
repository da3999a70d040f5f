#include "lib/effects/color.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

float Byte(float value) { return std::clamp(value, 0.0f, 255.0f); }

struct Hsv {
  float hue = 0;  // in sixths of the circle, 0…6
  float saturation = 0;
  float value = 0;  // 0…255
};

// @source A. R. Smith, "Color gamut transform pairs", 1978
Hsv HsvOf(Color c) {
  const float value = std::max({c.r, c.g, c.b});
  const float range = value - std::min({c.r, c.g, c.b});
  if (range <= 0) return {0, 0, value};
  float hue = 0;
  if (value == c.r) {
    hue = (c.g - c.b) / range;
  } else if (value == c.g) {
    hue = 2 + (c.b - c.r) / range;
  } else {
    hue = 4 + (c.r - c.g) / range;
  }
  return {hue < 0 ? hue + 6 : hue, range / value, value};
}

Color ColorOf(const Hsv& c) {
  const float sector = std::floor(c.hue);
  const float part = c.hue - sector;
  const float v = c.value;
  const float p = v * (1 - c.saturation);
  const float q = v * (1 - part * c.saturation);
  const float t = v * (1 - (1 - part) * c.saturation);
  switch (static_cast<int>(sector) % 6) {
    case 0: return {v, t, p};
    case 1: return {q, v, p};
    case 2: return {p, v, t};
    case 3: return {p, q, v};
    case 4: return {t, p, v};
    default: return {v, p, q};
  }
}

}  // namespace

Color ColorChange::Apply(Color c) const {
  c = {Byte(c.r * red), Byte(c.g * green), Byte(c.b * blue)};
  if (hue_deg != 0 || saturation != 1 || brightness != 1) {
    Hsv hsv = HsvOf(c);
    const float turned = hsv.hue + hue_deg / 60;
    hsv.hue = turned - 6 * std::floor(turned / 6);
    hsv.saturation = std::clamp(hsv.saturation * saturation, 0.0f, 1.0f);
    hsv.value = Byte(hsv.value * brightness);
    c = ColorOf(hsv);
  }
  return invert ? Color{255 - c.r, 255 - c.g, 255 - c.b} : c;
}

}  // namespace retinue::internal
