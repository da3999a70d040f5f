#pragma once

// What the fast painter does with whole rows of pixels, in vectors. Buffers must not overlap unless
// a name says so. Thread rule: pure functions.

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/effects/color.h"

namespace retinue::internal {

/// R, G, B in the three lower bytes; the highest is 255 where something was drawn in this frame,
/// else 0.
using Pixel = std::uint32_t;
inline constexpr Pixel kCovered = 0xff000000u;

/// Rows are worked on in parts of at most so many pixels, so that what lies between stays near.
inline constexpr int kChunk = 256;
/// Vectors may read and write so many elements behind the end of a chunk's buffer.
inline constexpr int kSlack = 64;

// ---- a frame's rows ----

/// Y'CbCr to R'G'B'; factors in 1/32768.
struct FromYCbCr {
  std::int16_t luma_offset = 0;
  std::int16_t luma_gain = 0;  ///< By which luma grows beyond 1.
  std::int16_t red_cr = 0, green_cb = 0, green_cr = 0, blue_cb = 0;  ///< A quarter of the factor.
};
/// R'G'B' to Y'CbCr; factors of r, g, b in 1/32768.
struct ToYCbCr {
  std::int16_t luma_offset = 0;
  std::array<std::int16_t, 3> luma{}, cb{}, cr{};
};

/// `count` is a multiple of 64 in the functions of Y'CbCr; rows are readable up to there. The
/// pixels of a block of 2x2 all have its chroma.
void ReadNv12(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cbcr,
              std::size_t count, Pixel* out);
void ReadI420(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cb,
              const std::uint8_t* cr, std::size_t count, Pixel* out);
void ReadRgb24(const std::uint8_t* rgb, std::size_t count, Pixel* out);

/// Two rows of pixels over what the frame has: luma where covered, chroma by how many of a block's
/// pixels are. For a last row without a second, both may be the same, in and out.
struct LumaRows {
  const Pixel* top = nullptr;
  const Pixel* bottom = nullptr;
  std::uint8_t* luma_top = nullptr;
  std::uint8_t* luma_bottom = nullptr;
};
void WriteNv12(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cbcr);
void WriteI420(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cb,
               std::uint8_t* cr);
void WriteRgb24(const Pixel* pixels, std::size_t count, std::uint8_t* rgb);

// ---- sampling; colours between are int16 in 1/128, R G B X one behind the other ----

/// A picture whose pixels are mixed: of two in a row the one at `first` + an offset is the left
/// one. Behind each that is named, so many as a vector holds are read.
struct PixelGrid {
  const Pixel* first = nullptr;
  std::ptrdiff_t row_step = 0;  ///< In pixels, to the pixel below; 0 when there is only one row.
};
/// Weights are in 1/kAllWeight.
inline constexpr int kWeightBits = 14;
inline constexpr std::int32_t kAllWeight = 1 << kWeightBits;

/// At most kChunk samples on a line through the grid: of pixel k at (x, y) + k·(step_x, step_y),
/// where (0, 0) is the centre of the grid's first pixel; clamped to least…most.
struct LineTaps {
  float x = 0, y = 0, step_x = 0, step_y = 0;
  float least_x = 0, least_y = 0, most_x = 0, most_y = 0;
  float last_low_x = 0, last_low_y = 0;  ///< The last pixel that has a neighbour.
  std::int32_t stride = 0;               ///< In pixels.
};
/// Samples in a row, which lie between the same two rows of the grid.
struct RowTaps {
  const std::int32_t* offset = nullptr;  ///< Of each the pixel at its upper left.
  const std::int32_t* right = nullptr;   ///< The weights of those to the right.
  std::int32_t below = 0;                ///< Of the lower row.
};
void SampleLine(const PixelGrid& grid, const LineTaps& taps, std::size_t count,
                std::int16_t* colors);
void SampleRow(const PixelGrid& grid, const RowTaps& taps, std::size_t count, std::int16_t* colors);
/// The same as covered pixels.
void SampleLinePixels(const PixelGrid& grid, const LineTaps& taps, std::size_t count, Pixel* out);
void SampleRowPixels(const PixelGrid& grid, const RowTaps& taps, std::size_t count, Pixel* out);

// ---- colours ----

void WidenPixels(const Pixel* pixels, std::size_t count, std::int16_t* colors);
/// ColorChange::Apply, to covered pixels.
void Shade(const std::int16_t* colors, std::size_t count, const ColorChange& change, Pixel* out);
/// below + (above - below)·alpha, covered where below is or alpha is not 0. `out` may be one of
/// the two.
void BlendPixels(const Pixel* above, const Pixel* below, const float* alpha, std::size_t count,
                 Pixel* out);

/// alpha *= clamp(least distance from an edge · per_pixel, 0, 1) at (x + k, y).
struct EdgeLine {
  float x = 0, y = 0, offset = 0;  ///< The distance at (px, py) is x·px + y·py + offset.
};
void FadeEdges(const EdgeLine* edges, std::size_t edge_count, float x, float y, float per_pixel,
               std::size_t count, float* alpha);
/// alpha *= red / 255.
void FadeByRed(const std::int16_t* colors, std::size_t count, float* alpha);

/// Colours at places, spread by the inverse square of the distance (plus `near`).
struct Spread {
  static constexpr std::size_t kPlaces = 48;
  float near = 0;
  std::array<float, kPlaces> x, y, r, g, b;
};
/// At (x, y) + k·(step_x, step_y).
void SpreadColors(const Spread& spread, float x, float y, float step_x, float step_y,
                  std::size_t count, std::int16_t* colors);

// ---- sums ----

/// sums[4·k + c] += times · channel c of pixel k.
void AddPixels(const Pixel* pixels, std::size_t count, int times, std::uint16_t* sums);
/// The same without overflow.
void AddPixelsWide(const Pixel* pixels, std::size_t count, std::uint32_t* sums);

/// out[i] = weights[0]·in[i] + sum of weights[k]·(in[i - k·step] + in[i + k·step]), k to `reach`.
void Convolve(const float* in, std::ptrdiff_t step, const float* weights, int reach,
              std::size_t count, float* out);
/// Four values of 0…255 to a pixel, rounded.
void PackPixels(const float* values, std::size_t count, Pixel* out);

}  // namespace retinue::internal
