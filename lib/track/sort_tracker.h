#pragma once

// SORT, see SortOptions in retinue/track/options.h. Thread rule: one stream.

#include <memory>

#include "retinue/track/options.h"

namespace retinue::internal {

/// `options` must have been checked.
std::unique_ptr<Tracker> MakeSortTracker(const SortOptions& options);

}  // namespace retinue::internal
