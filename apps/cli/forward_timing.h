#pragma once

// How long a bare forward pass takes: an engine kept busy with as many requests
// in flight as it asks for, nothing before or after them. The measure behind
// `bench`, `models verify` and `runtime=auto`.
// Thread rule: one measurement at a time, on the calling thread; the engine's own work.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "apps/cli/failure.h"
#include "retinue/infer/engine.h"

namespace retinue::cli {

struct ForwardOptions {
  double warm_up_seconds = 0.3;  ///< Not counted; at least one pass a request.
  double seconds = 1.0;          ///< Counted; at least `least_rounds`.
  int least_rounds = 3;
  int requests = 0;              ///< In flight; 0 = what the engine asks for.
  /// Puts a picture into the input of a fresh request, as some networks are slower on noise.
  /// Empty: the same noise in [0, 1) every time.
  std::function<Result<void>(Request&)> fill;
  std::stop_token stop;          ///< Ends the measurement with what it has, or kExitInterrupted.
};

/// What was measured. Passes overlap, so times are those of a round, in which every request is
/// waited for and begun again once, divided by the passes in it.
struct ForwardTiming {
  std::int64_t passes = 0;
  int requests = 0;               ///< In flight.
  int batch = 1;                  ///< First dimension of the input: pictures a pass.
  double wall_ms = 0;             ///< A pass, median over the rounds.
  double cpu_ms = 0;              ///< A pass, all threads, mean.
  std::vector<double> rounds_ms;  ///< A pass, each round in turn.

  double passes_per_second() const { return wall_ms > 0 ? 1000 / wall_ms : 0; }
};

/// Measures. Takes warm_up_seconds + seconds, or longer where `least_rounds` do.
///
/// @error kExitModel        A pass failed, or `fill` did.
/// @error kExitInterrupted  Asked to stop before the first round was over.
Outcome<ForwardTiming> MeasureForward(Engine& engine, const ForwardOptions& options = {});

}  // namespace retinue::cli
