#pragma once

// What the fast painter draws into: a frame's planes, and what is needed to go from their samples
// to pixels and back.

#include <array>

#include "lib/effects/kernels.h"
#include "retinue/base/result.h"
#include "retinue/effects/effects.h"
#include "retinue/image/frame.h"

namespace retinue::internal {

struct Canvas {
  PixelFormat format = PixelFormat::kRgb24;
  Size size;
  std::array<MutablePlaneView, 3> planes{};
  FromYCbCr from_ycbcr;
  ToYCbCr to_ycbcr;

  /// Pixels begin…end of row y; begin is a multiple of 64. Formats of Y'CbCr go on to a multiple
  /// of 64 behind the end, which must be there.
  void Read(int y, int begin, int end, Pixel* out) const;
  /// Covered pixels of rows y and y + 1, which `top` and `bottom` (not read below the frame) point
  /// to the beginning of. y is even.
  void Write(int y, int begin, int end, Pixel* top, Pixel* bottom) const;
};

Canvas CanvasOf(const RgbPicture& picture);

/// @error kUnsupported  Of another format than kNv12, kI420, kRgb24.
Result<Canvas> CanvasOf(FrameBuffer& frame);

}  // namespace retinue::internal
