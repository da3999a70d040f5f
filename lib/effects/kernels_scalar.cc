#include "lib/effects/kernels_scalar.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal::scalar {
namespace {

int Clamped(int v) { return std::clamp(v, 0, 255); }
int Times(int value, int factor) { return (value * factor + 16384) >> 15; }
int ByteOf(Pixel pixel, int channel) { return static_cast<int>(pixel >> (8 * channel) & 255); }

Pixel PixelOf(const FromYCbCr& color, int luma, int cb, int cr) {
  const int b = (cb - 128) * 256;
  const int r = (cr - 128) * 256;
  const int v = (luma - color.luma_offset) * 64;
  const int y = v + Times(v, color.luma_gain) + 32;
  const auto channel = [&](int part) {
    return static_cast<Pixel>(Clamped(std::min(y + part, 32767) >> 6));
  };
  return channel(Times(r, color.red_cr)) |
         channel(Times(b, color.green_cb) + Times(r, color.green_cr)) << 8 |
         channel(Times(b, color.blue_cb)) << 16;
}

int Weighted(const std::array<std::int16_t, 3>& factors, const std::array<int, 3>& values) {
  return Times(values[0], factors[0]) + Times(values[1], factors[1]) + Times(values[2], factors[2]);
}

// The covered pixels of a block of 2x2.
struct Block {
  std::array<int, 3> sums{};
  int count = 0;
};

void WritePixel(const ToYCbCr& color, Pixel pixel, std::uint8_t& luma, Block& block) {
  if ((pixel & kCovered) == 0) return;
  std::array<int, 3> scaled{};
  for (int c = 0; c < 3; ++c) {
    const auto i = static_cast<std::size_t>(c);
    block.sums[i] += ByteOf(pixel, c);
    scaled[i] = ByteOf(pixel, c) * 128;
  }
  ++block.count;
  luma = static_cast<std::uint8_t>(
      Clamped((Weighted(color.luma, scaled) + color.luma_offset * 128 + 64) >> 7));
}

Block WriteLuma(const ToYCbCr& color, const LumaRows& rows, std::size_t i) {
  Block block;
  for (const std::size_t x : {i, i + 1}) {
    WritePixel(color, rows.top[x], rows.luma_top[x], block);
    WritePixel(color, rows.bottom[x], rows.luma_bottom[x], block);
  }
  return block;
}

std::uint8_t ChromaOf(const std::array<std::int16_t, 3>& factors, const Block& block,
                      std::uint8_t before) {
  const int drawn = Weighted(factors, {block.sums[0] * 32, block.sums[1] * 32, block.sums[2] * 32});
  const int kept = (block.count * 128 + before * (4 - block.count)) * 32;
  return static_cast<std::uint8_t>(Clamped((drawn + kept + 64) >> 7));
}

// Where a sample lies, and the weights of the pixels right, below, and both.
struct Tap {
  std::int32_t offset, right, below, both;
};
Tap TapOf(const LineTaps& line, std::size_t i) {
  const auto k = static_cast<float>(i);
  const float x = std::min(std::max(line.x + k * line.step_x, line.least_x), line.most_x);
  const float y = std::min(std::max(line.y + k * line.step_y, line.least_y), line.most_y);
  const std::int32_t low_x = static_cast<std::int32_t>(std::min(x, line.last_low_x));
  const std::int32_t low_y = static_cast<std::int32_t>(std::min(y, line.last_low_y));
  const float right = (x - static_cast<float>(low_x)) * kAllWeight;
  const float below = (y - static_cast<float>(low_y)) * kAllWeight;
  const auto rounded = [](float v) { return static_cast<std::int32_t>(std::nearbyint(v)); };
  return {low_y * line.stride + low_x, rounded(right), rounded(below),
          rounded(right * below * (1.0f / kAllWeight))};
}
Tap TapOf(const RowTaps& row, std::size_t i) {
  return {row.offset[i], row.right[i], row.below,
          (row.right[i] * row.below + kAllWeight / 2) >> kWeightBits};
}

// Channel c of a sample, in 1/kAllWeight.
int SampleChannel(const PixelGrid& grid, const Tap& tap, int c) {
  const Pixel* at = grid.first + tap.offset;
  const Pixel* below = at + grid.row_step;
  return ByteOf(at[0], c) * (kAllWeight - tap.right - tap.below + tap.both) +
         ByteOf(at[1], c) * (tap.right - tap.both) + ByteOf(below[0], c) * (tap.below - tap.both) +
         ByteOf(below[1], c) * tap.both;
}

template <typename AnyTaps>
void Colors(const PixelGrid& grid, const AnyTaps& taps, std::size_t count, std::int16_t* colors) {
  for (std::size_t i = 0; i < count; ++i) {
    const Tap tap = TapOf(taps, i);
    for (int c = 0; c < 4; ++c) {
      const int value = SampleChannel(grid, tap, c);
      *colors++ = static_cast<std::int16_t>((value + 64) >> 7);
    }
  }
}

template <typename AnyTaps>
void Pixels(const PixelGrid& grid, const AnyTaps& taps, std::size_t count, Pixel* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const Tap tap = TapOf(taps, i);
    out[i] = kCovered;
    for (int c = 0; c < 3; ++c) {
      const int value = SampleChannel(grid, tap, c);
      out[i] |= static_cast<Pixel>((value + kAllWeight / 2) >> kWeightBits) << (8 * c);
    }
  }
}

}  // namespace

void ReadNv12(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cbcr,
              std::size_t count, Pixel* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = PixelOf(color, luma[i], cbcr[i / 2 * 2], cbcr[i / 2 * 2 + 1]);
  }
}

void ReadI420(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cb,
              const std::uint8_t* cr, std::size_t count, Pixel* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = PixelOf(color, luma[i], cb[i / 2], cr[i / 2]);
}

void WriteNv12(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cbcr) {
  for (std::size_t i = 0; i < count; i += 2) {
    const Block block = WriteLuma(color, rows, i);
    cbcr[i] = ChromaOf(color.cb, block, cbcr[i]);
    cbcr[i + 1] = ChromaOf(color.cr, block, cbcr[i + 1]);
  }
}

void WriteI420(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cb,
               std::uint8_t* cr) {
  for (std::size_t i = 0; i < count; i += 2) {
    const Block block = WriteLuma(color, rows, i);
    cb[i / 2] = ChromaOf(color.cb, block, cb[i / 2]);
    cr[i / 2] = ChromaOf(color.cr, block, cr[i / 2]);
  }
}

void SampleLine(const PixelGrid& grid, const LineTaps& taps, std::size_t count,
                std::int16_t* colors) {
  Colors(grid, taps, count, colors);
}
void SampleRow(const PixelGrid& grid, const RowTaps& taps, std::size_t count,
               std::int16_t* colors) {
  Colors(grid, taps, count, colors);
}
void SampleLinePixels(const PixelGrid& grid, const LineTaps& taps, std::size_t count, Pixel* out) {
  Pixels(grid, taps, count, out);
}
void SampleRowPixels(const PixelGrid& grid, const RowTaps& taps, std::size_t count, Pixel* out) {
  Pixels(grid, taps, count, out);
}

}  // namespace retinue::internal::scalar
