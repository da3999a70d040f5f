#pragma once

// Frames for the tests of this folder: every plane in memory of exactly its
// size, so that AddressSanitizer sees one byte read too many, with any stride
// and any misalignment.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "retinue/image/frame.h"
#include "retinue/tensor/tensor.h"

namespace retinue::testing {

/// The byte at `x` of row `y` of plane `plane`.
using Byte = std::function<int(int plane, int x, int y)>;

struct Memory {
  int extra_stride = 0;  ///< Bytes between the rows' pixels.
  int misalignment = 0;  ///< Bytes before the first pixel.
};

inline Frame MakeFrame(const FrameFormat& format, const Byte& byte, Memory memory = {}) {
  using Plane = std::unique_ptr<std::uint8_t[]>;
  auto owner = std::make_shared<std::vector<Plane>>();
  std::vector<PlaneView> views;
  for (int p = 0; p < PlaneCount(format.pixels); ++p) {
    const auto row_bytes = static_cast<std::size_t>(RowBytes(format.pixels, format.size, p));
    const auto rows = static_cast<std::size_t>(RowCount(format.pixels, format.size, p));
    const std::size_t stride = row_bytes + static_cast<std::size_t>(memory.extra_stride);
    const auto skip = static_cast<std::size_t>(memory.misalignment);
    // Behind the last row's pixels nothing belongs to us.
    Plane plane(new std::uint8_t[skip + stride * (rows - 1) + row_bytes]);
    for (std::size_t y = 0; y < rows; ++y) {
      for (std::size_t x = 0; x < row_bytes; ++x) {
        plane[skip + y * stride + x] =
            static_cast<std::uint8_t>(byte(p, static_cast<int>(x), static_cast<int>(y)));
      }
    }
    views.push_back({plane.get() + skip, static_cast<std::ptrdiff_t>(stride)});
    owner->push_back(std::move(plane));
  }
  return Frame::Wrap(format, views, owner, {}, {}).value();
}

/// A tensor in memory of exactly its size, filled with a byte no test expects.
class Output {
 public:
  Output(ElementType type, const Shape& shape, int misalignment = 0)
      : skip_(static_cast<std::size_t>(misalignment)),
        bytes_(static_cast<std::size_t>(shape.ElementCount()) * SizeOf(type)),
        memory_(new std::byte[skip_ + bytes_]),
        view_{type, shape, memory_.get() + skip_} {
    std::fill_n(memory_.get(), skip_ + bytes_, kUntouched);
  }

  static constexpr std::byte kUntouched{0x5a};
  const MutableTensorView& view() const { return view_; }
  std::size_t size_bytes() const { return bytes_; }
  const std::byte* data() const { return memory_.get() + skip_; }

 private:
  std::size_t skip_;
  std::size_t bytes_;
  std::unique_ptr<std::byte[]> memory_;
  MutableTensorView view_;
};

/// Every element as a float, in memory order.
std::vector<float> Values(const Output& output);

}  // namespace retinue::testing
