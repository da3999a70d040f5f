// Copies into the formats that can be drawn into: every format and odd sizes, expected by hand from
// what test frames hold at each place.

#include "retinue/image/copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "retinue/base/check.h"

namespace retinue {
namespace {

int Value(int plane, std::ptrdiff_t byte, int row) {
  return static_cast<int>((plane * 101 + byte * 7 + row * 13) % 251);
}

Frame PaintedFrame(PixelFormat pixels, Size size) {
  const FrameFormat format{pixels, size, {ColorMatrix::kBt601, ColorRange::kFull}};
  auto buffer = FrameBuffer::Create(format);
  RETINUE_CHECK(buffer.has_value());
  for (int p = 0; p < PlaneCount(pixels); ++p) {
    const MutablePlaneView plane = (*buffer)->plane(p);
    for (int y = 0; y < RowCount(pixels, size, p); ++y) {
      for (std::ptrdiff_t x = 0; x < RowBytes(pixels, size, p); ++x) {
        plane.data[y * plane.stride_bytes + x] = static_cast<std::uint8_t>(Value(p, x, y));
      }
    }
  }
  return FrameBuffer::Publish(*std::move(buffer), {}, {});
}

/// What the copy must hold at a byte of a plane.
int Expected(PixelFormat from, Size size, int plane, std::ptrdiff_t byte, int row) {
  const std::ptrdiff_t pixel = byte / 3, channel = byte % 3;
  switch (from) {
    case PixelFormat::kI420:
    case PixelFormat::kRgb24: return Value(plane, byte, row);
    case PixelFormat::kBgr24: return Value(0, 3 * pixel + 2 - channel, row);
    case PixelFormat::kRgba32: return Value(0, 4 * pixel + channel, row);
    case PixelFormat::kGray8: return plane == 0 ? Value(0, byte, row) : 128;
    case PixelFormat::kNv12:
      return plane == 0 ? Value(0, byte, row) : Value(1, 2 * byte + plane - 1, row);
    case PixelFormat::kYuy2: {
      if (plane == 0) return Value(0, 2 * byte, row);
      const std::ptrdiff_t at = 4 * byte + 2 * plane - 1;
      return (Value(0, at, 2 * row) + Value(0, at, std::min(2 * row + 1, size.height - 1)) + 1) / 2;
    }
  }
  return -1;
}

TEST(CopyPixels, HoldsTheSamePictureWhateverItCameFrom) {
  for (const PixelFormat pixels :
       {PixelFormat::kNv12, PixelFormat::kI420, PixelFormat::kYuy2, PixelFormat::kRgb24,
        PixelFormat::kBgr24, PixelFormat::kRgba32, PixelFormat::kGray8}) {
    for (const Size size : {Size{1, 1}, Size{7, 3}, Size{64, 33}, Size{130, 4}}) {
      SCOPED_TRACE(std::string(ToString(pixels)) + " " + std::to_string(size.width));
      const Frame frame = PaintedFrame(pixels, size);
      const FrameFormat format = DrawableFormat(frame.format());
      const bool is_rgb = pixels == PixelFormat::kRgb24 || pixels == PixelFormat::kBgr24 ||
                          pixels == PixelFormat::kRgba32;
      EXPECT_EQ(format, (FrameFormat{is_rgb ? PixelFormat::kRgb24 : PixelFormat::kI420, size,
                                     frame.format().color}));
      auto copy = FrameBuffer::Create(format);
      ASSERT_TRUE(copy);
      CopyPixels(frame, **copy);
      for (int p = 0; p < PlaneCount(format.pixels); ++p) {
        const MutablePlaneView plane = (*copy)->plane(p);
        for (int y = 0; y < RowCount(format.pixels, size, p); ++y) {
          for (std::ptrdiff_t x = 0; x < RowBytes(format.pixels, size, p); ++x) {
            ASSERT_EQ(plane.data[y * plane.stride_bytes + x], Expected(pixels, size, p, x, y))
                << p << ": " << x << ", " << y;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace retinue
