// The vector kernels that read and write a frame's rows; once for each instruction set.
//
// Bytes are split into even and odd ones as 16-bit words, so that a row's chroma, one for two
// pixels, needs no doubling, and joined again without a shuffle.

#if defined(RETINUE_EFFECTS_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_EFFECTS_ROWS_INL_H_
#undef RETINUE_EFFECTS_ROWS_INL_H_
#else
#define RETINUE_EFFECTS_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "lib/effects/kernels.h"
#include "lib/effects/kernels_scalar.h"

HWY_BEFORE_NAMESPACE();
namespace retinue::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE void ReadRgb24Tail(const std::uint8_t* rgb, std::size_t i, std::size_t count,
                              Pixel* out) {
  for (; i < count; ++i) {
    out[i] = rgb[3 * i] | static_cast<Pixel>(rgb[3 * i + 1]) << 8 |
             static_cast<Pixel>(rgb[3 * i + 2]) << 16;
  }
}
HWY_INLINE void WriteRgb24Tail(const Pixel* pixels, std::size_t i, std::size_t count,
                               std::uint8_t* rgb) {
  for (; i < count; ++i) {
    if ((pixels[i] & kCovered) == 0) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[3 * i + c] = static_cast<std::uint8_t>(pixels[i] >> (8 * c));
    }
  }
}

#if HWY_TARGET == HWY_SCALAR  // single lanes cannot be split or joined
using scalar::ReadI420;
using scalar::ReadNv12;
using scalar::WriteI420;
using scalar::WriteNv12;

void ReadRgb24(const std::uint8_t* rgb, std::size_t count, Pixel* out) {
  ReadRgb24Tail(rgb, 0, count, out);
}
void WriteRgb24(const Pixel* pixels, std::size_t count, std::uint8_t* rgb) {
  WriteRgb24Tail(pixels, 0, count, rgb);
}
#else

using D8 = hn::CappedTag<std::uint8_t, 64>;
using D16 = hn::Repartition<std::int16_t, D8>;
using DU16 = hn::Repartition<std::uint16_t, D8>;
using V8 = hn::Vec<D8>;
using V16 = hn::Vec<D16>;

struct EvenOdd {
  V16 even, odd;
};
HWY_INLINE EvenOdd Split(V8 bytes) {
  const auto words = hn::BitCast(DU16(), bytes);
  return {hn::BitCast(D16(), hn::And(words, hn::Set(DU16(), 0xff))),
          hn::BitCast(D16(), hn::ShiftRight<8>(words))};
}
// Values of 0…255.
HWY_INLINE V8 Join(EvenOdd v) { return hn::BitCast(D8(), hn::Or(v.even, hn::ShiftLeft<8>(v.odd))); }
HWY_INLINE V16 Clamped(V16 v) { return hn::Min(hn::Max(v, hn::Zero(D16())), hn::Set(D16(), 255)); }
// value · factor / 32768, rounded.
HWY_INLINE V16 Times(V16 value, std::int16_t factor) {
  return hn::MulFixedPoint15(value, hn::Set(D16(), factor));
}

// What chroma adds to r, g, b, in 1/64.
struct ChromaParts {
  V16 r, g, b;
};
HWY_INLINE ChromaParts PartsOf(const FromYCbCr& color, V16 cb, V16 cr) {
  const auto zero = hn::Set(D16(), 128);
  const auto b = hn::ShiftLeft<8>(hn::Sub(cb, zero));
  const auto r = hn::ShiftLeft<8>(hn::Sub(cr, zero));
  return {Times(r, color.red_cr), hn::Add(Times(b, color.green_cb), Times(r, color.green_cr)),
          Times(b, color.blue_cb)};
}

HWY_INLINE void StorePixels(const FromYCbCr& color, V8 luma, const ChromaParts& chroma,
                            Pixel* out) {
  const EvenOdd y = Split(luma);
  const auto value = [&](V16 byte) {
    const auto v = hn::ShiftLeft<6>(hn::Sub(byte, hn::Set(D16(), color.luma_offset)));
    return hn::Add(hn::Add(v, Times(v, color.luma_gain)), hn::Set(D16(), 32));
  };
  const V16 even = value(y.even), odd = value(y.odd);
  const auto channel = [&](V16 part) {
    return Join({Clamped(hn::ShiftRight<6>(hn::SaturatedAdd(even, part))),
                 Clamped(hn::ShiftRight<6>(hn::SaturatedAdd(odd, part)))});
  };
  const D8 d;
  hn::StoreInterleaved4(channel(chroma.r), channel(chroma.g), channel(chroma.b), hn::Zero(d), d,
                        reinterpret_cast<std::uint8_t*>(out));
}

void ReadNv12(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cbcr,
              std::size_t count, Pixel* out) {
  const D8 d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const EvenOdd c = Split(hn::LoadU(d, cbcr + i));
    StorePixels(color, hn::LoadU(d, luma + i), PartsOf(color, c.even, c.odd), out + i);
  }
}

void ReadI420(const FromYCbCr& color, const std::uint8_t* luma, const std::uint8_t* cb,
              const std::uint8_t* cr, std::size_t count, Pixel* out) {
  const D8 d;
  const hn::Half<D8> half;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto b = hn::PromoteTo(D16(), hn::LoadU(half, cb + i / 2));
    const auto r = hn::PromoteTo(D16(), hn::LoadU(half, cr + i / 2));
    StorePixels(color, hn::LoadU(d, luma + i), PartsOf(color, b, r), out + i);
  }
}

void ReadRgb24(const std::uint8_t* rgb, std::size_t count, Pixel* out) {
  const D8 d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    V8 r, g, b;
    hn::LoadInterleaved3(d, rgb + 3 * i, r, g, b);
    hn::StoreInterleaved4(r, g, b, hn::Zero(d), d, reinterpret_cast<std::uint8_t*>(out + i));
  }
  ReadRgb24Tail(rgb, i, count, out);
}

// A row's part of blocks: sums of covered pixels, and how many there are.
struct BlockSums {
  V16 r, g, b, count;
};

// Writes luma, too.
HWY_INLINE BlockSums WriteLuma(const ToYCbCr& color, const Pixel* pixels, std::uint8_t* luma) {
  const D8 d;
  V8 r, g, b, covered;
  hn::LoadInterleaved4(d, reinterpret_cast<const std::uint8_t*>(pixels), r, g, b, covered);
  const EvenOdd red = Split(hn::And(r, covered));
  const EvenOdd green = Split(hn::And(g, covered));
  const EvenOdd blue = Split(hn::And(b, covered));
  const auto value = [&](V16 vr, V16 vg, V16 vb) {
    const auto sum = hn::Add(hn::Add(Times(hn::ShiftLeft<7>(vr), color.luma[0]),
                                     Times(hn::ShiftLeft<7>(vg), color.luma[1])),
                             Times(hn::ShiftLeft<7>(vb), color.luma[2]));
    const auto rounded = hn::SaturatedAdd(
        sum, hn::Set(D16(), static_cast<std::int16_t>(color.luma_offset * 128 + 64)));
    return Clamped(hn::ShiftRight<7>(rounded));
  };
  const V8 drawn =
      Join({value(red.even, green.even, blue.even), value(red.odd, green.odd, blue.odd)});
  hn::StoreU(hn::Or(hn::And(covered, drawn), hn::AndNot(covered, hn::LoadU(d, luma))), d, luma);
  const EvenOdd one = Split(hn::And(covered, hn::Set(d, 1)));
  return {hn::Add(red.even, red.odd), hn::Add(green.even, green.odd), hn::Add(blue.even, blue.odd),
          hn::Add(one.even, one.odd)};
}

HWY_INLINE BlockSums WriteBothLumas(const ToYCbCr& color, const LumaRows& rows, std::size_t i) {
  const BlockSums top = WriteLuma(color, rows.top + i, rows.luma_top + i);
  const BlockSums bottom = WriteLuma(color, rows.bottom + i, rows.luma_bottom + i);
  return {hn::Add(top.r, bottom.r), hn::Add(top.g, bottom.g), hn::Add(top.b, bottom.b),
          hn::Add(top.count, bottom.count)};
}

// One kind of chroma: covered pixels give theirs, the others what the block had.
HWY_INLINE V16 ChromaOf(const std::array<std::int16_t, 3>& factors, const BlockSums& sums,
                        V16 before) {
  const D16 d;
  const auto drawn = hn::Add(hn::Add(Times(hn::ShiftLeft<5>(sums.r), factors[0]),
                                     Times(hn::ShiftLeft<5>(sums.g), factors[1])),
                             Times(hn::ShiftLeft<5>(sums.b), factors[2]));
  const auto kept =
      hn::Add(hn::ShiftLeft<7>(sums.count), hn::Mul(before, hn::Sub(hn::Set(d, 4), sums.count)));
  const auto sum = hn::SaturatedAdd(drawn, hn::ShiftLeft<5>(kept));
  return Clamped(hn::ShiftRight<7>(hn::SaturatedAdd(sum, hn::Set(d, 64))));
}

void WriteNv12(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cbcr) {
  const D8 d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const BlockSums sums = WriteBothLumas(color, rows, i);
    const EvenOdd before = Split(hn::LoadU(d, cbcr + i));
    hn::StoreU(Join({ChromaOf(color.cb, sums, before.even), ChromaOf(color.cr, sums, before.odd)}),
               d, cbcr + i);
  }
}

void WriteI420(const ToYCbCr& color, const LumaRows& rows, std::size_t count, std::uint8_t* cb,
               std::uint8_t* cr) {
  const hn::Half<D8> half;
  for (std::size_t i = 0; i < count; i += hn::Lanes(D8())) {
    const BlockSums sums = WriteBothLumas(color, rows, i);
    const auto b = hn::PromoteTo(D16(), hn::LoadU(half, cb + i / 2));
    const auto r = hn::PromoteTo(D16(), hn::LoadU(half, cr + i / 2));
    hn::StoreU(hn::DemoteTo(half, ChromaOf(color.cb, sums, b)), half, cb + i / 2);
    hn::StoreU(hn::DemoteTo(half, ChromaOf(color.cr, sums, r)), half, cr + i / 2);
  }
}

void WriteRgb24(const Pixel* pixels, std::size_t count, std::uint8_t* rgb) {
  const D8 d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    V8 r, g, b, covered, old_r, old_g, old_b;
    hn::LoadInterleaved4(d, reinterpret_cast<const std::uint8_t*>(pixels + i), r, g, b, covered);
    hn::LoadInterleaved3(d, rgb + 3 * i, old_r, old_g, old_b);
    const auto mixed = [&](V8 drawn, V8 old) {
      return hn::Or(hn::And(covered, drawn), hn::AndNot(covered, old));
    };
    hn::StoreInterleaved3(mixed(r, old_r), mixed(g, old_g), mixed(b, old_b), d, rgb + 3 * i);
  }
  WriteRgb24Tail(pixels, i, count, rgb);
}
#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
