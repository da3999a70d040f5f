#pragma once

// `runtime=auto precision=auto`: the fastest way to run a model here that gives
// what the reference gives. Thread rule: one thread.

#include <optional>

#include "apps/cli/choice_memory.h"
#include "apps/cli/engine_candidates.h"
#include "apps/cli/failure.h"
#include "apps/cli/log.h"
#include "apps/cli/models.h"
#include "apps/cli/options.h"

namespace retinue::cli {

/// How much may be spent on the choice.
enum class Effort {
  kRemembered,  ///< Only what earlier runs found out: a picture must not wait.
  kMeasured,    ///< Also measures, some seconds once: a long video is worth it.
};

/// From so many frames on a run is worth kMeasured: at 20 to 50 ms each, 5 s or more.
inline constexpr std::int64_t kFramesWorthMeasuring = 250;

/// Compiles a model for a run; what `runtime=` and `precision=` leave open is chosen.
///
/// * Both said, a device that is not the CPU, or one possible way only: that one.
/// * Else the fastest of what was measured and verified before, for these bytes of the model,
///   this input size, goal and number of threads, machine and versions (choices.json).
/// * With kMeasured, what is not known is measured (MeasureForward, half a second each) and, the
///   fastest first, verified on drawn pictures until one agrees; all is remembered.
/// * With kRemembered and nothing known for this size: the fastest at another one; else the default
///   runtime in f32, which is as good as a reference.
/// A way that does not agree is never used, and a warning names it when it would have been faster.
/// `why` of the result says all this in lines.
///
/// @error As ChooseModel() and CompileModel().
Outcome<ReadyModel> PrepareModel(ChosenModel chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal, Effort effort, Log& log);

/// What is remembered of this model on this machine.
/// @param effort  kMeasured opens every runtime that reads the file, for its version; kRemembered
///                takes those that are not open yet to be as they were.
/// @error As the file is read.
Result<ChoiceMemory> MemoryOf(ModelReadings& readings, Effort effort);

}  // namespace retinue::cli
