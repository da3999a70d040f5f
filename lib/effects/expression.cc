#include "lib/effects/expression.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "retinue/base/check.h"

namespace retinue::internal {
namespace {

// Each level of nesting keeps at most two operands, of a sum and a product, and two arguments
// waiting.
constexpr std::size_t kStack = 4 * (EffectLimits::kNesting + 2);

double Divided(double a, double b) { return b == 0 ? 0 : a / b; }
double Modulo(double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }

double HashedToUnit(double whole) {
  // Splitmix64's finaliser. @source Steele, Lea, Flood, "Fast splittable pseudorandom number
  // generators"
  auto z = static_cast<std::uint64_t>(static_cast<std::int64_t>(whole)) + 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

double Call(EffectFunction function, const double* a) {
  switch (function) {
    case EffectFunction::kSin: return std::sin(a[0]);
    case EffectFunction::kCos: return std::cos(a[0]);
    case EffectFunction::kAbs: return std::fabs(a[0]);
    case EffectFunction::kMin: return std::min(a[0], a[1]);
    case EffectFunction::kMax: return std::max(a[0], a[1]);
    case EffectFunction::kClamp: return std::min(std::max(a[0], a[1]), a[2]);
    case EffectFunction::kMix: return a[0] + (a[1] - a[0]) * a[2];
    case EffectFunction::kStep: return a[1] < a[0] ? 0 : 1;
    case EffectFunction::kRound: return std::round(a[0]);
    case EffectFunction::kFloor: return std::floor(a[0]);
    case EffectFunction::kFract: return a[0] - std::floor(a[0]);
    case EffectFunction::kMod: return Modulo(a[0], a[1]);
    case EffectFunction::kNoise: return Noise(a[0]);
  }
  return 0;
}

double Binary(EffectNodeKind kind, double a, double b) {
  switch (kind) {
    case EffectNodeKind::kAdd: return a + b;
    case EffectNodeKind::kSubtract: return a - b;
    case EffectNodeKind::kMultiply: return a * b;
    case EffectNodeKind::kDivide: return Divided(a, b);
    default: return Modulo(a, b);
  }
}

// Keeps infinities out of every later step.
double Bounded(double x) { return std::isnan(x) ? 0 : std::clamp(x, -1e300, 1e300); }

}  // namespace

double Noise(double x) {
  if (!(std::fabs(x) < 1e15)) return 0;
  const double whole = std::floor(x);
  const double part = x - whole;
  const double eased = part * part * (3 - 2 * part);
  const double from = HashedToUnit(whole) * 2 - 1;
  return from + (HashedToUnit(whole + 1) * 2 - 1 - from) * eased;
}

double Evaluate(std::span<const EffectNode> nodes, const EffectValues& values) {
  std::array<double, kStack> stack;
  std::size_t size = 0;
  for (const EffectNode& node : nodes) {
    if (node.kind == EffectNodeKind::kNumber) {
      RETINUE_CHECK(size < kStack);
      stack[size++] = node.number;
    } else if (node.kind == EffectNodeKind::kVariable) {
      RETINUE_CHECK(size < kStack);
      stack[size++] = values[static_cast<std::size_t>(node.variable)];
    } else if (node.kind == EffectNodeKind::kNegate) {
      RETINUE_CHECK(size >= 1);
      stack[size - 1] = -stack[size - 1];
    } else {
      const bool is_call = node.kind == EffectNodeKind::kCall;
      const std::size_t taken =
          is_call ? static_cast<std::size_t>(ArgumentCount(node.function)) : 2;
      RETINUE_CHECK(size >= taken);
      size -= taken;
      const double* from = stack.data() + size;
      stack[size++] = Bounded(is_call ? Call(node.function, from)
                                      : Binary(node.kind, from[0], from[1]));
    }
  }
  RETINUE_CHECK(size == 1);
  return std::clamp(Bounded(stack[0]), -1e9, 1e9);
}

}  // namespace retinue::internal
