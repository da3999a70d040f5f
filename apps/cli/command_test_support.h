#pragma once

// The built program, run as a user does. Thread rule: one thread.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/program.h"
#include "tests/support/testing.h"

namespace retinue::testing {

/// `retinue ARGUMENTS` in `folder`; with one cache for all tests, so that a model is compiled once,
/// unless `options` name another.
inline ProgramResult RunRetinue(std::vector<std::string> arguments, const TemporaryFolder& folder,
                                ProgramOptions options = {}) {
  arguments.insert(arguments.begin(), RETINUE_COMMAND);
  options.folder = folder.path();
  options.environment.emplace("RETINUE_CACHE", RETINUE_TEST_CACHE);
  return RunProgram(arguments, options);
}

}  // namespace retinue::testing
