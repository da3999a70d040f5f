#include "lib/heads/to_float.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace retinue {
namespace {

TEST(ToFloat, HalfHasTheValuesOfIeee754) {
  // IEEE 754-2008 binary16, by hand.
  EXPECT_EQ(HalfToFloatScalar(0x3C00), 1.0f);
  EXPECT_EQ(HalfToFloatScalar(0xC000), -2.0f);
  EXPECT_EQ(HalfToFloatScalar(0x7BFF), 65504.0f);
  EXPECT_EQ(HalfToFloatScalar(0x0001), 0x1p-24f);
  EXPECT_EQ(HalfToFloatScalar(0x3555), 0.333251953125f);
  EXPECT_TRUE(std::isinf(HalfToFloatScalar(0xFC00)));
  EXPECT_TRUE(std::isnan(HalfToFloatScalar(0x7C01)));
  EXPECT_EQ(Bfloat16ToFloatScalar(0x3FC0), 1.5f);
}

class EveryValue : public ::testing::TestWithParam<ElementType> {};

TEST_P(EveryValue, ConvertsAsItsTwin) {
  std::vector<std::uint16_t> bits(65536);
  std::iota(bits.begin(), bits.end(), std::uint16_t{0});
  bits.insert(bits.end(), {0x3C00, 0x3555, 0x0001});  // a tail shorter than a vector
  std::vector<float> scratch;
  const TensorView view{GetParam(), Shape{static_cast<std::int64_t>(bits.size())}, bits.data()};
  const auto values = ToFloat(view, "the values", scratch);
  ASSERT_TRUE(values) << values.error().message;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const float expected = GetParam() == ElementType::kF16 ? HalfToFloatScalar(bits[i])
                                                           : Bfloat16ToFloatScalar(bits[i]);
    const float found = (*values)[i];
    const bool same = std::isnan(expected) ? std::isnan(found)
                                           : std::bit_cast<std::uint32_t>(expected) ==
                                                 std::bit_cast<std::uint32_t>(found);
    ASSERT_TRUE(same) << std::hex << bits[i] << " gave " << found << ", not " << expected;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, EveryValue,
                         ::testing::Values(ElementType::kF16, ElementType::kBf16),
                         [](const auto& param) { return std::string(ToString(param.param)); });

TEST(ToFloat, RefusesIntegersAndNothing) {
  const std::int32_t value = 1;
  std::vector<float> scratch;
  const auto integers = ToFloat({ElementType::kI32, Shape{1}, &value}, "the boxes", scratch);
  ASSERT_FALSE(integers);
  EXPECT_EQ(integers.error().message, "the boxes must be f32, f16 or bf16, got i32");
  EXPECT_FALSE(ToFloat({ElementType::kF32, Shape{1}, nullptr}, "the boxes", scratch));
}

}  // namespace
}  // namespace retinue
