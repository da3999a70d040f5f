#pragma once

// Time in retinue is the media's: nanoseconds from the container, the camera
// or the test, never the wall clock. The one exception is measuring how long
// our own work takes, for which a Clock is handed in. Thread rule: plain values.

#include <chrono>
#include <cstdint>

namespace retinue {

using Nanoseconds = std::chrono::nanoseconds;

/// A timestamp or a duration that is not known.
inline constexpr Nanoseconds kNoTime = Nanoseconds::min();

/// Seconds as a double, for printing and for motion models.
constexpr double ToSeconds(Nanoseconds t) { return std::chrono::duration<double>(t).count(); }

/// The nearest nanosecond; `seconds` must be within ±9e9.
constexpr Nanoseconds FromSeconds(double seconds) {
  return Nanoseconds(static_cast<Nanoseconds::rep>(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5)));
}

/// How long after `from` `to` is, of any two times that are known; Nanoseconds::max() where it is
/// more. Containers may say anything.
/// @pre to >= from
constexpr Nanoseconds TimeBetween(Nanoseconds from, Nanoseconds to) {
  const auto ticks = static_cast<std::uint64_t>(to.count()) -
                     static_cast<std::uint64_t>(from.count());
  const auto most = static_cast<std::uint64_t>(Nanoseconds::max().count());
  return Nanoseconds(static_cast<Nanoseconds::rep>(ticks < most ? ticks : most));
}

/// A stopwatch's clock. `lib/` never reads the time by itself: whoever runs a
/// pipeline hands one in. Implementations must be safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic time since an arbitrary start.
  virtual Nanoseconds Now() const = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
 public:
  Nanoseconds Now() const override {
    return std::chrono::duration_cast<Nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// A clock that only moves when told: the twin for tests. Not thread-safe.
class FakeClock final : public Clock {
 public:
  Nanoseconds Now() const override { return now_; }
  void Advance(Nanoseconds by) { now_ += by; }

 private:
  Nanoseconds now_{0};
};

}  // namespace retinue
