#include "lib/preprocess/test_frames.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "lib/preprocess/elements.h"

namespace retinue::testing {
namespace {

float FromF16(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(mantissa), -24)
                              : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

float Value(ElementType type, const std::byte* at) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, std::min(SizeOf(type), sizeof bits));
  switch (type) {
    case ElementType::kF32: return std::bit_cast<float>(bits);
    case ElementType::kF16: return FromF16(static_cast<std::uint16_t>(bits));
    case ElementType::kBf16: return std::bit_cast<float>(bits << 16);
    case ElementType::kU8: return static_cast<float>(bits);
    default: return static_cast<float>(static_cast<std::int8_t>(bits));
  }
}

}  // namespace

std::vector<float> Values(const Output& output) {
  std::vector<float> values;
  const std::size_t step = SizeOf(output.view().type);
  for (std::size_t i = 0; i < output.size_bytes(); i += step) {
    values.push_back(Value(output.view().type, output.data() + i));
  }
  return values;
}

}  // namespace retinue::testing
