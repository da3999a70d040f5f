#include "retinue/overlay/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace retinue {
namespace {

struct Linear {
  double r, g, b;
};

Linear FromOklch(double lightness, double chroma, double hue_rad) {
  const double a = chroma * std::cos(hue_rad);
  const double b = chroma * std::sin(hue_rad);
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

bool IsInGamut(const Linear& c) {
  return std::min({c.r, c.g, c.b}) >= 0 && std::max({c.r, c.g, c.b}) <= 1;
}

std::uint8_t Encoded(double linear) {
  const double v = std::clamp(linear, 0.0, 1.0);
  const double srgb = v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(srgb * 255));
}

// The most colourful colour of this hue and lightness that a screen can show.
double MostChroma(double lightness, double hue_rad) {
  double inside = 0;
  double outside = 0.4;
  for (int i = 0; i < 12; ++i) {
    const double middle = (inside + outside) / 2;
    (IsInGamut(FromOklch(lightness, middle, hue_rad)) ? inside : outside) = middle;
  }
  return inside;
}

// Yellow is colourful when light, blue when dark: where each hue is at its best, within
// what stands out from both black and white.
double BestLightness(double hue_rad) {
  double best = 0;
  double most = -1;
  for (double lightness = 0.64; lightness < 0.87; lightness += 0.02) {
    const double chroma = MostChroma(lightness, hue_rad);
    if (chroma <= most) continue;
    most = chroma;
    best = lightness;
  }
  return best;
}

}  // namespace

Rgb NumberedColor(std::int64_t number) {
  // Hues come near each other after 8 and 13, nearer after 21 and 34 numbers. Then this
  // differs: by two and by one place in the circle of five, so neighbours differ most.
  constexpr std::array<double, 5> kLighter{0.0, 0.08, -0.04, 0.04, -0.08};
  const std::int64_t i = ((number % kColorCount) + kColorCount) % kColorCount;
  // kColorCount is a Fibonacci number, so the last and the first follow each
  // other like any two.
  const double turn = static_cast<double>(i) / std::numbers::phi + 0.07;
  const double hue = (turn - std::floor(turn)) * 2 * std::numbers::pi;
  const double lightness =
      std::clamp(BestLightness(hue) + kLighter[static_cast<std::size_t>(i % 5)], 0.58, 0.9);
  const Linear color = FromOklch(lightness, MostChroma(lightness, hue), hue);
  return {Encoded(color.r), Encoded(color.g), Encoded(color.b)};
}

Rgb ColorOf(const Detection& object) {
  return NumberedColor(object.track_id != kNoTrack ? object.track_id : object.class_id);
}

}  // namespace retinue
