#pragma once

// Drawing into planes of pixels. Thread rule: none; a canvas is a view.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "retinue/image/frame.h"
#include "retinue/overlay/color.h"

namespace retinue::internal {

/// Whole pixels from (left, top) up to but without (right, bottom).
struct PixelRect {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  bool IsEmpty() const { return left >= right || top >= bottom; }
  int width() const { return right - left; }
  int height() const { return bottom - top; }
  friend bool operator==(const PixelRect&, const PixelRect&) = default;
};

PixelRect Intersection(const PixelRect& a, const PixelRect& b);

/// `rect` with every side moved outward by `by` pixels (inward if negative).
PixelRect Grown(const PixelRect& rect, int by);

/// A colour in the samples of a canvas: Y, Cb, Cr or R, G, B.
using Ink = std::array<std::uint8_t, 3>;

/// R'G'B' as Y'CbCr. @source ITU-R BT.601-7, BT.709-6, BT.2020-2; rounded to the nearest.
Ink ToYCbCr(Rgb color, ColorSpace space);

/// How much of each pixel is covered, 0…255; rows follow each other without gap.
struct Mask {
  int width = 0;
  int height = 0;
  std::span<const std::uint8_t> coverage;
};

/// A kI420 or kRgb24 picture to draw into. Everything is clipped to it.
///
/// In kI420 a chroma sample takes the colour in proportion to how many of its
/// pixels are covered.
class Canvas {
 public:
  explicit Canvas(FrameBuffer& buffer);

  Ink InkOf(Rgb color) const;
  /// The whole picture.
  PixelRect bounds() const { return {0, 0, size_.width, size_.height}; }

  /// Fills with `opacity` 0…256 of 256.
  void Fill(const PixelRect& rect, const Ink& ink, int opacity = 256);
  /// Fills what is in `outer` and not in `inner`; all of `outer` when `inner` is empty. `inner`
  /// lies in `outer`.
  void FillRing(const PixelRect& outer, const PixelRect& inner, const Ink& ink, int opacity = 256);
  /// Fills through a mask whose top left pixel lies at (left, top).
  void FillMask(int left, int top, const Mask& mask, const Ink& ink);
  /// Fills the pixels of a mask of the canvas's size, run lengths as retinue/results/mask.h has
  /// them, with `opacity` 0…256. `scratch` is grown as needed and reused.
  void FillRuns(std::span<const std::uint32_t> counts, const Ink& ink, int opacity,
                std::vector<std::uint8_t>& scratch);

 private:
  void RunsChroma(int cx, const Ink& ink, int opacity, std::span<std::uint8_t> covered);
  void FillChroma(const PixelRect& rect, const Ink& ink, int opacity);
  void MaskChroma(int left, int top, const Mask& mask, const PixelRect& rect, const Ink& ink);

  Size size_;
  ColorSpace space_;
  bool is_rgb_;
  std::array<MutablePlaneView, 3> planes_{};
};

}  // namespace retinue::internal
