#pragma once

// Scores from logits. Thread rule: pure functions.

#include <cmath>
#include <limits>

namespace retinue {

inline float Sigmoid(float v) { return 1.0f / (1.0f + std::exp(-v)); }

/// The logit from which on a score can exceed `conf`, a little lower: the score itself decides,
/// this only spares computing it.
inline float LogitThreshold(float conf) {
  if (conf <= 0) return -std::numeric_limits<float>::infinity();
  if (conf >= 1) return std::numeric_limits<float>::infinity();
  const double p = conf;
  const double logit = std::log(p / (1 - p));
  return static_cast<float>(logit - 1e-3 * (1 + std::abs(logit)));
}

}  // namespace retinue
