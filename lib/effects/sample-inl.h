// The vector kernels that sample pixels between others; once for each instruction set.

#if defined(RETINUE_EFFECTS_SAMPLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_EFFECTS_SAMPLE_INL_H_
#undef RETINUE_EFFECTS_SAMPLE_INL_H_
#else
#define RETINUE_EFFECTS_SAMPLE_INL_H_
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

using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;

// first, first + 1 … as floats.
HWY_INLINE VF IotaFrom(std::size_t first) {
  return hn::Add(hn::Iota(DF(), 0), hn::Set(DF(), static_cast<float>(first)));
}

// The four weights from those of the pixels to the right, below, and both.
HWY_INLINE void StoreWeights(VI right, VI below, VI both, std::int32_t* top,
                             std::int32_t* bottom) {
  const DI di;
  const auto top_left =
      hn::Add(hn::Sub(hn::Sub(hn::Set(di, kAllWeight), right), below), both);
  const auto low = hn::Set(di, 0xffff);
  const auto pair = [&](VI left, VI right_one) {
    return hn::Or(hn::And(left, low), hn::ShiftLeft<16>(right_one));
  };
  hn::StoreU(pair(top_left, hn::Sub(right, both)), di, top);
  hn::StoreU(pair(hn::Sub(below, both), both), di, bottom);
}

void MakeTaps(const TapLine& line, std::size_t count, std::int32_t* offset, std::int32_t* top,
              std::int32_t* bottom) {
  const DF d;
  const DI di;
  const auto all = hn::Set(d, static_cast<float>(kAllWeight));
  const auto part = [&](VF at, float most, std::int32_t last_low, VI& low) {
    at = hn::Min(hn::Max(at, hn::Zero(d)), hn::Set(d, most));
    low = hn::Min(hn::ConvertTo(di, at), hn::Set(di, last_low));
    return hn::Mul(hn::Sub(at, hn::ConvertTo(d, low)), all);
  };
  const auto rounded = [](VF v) { return hn::NearestInt(v); };
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto k = IotaFrom(i);
    VI low_x, low_y;
    const auto right = part(hn::MulAdd(k, hn::Set(d, line.step_x), hn::Set(d, line.x)),
                            line.most_x, line.last_low_x, low_x);
    const auto below = part(hn::MulAdd(k, hn::Set(d, line.step_y), hn::Set(d, line.y)),
                            line.most_y, line.last_low_y, low_y);
    const auto both = hn::Mul(hn::Mul(right, below), hn::Set(d, 1.0f / kAllWeight));
    StoreWeights(rounded(right), rounded(below), rounded(both), top + i, bottom + i);
    hn::StoreU(hn::Add(hn::Mul(low_y, hn::Set(di, line.stride)), low_x), di, offset + i);
  }
}

void MixWeights(const std::int32_t* right, std::int32_t below, std::size_t count,
                std::int32_t* top, std::int32_t* bottom) {
  const DI di;
  const auto b = hn::Set(di, below);
  for (std::size_t i = 0; i < count; i += hn::Lanes(di)) {
    const auto r = hn::LoadU(di, right + i);
    const auto both = hn::Add(hn::Mul(r, b), hn::Set(di, kAllWeight / 2));
    StoreWeights(r, b, hn::ShiftRight<kWeightBits>(both), top + i, bottom + i);
  }
}

#if HWY_TARGET == HWY_SCALAR
using scalar::Sample;
using scalar::SamplePixels;
#else

using D8x16 = hn::FixedTag<std::uint8_t, 16>;
using D16x8 = hn::Repartition<std::int16_t, D8x16>;
using D32x4 = hn::Repartition<std::int32_t, D8x16>;
using V8x16 = hn::Vec<D8x16>;
using V32x4 = hn::Vec<D32x4>;

// The channels of two pixels next to each other as words, in turns; 0x80 gives 0.
alignas(16) inline constexpr std::uint8_t kInTurns[16] = {
    0, 0x80, 4, 0x80, 1, 0x80, 5, 0x80, 2, 0x80, 6, 0x80, 3, 0x80, 7, 0x80};
// Bytes of pixels 0, 2, 1, 3, of channel after channel, as pixels.
alignas(16) inline constexpr std::uint8_t kFourPixels[16] = {0, 4, 8,  12, 2, 6, 10, 14,
                                                             1, 5, 9,  13, 3, 7, 11, 15};
// Words of pixels 0 and 1, of channel after channel, as colours.
alignas(16) inline constexpr std::uint8_t kTwoColors[16] = {0, 1, 4, 5, 8,  9,  12, 13,
                                                            2, 3, 6, 7, 10, 11, 14, 15};

// The channels of sample i, in 1/kAllWeight.
HWY_INLINE V32x4 SampleOne(const Pixel* first, std::ptrdiff_t row_step, const Taps& taps,
                           std::size_t i, V8x16 in_turns) {
  const D8x16 d8;
  const D16x8 d16;
  const D32x4 d32;
  const Pixel* at = first + taps.offset[i];
  const auto words = [&](const Pixel* p) {
    const auto bytes = hn::LoadU(d8, reinterpret_cast<const std::uint8_t*>(p));
    return hn::BitCast(d16, hn::TableLookupBytesOr0(bytes, in_turns));
  };
  const auto weights = [&](std::int32_t pair) { return hn::BitCast(d16, hn::Set(d32, pair)); };
  auto even = hn::Zero(d32), odd = hn::Zero(d32);
  even = hn::ReorderWidenMulAccumulate(d32, words(at), weights(taps.top[i]), even, odd);
  even = hn::ReorderWidenMulAccumulate(d32, words(at + row_step), weights(taps.bottom[i]), even,
                                       odd);
  return hn::RearrangeToOddPlusEven(even, odd);
}

void Sample(const Pixel* first, std::ptrdiff_t row_step, const Taps& taps, std::size_t count,
            std::int16_t* colors) {
  const D8x16 d8;
  const D32x4 d32;
  const auto in_turns = hn::Load(d8, kInTurns);
  const auto two_colors = hn::Load(d8, kTwoColors);
  const auto half = hn::Set(d32, 64);
  for (std::size_t i = 0; i < count; i += 2) {
    const auto color = [&](std::size_t k) {
      return hn::ShiftRight<kWeightBits - 7>(
          hn::Add(SampleOne(first, row_step, taps, i + k, in_turns), half));
    };
    const auto both = hn::Or(color(0), hn::ShiftLeft<16>(color(1)));
    hn::StoreU(hn::TableLookupBytes(hn::BitCast(d8, both), two_colors), d8,
               reinterpret_cast<std::uint8_t*>(colors + 4 * i));
  }
}

void SamplePixels(const Pixel* first, std::ptrdiff_t row_step, const Taps& taps, std::size_t count,
                  Pixel* out) {
  const D8x16 d8;
  const D32x4 d32;
  const auto in_turns = hn::Load(d8, kInTurns);
  const auto four_pixels = hn::Load(d8, kFourPixels);
  const auto half = hn::Set(d32, kAllWeight / 2);
  const auto covered = hn::BitCast(d8, hn::Set(d32, static_cast<std::int32_t>(kCovered)));
  for (std::size_t i = 0; i < count; i += 4) {
    const auto color = [&](std::size_t k) {
      return hn::ShiftRight<kWeightBits>(
          hn::Add(SampleOne(first, row_step, taps, i + k, in_turns), half));
    };
    const auto a = hn::Or(color(0), hn::ShiftLeft<16>(color(1)));
    const auto b = hn::Or(color(2), hn::ShiftLeft<16>(color(3)));
    const auto bytes = hn::BitCast(d8, hn::Or(a, hn::ShiftLeft<8>(b)));
    hn::StoreU(hn::Or(hn::TableLookupBytes(bytes, four_pixels), covered), d8,
               reinterpret_cast<std::uint8_t*>(out + i));
  }
}

#endif  // HWY_TARGET == HWY_SCALAR

void WidenPixels(const Pixel* pixels, std::size_t count, std::int16_t* colors) {
  const hn::CappedTag<std::int16_t, 32> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(pixels);
  for (std::size_t i = 0; i < 4 * count; i += hn::Lanes(d)) {
    hn::StoreU(hn::ShiftLeft<7>(hn::PromoteTo(d, hn::LoadU(d8, bytes + i))), d, colors + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
