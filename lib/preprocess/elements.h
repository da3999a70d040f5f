#pragma once

// Single values as a tensor's elements: what the vector code does in lanes.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "retinue/base/check.h"
#include "retinue/tensor/tensor.h"

namespace retinue::internal {

/// IEEE binary16, to nearest, ties to even; overflow becomes infinity.
inline std::uint16_t ToF16Bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const float magnitude = std::fabs(value);
  if (!(magnitude < 65520.0f))
    return static_cast<std::uint16_t>(sign | (value != value ? 0x7e00u : 0x7c00u));
  // Subnormal halves are multiples of 2^-24.
  if (magnitude < 0x1p-14f) {
    return static_cast<std::uint16_t>(
        sign | static_cast<std::uint32_t>(std::nearbyint(magnitude * 0x1p24f)));
  }
  const std::uint32_t rebased = (bits & 0x7fffffffu) - ((127u - 15u) << 23);
  const std::uint32_t rounded = rebased + 0xfffu + ((rebased >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

/// bfloat16, to nearest, ties to even. Finite values only.
inline std::uint16_t ToBf16Bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// The element's bits in the low bytes.
inline std::uint32_t ToElementBits(ElementType type, float value) {
  switch (type) {
    case ElementType::kF32: return std::bit_cast<std::uint32_t>(value);
    case ElementType::kF16: return ToF16Bits(value);
    case ElementType::kBf16: return ToBf16Bits(value);
    case ElementType::kU8:
      return static_cast<std::uint32_t>(std::clamp(std::nearbyint(value), 0.0f, 255.0f));
    case ElementType::kI8:
      return static_cast<std::uint8_t>(
          static_cast<int>(std::clamp(std::nearbyint(value), -128.0f, 127.0f)));
    case ElementType::kI32:
    case ElementType::kI64: break;
  }
  RETINUE_CHECK(false && "plans refuse other types");
  return 0;
}

}  // namespace retinue::internal
