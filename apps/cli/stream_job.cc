#include "apps/cli/stream_job.h"

#include <utility>

#include "retinue/infer/batching_engine.h"

namespace retinue::cli {

Outcome<std::shared_ptr<Engine>> EngineOfThread(const std::shared_ptr<Engine>& engine) {
  auto one = EngineOfOne(engine);
  if (!one) return Exit(kExitModel, one.error());
  return *std::move(one);
}

Result<void> StreamJob::Start(Source& source, const std::shared_ptr<Engine>& engine,
                              std::stop_token stop) {
  plan.engine = engine;
  plan.tracker = tracker.get();
  plan.regions = regions.get();
  plan.effects = effects.get();
  RETINUE_ASSIGN_OR_RETURN(started, StartStream(source, plan, sinks, std::move(stop)));
  return {};
}

}  // namespace retinue::cli
