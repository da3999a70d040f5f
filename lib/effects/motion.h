#pragma once

// What spin and drift remember from frame to frame, by (statement, face, destination).

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/effects/outlines.h"
#include "retinue/geometry/geometry.h"

namespace retinue::internal {

struct MotionKey {
  int statement = 0;             ///< Its lasting number, not its place in the program.
  int destination = 0;           ///< Which draw of the statement.
  std::int64_t face = 0;         ///< Of the source, 0 for none.
  std::int64_t target_face = 0;  ///< Of the destination, 0 for none.
  friend auto operator<=>(const MotionKey&, const MotionKey&) = default;
};

/// How a draw has moved so far.
struct Motion {
  double angle_deg = 0;  ///< 0…360.
  Vec2 offset;           ///< In pixels.
  int sign_x = 1;        ///< -1 after an odd number of bounces.
  int sign_y = 1;
};

/// What moves it.
struct MotionRate {
  double turns_per_s = 0;
  bool drifts = false;
  Vec2 pixels_per_s;
  Vec2 start;  ///< The centre of what drifts, before the offset.
};

/// The motions of a program. Looking one up costs the logarithm of their number; memory grows with
/// new keys only, up to kMost, beyond which the one not seen for longest is forgotten.
class Motions {
 public:
  static constexpr std::size_t kMost = 4096;

  /// Before the draws of each frame, `passed_s` after the last one.
  void BeginFrame(double passed_s);

  /// The motion of `key` in this frame. It moves on only when the last frame asked for it too: what
  /// was away comes back as it went. Asking again in the same frame changes nothing.
  const Motion& Advance(const MotionKey& key, const MotionRate& rate, Size frame);

  /// Forgets statements for which `keep` is false.
  template <typename Keep>
  void Retain(Keep keep) {
    std::erase_if(slots_, [&](const Slot& slot) { return !keep(slot.key.statement); });
  }

 private:
  struct Slot {
    MotionKey key;
    std::int64_t frame = 0;  // that asked last
    Motion motion;
  };
  Slot& Find(const MotionKey& key);

  std::vector<Slot> slots_;  // sorted by key
  std::int64_t frame_ = 0;
  double passed_s_ = 0;
};

}  // namespace retinue::internal
