// Any bytes as an image or video file: its kind, its EXIF orientation and the
// length that its boxes promise are read without harm, and stay in their ranges.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "retinue/base/check.h"
#include "retinue/io/media_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const int orientation = retinue::ExifOrientation(file);
  RETINUE_CHECK(orientation >= 1 && orientation <= 8);
  const auto kind = retinue::ImageKindOf(file);
  RETINUE_CHECK(retinue::MediaType(kind).empty() == (kind == retinue::ImageKind::kNone));
  int reads = 0;
  const auto promised = retinue::PromisedBytes(
      [&](std::uint64_t offset, std::span<std::byte> into) -> std::size_t {
        ++reads;
        if (offset >= size) return 0;
        const std::size_t count = std::min(into.size(), size - static_cast<std::size_t>(offset));
        std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return count;
      },
      size);
  RETINUE_CHECK(reads <= 65536 + 2);
  RETINUE_CHECK(!promised || size > 0);
  return 0;
}
