#pragma once

// Evaluates expressions of a plan. No allocation, no recursion.

#include <array>
#include <span>

#include "retinue/effects/syntax.h"

namespace retinue::internal {

/// What the variables of the language stand for, by EffectVariable.
using EffectValues = std::array<double, kEffectVariableCount>;

/// The value of a well-formed expression (as ParseEffects makes them), always finite and within
/// ±1e9: what is not a number, and what is divided by 0, is 0; what is larger counts as 1e9.
double Evaluate(std::span<const EffectNode> nodes, const EffectValues& values);

/// A smooth, fixed, random-looking curve in -1…1: at whole x a hash of x, between them eased.
double Noise(double x);

}  // namespace retinue::internal
