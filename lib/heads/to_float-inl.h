// SIMD bodies of ToFloat; included once per instruction set. The scalar twins are in
// to_float.cc.

#if defined(RETINUE_LIB_HEADS_TO_FLOAT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_LIB_HEADS_TO_FLOAT_INL_H_
#undef RETINUE_LIB_HEADS_TO_FLOAT_INL_H_
#else
#define RETINUE_LIB_HEADS_TO_FLOAT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace retinue {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Converts [0, result) of `count` values, a multiple of the lanes.
template <class Narrow>
HWY_INLINE std::size_t PromoteAll(const Narrow* HWY_RESTRICT from, std::size_t count,
                                  float* HWY_RESTRICT to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<Narrow, decltype(d)> narrow;
  const std::size_t whole = count / hn::Lanes(d) * hn::Lanes(d);
  for (std::size_t i = 0; i < whole; i += hn::Lanes(d)) {
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(narrow, from + i)), d, to + i);
  }
  return whole;
}

std::size_t PromoteHalf(const void* from, std::size_t count, float* to) {
  return PromoteAll(static_cast<const hwy::float16_t*>(from), count, to);
}

std::size_t PromoteBfloat16(const void* from, std::size_t count, float* to) {
  return PromoteAll(static_cast<const hwy::bfloat16_t*>(from), count, to);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace retinue
HWY_AFTER_NAMESPACE();

#endif  // RETINUE_LIB_HEADS_TO_FLOAT_INL_H_
