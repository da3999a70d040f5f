#pragma once

// The GStreamer library as one part of retinue: starting it, and saying what it
// is. Whatever else needs GStreamer starts it by itself; nobody has to call
// InitGStreamer() first. Thread rule: any thread, at any time.

#include <string>

#include "retinue/base/result.h"

namespace retinue {

/// Starts GStreamer once for the process; later calls return at once.
///
/// @error kUnavailable  GStreamer could not start; the sentence is its own.
///
/// Reads GStreamer's plug-in registry (about 10 ms when it is up to date; the
/// very first start on a machine scans all plug-ins, which takes seconds).
/// It is never shut down again: a process that used it may still hold frames.
Result<void> InitGStreamer();

/// The version that runs, e.g. `GStreamer 1.22.0`. Starts nothing.
std::string GStreamerVersion();

}  // namespace retinue
