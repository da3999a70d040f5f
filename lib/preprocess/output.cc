#include "lib/preprocess/output.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace retinue::internal {
namespace {

/// Enough repetitions that copying them is faster than making them.
constexpr std::size_t kPatternPixels = 256;

/// A run of padding, ready to be copied.
class Pattern {
 public:
  Pattern(const std::uint32_t* bits, int channels, std::size_t element_bytes)
      : pixel_bytes_(element_bytes * static_cast<std::size_t>(channels)) {
    std::byte* to = bytes_.data();
    for (std::size_t i = 0; i < kPatternPixels; ++i) {
      for (int c = 0; c < channels; ++c, to += element_bytes) {
        std::memcpy(to, &bits[c], element_bytes);  // little endian: the low bytes
      }
    }
  }

  void Write(std::byte* to, std::size_t pixels) const {
    while (pixels > 0) {
      const std::size_t some = std::min(pixels, kPatternPixels);
      std::memcpy(to, bytes_.data(), some * pixel_bytes_);
      to += some * pixel_bytes_;
      pixels -= some;
    }
  }

 private:
  std::size_t pixel_bytes_;
  std::array<std::byte, kPatternPixels * 3 * 4> bytes_;
};

void WriteOutside(const PlanTables& tables, const Output& output, int channel,
                  const Pattern& pattern) {
  const auto width = static_cast<std::size_t>(output.width);
  const auto write_rows = [&](int begin, int end) {
    if (begin >= end) return;
    pattern.Write(output.At(channel, 0, begin), width * static_cast<std::size_t>(end - begin));
  };
  write_rows(0, tables.rows.begin);
  for (int y = tables.rows.begin; y < tables.rows.end; ++y) {
    const Span span = tables.PictureOfRow(y);
    if (span.size() <= 0) {
      write_rows(y, y + 1);
      continue;
    }
    pattern.Write(output.At(channel, 0, y), static_cast<std::size_t>(span.begin));
    if (span.end == output.width) continue;
    pattern.Write(output.At(channel, span.end, y), width - static_cast<std::size_t>(span.end));
  }
  write_rows(tables.rows.end, output.height);
}

}  // namespace

Output OutputOf(const PreprocessPlan& plan, const MutableTensorView& out) {
  const InputSpec& spec = plan.spec();
  return {static_cast<std::byte*>(out.data), SizeOf(spec.type), spec.layout == Layout::kNchw,
          ChannelCount(spec.order),          spec.size.width,   spec.size.height};
}

void WritePadding(const PlanTables& tables, const Output& output) {
  if (!output.is_planar) {
    WriteOutside(tables, output, 0,
                 Pattern(tables.pad_bits.data(), output.channels, output.element_bytes));
    return;
  }
  for (int c = 0; c < output.channels; ++c) {
    WriteOutside(tables, output, c,
                 Pattern(&tables.pad_bits[static_cast<std::size_t>(c)], 1, output.element_bytes));
  }
}

}  // namespace retinue::internal
