#pragma once

// Runs another program to its end, without a shell. Thread rule: any thread.

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "retinue/base/result.h"

namespace retinue::cli {

struct ChildOptions {
  std::string folder;                              ///< To run in; empty = this one.
  std::map<std::string, std::string> environment;  ///< Added to this process's.
};

struct ChildResult {
  int exit_code = 0;   ///< 128 + signal when one ended it.
  std::string output;  ///< The last 16 KiB of both its streams.
};

/// Runs `command[0]`, looked up in PATH, with an empty standard input.
///
/// When `stop` asks, the program gets SIGTERM, and SIGKILL two seconds later.
/// @error kNotFound     No such program.
/// @error kInterrupted  `stop` asked.
/// @error kResourceExhausted  No process or pipe can be made.
Result<ChildResult> RunChild(const std::vector<std::string>& command,
                             const ChildOptions& options = {}, std::stop_token stop = {});

}  // namespace retinue::cli
