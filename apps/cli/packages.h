#pragma once

// Packages by their own clients, run as programs: `npm pack`, `pip download`.
// They know which registry this machine uses. Thread rule: any thread.

#include <stop_token>
#include <string>

#include "retinue/base/result.h"

namespace retinue::cli {

/// Fetches the .tgz of an npm package ("name@version") into `folder`, which must be empty.
/// @return Its path.
/// @error kUnavailable  npm is not installed, or fails (its last words are in the sentence).
/// @error kInterrupted  `stop` asked.
Result<std::string> FetchNpmPackage(const std::string& package, const std::string& folder,
                                    std::stop_token stop = {});

/// Fetches the wheel of a Python package ("name==version") into `folder`, which must be empty.
/// @param wheel  Tags of the wheel that is wanted, "cp311-cp311-manylinux_2_28_x86_64"; empty =
///               the one that suits this machine's Python. Nothing is installed or run.
/// @return Its path.
/// @error As above, of pip.
Result<std::string> FetchWheel(const std::string& package, const std::string& wheel,
                               const std::string& folder, std::stop_token stop = {});

}  // namespace retinue::cli
