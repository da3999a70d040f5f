#pragma once

// ByteTrack, see ByteTrackOptions in retinue/track/options.h. Thread rule: one stream.

#include <memory>

#include "retinue/track/options.h"

namespace retinue::internal {

/// `options` must have been checked.
std::unique_ptr<Tracker> MakeByteTracker(const ByteTrackOptions& options);

}  // namespace retinue::internal
