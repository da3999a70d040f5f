#pragma once

// From `tracker=` and `conf=` to a tracker's settings. Thread rule: plain values.

#include "apps/cli/failure.h"
#include "apps/cli/options.h"
#include "retinue/track/options.h"

namespace retinue::cli {

/// The tracker that `tracker=` names, or that a TOML file describes
/// (`tracker = "bytetrack"` and its settings, dashes as underscores). `conf=`,
/// when given, is the score from which an object starts a track.
/// @error kExitUsage  No such tracker or setting, or a file with errors.
Outcome<TrackerSpec> ChooseTracker(const Options& options);

/// The least score that the tracker can use: what the head must let through.
float LowestUsefulScore(const TrackerSpec& spec, float conf);

}  // namespace retinue::cli
