// SIMD body of MaskReader; included once per instruction set. The scalar twin is
// MaskReader::AppendScalar in mask_reader.cc.

#if defined(RETINUE_LIB_HEADS_MASK_READER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_LIB_HEADS_MASK_READER_INL_H_
#undef RETINUE_LIB_HEADS_MASK_READER_INL_H_
#else
#define RETINUE_LIB_HEADS_MASK_READER_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace retinue {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// out[i] = Σ weights[k] · planes[k · plane_step + i] for i < count.
void WeighRow(const float* HWY_RESTRICT planes, std::size_t plane_step,
              const float* HWY_RESTRICT weights, std::size_t weight_count, std::size_t count,
              float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    auto sum = hn::Zero(d);
    for (std::size_t k = 0; k < weight_count; ++k) {
      sum = hn::MulAdd(hn::Set(d, weights[k]), hn::LoadU(d, planes + k * plane_step + i), sum);
    }
    hn::StoreU(sum, d, out + i);
  }
  for (; i < count; ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < weight_count; ++k) sum += weights[k] * planes[k * plane_step + i];
    out[i] = sum;
  }
}

// out[i] = a[i] + weight · (b[i] - a[i]).
void Blend(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float weight,
           std::size_t count, float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto w = hn::Set(d, weight);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto from = hn::LoadU(d, a + i);
    hn::StoreU(hn::MulAdd(w, hn::Sub(hn::LoadU(d, b + i), from), from), d, out + i);
  }
  for (; i < count; ++i) out[i] = a[i] + weight * (b[i] - a[i]);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace retinue
HWY_AFTER_NAMESPACE();

#endif  // RETINUE_LIB_HEADS_MASK_READER_INL_H_
