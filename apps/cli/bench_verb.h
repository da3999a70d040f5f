#pragma once

// What the verbs of `bench` begin and end with. Thread rule: main thread.

#include <stop_token>

#include "apps/cli/failure.h"
#include "apps/cli/log.h"
#include "apps/cli/options.h"

namespace retinue::cli {

/// Runs `verb` with a log as `options` want it and a token that Ctrl-C sets; says why it failed.
/// @return The exit code.
int RunBenchVerb(const Options& options,
                 Outcome<void> (*verb)(const Options&, Log&, std::stop_token));

}  // namespace retinue::cli
