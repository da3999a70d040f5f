#include "backends/gstreamer/full_color.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "backends/gstreamer/common.h"
#include "retinue/base/check.h"

namespace retinue::gst {
namespace {

constexpr int kBits = 16;

int Fixed(double value) { return static_cast<int>(std::lround(value * (1 << kBits))); }

// R, G, B from Y, Cb, Cr, in steps of 2^-16.
struct Matrix {
  int luma, luma_zero;
  int red_cr, green_cb, green_cr, blue_cb;
};

Matrix MatrixOf(ColorSpace color) {
  double red = 0, blue = 0;
  RETINUE_CHECK(gst_video_color_matrix_get_Kr_Kb(ToGst(color).matrix, &red, &blue) != FALSE);
  const bool is_full = color.range == ColorRange::kFull;
  const double luma = is_full ? 1.0 : 255.0 / 219.0;
  const double chroma = is_full ? 1.0 : 255.0 / 224.0;
  const double green = 1 - red - blue;
  const double red_cr = 2 * (1 - red) * chroma;
  const double blue_cb = 2 * (1 - blue) * chroma;
  return {Fixed(luma), is_full ? 0 : 16, Fixed(red_cr), Fixed(-blue / green * blue_cb),
          Fixed(-red / green * red_cr), Fixed(blue_cb)};
}

std::uint8_t Byte(int fixed) {
  return static_cast<std::uint8_t>(std::clamp((fixed + (1 << (kBits - 1))) >> kBits, 0, 255));
}

void ConvertRow(const Matrix& m, const std::uint8_t* y, const std::uint8_t* cb,
                const std::uint8_t* cr, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgb += 3) {
    const int luma = (y[x] - m.luma_zero) * m.luma;
    const int u = cb[x] - 128, v = cr[x] - 128;
    rgb[0] = Byte(luma + m.red_cr * v);
    rgb[1] = Byte(luma + m.green_cb * u + m.green_cr * v);
    rgb[2] = Byte(luma + m.blue_cb * u);
  }
}

}  // namespace

Result<Frame> FrameFromFullColor(const GstVideoInfo& info, GstBuffer* buffer, FramePool& pool,
                                 FrameId id, FrameTiming timing) {
  RETINUE_CHECK(IsFullColor(GST_VIDEO_INFO_FORMAT(&info)));
  const FrameFormat format{.pixels = PixelFormat::kRgb24,
                           .size = {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)},
                           .color = {}};
  RETINUE_ASSIGN_OR_RETURN(auto rgb, pool.Get(format));
  GstVideoFrame video;
  if (gst_video_frame_map(&video, &info, buffer, GST_MAP_READ) == FALSE) {
    return Fail(ErrorCode::kDataLoss, "a decoded picture is too small for its format");
  }
  const Matrix matrix = MatrixOf(ColorFromInfo(info));
  const MutablePlaneView out = rgb->plane(0);
  for (int row = 0; row < format.size.height; ++row) {
    const auto plane = [&](int i) {
      return static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&video, i)) +
             static_cast<std::ptrdiff_t>(row) * GST_VIDEO_FRAME_PLANE_STRIDE(&video, i);
    };
    ConvertRow(matrix, plane(0), plane(1), plane(2), format.size.width,
               out.data + row * out.stride_bytes);
  }
  gst_video_frame_unmap(&video);
  return FrameBuffer::Publish(std::move(rgb), id, timing);
}

}  // namespace retinue::gst
