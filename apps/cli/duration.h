#pragma once

// Spans of time as options say them. Thread rule: pure functions.

#include <optional>
#include <string_view>

#include "retinue/base/time.h"

namespace retinue::cli {

/// `250ms`, `0.5s`, or a number of milliseconds; 0 to one day. Nothing for any other text.
std::optional<Nanoseconds> ParseDuration(std::string_view text);

}  // namespace retinue::cli
