#pragma once

// Views of pictures that the executor reads, and how it samples them.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "lib/effects/outlines.h"
#include "retinue/geometry/geometry.h"
#include "retinue/image/frame.h"

namespace retinue::internal {

/// Straight RGB, each 0…255.
struct Color {
  float r = 0;
  float g = 0;
  float b = 0;
};

/// Whole pixels, from the first on and up to the last, exclusive.
struct PixelArea {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int width() const { return x1 - x0; }
  int height() const { return y1 - y0; }
  bool empty() const { return x1 <= x0 || y1 <= y0; }
  friend bool operator==(const PixelArea&, const PixelArea&) = default;
};

/// The pixels that `bounds` touches, inside of `size`; the nearest pixel when it lies outside.
inline PixelArea PixelsAround(const Bounds& bounds, Size size) {
  const auto first = [](double at, int count) {
    return static_cast<int>(std::clamp(std::floor(at), 0.0, count - 1.0));
  };
  const auto last = [](double at, int count) {
    return static_cast<int>(std::clamp(std::ceil(at), 1.0, static_cast<double>(count)));
  };
  PixelArea area{first(bounds.min_x, size.width), first(bounds.min_y, size.height),
                 last(bounds.max_x, size.width), last(bounds.max_y, size.height)};
  area.x1 = std::max(area.x1, area.x0 + 1);
  area.y1 = std::max(area.y1, area.y0 + 1);
  return area;
}

/// All that bilinear sampling within `bounds` reads.
inline PixelArea PixelsToSample(const Bounds& bounds, Size size) {
  return PixelsAround(
      {bounds.min_x - 1, bounds.min_y - 1, bounds.max_x + 1, bounds.max_y + 1}, size);
}

/// RGB24 rows of the pixels of `area` of a frame.
struct RgbView {
  PixelArea area;
  const std::uint8_t* data = nullptr;  ///< Of pixel (area.x0, area.y0).
  std::ptrdiff_t stride_bytes = 0;

  /// (x, y) must be in the area.
  const std::uint8_t* At(int x, int y) const {
    return data + (y - area.y0) * stride_bytes + (x - area.x0) * 3;
  }
};

/// Where a coordinate lies between the centres of pixels `low` and `low` + 1 (or `high`).
struct SamplePlace {
  int low = 0;
  int high = 0;
  float part = 0;
};
inline SamplePlace PlaceOf(double at, int first, int end) {
  const double clamped = std::clamp(at - 0.5, static_cast<double>(first), end - 1.0);
  const int low = static_cast<int>(clamped);  // not negative, so this rounds down
  return {low, std::min(low + 1, end - 1), static_cast<float>(clamped - low)};
}

/// Bilinear, clamped at the area's edge. (0, 0) is the frame's corner, not a pixel's centre.
inline Color Sample(const RgbView& view, double x, double y) {
  const SamplePlace h = PlaceOf(x, view.area.x0, view.area.x1);
  const SamplePlace v = PlaceOf(y, view.area.y0, view.area.y1);
  const std::uint8_t* p00 = view.At(h.low, v.low);
  const std::uint8_t* p01 = view.At(h.high, v.low);
  const std::uint8_t* p10 = view.At(h.low, v.high);
  const std::uint8_t* p11 = view.At(h.high, v.high);
  const auto mixed = [&](int channel) {
    const auto c = [channel](const std::uint8_t* p) { return static_cast<float>(p[channel]); };
    const float top = c(p00) + (c(p01) - c(p00)) * h.part;
    const float bottom = c(p10) + (c(p11) - c(p10)) * h.part;
    return top + (bottom - top) * v.part;
  };
  return {mixed(0), mixed(1), mixed(2)};
}

}  // namespace retinue::internal
