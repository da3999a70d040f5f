#pragma once

// The effects of one stream: made from the options, and what is to be said of them at its end.
// Thread rule: as StreamJob.

#include <string>
#include <vector>

#include "apps/cli/effect_program.h"
#include "apps/cli/failure.h"
#include "apps/cli/log.h"
#include "apps/cli/options.h"
#include "apps/cli/second_model.h"
#include "apps/cli/source_list.h"
#include "apps/cli/stream_job.h"
#include "retinue/base/time.h"
#include "retinue/overlay/overlay.h"

namespace retinue::cli {

/// What is drawn over effects, as `show_landmarks` and `show_parts` say.
OverlayOptions OverlayOfEffects(const Options& options);

/// All must outlive the job.
struct EffectContext {
  const EffectProgramFile& program;
  const Options& options;
  const SourceEntry& source;
  const Clock& clock;
  Log& log;  ///< Is told while the stream runs: absent faces, a program that was read again.
};

/// Gives `job` its effects, and the model of the background where the program wants it.
/// @error kExitUsage, or as NewBackground().
Outcome<void> AddEffects(const EffectContext& context, const RegionModels& models, StreamJob& job);

/// What a user of effects has to know of a stream that has ended, a sentence each.
std::vector<std::string> WordsOnEffects(const StreamJob& job, const Options& options);

}  // namespace retinue::cli
