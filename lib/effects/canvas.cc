#include "lib/effects/canvas.h"

#include <cmath>
#include <string>

namespace retinue::internal {
namespace {

struct LumaWeights {
  double red = 0;
  double blue = 0;
  double green() const { return 1 - red - blue; }
};

// @source ITU-R BT.601-7, BT.709-6, BT.2020-2
LumaWeights WeightsOf(ColorMatrix matrix) {
  switch (matrix) {
    case ColorMatrix::kBt601:
      return {0.299, 0.114};
    case ColorMatrix::kBt709:
      return {0.2126, 0.0722};
    case ColorMatrix::kBt2020:
      break;
  }
  return {0.2627, 0.0593};
}

std::int16_t Fixed(double factor) { return static_cast<std::int16_t>(std::lround(factor * 32768)); }

void SetColor(const ColorSpace& color, Canvas& canvas) {
  const LumaWeights k = WeightsOf(color.matrix);
  const bool is_full = color.range == ColorRange::kFull;
  const double luma = is_full ? 1 : 255.0 / 219;
  const double chroma = is_full ? 1 : 255.0 / 224;
  const double red = 2 * (1 - k.red) * chroma;  // of cr
  const double blue = 2 * (1 - k.blue) * chroma;
  canvas.from_ycbcr = {.luma_offset = static_cast<std::int16_t>(is_full ? 0 : 16),
                       .luma_gain = Fixed(luma - 1),
                       .red_cr = Fixed(red / 4),
                       .green_cb = Fixed(-blue * k.blue / k.green() / 4),
                       .green_cr = Fixed(-red * k.red / k.green() / 4),
                       .blue_cb = Fixed(blue / 4)};
  const auto factors = [&](double r, double g, double b, double scale) {
    return std::array{Fixed(r * scale), Fixed(g * scale), Fixed(b * scale)};
  };
  canvas.to_ycbcr = {.luma_offset = canvas.from_ycbcr.luma_offset,
                     .luma = factors(k.red, k.green(), k.blue, 1 / luma),
                     .cb = factors(-k.red, -k.green(), 1 - k.blue, 1 / blue),
                     .cr = factors(1 - k.red, -k.green(), -k.blue, 1 / red)};
}

std::size_t UpTo64(int count) { return (static_cast<std::size_t>(count) + 63) / 64 * 64; }

std::uint8_t* At(const MutablePlaneView& plane, int y, int x_bytes) {
  return plane.data + y * plane.stride_bytes + x_bytes;
}

}  // namespace

void Canvas::Read(int y, int begin, int end, Pixel* out) const {
  const std::uint8_t* first = At(planes[0], y, begin);
  switch (format) {
    case PixelFormat::kNv12:
      return ReadNv12(from_ycbcr, first, At(planes[1], y / 2, begin), UpTo64(end - begin), out);
    case PixelFormat::kI420:
      return ReadI420(from_ycbcr, first, At(planes[1], y / 2, begin / 2),
                      At(planes[2], y / 2, begin / 2), UpTo64(end - begin), out);
    default:
      return ReadRgb24(At(planes[0], y, 3 * begin), static_cast<std::size_t>(end - begin), out);
  }
}

void Canvas::Write(int y, int begin, int end, Pixel* top, Pixel* bottom) const {
  const bool has_bottom = y + 1 < size.height;
  if (format == PixelFormat::kRgb24) {
    const auto count = static_cast<std::size_t>(end - begin);
    WriteRgb24(top, count, At(planes[0], y, 3 * begin));
    if (has_bottom) WriteRgb24(bottom, count, At(planes[0], y + 1, 3 * begin));
    return;
  }
  if (!has_bottom) bottom = top;
  // A last column without a second counts twice, too.
  if (size.width % 2 != 0 && end == size.width) {
    top[end - begin] = top[end - begin - 1];
    bottom[end - begin] = bottom[end - begin - 1];
  }
  const LumaRows rows{top, bottom, At(planes[0], y, begin),
                      At(planes[0], has_bottom ? y + 1 : y, begin)};
  const std::size_t count = UpTo64(end - begin);
  if (format == PixelFormat::kNv12) {
    return WriteNv12(to_ycbcr, rows, count, At(planes[1], y / 2, begin));
  }
  WriteI420(to_ycbcr, rows, count, At(planes[1], y / 2, begin / 2),
            At(planes[2], y / 2, begin / 2));
}

Canvas CanvasOf(const RgbPicture& picture) {
  Canvas canvas;
  canvas.size = picture.size;
  canvas.planes[0] = picture.rows;
  return canvas;
}

Result<Canvas> CanvasOf(FrameBuffer& frame) {
  Canvas canvas;
  canvas.format = frame.format().pixels;
  if (canvas.format != PixelFormat::kNv12 && canvas.format != PixelFormat::kI420 &&
      canvas.format != PixelFormat::kRgb24) {
    return Fail(ErrorCode::kUnsupported, "effects draw on nv12, i420 and rgb24, got " +
                                             std::string(ToString(canvas.format)));
  }
  canvas.size = frame.format().size;
  for (int i = 0; i < PlaneCount(canvas.format); ++i) {
    canvas.planes[static_cast<std::size_t>(i)] = frame.plane(i);
  }
  SetColor(frame.format().color, canvas);
  return canvas;
}

}  // namespace retinue::internal
