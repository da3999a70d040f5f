#include "lib/heads/to_float.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/heads/to_float.cc"
#include <hwy/foreach_target.h>

#include "lib/heads/to_float-inl.h"

#if HWY_ONCE
namespace retinue {
namespace {
HWY_EXPORT(PromoteHalf);
HWY_EXPORT(PromoteBfloat16);
}  // namespace

float HalfToFloatScalar(unsigned short bits) {
  const float sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;
  const int exponent = (bits >> 10) & 31;
  const auto fraction = static_cast<float>(bits & 0x3ffu);
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                         : sign * std::numeric_limits<float>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024.0f + fraction, exponent - 25);
}

float Bfloat16ToFloatScalar(unsigned short bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

Result<const float*> ToFloat(const TensorView& tensor, const char* what,
                             std::vector<float>& scratch) {
  if (tensor.data == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, std::string(what) + " must have memory, got none");
  }
  if (tensor.type == ElementType::kF32) return static_cast<const float*>(tensor.data);
  if (tensor.type != ElementType::kF16 && tensor.type != ElementType::kBf16) {
    return Fail(ErrorCode::kInvalidArgument, std::string(what) + " must be f32, f16 or bf16, got " +
                                                 std::string(ToString(tensor.type)));
  }
  const bool half = tensor.type == ElementType::kF16;
  const auto count = static_cast<std::size_t>(tensor.shape.ElementCount());
  scratch.resize(count);
  std::size_t i = half ? HWY_DYNAMIC_DISPATCH(PromoteHalf)(tensor.data, count, scratch.data())
                       : HWY_DYNAMIC_DISPATCH(PromoteBfloat16)(tensor.data, count, scratch.data());
  const auto* bits = static_cast<const unsigned short*>(tensor.data);
  for (; i < count; ++i) {
    scratch[i] = half ? HalfToFloatScalar(bits[i]) : Bfloat16ToFloatScalar(bits[i]);
  }
  return scratch.data();
}

}  // namespace retinue
#endif  // HWY_ONCE
