#include "retinue/image/copy.h"

#include <algorithm>
#include <cstring>

#include "retinue/base/check.h"

namespace retinue {
namespace {

const std::uint8_t* Row(const PlaneView& plane, int y) {
  return plane.data + y * plane.stride_bytes;
}
std::uint8_t* Row(const MutablePlaneView& plane, int y) {
  return plane.data + y * plane.stride_bytes;
}

void CopyPlane(const PlaneView& from, const MutablePlaneView& to, std::ptrdiff_t bytes, int rows) {
  for (int y = 0; y < rows; ++y) {
    std::memcpy(Row(to, y), Row(from, y), static_cast<std::size_t>(bytes));
  }
}

// The loops below are plain so that the compiler vectorises them; pointers to bytes may
// alias anything, hence __restrict.
void SplitPairs(const std::uint8_t* __restrict from, std::uint8_t* __restrict first,
                std::uint8_t* __restrict second, int count) {
  for (int x = 0; x < count; ++x) {
    first[x] = from[2 * x];
    second[x] = from[2 * x + 1];
  }
}

void CopyNv12(const Frame& frame, FrameBuffer& into) {
  const Size size = frame.size();
  CopyPlane(frame.plane(0), into.plane(0), size.width, size.height);
  for (int y = 0; y < (size.height + 1) / 2; ++y) {
    SplitPairs(Row(frame.plane(1), y), Row(into.plane(1), y), Row(into.plane(2), y),
               (size.width + 1) / 2);
  }
}

void CopyYuy2(const Frame& frame, FrameBuffer& into) {
  const Size size = frame.size();
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* __restrict from = Row(frame.plane(0), y);
    std::uint8_t* __restrict luma = Row(into.plane(0), y);
    for (int x = 0; x < size.width; ++x) luma[x] = from[2 * x];
  }
  for (int y = 0; y < (size.height + 1) / 2; ++y) {
    const std::uint8_t* __restrict upper = Row(frame.plane(0), 2 * y);
    const std::uint8_t* __restrict lower =
        Row(frame.plane(0), std::min(2 * y + 1, size.height - 1));
    std::uint8_t* __restrict cb = Row(into.plane(1), y);
    std::uint8_t* __restrict cr = Row(into.plane(2), y);
    for (int x = 0; x < (size.width + 1) / 2; ++x) {
      cb[x] = static_cast<std::uint8_t>((upper[4 * x + 1] + lower[4 * x + 1] + 1) / 2);
      cr[x] = static_cast<std::uint8_t>((upper[4 * x + 3] + lower[4 * x + 3] + 1) / 2);
    }
  }
}

void CopyGray(const Frame& frame, FrameBuffer& into) {
  const Size size = frame.size();
  CopyPlane(frame.plane(0), into.plane(0), size.width, size.height);
  for (int p = 1; p < 3; ++p) {
    for (int y = 0; y < (size.height + 1) / 2; ++y) {
      std::memset(Row(into.plane(p), y), 128, static_cast<std::size_t>((size.width + 1) / 2));
    }
  }
}

// Pixels of `step` bytes with red at `red` and blue at 2 - red.
void CopyRgb(const Frame& frame, FrameBuffer& into, int step, int red) {
  for (int y = 0; y < frame.size().height; ++y) {
    const std::uint8_t* __restrict from = Row(frame.plane(0), y);
    std::uint8_t* __restrict to = Row(into.plane(0), y);
    for (int x = 0; x < frame.size().width; ++x) {
      to[3 * x] = from[step * x + red];
      to[3 * x + 1] = from[step * x + 1];
      to[3 * x + 2] = from[step * x + 2 - red];
    }
  }
}

}  // namespace

FrameFormat DrawableFormat(const FrameFormat& format) {
  FrameFormat drawable = format;
  const bool is_rgb = format.pixels == PixelFormat::kRgb24 ||
                      format.pixels == PixelFormat::kBgr24 ||
                      format.pixels == PixelFormat::kRgba32;
  drawable.pixels = is_rgb ? PixelFormat::kRgb24 : PixelFormat::kI420;
  return drawable;
}

void CopyPixels(const Frame& frame, FrameBuffer& into) {
  RETINUE_CHECK(into.format() == DrawableFormat(frame.format()));
  const PixelFormat format = frame.format().pixels;
  switch (format) {
    case PixelFormat::kNv12: return CopyNv12(frame, into);
    case PixelFormat::kYuy2: return CopyYuy2(frame, into);
    case PixelFormat::kGray8: return CopyGray(frame, into);
    case PixelFormat::kBgr24: return CopyRgb(frame, into, 3, 2);
    case PixelFormat::kRgba32: return CopyRgb(frame, into, 4, 0);
    case PixelFormat::kI420:
    case PixelFormat::kRgb24:
      for (int p = 0; p < PlaneCount(format); ++p) {
        CopyPlane(frame.plane(p), into.plane(p), RowBytes(format, frame.size(), p),
                  RowCount(format, frame.size(), p));
      }
  }
}

}  // namespace retinue
