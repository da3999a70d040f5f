#pragma once

// The verbs. Each runs to its end, prints, and returns the exit code.

#include <string>

#include "apps/cli/options.h"

namespace retinue::cli {

/// `detect`, `track`, `faces` and `effect`.
int RunLook(Verb verb, const Options& options);

/// `effect --check FILE`: its errors, or how many statements it has.
int CheckProgram(const Options& options);
/// `effects fmt FILE ...`: their canonical text on standard output.
int FormatPrograms(const Options& options);

/// `bench run`, `bench forward`, `bench stages`.
int RunBench(const Options& options);
int RunBenchForward(const Options& options);
int RunBenchStages(const Options& options);

/// `devices`.
int RunDevices(const Options& options);

/// `models list`, `pull`, `info`, `verify`.
int RunModels(Verb verb, const Options& options);

/// `eval detect`.
int RunEvalDetect(const Options& options);

/// `eval faces`.
int RunEvalFaces(const Options& options);

/// "0.1.0"
std::string Version();

}  // namespace retinue::cli
