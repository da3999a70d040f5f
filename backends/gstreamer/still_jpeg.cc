#include "backends/gstreamer/still_jpeg.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include <turbojpeg.h>

#include "backends/gstreamer/common.h"
#include "retinue/io/media_probe.h"

namespace retinue::gst {
namespace {

// The slow, exact transform; and no progressive file that costs a scan for each of its bytes.
constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;

constexpr ColorSpace kJfif{ColorMatrix::kBt601, ColorRange::kFull};

struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Destroy>;

struct Header {
  Size size;
  int subsampling = 0;
  int colors = 0;
};

class Decoder {
 public:
  Decoder(Handle handle, std::span<const std::byte> file, const Header& header)
      : handle_(std::move(handle)), file_(file), header_(header) {}

  Result<Frame> ToI420();
  Result<Frame> ToPacked(PixelFormat format, int orientation);
  std::string TakeDamage() { return std::move(damage_); }

 private:
  const unsigned char* bytes() const {
    return reinterpret_cast<const unsigned char*>(file_.data());
  }
  Result<void> Check(int outcome);

  Handle handle_;
  std::span<const std::byte> file_;
  Header header_;
  std::string damage_;
};

Error Damaged(void* handle) {
  return {ErrorCode::kDataLoss, std::string("the JPEG is damaged: ") + tjGetErrorStr2(handle)};
}

// libjpeg goes on after what it calls a warning, and has filled in what is missing.
Result<void> Decoder::Check(int outcome) {
  if (outcome == 0) return {};
  Error error = Damaged(handle_.get());
  if (tjGetErrorCode(handle_.get()) != TJERR_WARNING) return Fail(std::move(error));
  damage_ = std::move(error.message);
  return {};
}

Result<Frame> Decoder::ToI420() {
  // The planes are written in whole pairs of rows and columns.
  const Size even{(header_.size.width + 1) / 2 * 2, (header_.size.height + 1) / 2 * 2};
  RETINUE_ASSIGN_OR_RETURN(auto buffer, FrameBuffer::Create({PixelFormat::kI420, even, kJfif}));
  std::array<unsigned char*, 3> data{};
  std::array<int, 3> strides{};
  std::array<PlaneView, 3> planes{};
  for (int i = 0; i < 3; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const MutablePlaneView plane = buffer->plane(i);
    data[k] = plane.data;
    strides[k] = static_cast<int>(plane.stride_bytes);
    planes[k] = {plane.data, plane.stride_bytes};
  }
  RETINUE_RETURN_IF_ERROR(Check(tjDecompressToYUVPlanes(handle_.get(), bytes(), file_.size(),
                                                        data.data(), 0, strides.data(), 0,
                                                        kFlags)));
  return Frame::Wrap({PixelFormat::kI420, header_.size, kJfif}, planes, std::move(buffer), {}, {});
}

// What Adobe stores as ink is the light that is left: no ink is 255.
void RgbOfCmyk(const std::uint8_t* cmyk, int count, std::uint8_t* rgb) {
  for (int i = 0; i < count; ++i, cmyk += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>((cmyk[c] * cmyk[3] + 127) / 255);
  }
}

// Where the pixel that is seen first is stored, and the steps to those right of it and below.
// @source EXIF 2.32, 4.6.5.1.6
struct Walk {
  std::ptrdiff_t start = 0;
  std::ptrdiff_t right = 0;
  std::ptrdiff_t down = 0;
};

Walk WalkOf(int orientation, Size stored, std::ptrdiff_t pixel, std::ptrdiff_t row) {
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 ||
                          orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 ||
                           orientation == 7;
  const std::ptrdiff_t along = from_right ? -pixel : pixel;
  const std::ptrdiff_t across = from_bottom ? -row : row;
  const std::ptrdiff_t start = (from_right ? (stored.width - 1) * pixel : 0) +
                               (from_bottom ? (stored.height - 1) * row : 0);
  return orientation >= 5 ? Walk{start, across, along} : Walk{start, along, across};
}

Result<Frame> Turned(std::shared_ptr<FrameBuffer> stored, int orientation) {
  if (orientation <= 1) return FrameBuffer::Publish(std::move(stored), {}, {});
  const Size size = stored->format().size;
  const Size turned = orientation >= 5 ? Size{size.height, size.width} : size;
  RETINUE_ASSIGN_OR_RETURN(auto out, FrameBuffer::Create({PixelFormat::kRgb24, turned, kJfif}));
  const MutablePlaneView from = stored->plane(0);
  const MutablePlaneView to = out->plane(0);
  const Walk walk = WalkOf(orientation, size, 3, from.stride_bytes);
  for (int y = 0; y < turned.height; ++y) {
    const std::uint8_t* in = from.data + walk.start + y * walk.down;
    std::uint8_t* pixel = to.data + y * to.stride_bytes;
    for (int x = 0; x < turned.width; ++x, in += walk.right, pixel += 3) {
      pixel[0] = in[0];
      pixel[1] = in[1];
      pixel[2] = in[2];
    }
  }
  return FrameBuffer::Publish(std::move(out), {}, {});
}

Result<Frame> Decoder::ToPacked(PixelFormat format, int orientation) {
  const Size size = header_.size;
  RETINUE_ASSIGN_OR_RETURN(auto buffer, FrameBuffer::Create({format, size, kJfif}));
  const MutablePlaneView out = buffer->plane(0);
  const auto decode = [&](std::uint8_t* to, std::ptrdiff_t stride, int pixels) {
    return Check(tjDecompress2(handle_.get(), bytes(), file_.size(), to, size.width,
                               static_cast<int>(stride), size.height, pixels, kFlags));
  };
  if (header_.colors == TJCS_CMYK || header_.colors == TJCS_YCCK) {
    RETINUE_ASSIGN_OR_RETURN(
        auto inks, FrameBuffer::Create({PixelFormat::kRgba32, size, kJfif}));
    const MutablePlaneView in = inks->plane(0);
    RETINUE_RETURN_IF_ERROR(decode(in.data, in.stride_bytes, TJPF_CMYK));
    for (int y = 0; y < size.height; ++y) {
      RgbOfCmyk(in.data + y * in.stride_bytes, size.width, out.data + y * out.stride_bytes);
    }
  } else {
    RETINUE_RETURN_IF_ERROR(decode(out.data, out.stride_bytes,
                                   format == PixelFormat::kGray8 ? TJPF_GRAY : TJPF_RGB));
  }
  return Turned(std::move(buffer), orientation);
}

}  // namespace

Result<StillJpeg> DecodeJpeg(std::span<const std::byte> file) {
  Handle handle(tjInitDecompress());
  if (!handle) return Fail(ErrorCode::kResourceExhausted, "no memory for a JPEG decoder");
  Header header;
  if (tjDecompressHeader3(handle.get(), reinterpret_cast<const unsigned char*>(file.data()),
                          file.size(), &header.size.width, &header.size.height,
                          &header.subsampling, &header.colors) != 0) {
    return Fail(Damaged(handle.get()));
  }
  if (IsEmpty(header.size)) return Fail(ErrorCode::kDataLoss, "the JPEG is damaged: cut off");
  if (std::max(header.size.width, header.size.height) > Frame::kMaxSide) {
    return Fail(TooLarge(header.size));
  }
  const int orientation = ExifOrientation(file);
  Decoder decoder(std::move(handle), file, header);
  Result<Frame> frame;
  if (orientation > 1) {
    frame = decoder.ToPacked(PixelFormat::kRgb24, orientation);
  } else if (header.colors == TJCS_GRAY) {
    frame = decoder.ToPacked(PixelFormat::kGray8, 1);
  } else if (header.colors == TJCS_YCbCr && header.subsampling == TJSAMP_420) {
    frame = decoder.ToI420();
  } else {
    frame = decoder.ToPacked(PixelFormat::kRgb24, 1);
  }
  if (!frame) return Fail(std::move(frame).error());
  return StillJpeg{*std::move(frame), decoder.TakeDamage()};
}

}  // namespace retinue::gst
