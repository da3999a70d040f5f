#pragma once

// Frame: one picture of a stream as its decoder gave it, with its place in
// time. Nothing is converted before it must be: planes, colour matrix and range
// stay what the stream says they are, and every stage reads them directly.
//
// Frames are UPRIGHT: a source applies rotation flags before it hands a frame
// out, so everything behind it works in the picture a player would show.
//
// Threads: a Frame is a value; its pixels are shared and immutable once
// published, so any number of threads may read copies of it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

/// How samples lie in memory. Chroma of 4:2:0 formats is rounded up for odd sizes.
enum class PixelFormat {
  kNv12,    ///< Y plane; interleaved CbCr plane at half size.
  kI420,    ///< Y plane; Cb plane; Cr plane at half size.
  kYuy2,    ///< One plane: Y0 Cb Y1 Cr; chroma at half width.
  kRgb24,   ///< One plane: R G B.
  kBgr24,   ///< One plane: B G R.
  kRgba32,  ///< One plane: R G B and an alpha that is ignored.
  kGray8,   ///< One plane: luma.
};

std::string_view ToString(PixelFormat format);

/// Luma weights of the YCbCr encoding.
enum class ColorMatrix { kBt601, kBt709, kBt2020 };
/// Limited: luma 16…235, chroma 16…240. Full: 0…255.
enum class ColorRange { kLimited, kFull };

/// How YCbCr samples turn into R'G'B'. RGB formats ignore it; kGray8 uses the range.
struct ColorSpace {
  ColorMatrix matrix = ColorMatrix::kBt709;
  ColorRange range = ColorRange::kLimited;
  friend constexpr bool operator==(const ColorSpace&, const ColorSpace&) = default;
};

/// Everything a stage must know to plan its work; constant while a stream does
/// not change its format.
struct FrameFormat {
  PixelFormat pixels = PixelFormat::kI420;
  Size size;
  ColorSpace color;
  friend constexpr bool operator==(const FrameFormat&, const FrameFormat&) = default;
};

/// 1, 2 or 3.
int PlaneCount(PixelFormat format);

/// Bytes of pixels in one row of plane `index`, without padding.
std::ptrdiff_t RowBytes(PixelFormat format, Size size, int index);

/// Rows in plane `index`.
int RowCount(PixelFormat format, Size size, int index);

/// The rows of one plane. `stride_bytes` is the distance between rows and at
/// least RowBytes(); the view does not own.
struct PlaneView {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
};

struct MutablePlaneView {
  std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
};

/// Which frame: the stream's number within the run, and the running number of
/// the frame within the stream, counted from 0 over all frames decoded.
struct FrameId {
  int stream = 0;
  std::int64_t number = 0;
  friend constexpr bool operator==(const FrameId&, const FrameId&) = default;
};

/// When a frame is: presentation time and duration in the media's own time.
struct FrameTiming {
  Nanoseconds pts{0};
  Nanoseconds duration = kNoTime;  ///< kNoTime when the container does not say.
};

/// A picture. Cheap to copy (about 150 bytes, one reference count).
class Frame {
 public:
  /// Largest width or height accepted anywhere: bounds what a hostile file can allocate.
  static constexpr int kMaxSide = 16384;

  /// An empty frame; IsEmpty() is true.
  Frame() = default;

  /// Wraps pixels that somebody else made, without copying.
  ///
  /// @param format  Size must be 1…kMaxSide in each direction.
  /// @param planes  PlaneCount(format.pixels) planes, strides at least RowBytes().
  /// @param owner   Keeps the pixels alive and unchanged until the last copy is gone.
  /// @error kInvalidArgument  The size, number of planes, or a stride is wrong, or a plane is null.
  static Result<Frame> Wrap(const FrameFormat& format, std::span<const PlaneView> planes,
                            std::shared_ptr<const void> owner, FrameId id, FrameTiming timing);

  bool IsEmpty() const { return planes_[0].data == nullptr; }
  const FrameFormat& format() const { return format_; }
  Size size() const { return format_.size; }
  /// `index` < PlaneCount(format().pixels).
  PlaneView plane(int index) const { return planes_[static_cast<std::size_t>(index)]; }
  FrameId id() const { return id_; }
  Nanoseconds pts() const { return timing_.pts; }
  Nanoseconds duration() const { return timing_.duration; }
  FrameTiming timing() const { return timing_; }

  /// The same pixels under another name, e.g. renumbered.
  Frame WithId(FrameId id) const;

 private:
  FrameFormat format_;
  std::array<PlaneView, 3> planes_{};
  FrameId id_;
  FrameTiming timing_;
  std::shared_ptr<const void> owner_;
};

/// Pixels one may write, then publish as a Frame. Rows are aligned to 64 bytes.
class FrameBuffer {
 public:
  /// @error kInvalidArgument    The size is not 1…Frame::kMaxSide.
  /// @error kResourceExhausted  No memory.
  static Result<std::shared_ptr<FrameBuffer>> Create(const FrameFormat& format);

  const FrameFormat& format() const { return format_; }
  /// Changes how the samples are to be understood, not the samples.
  void set_color(ColorSpace color) { format_.color = color; }
  MutablePlaneView plane(int index) { return planes_[static_cast<std::size_t>(index)]; }

  /// Makes `buffer` a Frame. The caller must not write to it afterwards.
  static Frame Publish(std::shared_ptr<FrameBuffer> buffer, FrameId id, FrameTiming timing);

 private:
  FrameBuffer() = default;
  FrameFormat format_;
  std::array<MutablePlaneView, 3> planes_{};
  std::unique_ptr<std::uint8_t[], void (*)(std::uint8_t*)> memory_{nullptr, nullptr};
};

/// Hands out FrameBuffers and takes them back when the last Frame on them is
/// gone, so a steady stream allocates nothing. Not thread-safe itself; the
/// frames it made may be dropped on any thread.
class FramePool {
 public:
  /// A buffer of `format`, reused when one is free.
  /// @error As FrameBuffer::Create.
  Result<std::shared_ptr<FrameBuffer>> Get(const FrameFormat& format);

 private:
  std::array<std::shared_ptr<FrameBuffer>, 16> buffers_;
};

}  // namespace retinue
