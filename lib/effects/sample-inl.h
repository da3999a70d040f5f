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

#if HWY_TARGET == HWY_SCALAR
using scalar::SampleLine;
using scalar::SampleLinePixels;
using scalar::SampleRow;
using scalar::SampleRowPixels;
#else

// Vectors of one or two blocks of 128 bits; as many groups of four pixels are sampled at a time.
#if HWY_HAVE_SCALABLE
inline constexpr std::size_t kBlocks = 1;
#else
inline constexpr std::size_t kBlocks = HWY_LANES(std::uint8_t) >= 32 ? 2 : 1;
#endif
inline constexpr std::size_t kGroup = 4 * kBlocks;
using DS8 = hn::FixedTag<std::uint8_t, 16 * kBlocks>;
using DS16 = hn::Repartition<std::int16_t, DS8>;
using DS32 = hn::Repartition<std::int32_t, DS8>;
using DSF = hn::Repartition<float, DS8>;
using VS8 = hn::Vec<DS8>;
using VS32 = hn::Vec<DS32>;
using VSF = hn::Vec<DSF>;

// The channels of two pixels next to each other as words, in turns; 0x80 gives 0.
alignas(16) inline constexpr std::uint8_t kInTurns[16] = {0, 0x80, 4, 0x80, 1, 0x80, 5, 0x80,
                                                          2, 0x80, 6, 0x80, 3, 0x80, 7, 0x80};
// Bytes of pixels 0, 2, 1, 3, of channel after channel, as pixels.
alignas(16) inline constexpr std::uint8_t kFourPixels[16] = {0, 4, 8, 12, 2, 6, 10, 14,
                                                             1, 5, 9, 13, 3, 7, 11, 15};
// Words of pixels 0 and 1, of channel after channel, as colours.
alignas(16) inline constexpr std::uint8_t kTwoColors[16] = {0, 1, 4, 5, 8,  9,  12, 13,
                                                            2, 3, 6, 7, 10, 11, 14, 15};

// Of kGroup samples: weights of two pixels to a word, the left one's in the lower half.
struct Group {
  VS32 top, bottom;
};
HWY_INLINE Group Weighted(VS32 right, VS32 below, VS32 both) {
  const DS32 d;
  const auto top_left = hn::Add(hn::Sub(hn::Sub(hn::Set(d, kAllWeight), right), below), both);
  const auto low = hn::Set(d, 0xffff);
  const auto pair = [&](VS32 left, VS32 other) {
    return hn::Or(hn::And(left, low), hn::ShiftLeft<16>(other));
  };
  return {pair(top_left, hn::Sub(right, both)), pair(hn::Sub(below, both), both)};
}

// Added to a float of 0…2^22 it rounds that to a whole number, which is in the lower bits then.
// Conversions would do, but take care of numbers that are none or too large.
inline constexpr float kRounding = 12582912;  // 1.5 · 2^23
HWY_INLINE VS32 WholeOf(VSF v) {
  return hn::And(hn::BitCast(DS32(), hn::Add(v, hn::Set(DSF(), kRounding))),
                 hn::Set(DS32(), 0x3fffff));
}

// All are worked out before the first is used: what is read from memory then waits for nothing.
class LineGroups {
 public:
  LineGroups(const LineTaps& taps, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kGroup) Prepare(taps, i);
  }
  HWY_INLINE Group At(std::size_t i, const std::int32_t*& offset) const {
    const DS32 d;
    offset = offset_ + i;
    return {hn::Load(d, top_ + i), hn::Load(d, bottom_ + i)};
  }

 private:
  HWY_INLINE void Prepare(const LineTaps& taps, std::size_t i) {
    const DSF d;
    const DS32 d32;
    const auto k = hn::Add(hn::Iota(d, 0), hn::Set(d, static_cast<float>(i)));
    const auto all = hn::Set(d, static_cast<float>(kAllWeight));
    const auto part = [&](VSF at, float least, float most, float last_low, VS32& low) {
      at = hn::Min(hn::Max(at, hn::Set(d, least)), hn::Set(d, most));
      // Rounded down; a whole number possibly to the one before, which then has no weight.
      const auto rounded = hn::Add(hn::Sub(at, hn::Set(d, 0.5f)), hn::Set(d, kRounding));
      const auto whole = hn::Min(hn::Sub(rounded, hn::Set(d, kRounding)), hn::Set(d, last_low));
      low = WholeOf(whole);
      return hn::Mul(hn::Sub(at, whole), all);
    };
    VS32 low_x, low_y;
    const auto right = part(hn::MulAdd(k, hn::Set(d, taps.step_x), hn::Set(d, taps.x)),
                            taps.least_x, taps.most_x, taps.last_low_x, low_x);
    const auto below = part(hn::MulAdd(k, hn::Set(d, taps.step_y), hn::Set(d, taps.y)),
                            taps.least_y, taps.most_y, taps.last_low_y, low_y);
    const auto both = hn::Mul(hn::Mul(right, below), hn::Set(d, 1.0f / kAllWeight));
    const Group group = Weighted(WholeOf(right), WholeOf(below), WholeOf(both));
    hn::Store(hn::Add(hn::Mul(low_y, hn::Set(d32, taps.stride)), low_x), d32, offset_ + i);
    hn::Store(group.top, d32, top_ + i);
    hn::Store(group.bottom, d32, bottom_ + i);
  }

  alignas(64) std::int32_t offset_[kChunk + kGroup];
  alignas(64) std::int32_t top_[kChunk + kGroup];
  alignas(64) std::int32_t bottom_[kChunk + kGroup];
};

class RowGroups {
 public:
  explicit RowGroups(const RowTaps& taps) : taps_(taps) {}
  HWY_INLINE Group At(std::size_t i, const std::int32_t*& offset) const {
    const DS32 d;
    offset = taps_.offset + i;
    const auto right = hn::LoadU(d, taps_.right + i);
    const auto below = hn::Set(d, taps_.below);
    const auto both = hn::Add(hn::Mul(right, below), hn::Set(d, kAllWeight / 2));
    return Weighted(right, below, hn::ShiftRight<kWeightBits>(both));
  }

 private:
  const RowTaps& taps_;
};

// Lane kIndex of each block, in all of its lanes.
template <int kIndex>
HWY_INLINE VS32 InBlock(VS32 v) {
  alignas(16) static constexpr std::uint8_t kBytes[16] = {
      4 * kIndex, 4 * kIndex + 1, 4 * kIndex + 2, 4 * kIndex + 3,
      4 * kIndex, 4 * kIndex + 1, 4 * kIndex + 2, 4 * kIndex + 3,
      4 * kIndex, 4 * kIndex + 1, 4 * kIndex + 2, 4 * kIndex + 3,
      4 * kIndex, 4 * kIndex + 1, 4 * kIndex + 2, 4 * kIndex + 3};
  return hn::TableLookupBytes(v, hn::BitCast(DS32(), hn::LoadDup128(DS8(), kBytes)));
}

// Sample kIndex of each block, its channels in 1/kAllWeight.
template <int kIndex>
HWY_INLINE VS32 SampleOne(const PixelGrid& grid, const std::int32_t* offset, const Group& group,
                          VS8 in_turns) {
  const DS16 d16;
  const DS32 d32;
  const auto words = [&](std::ptrdiff_t step) {
    const hn::FixedTag<std::uint8_t, 16> block;
    const auto at = [&](std::size_t k) {
      return hn::LoadU(block, reinterpret_cast<const std::uint8_t*>(grid.first + offset[k] + step));
    };
    if constexpr (kBlocks == 1) {
      return hn::BitCast(d16, hn::TableLookupBytesOr0(at(kIndex), in_turns));
    } else {
      const auto both = hn::Combine(DS8(), at(kIndex + 4), at(kIndex));
      return hn::BitCast(d16, hn::TableLookupBytesOr0(both, in_turns));
    }
  };
  const auto weights = [&](VS32 pairs) { return hn::BitCast(d16, InBlock<kIndex>(pairs)); };
  auto even = hn::Zero(d32), odd = hn::Zero(d32);
  even = hn::ReorderWidenMulAccumulate(d32, words(0), weights(group.top), even, odd);
  even = hn::ReorderWidenMulAccumulate(d32, words(grid.row_step), weights(group.bottom), even, odd);
  return hn::RearrangeToOddPlusEven(even, odd);
}

template <int kShift>
HWY_INLINE VS32 Rounded(VS32 v) {
  return hn::ShiftRight<kShift>(hn::Add(v, hn::Set(DS32(), 1 << (kShift - 1))));
}

template <class Groups>
HWY_INLINE void ColorsOf(const PixelGrid& grid, const Groups& groups, std::size_t count,
                         std::int16_t* colors) {
  const DS8 d8;
  const DS16 d16;
  const auto in_turns = hn::LoadDup128(d8, kInTurns);
  const auto two_colors = hn::LoadDup128(d8, kTwoColors);
  const auto two = [&](VS32 a, VS32 b) {
    const auto words =
        hn::Or(Rounded<kWeightBits - 7>(a), hn::ShiftLeft<16>(Rounded<kWeightBits - 7>(b)));
    return hn::BitCast(d16, hn::TableLookupBytes(hn::BitCast(d8, words), two_colors));
  };
  for (std::size_t i = 0; i < count; i += kGroup) {
    const std::int32_t* offset = nullptr;
    const Group group = groups.At(i, offset);
    const auto a = two(SampleOne<0>(grid, offset, group, in_turns),
                       SampleOne<1>(grid, offset, group, in_turns));
    const auto b = two(SampleOne<2>(grid, offset, group, in_turns),
                       SampleOne<3>(grid, offset, group, in_turns));
    std::int16_t* out = colors + 4 * i;
    if constexpr (kBlocks == 1) {
      hn::StoreU(a, d16, out);
      hn::StoreU(b, d16, out + 8);
    } else {
      hn::StoreU(hn::ConcatLowerLower(d16, b, a), d16, out);
      hn::StoreU(hn::ConcatUpperUpper(d16, b, a), d16, out + 16);
    }
  }
}

template <class Groups>
HWY_INLINE void PixelsOf(const PixelGrid& grid, const Groups& groups, std::size_t count,
                         Pixel* out) {
  const DS8 d8;
  const auto in_turns = hn::LoadDup128(d8, kInTurns);
  const auto four_pixels = hn::LoadDup128(d8, kFourPixels);
  const auto covered = hn::BitCast(d8, hn::Set(DS32(), static_cast<std::int32_t>(kCovered)));
  for (std::size_t i = 0; i < count; i += kGroup) {
    const std::int32_t* offset = nullptr;
    const Group group = groups.At(i, offset);
    const auto a = hn::Or(
        Rounded<kWeightBits>(SampleOne<0>(grid, offset, group, in_turns)),
        hn::ShiftLeft<16>(Rounded<kWeightBits>(SampleOne<1>(grid, offset, group, in_turns))));
    const auto b = hn::Or(
        Rounded<kWeightBits>(SampleOne<2>(grid, offset, group, in_turns)),
        hn::ShiftLeft<16>(Rounded<kWeightBits>(SampleOne<3>(grid, offset, group, in_turns))));
    const auto bytes = hn::BitCast(d8, hn::Or(a, hn::ShiftLeft<8>(b)));
    hn::StoreU(hn::Or(hn::TableLookupBytes(bytes, four_pixels), covered), d8,
               reinterpret_cast<std::uint8_t*>(out + i));
  }
}

void SampleLine(const PixelGrid& grid, const LineTaps& taps, std::size_t count,
                std::int16_t* colors) {
  ColorsOf(grid, LineGroups(taps, count), count, colors);
}
void SampleRow(const PixelGrid& grid, const RowTaps& taps, std::size_t count,
               std::int16_t* colors) {
  ColorsOf(grid, RowGroups(taps), count, colors);
}
void SampleLinePixels(const PixelGrid& grid, const LineTaps& taps, std::size_t count, Pixel* out) {
  PixelsOf(grid, LineGroups(taps, count), count, out);
}
void SampleRowPixels(const PixelGrid& grid, const RowTaps& taps, std::size_t count, Pixel* out) {
  PixelsOf(grid, RowGroups(taps), count, out);
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
