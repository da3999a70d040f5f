#pragma once

// The verbs. Each runs to its end, prints, and returns the exit code.

#include <string>

#include "apps/cli/options.h"

namespace retinue::cli {

/// `detect` and `track`.
int RunLook(Verb verb, const Options& options);

/// `bench run`.
int RunBench(const Options& options);

/// `devices`.
int RunDevices(const Options& options);

/// "0.1.0"
std::string Version();

}  // namespace retinue::cli
