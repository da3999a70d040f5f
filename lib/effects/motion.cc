#include "lib/effects/motion.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

// Mirrors `at` at 0 and `length` until it lies between them.
double Bounce(double at, double length, int& sign) {
  const double lengths = std::floor(at / length);
  const bool is_mirrored = std::fmod(lengths, 2) != 0;
  const double part = at - lengths * length;
  if (is_mirrored) sign = -sign;
  return is_mirrored ? length - part : part;
}

}  // namespace

void Motions::BeginFrame(double passed_s) {
  ++frame_;
  passed_s_ = passed_s;
}

Motions::Slot& Motions::Find(const MotionKey& key) {
  const auto by_key = [](const Slot& slot, const MotionKey& k) { return slot.key < k; };
  auto found = std::lower_bound(slots_.begin(), slots_.end(), key, by_key);
  if (found != slots_.end() && found->key == key) return *found;
  if (slots_.size() >= kMost) {
    slots_.erase(std::min_element(slots_.begin(), slots_.end(), [](const Slot& a, const Slot& b) {
      return a.frame < b.frame;
    }));
    found = std::lower_bound(slots_.begin(), slots_.end(), key, by_key);
  }
  return *slots_.insert(found, Slot{.key = key, .frame = 0, .motion = {}});
}

const Motion& Motions::Advance(const MotionKey& key, const MotionRate& rate, Size frame) {
  Slot& slot = Find(key);
  Motion& motion = slot.motion;
  if (slot.frame == frame_) return motion;
  const double seconds = slot.frame == frame_ - 1 && slot.frame > 0 ? passed_s_ : 0;
  slot.frame = frame_;
  motion.angle_deg += 360 * rate.turns_per_s * seconds;
  motion.angle_deg -= 360 * std::floor(motion.angle_deg / 360);
  if (!rate.drifts) return motion;
  const double x = rate.start.x + motion.offset.x + rate.pixels_per_s.x * seconds * motion.sign_x;
  const double y = rate.start.y + motion.offset.y + rate.pixels_per_s.y * seconds * motion.sign_y;
  motion.offset.x = Bounce(x, frame.width, motion.sign_x) - rate.start.x;
  motion.offset.y = Bounce(y, frame.height, motion.sign_y) - rate.start.y;
  return motion;
}

}  // namespace retinue::internal
