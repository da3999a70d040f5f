#pragma once

// How the command ends: the exit codes of its contract, and a failure that
// knows its own. Thread rule: plain values.

#include <string>
#include <utility>

#include "retinue/base/result.h"

namespace retinue::cli {

/// The exit codes that scripts rely on.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,       ///< Failed while running.
  kExitUsage = 2,        ///< Wrong usage.
  kExitSource = 3,       ///< A source could not be opened.
  kExitModel = 4,        ///< A model could not be read or is not understood.
  kExitRuntime = 5,      ///< Runtime or device not available.
  kExitInterrupted = 130,
};

/// One sentence for standard error, and the code to exit with.
struct Failure {
  ExitCode code = kExitFailed;
  std::string message;
};

template <typename T>
using Outcome = tl::expected<T, Failure>;

inline tl::unexpected<Failure> Exit(ExitCode code, std::string message) {
  return tl::unexpected<Failure>(Failure{code, std::move(message)});
}

/// The failure of one outcome as that of another.
template <typename T>
tl::unexpected<Failure> PassOn(const Outcome<T>& outcome) {
  return tl::unexpected<Failure>(outcome.error());
}

/// A library error at a step whose failures mean `code`.
inline tl::unexpected<Failure> Exit(ExitCode code, const Error& error) {
  return Exit(code, error.message);
}

/// A library error while reading or compiling a model: not available (5) or not
/// understood (4).
inline tl::unexpected<Failure> ExitFromModel(const Error& error) {
  return Exit(error.code == ErrorCode::kUnavailable ? kExitRuntime : kExitModel, error.message);
}

}  // namespace retinue::cli
