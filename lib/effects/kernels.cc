#include "lib/effects/kernels.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/effects/kernels.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "lib/effects/rows-inl.h"
#include "lib/effects/sample-inl.h"
#include "lib/effects/shade-inl.h"

#if HWY_ONCE
namespace retinue::internal {
namespace {
HWY_EXPORT(ReadNv12);
HWY_EXPORT(ReadI420);
HWY_EXPORT(ReadRgb24);
HWY_EXPORT(WriteNv12);
HWY_EXPORT(WriteI420);
HWY_EXPORT(WriteRgb24);
HWY_EXPORT(SampleLine);
HWY_EXPORT(SampleRow);
HWY_EXPORT(SampleLinePixels);
HWY_EXPORT(SampleRowPixels);
HWY_EXPORT(WidenPixels);
HWY_EXPORT(Shade);
HWY_EXPORT(BlendPixels);
HWY_EXPORT(FadeEdges);
HWY_EXPORT(FadeByRed);
HWY_EXPORT(SpreadColors);
HWY_EXPORT(AddPixels);
HWY_EXPORT(AddPixelsWide);
HWY_EXPORT(Convolve);
HWY_EXPORT(PackPixels);
}  // namespace

void ReadNv12(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cbcr,
              std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(ReadNv12)(color, luma, cbcr, count, out);
}

void ReadI420(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cb,
              const std::uint8_t* cr, std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(ReadI420)(color, luma, cb, cr, count, out);
}

void ReadRgb24(const std::uint8_t* rgb, std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(ReadRgb24)(rgb, count, out);
}

void WriteNv12(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cbcr) {
  HWY_DYNAMIC_DISPATCH(WriteNv12)(color, rows, count, cbcr);
}

void WriteI420(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cb,
               std::uint8_t* cr) {
  HWY_DYNAMIC_DISPATCH(WriteI420)(color, rows, count, cb, cr);
}

void WriteRgb24(const Pixel* pixels, std::size_t count, std::uint8_t* rgb) {
  HWY_DYNAMIC_DISPATCH(WriteRgb24)(pixels, count, rgb);
}

void SampleLine(const PixelGrid& grid, const LineTaps& taps, std::size_t count,
                std::int16_t* colors) {
  HWY_DYNAMIC_DISPATCH(SampleLine)(grid, taps, count, colors);
}

void SampleRow(const PixelGrid& grid, const RowTaps& taps, std::size_t count,
               std::int16_t* colors) {
  HWY_DYNAMIC_DISPATCH(SampleRow)(grid, taps, count, colors);
}

void SampleLinePixels(const PixelGrid& grid, const LineTaps& taps, std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(SampleLinePixels)(grid, taps, count, out);
}

void SampleRowPixels(const PixelGrid& grid, const RowTaps& taps, std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(SampleRowPixels)(grid, taps, count, out);
}

void WidenPixels(const Pixel* pixels, std::size_t count, std::int16_t* colors) {
  HWY_DYNAMIC_DISPATCH(WidenPixels)(pixels, count, colors);
}

void Shade(const std::int16_t* colors, std::size_t count, const ColorChange& change, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(Shade)(colors, count, change, out);
}

void BlendPixels(const Pixel* above, const Pixel* below, const float* alpha, std::size_t count,
                 Pixel* out) {
  HWY_DYNAMIC_DISPATCH(BlendPixels)(above, below, alpha, count, out);
}

void FadeEdges(const EdgeLine* edges, std::size_t edge_count, float x, float y, float per_pixel,
               std::size_t count, float* alpha) {
  HWY_DYNAMIC_DISPATCH(FadeEdges)(edges, edge_count, x, y, per_pixel, count, alpha);
}

void FadeByRed(const std::int16_t* colors, std::size_t count, float* alpha) {
  HWY_DYNAMIC_DISPATCH(FadeByRed)(colors, count, alpha);
}

void SpreadColors(const Spread& spread, float x, float y, float step_x, float step_y,
                  std::size_t count, std::int16_t* colors) {
  HWY_DYNAMIC_DISPATCH(SpreadColors)(spread, x, y, step_x, step_y, count, colors);
}

void AddPixels(const Pixel* pixels, std::size_t count, int times, std::uint16_t* sums) {
  HWY_DYNAMIC_DISPATCH(AddPixels)(pixels, count, times, sums);
}

void AddPixelsWide(const Pixel* pixels, std::size_t count, std::uint32_t* sums) {
  HWY_DYNAMIC_DISPATCH(AddPixelsWide)(pixels, count, sums);
}

void Convolve(const float* in, std::ptrdiff_t step, const float* weights, int reach,
              std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(Convolve)(in, step, weights, reach, count, out);
}

void PackPixels(const float* values, std::size_t count, Pixel* out) {
  HWY_DYNAMIC_DISPATCH(PackPixels)(values, count, out);
}

}  // namespace retinue::internal
#endif  // HWY_ONCE
