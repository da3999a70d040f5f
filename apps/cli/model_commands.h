#pragma once

// The parts that `models list`, `pull`, `info` and `verify` share.
// Thread rule: main thread.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "apps/cli/failure.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/log.h"
#include "apps/cli/options.h"

namespace retinue::cli {

/// `models info`: prints what a model is; also what was seen of one that is not understood.
Outcome<void> InfoOfModel(const Options& options);

/// `models verify`: compares, prints, remembers. @error kExitFailed  Beyond the tolerance.
Outcome<void> VerifyModel(const Options& options, Log& log, InterruptWatch& interrupt);

/// The NAME|FILE of the verb: the one argument, else `model=`; empty = the default model.
/// @error kExitUsage  More than one.
Outcome<std::string> OneModel(const Options& options);

/// Prints `text`, and `json` to `json=FILE`; `json=-` prints only that.
Outcome<void> Print(const Options& options, const std::string& text,
                    const nlohmann::ordered_json& json);

}  // namespace retinue::cli
