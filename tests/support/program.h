#pragma once

// Runs programs as a user would, for tests: arguments in, exit code and both
// streams out. Loopback and temporary folders only.

#include <map>
#include <string>
#include <vector>

namespace retinue::testing {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal when one ended it.
  std::string out;
  std::string err;
};

struct ProgramOptions {
  std::string folder;                              ///< To run in; empty = this one.
  std::map<std::string, std::string> environment;  ///< Added to this process's.
  std::string input;                               ///< Standard input.
  /// Sends this signal when `signal_after` appears on the program's standard error.
  int signal = 0;
  std::string signal_after;
  std::size_t file_size_limit = 0;                 ///< RLIMIT_FSIZE in bytes; 0 = none.
};

/// Runs `command[0]` (looked up in PATH) to its end.
ProgramResult RunProgram(const std::vector<std::string>& command,
                         const ProgramOptions& options = {});

/// Whether a program of this name is in PATH.
bool HasProgram(const std::string& name);

}  // namespace retinue::testing
