#pragma once

// EffectStage: an effects program as the step of a stream that draws. Thread rule: one stream's,
// one thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/effects/effects.h"
#include "retinue/image/frame.h"
#include "retinue/pipeline/background_model.h"
#include "retinue/results/results.h"

namespace retinue {

struct EffectStageOptions {
  EffectsOptions effects{};
  /// A frame's effects may take so long; what is left of the program then is skipped for that
  /// frame. 0: as long as they need. Needs a clock.
  Nanoseconds max_lag{0};
  const Clock* clock = nullptr;
  /// Asked before every frame: another program to go on with, or nothing. May be empty.
  std::function<std::optional<EffectPlan>()> next_plan{};
  /// For programs that use the background; see BackgroundModel. Borrowed; null: there is none.
  BackgroundModel* background = nullptr;
  /// Told when a program names a face that is not there: at most once a second of the media's time
  /// for a statement. May be empty.
  std::function<void(const AbsentFace&)> on_absent{};
};

/// What became of a stream's effects.
struct EffectSummary {
  std::int64_t frames = 0;
  std::int64_t frames_late = 0;      ///< In which something was skipped for max_lag,
  std::int64_t statements_late = 0;  ///< and how many statements that were.
};

/// Draws a program into copies of frames.
class EffectStage {
 public:
  /// @error kInvalidArgument  max_lag is negative, or given without a clock.
  static Result<std::unique_ptr<EffectStage>> Create(EffectPlan plan,
                                                     EffectStageOptions options = {});

  /// A copy of `frame` with the program drawn into it.
  /// @error As Effects::Apply() and BackgroundModel::Look(), or kResourceExhausted: no memory for a
  ///        picture.
  Result<Frame> Draw(const Frame& frame, const FrameResult& result);

  const EffectSummary& summary() const { return summary_; }
  const EffectPlan& plan() const { return effects_.plan(); }

 private:
  EffectStage(EffectPlan plan, EffectStageOptions options);

  EffectStageOptions options_;
  Effects effects_;
  FramePool pool_;
  EffectsReport report_;
  EffectSummary summary_;
};

}  // namespace retinue
