// Values by hand from section 5 of the language's specification.

#include "lib/effects/expression.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "retinue/effects/plan.h"

namespace retinue::internal {
namespace {

double Value(const std::string& expression, double t = 0) {
  const auto parse = ParseEffects("nose: rotate(" + expression + ")");
  EXPECT_EQ(ToString(parse.errors), "") << expression;
  EffectValues values{};
  values[static_cast<std::size_t>(EffectVariable::kT)] = t;
  return Evaluate(parse.program.nodes, values);
}

TEST(Expression, IsWorkedOutByTheUsualRules) {
  const struct {
    const char* text;
    double value;
  } cases[] = {
      {"1 + 2 * 3", 7},        {"(1 + 2) * 3", 9},      {"8 - 4 - 2", 2},
      {"8 / 4 / 2", 1},        {"-2 * -3", 6},          {"-(2 + 3)", -5},
      {"1 / 0", 0},            {"0 / 0", 0},            {"5 % 0", 0},
      {"mod(5, 0)", 0},        {"7 % 4", 3},            {"-1 % 4", 3},
      {"mod(-1, 4)", 3},       {"5 % -4", -3},          {"t * 2", 5},
      {"sin(0)", 0},           {"cos(0)", 1},           {"abs(-3)", 3},
      {"min(2, -1)", -1},      {"max(2, -1)", 2},       {"clamp(5, 0, 1)", 1},
      {"clamp(-5, 0, 1)", 0},  {"mix(10, 20, 0.25)", 12.5}, {"step(2, 1.9)", 0},
      {"step(2, 2)", 1},       {"round(2.5)", 3},       {"round(-2.5)", -3},
      {"floor(-0.5)", -1},     {"fract(-0.25)", 0.75},  {"1e300 * 1e300", 1e9},
      {"-1e300 * 10", -1e9},   {"1e300 * 1e300 - 1e300 * 1e300", 0},
      {"sin(1e300 * 1e300) * 0", 0},
  };
  for (const auto& c : cases) EXPECT_DOUBLE_EQ(Value(c.text, 2.5), c.value) << c.text;
}

TEST(Expression, HasRoomForTheDeepestNesting) {
  std::string text = "1";
  for (int i = 0; i < EffectLimits::kNesting - 1; ++i) text = "1 + 1 * clamp(0, 0, " + text + ")";
  EXPECT_EQ(Value(text), 1);
  text = "1";
  for (int i = 0; i < EffectLimits::kNesting - 1; ++i) {
    text = "1 + 1 * clamp(99, 1 - 1 * 1, " + text + ")";
  }
  EXPECT_EQ(Value(text), EffectLimits::kNesting);
}

TEST(Expression, NoiseIsSmoothAndStaysTheSame) {
  double least = 1;
  double most = -1;
  for (double x = -50; x < 50; x += 0.01) {
    const double value = Noise(x);
    EXPECT_EQ(value, Noise(x));
    // Between two whole numbers at most 2 up or down, at most 1.5 times as steep as a line.
    EXPECT_LE(std::fabs(Noise(x + 0.001) - value), 0.0031) << x;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  EXPECT_GE(least, -1);
  EXPECT_LE(most, 1);
  EXPECT_LT(least, -0.8);
  EXPECT_GT(most, 0.8);
}

}  // namespace
}  // namespace retinue::internal
