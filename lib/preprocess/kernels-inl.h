// The vector kernels of simd.cc: a row of bytes becomes samples, samples become
// a row of the output's positions, positions become channels. One file for all
// instruction sets; foreach_target includes it once for each.
//
// Samples are int16 in units of 1/128 of a pixel value (0…255·128): a blend is
// then one subtraction and one rounding multiplication, and its error at most
// 1/256 + weight error 255/65536 < 0.01 of 255.

#if defined(RETINUE_PREPROCESS_KERNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_PREPROCESS_KERNELS_INL_H_
#undef RETINUE_PREPROCESS_KERNELS_INL_H_
#else
#define RETINUE_PREPROCESS_KERNELS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "lib/preprocess/elements.h"
#include "lib/preprocess/plan_tables.h"

HWY_BEFORE_NAMESPACE();
namespace retinue::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Capped, so that kSlack covers what vectors touch behind the end.
using D16 = hn::CappedTag<std::int16_t, 32>;
using D8 = hn::Rebind<std::uint8_t, D16>;
using V16 = hn::Vec<D16>;
using V8 = hn::Vec<D8>;
inline constexpr std::size_t kMaxLanes = 32;

// ---- down: two rows of bytes → one row of samples ----

/// Which bytes of a pixel of kStep bytes are components.
enum class Pick { kFirst, kFirstTwo, kFirstThree, kOdd };

template <int kStep, Pick kPick>
constexpr int PickCount() {
  return kPick == Pick::kFirst ? 1 : kPick == Pick::kFirstThree ? 3 : 2;
}

/// `from` as 16-bit words: the first byte of each pair is the lower half.
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D16>> LoadWords(const std::uint8_t* from) {
  return hn::BitCast(hn::RebindToUnsigned<D16>(),
                     hn::LoadU(hn::Repartition<std::uint8_t, D16>(), from));
}

template <class Words>
HWY_INLINE V16 FirstBytes(Words words) {
  return hn::BitCast(D16(), hn::And(words, hn::Set(hn::RebindToUnsigned<D16>(), 0xff)));
}

template <class Words>
HWY_INLINE V16 SecondBytes(Words words) {
  return hn::BitCast(D16(), hn::ShiftRight<8>(words));
}
#endif

/// The picked components of Lanes(D16) pixels. Splitting words costs half of
/// what LoadInterleaved and PromoteTo cost.
template <int kStep, Pick kPick>
HWY_INLINE void LoadComponents(const std::uint8_t* from, V16& v0, V16& v1, V16& v2) {
  const D16 d;
  const D8 d8;
  if constexpr (kStep == 1) {
    v0 = v1 = v2 = hn::PromoteTo(d, hn::LoadU(d8, from));
  } else if constexpr (kStep == 3) {
    V8 b0, b1, b2;
    hn::LoadInterleaved3(d8, from, b0, b1, b2);
    v0 = hn::PromoteTo(d, b0);
    v1 = hn::PromoteTo(d, b1);
    v2 = hn::PromoteTo(d, b2);
  } else if constexpr (kStep == 2) {
#if HWY_TARGET == HWY_SCALAR
    V8 b0, b1;
    hn::LoadInterleaved2(d8, from, b0, b1);
    v0 = hn::PromoteTo(d, b0);
    v1 = v2 = hn::PromoteTo(d, b1);
#else
    const auto words = LoadWords(from);
    v0 = FirstBytes(words);
    v1 = v2 = SecondBytes(words);
#endif
  } else {
    constexpr bool kIsOdd = kPick == Pick::kOdd;
#if HWY_TARGET == HWY_SCALAR
    V8 b0, b1, b2, b3;
    hn::LoadInterleaved4(d8, from, b0, b1, b2, b3);
    v0 = hn::PromoteTo(d, kIsOdd ? b1 : b0);
    v1 = hn::PromoteTo(d, kIsOdd ? b3 : b1);
    v2 = hn::PromoteTo(d, b2);
#else
    const hn::RebindToUnsigned<D16> du;
    const auto low = LoadWords(from), high = LoadWords(from + 2 * hn::Lanes(d));
    const auto even = hn::ConcatEven(du, high, low), odd = hn::ConcatOdd(du, high, low);
    v0 = kIsOdd ? SecondBytes(even) : FirstBytes(even);
    v1 = kIsOdd ? SecondBytes(odd) : SecondBytes(even);
    v2 = FirstBytes(odd);
#endif
  }
}

template <bool kBlend>
HWY_INLINE V16 BlendRows(V16 top, V16 bottom, V16 weight) {
  const V16 top128 = hn::ShiftLeft<7>(top);
  if constexpr (!kBlend) return top128;
  return hn::Add(top128, hn::MulFixedPoint15(hn::ShiftLeft<7>(hn::Sub(bottom, top)), weight));
}

template <int kStep, Pick kPick, bool kBlend>
HWY_INLINE void DownBlock(const std::uint8_t* top, const std::uint8_t* bottom, V16 weight,
                          std::int16_t* const* to, std::size_t at) {
  const D16 d;
  V16 t0, t1, t2;
  LoadComponents<kStep, kPick>(top, t0, t1, t2);
  V16 b0 = t0, b1 = t1, b2 = t2;
  if constexpr (kBlend) LoadComponents<kStep, kPick>(bottom, b0, b1, b2);
  hn::StoreU(BlendRows<kBlend>(t0, b0, weight), d, to[0] + at);
  if constexpr (kPick != Pick::kFirst) {
    hn::StoreU(BlendRows<kBlend>(t1, b1, weight), d, to[1] + at);
  }
  if constexpr (kPick == Pick::kFirstThree) {
    hn::StoreU(BlendRows<kBlend>(t2, b2, weight), d, to[2] + at);
  }
}

template <int kStep, Pick kPick, bool kBlend>
void DownRow(const std::uint8_t* top, const std::uint8_t* bottom, std::int16_t weight,
             std::size_t count, std::int16_t* const* to) {
  const D16 d;
  const std::size_t lanes = hn::Lanes(d);
  const V16 w = hn::Set(d, weight);
  if (count < lanes) {
    // Never read past the row: it may be the last of its memory.
    HWY_ALIGN std::uint8_t copy[2][kMaxLanes * kStep] = {};
    std::memcpy(copy[0], top, count * kStep);
    std::memcpy(copy[1], bottom, count * kStep);
    DownBlock<kStep, kPick, kBlend>(copy[0], copy[1], w, to, 0);
    return;
  }
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    DownBlock<kStep, kPick, kBlend>(top + i * kStep, bottom + i * kStep, w, to, i);
  }
  if (i == count) return;
  i = count - lanes;  // the last vector overlaps the one before
  DownBlock<kStep, kPick, kBlend>(top + i * kStep, bottom + i * kStep, w, to, i);
}

// ---- across: samples → one value per output column ----

HWY_INLINE V16 BlendSamples(V16 a, V16 b, V16 weight) {
  return hn::Add(a, hn::MulFixedPoint15(hn::Sub(b, a), weight));
}

template <int kStep>
void AcrossStep(const std::int16_t* from, const std::int16_t* weights, std::size_t count,
                std::int16_t* to) {
  const D16 d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    V16 a, b, c, e;
    if constexpr (kStep == 1) {
      a = hn::LoadU(d, from + i);
      b = hn::LoadU(d, from + i + 1);
    } else if constexpr (kStep == 2) {
      hn::LoadInterleaved2(d, from + 2 * i, a, b);
    } else if constexpr (kStep == 3) {
      hn::LoadInterleaved3(d, from + 3 * i, a, b, c);
    } else {
      hn::LoadInterleaved4(d, from + 4 * i, a, b, c, e);
    }
    hn::StoreU(BlendSamples(a, b, hn::LoadU(d, weights + i)), d, to + i);
  }
}

#if HWY_TARGET != HWY_SCALAR
// Two groups of eight outputs per step, in one vector where it is that wide.
#if HWY_MAX_BYTES >= 32 && !HWY_HAVE_SCALABLE
using DPair = hn::Full256<std::int16_t>;
inline constexpr std::size_t kVectorsPerPair = 1;
HWY_INLINE hn::Vec<DPair> LoadPair(const std::int16_t* low, const std::int16_t* high) {
  const hn::Full128<std::int16_t> d;
  return hn::Combine(DPair(), hn::LoadU(d, high), hn::LoadU(d, low));
}
#else
using DPair = hn::Full128<std::int16_t>;
inline constexpr std::size_t kVectorsPerPair = 2;
HWY_INLINE hn::Vec<DPair> LoadPair(const std::int16_t* low, const std::int16_t*) {
  return hn::LoadU(DPair(), low);
}
#endif

/// Each group of eight from kChunks vectors of eight samples; masks as in PlanTables.
template <int kChunks>
void AcrossShuffle(const std::int16_t* from, const std::int32_t* bases, const std::uint8_t* masks,
                   const std::int16_t* weights, std::size_t count, std::int16_t* to) {
  const DPair d;
  const hn::Repartition<std::uint8_t, DPair> d8;
  for (std::size_t i = 0; i < count; i += 16, bases += 2, masks += kChunks * 32) {
    for (std::size_t half = 0; half < kVectorsPerPair; ++half) {
      const std::int16_t* const low = from + bases[half];
      const std::int16_t* const high = from + bases[1];
      auto a = hn::Zero(d);
      auto b = hn::Zero(d);
      for (int chunk = 0; chunk < kChunks; ++chunk) {
        const auto mask = hn::BitCast(d, hn::LoadU(d8, masks + chunk * 32 + half * 16));
        const int skip = chunk * 8;
        a = hn::Or(a, hn::TableLookupBytesOr0(LoadPair(low + skip, high + skip), mask));
        b = hn::Or(b, hn::TableLookupBytesOr0(LoadPair(low + skip + 1, high + skip + 1), mask));
      }
      const std::size_t at = i + half * 8;
      const auto w = hn::LoadU(d, weights + at);
      hn::StoreU(hn::Add(a, hn::MulFixedPoint15(hn::Sub(b, a), w)), d, to + at);
    }
  }
}
#endif  // HWY_TARGET != HWY_SCALAR: a machine without vectors fetches one by one

// ---- colour, type and layout ----

using DF = hn::CappedTag<float, 16>;
using VF = hn::Vec<DF>;

struct ToF32 {
  using Element = float;
  static HWY_INLINE VF Convert(VF v) { return v; }
};

struct ToF16 {
  using Element = std::uint16_t;
  static HWY_INLINE auto Convert(VF v) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_SSSE3 || HWY_TARGET == HWY_SSE4 || \
    HWY_TARGET == HWY_WASM
    // No instruction for it; Highway's stand-in cuts off instead of rounding.
    HWY_ALIGN float values[kMaxLanes];
    HWY_ALIGN Element bits[kMaxLanes];
    hn::Store(v, DF(), values);
    for (std::size_t i = 0; i < hn::Lanes(DF()); ++i) bits[i] = ToF16Bits(values[i]);
    return hn::Load(hn::Rebind<Element, DF>(), bits);
#else
    const hn::Rebind<hwy::float16_t, DF> d;
    return hn::BitCast(hn::Rebind<Element, DF>(), hn::DemoteTo(d, v));
#endif
  }
};

struct ToBf16 {
  using Element = std::uint16_t;
  static HWY_INLINE auto Convert(VF v) {
    const hn::RebindToUnsigned<DF> d;
    const auto bits = hn::BitCast(d, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1));
    const auto rounded = hn::ShiftRight<16>(hn::Add(hn::Add(bits, hn::Set(d, 0x7fff)), odd));
    return hn::DemoteTo(hn::Rebind<Element, DF>(), hn::BitCast(hn::RebindToSigned<DF>(), rounded));
  }
};

template <typename Integer>
struct ToInteger {
  using Element = Integer;
  static HWY_INLINE auto Convert(VF v) {
    return hn::DemoteTo(hn::Rebind<Integer, DF>(), hn::NearestInt(v));
  }
};

/// One channel of one vector of outputs.
struct ChannelMath {
  HWY_INLINE ChannelMath(const ColorTransform& color, int c)
      : m0(hn::Set(DF(), color.matrix[c][0] * (1.0f / 128))),
        m1(hn::Set(DF(), color.matrix[c][1] * (1.0f / 128))),
        m2(hn::Set(DF(), color.matrix[c][2] * (1.0f / 128))),
        bias(hn::Set(DF(), color.bias[c])),
        low(hn::Set(DF(), color.low[c])),
        high(hn::Set(DF(), color.high[c])) {}

  HWY_INLINE VF operator()(VF x0, VF x1, VF x2) const {
    const VF sum = hn::MulAdd(x2, m2, hn::MulAdd(x1, m1, hn::MulAdd(x0, m0, bias)));
    return hn::Min(hn::Max(sum, low), high);
  }

  VF m0, m1, m2, bias, low, high;
};

HWY_INLINE VF LoadSamples(const std::int16_t* from) {
  const hn::Rebind<std::int16_t, DF> d;
  return hn::ConvertTo(DF(), hn::PromoteTo(hn::RebindToSigned<DF>(), hn::LoadU(d, from)));
}

/// One vector of outputs. A function and not a lambda: GCC keeps the latter's
/// captures in memory, which cost a third of the bytes' speed.
template <class To, int kChannels, bool kPlanar>
HWY_INLINE void ColorBlock(const ChannelMath& channel0, const ChannelMath& channel1,
                           const ChannelMath& channel2, VF x0, VF x1, VF x2,
                           typename To::Element* to0, typename To::Element* to1,
                           typename To::Element* to2) {
  const hn::Rebind<typename To::Element, DF> d;
  const auto v0 = To::Convert(channel0(x0, x1, x2));
  if constexpr (kChannels == 1) {
    hn::StoreU(v0, d, to0);
    return;
  }
  const auto v1 = To::Convert(channel1(x0, x1, x2));
  const auto v2 = To::Convert(channel2(x0, x1, x2));
  if constexpr (kPlanar) {
    hn::StoreU(v0, d, to0);
    hn::StoreU(v1, d, to1);
    hn::StoreU(v2, d, to2);
  } else {
    hn::StoreInterleaved3(v0, v1, v2, d, to0);
  }
}

template <class To, int kChannels, bool kPlanar>
void ColorRow(const ColorTransform& color, const std::int16_t* const* rows, std::size_t count,
              std::byte* const* out) {
  using Element = typename To::Element;
  constexpr std::size_t kPixel = kPlanar ? 1 : kChannels;
  const std::size_t lanes = hn::Lanes(DF());
  const ChannelMath channel0(color, 0), channel1(color, 1), channel2(color, 2);
  const std::int16_t *const row0 = rows[0], *const row1 = rows[1], *const row2 = rows[2];
  auto* const out0 = reinterpret_cast<Element*>(out[0]);
  auto* const out1 = reinterpret_cast<Element*>(out[1]);
  auto* const out2 = reinterpret_cast<Element*>(out[2]);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    ColorBlock<To, kChannels, kPlanar>(channel0, channel1, channel2, LoadSamples(row0 + i),
                                       LoadSamples(row1 + i), LoadSamples(row2 + i),
                                       out0 + i * kPixel, out1 + i, out2 + i);
  }
  if (i == count) return;
  // Behind the last column there is padding, or another row, that must stay.
  HWY_ALIGN Element rest[3][kMaxLanes * 3];
  ColorBlock<To, kChannels, kPlanar>(channel0, channel1, channel2, LoadSamples(row0 + i),
                                     LoadSamples(row1 + i), LoadSamples(row2 + i), rest[0], rest[1],
                                     rest[2]);
  const std::size_t bytes = (count - i) * kPixel * sizeof(Element);
  std::memcpy(out0 + i * kPixel, rest[0], bytes);
  if constexpr (kPlanar && kChannels == 3) {
    std::memcpy(out1 + i, rest[1], bytes);
    std::memcpy(out2 + i, rest[2], bytes);
  }
}

template <class Element>
HWY_INLINE void InterleaveBlock(const Element* row0, const Element* row1, const Element* row2,
                                Element* to) {
  const hn::CappedTag<Element, kMaxLanes> d;
  hn::StoreInterleaved3(hn::LoadU(d, row0), hn::LoadU(d, row1), hn::LoadU(d, row2), d, to);
}

/// Three rows of elements → pixels.
template <class Element>
void InterleaveRow(const Element* row0, const Element* row1, const Element* row2, std::size_t count,
                   Element* to) {
  const std::size_t lanes = hn::Lanes(hn::CappedTag<Element, kMaxLanes>());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    InterleaveBlock(row0 + i, row1 + i, row2 + i, to + i * 3);
  }
  if (i == count) return;
  HWY_ALIGN Element rest[kMaxLanes * 3];
  InterleaveBlock(row0 + i, row1 + i, row2 + i, rest);
  std::memcpy(to + i * 3, rest, (count - i) * 3 * sizeof(Element));
}

/// As ColorRow<To, 3, false>, for elements so small that interleaving whole
/// vectors of them in a second pass is twice as fast as eight at a time.
template <class To>
void ColorRowInterleaved(const ColorTransform& color, const std::int16_t* const* rows,
                         std::size_t count, std::byte* out) {
  using Element = typename To::Element;
  HWY_ALIGN Element planar[3][kTileColumns + kSlack];
  std::byte* const channels[3] = {reinterpret_cast<std::byte*>(planar[0]),
                                  reinterpret_cast<std::byte*>(planar[1]),
                                  reinterpret_cast<std::byte*>(planar[2])};
  ColorRow<To, 3, true>(color, rows, count, channels);
  InterleaveRow(planar[0], planar[1], planar[2], count, reinterpret_cast<Element*>(out));
}

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
