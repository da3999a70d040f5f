// Any bytes given to the y4m reader, in pieces whose size the first byte chooses:
// an error, or frames in order with readable pixels, then a stable end.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "retinue/base/check.h"
#include "retinue/io/memory_byte_source.h"
#include "retinue/io/y4m.h"

namespace {

using retinue::Frame;

// Touches the corners of every plane, for the address sanitizer.
unsigned Corners(const Frame& frame) {
  unsigned sum = 0;
  const auto pixels = frame.format().pixels;
  for (int i = 0; i < retinue::PlaneCount(pixels); ++i) {
    const auto plane = frame.plane(i);
    const auto last = retinue::RowBytes(pixels, frame.size(), i) - 1;
    const auto* bottom =
        plane.data + (retinue::RowCount(pixels, frame.size(), i) - 1) * plane.stride_bytes;
    sum += plane.data[0] + plane.data[last] + bottom[0] + bottom[last];
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] == 0 ? 1u << 20 : data[0];
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto source = retinue::OpenY4m(
      std::make_unique<retinue::MemoryByteSource>(std::move(bytes), piece), "fuzz");
  if (!source) return 0;
  RETINUE_CHECK(!retinue::IsEmpty((*source)->info().size));

  Frame frame;
  std::int64_t frames = 0;
  retinue::Nanoseconds last{-1};
  while (true) {
    const auto pull = (*source)->Next(frame);
    if (!pull) break;
    if (*pull == retinue::Pull::kEndOfStream) {
      const auto again = (*source)->Next(frame);
      RETINUE_CHECK(again && *again == retinue::Pull::kEndOfStream);
      break;
    }
    RETINUE_CHECK(frame.id().number == frames++);
    RETINUE_CHECK(frame.size() == (*source)->info().size);
    RETINUE_CHECK(frame.pts() >= last);
    last = frame.pts();
    RETINUE_CHECK(Corners(frame) <= 255u * 4 * 3);
  }
  RETINUE_CHECK((*source)->stats().frames == frames);
  return 0;
}
