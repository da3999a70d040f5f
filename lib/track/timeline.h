#pragma once

// The tracker's own time: how much of it passes from one timestamp to the
// next. Thread rule: plain value.

#include "retinue/base/time.h"

namespace retinue::internal {

/// Containers round timestamps, Matroska to 1 ms: durations are compared with
/// this much patience, so that 30 frames of 33 ms are as long as a second should be.
inline constexpr Nanoseconds kRounding = std::chrono::milliseconds(1);

/// Turns the timestamps of a stream into steps that are never negative and never huge.
class Timeline {
 public:
  /// @param longest_gap    More time than this between two updates is a new beginning.
  /// @param nominal_frame  The step when a timestamp is not known.
  Timeline(Nanoseconds longest_gap, Nanoseconds nominal_frame)
      : longest_gap_(longest_gap), nominal_frame_(nominal_frame) {}

  enum class Step { kOn, kNewBeginning };

  /// Moves to `now`. On kNewBeginning nothing before counts any more.
  Step Advance(Nanoseconds now);

  /// Nominal frames that passed in the last step; 0 on a new beginning.
  double nominal_frames() const;

  /// Time since the first update without the gaps that were new beginnings.
  Nanoseconds elapsed() const { return elapsed_; }

 private:
  Nanoseconds longest_gap_;
  Nanoseconds nominal_frame_;
  Nanoseconds last_ = kNoTime;
  Nanoseconds step_{0};
  Nanoseconds elapsed_{0};
};

}  // namespace retinue::internal
