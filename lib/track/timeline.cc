#include "lib/track/timeline.h"

#include <algorithm>
#include <cstdint>

namespace retinue::internal {
namespace {

// How far apart two timestamps are; as unsigned, because the difference of two
// damaged ones may not fit the signed type.
std::uint64_t Distance(Nanoseconds a, Nanoseconds b) {
  return static_cast<std::uint64_t>(std::max(a, b).count()) -
         static_cast<std::uint64_t>(std::min(a, b).count());
}

}  // namespace

Timeline::Step Timeline::Advance(Nanoseconds now) {
  const Nanoseconds last = last_;
  if (now == kNoTime) {
    step_ = nominal_frame_;
    if (last != kNoTime && last < Nanoseconds::max() - step_) last_ = last + step_;
  } else if (last == kNoTime) {
    step_ = Nanoseconds{0};
    last_ = now;
  } else if (Distance(last, now) >
             static_cast<std::uint64_t>((longest_gap_ + kRounding).count())) {
    step_ = Nanoseconds{0};
    last_ = now;
    return Step::kNewBeginning;
  } else {
    step_ = std::max(now - last, Nanoseconds{0});
    last_ = std::max(now, last);
  }
  elapsed_ += step_;
  return Step::kOn;
}

double Timeline::nominal_frames() const {
  return static_cast<double>(step_.count()) / static_cast<double>(nominal_frame_.count());
}

}  // namespace retinue::internal
