#include "retinue/image/frame.h"

#include <cstdlib>
#include <string>

#include "retinue/base/check.h"

namespace retinue {
namespace {

constexpr std::ptrdiff_t kAlignment = 64;

constexpr std::ptrdiff_t RoundUp(std::ptrdiff_t n) {
  return (n + kAlignment - 1) / kAlignment * kAlignment;
}

Result<void> CheckSize(Size size) {
  if (size.width < 1 || size.height < 1 || size.width > Frame::kMaxSide ||
      size.height > Frame::kMaxSide) {
    return Fail(ErrorCode::kInvalidArgument,
                "a frame must be 1x1 to " + std::to_string(Frame::kMaxSide) + "x" +
                    std::to_string(Frame::kMaxSide) + " pixels, got " +
                    std::to_string(size.width) + "x" + std::to_string(size.height));
  }
  return {};
}

}  // namespace

std::string_view ToString(PixelFormat format) {
  switch (format) {
    case PixelFormat::kNv12: return "nv12";
    case PixelFormat::kI420: return "i420";
    case PixelFormat::kYuy2: return "yuy2";
    case PixelFormat::kRgb24: return "rgb24";
    case PixelFormat::kBgr24: return "bgr24";
    case PixelFormat::kRgba32: return "rgba32";
    case PixelFormat::kGray8: return "gray8";
  }
  return "unknown";
}

int PlaneCount(PixelFormat format) {
  switch (format) {
    case PixelFormat::kNv12: return 2;
    case PixelFormat::kI420: return 3;
    default: return 1;
  }
}

std::ptrdiff_t RowBytes(PixelFormat format, Size size, int index) {
  RETINUE_DCHECK(index >= 0 && index < PlaneCount(format));
  const std::ptrdiff_t width = size.width;
  const std::ptrdiff_t half = (width + 1) / 2;
  switch (format) {
    case PixelFormat::kNv12: return index == 0 ? width : half * 2;
    case PixelFormat::kI420: return index == 0 ? width : half;
    case PixelFormat::kYuy2: return half * 4;
    case PixelFormat::kRgb24:
    case PixelFormat::kBgr24: return width * 3;
    case PixelFormat::kRgba32: return width * 4;
    case PixelFormat::kGray8: return width;
  }
  return 0;
}

int RowCount(PixelFormat format, Size size, int index) {
  const bool is_420 = format == PixelFormat::kNv12 || format == PixelFormat::kI420;
  return is_420 && index > 0 ? (size.height + 1) / 2 : size.height;
}

Result<Frame> Frame::Wrap(const FrameFormat& format, std::span<const PlaneView> planes,
                          std::shared_ptr<const void> owner, FrameId id, FrameTiming timing) {
  RETINUE_RETURN_IF_ERROR(CheckSize(format.size));
  const int count = PlaneCount(format.pixels);
  if (planes.size() != static_cast<std::size_t>(count)) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(ToString(format.pixels)) + " has " + std::to_string(count) +
                    " planes, got " + std::to_string(planes.size()));
  }
  Frame frame;
  for (int i = 0; i < count; ++i) {
    const PlaneView& plane = planes[static_cast<std::size_t>(i)];
    const std::ptrdiff_t row = RowBytes(format.pixels, format.size, i);
    if (plane.data == nullptr || plane.stride_bytes < row) {
      return Fail(ErrorCode::kInvalidArgument,
                  "plane " + std::to_string(i) + " needs rows of at least " + std::to_string(row) +
                      " bytes, got " +
                      (plane.data ? std::to_string(plane.stride_bytes) : std::string("no data")));
    }
    frame.planes_[static_cast<std::size_t>(i)] = plane;
  }
  frame.format_ = format;
  frame.id_ = id;
  frame.timing_ = timing;
  frame.owner_ = std::move(owner);
  return frame;
}

Frame Frame::WithId(FrameId id) const {
  Frame copy = *this;
  copy.id_ = id;
  return copy;
}

Result<std::shared_ptr<FrameBuffer>> FrameBuffer::Create(const FrameFormat& format) {
  RETINUE_RETURN_IF_ERROR(CheckSize(format.size));
  std::array<std::ptrdiff_t, 3> offsets{};
  std::ptrdiff_t total = 0;
  const int count = PlaneCount(format.pixels);
  for (int i = 0; i < count; ++i) {
    offsets[static_cast<std::size_t>(i)] = total;
    total += RoundUp(RowBytes(format.pixels, format.size, i)) *
             RowCount(format.pixels, format.size, i);
  }
  auto* memory = static_cast<std::uint8_t*>(
      std::aligned_alloc(kAlignment, static_cast<std::size_t>(total)));
  if (memory == nullptr) {
    return Fail(ErrorCode::kResourceExhausted,
                "no memory for a frame of " + std::to_string(total) + " bytes");
  }
  std::shared_ptr<FrameBuffer> buffer(new FrameBuffer);
  buffer->memory_ = {memory, [](std::uint8_t* p) { std::free(p); }};
  buffer->format_ = format;
  for (int i = 0; i < count; ++i) {
    buffer->planes_[static_cast<std::size_t>(i)] = {
        memory + offsets[static_cast<std::size_t>(i)],
        RoundUp(RowBytes(format.pixels, format.size, i))};
  }
  return buffer;
}

Frame FrameBuffer::Publish(std::shared_ptr<FrameBuffer> buffer, FrameId id, FrameTiming timing) {
  std::array<PlaneView, 3> views{};
  const int count = PlaneCount(buffer->format_.pixels);
  for (int i = 0; i < count; ++i) {
    const MutablePlaneView p = buffer->plane(i);
    views[static_cast<std::size_t>(i)] = {p.data, p.stride_bytes};
  }
  const FrameFormat format = buffer->format_;
  auto frame = Frame::Wrap(format, std::span(views).first(static_cast<std::size_t>(count)),
                           std::move(buffer), id, timing);
  RETINUE_CHECK(frame.has_value());
  return *std::move(frame);
}

Result<std::shared_ptr<FrameBuffer>> FramePool::Get(const FrameFormat& format) {
  std::shared_ptr<FrameBuffer>* slot = nullptr;
  for (auto& buffer : buffers_) {
    if (buffer && buffer.use_count() > 1) continue;
    if (buffer && buffer->format().pixels == format.pixels &&
        buffer->format().size == format.size) {
      // Copying comes first: its atomic increment orders what readers on other
      // threads did before they let go, and what our caller is about to write.
      std::shared_ptr<FrameBuffer> again = buffer;
      again->set_color(format.color);
      return again;
    }
    // An empty slot, or one that holds a free buffer of an outdated format.
    if (slot == nullptr) slot = &buffer;
  }
  RETINUE_ASSIGN_OR_RETURN(auto fresh, FrameBuffer::Create(format));
  if (slot != nullptr) *slot = fresh;  // all slots busy: this one is simply not pooled
  return fresh;
}

}  // namespace retinue
