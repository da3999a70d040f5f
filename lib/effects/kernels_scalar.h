#pragma once

// The scalar twins of those kernels that need whole vectors: for machines without, and for tests.
// As in kernels.h, with the same roundings.

#include "lib/effects/kernels.h"

namespace retinue::internal::scalar {

void ReadNv12(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cbcr,
              std::size_t count, Pixel* out);
void ReadI420(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cb,
              const std::uint8_t* cr, std::size_t count, Pixel* out);
void WriteNv12(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cbcr);
void WriteI420(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cb,
               std::uint8_t* cr);
void SampleLine(const PixelGrid& grid, const LineTaps& taps, std::size_t count,
                std::int16_t* colors);
void SampleRow(const PixelGrid& grid, const RowTaps& taps, std::size_t count, std::int16_t* colors);
void SampleLinePixels(const PixelGrid& grid, const LineTaps& taps, std::size_t count, Pixel* out);
void SampleRowPixels(const PixelGrid& grid, const RowTaps& taps, std::size_t count, Pixel* out);

}  // namespace retinue::internal::scalar
