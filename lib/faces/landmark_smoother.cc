#include "retinue/faces/landmark_smoother.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

namespace retinue {
namespace {

constexpr Nanoseconds kLongestStep = std::chrono::seconds(1);
constexpr Nanoseconds kNominalStep{33'333'333};
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

bool IsPlace(const Landmark& l) {
  constexpr float kFar = 1e7f;
  return std::abs(l.x) <= kFar && std::abs(l.y) <= kFar && std::abs(l.z) <= kFar;  // NaN is not
}

float Or(float value, float least, float otherwise) {
  return std::isfinite(value) && value >= least ? value : otherwise;
}

LandmarkSmootherOptions Usable(const LandmarkSmootherOptions& options) {
  const LandmarkSmootherOptions defaults;
  constexpr float kLeast = std::numeric_limits<float>::min();
  return {Or(options.min_cutoff_hz, kLeast, defaults.min_cutoff_hz),
          Or(options.beta, 0, defaults.beta),
          Or(options.derivative_cutoff_hz, kLeast, defaults.derivative_cutoff_hz)};
}

// The mean of the width and the height of the box around the landmarks that are places; nothing for
// none.
std::optional<float> SizeOf(std::span<const Landmark> landmarks) {
  constexpr float kFar = std::numeric_limits<float>::infinity();
  float left = kFar, top = kFar, right = -kFar, bottom = -kFar;
  for (const Landmark& l : landmarks) {
    if (!IsPlace(l)) continue;
    left = std::min(left, l.x);
    right = std::max(right, l.x);
    top = std::min(top, l.y);
    bottom = std::max(bottom, l.y);
  }
  const float size = (right - left + (bottom - top)) / 2;
  constexpr float kLeast = 1e-3f;
  if (!(size >= kLeast && size < kFar)) return std::nullopt;
  return size;
}

// How much of the new value a first-order low pass takes after `step_s`; 0…1.
float Share(float cutoff_hz, float step_s) {
  const float turns = 2 * std::numbers::pi_v<float> * cutoff_hz * step_s;
  return turns < 1e6f ? turns / (1 + turns) : 1.0f;
}

void Approach(float& value, float target, float share) { value += share * (target - value); }

}  // namespace

LandmarkSmoother::LandmarkSmoother(const LandmarkSmootherOptions& options)
    : options_(Usable(options)), step_(kNominalStep) {}

void LandmarkSmoother::Reset() {
  states_.clear();
  last_ = kNoTime;
  step_ = kNominalStep;
}

// Sets step_ to the time that passed; false when what was before says nothing about this frame.
bool LandmarkSmoother::Goes(Nanoseconds pts) {
  if (pts == kNoTime || pts == last_) return true;
  if (last_ != kNoTime) {
    if (pts < last_ || TimeBetween(last_, pts) > kLongestStep) return false;
    step_ = pts - last_;
  }
  last_ = pts;
  return true;
}

void LandmarkSmoother::Smooth(std::span<Landmark> landmarks, Nanoseconds pts) {
  const auto size = SizeOf(landmarks);
  if (states_.size() != landmarks.size() || !size || !Goes(pts)) {
    Reset();
    last_ = pts;
    states_.resize(landmarks.size(), {{kNone, 0, 0}, 0, 0, 0, 0});
  }
  if (!size) return;
  const float step_s = static_cast<float>(ToSeconds(step_));
  const float to_speed = 1 / (*size * step_s);
  const float speed_share = Share(options_.derivative_cutoff_hz, step_s);
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    Landmark& l = landmarks[i];
    State& state = states_[i];
    if (!IsPlace(l)) {
      state.smooth.x = kNone;
      continue;
    }
    if (std::isnan(state.smooth.x)) {
      state = {l, l.x, l.y, 0, 0};
      continue;
    }
    Approach(state.speed_x, (l.x - state.raw_x) * to_speed, speed_share);
    Approach(state.speed_y, (l.y - state.raw_y) * to_speed, speed_share);
    state.raw_x = l.x;
    state.raw_y = l.y;
    const float speed = std::sqrt(state.speed_x * state.speed_x + state.speed_y * state.speed_y);
    const float share = Share(options_.min_cutoff_hz + options_.beta * speed, step_s);
    Approach(state.smooth.x, l.x, share);
    Approach(state.smooth.y, l.y, share);
    Approach(state.smooth.z, l.z, share);
    l = state.smooth;
  }
}

}  // namespace retinue
