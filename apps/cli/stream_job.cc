#include "apps/cli/stream_job.h"

#include <utility>

#include "retinue/infer/batching_engine.h"

namespace retinue::cli {

Outcome<std::shared_ptr<Engine>> EngineOfThread(const std::shared_ptr<Engine>& engine) {
  const auto& inputs = engine->io().inputs;
  const bool is_batch = !inputs.empty() && inputs[0].shape.rank() > 0 && inputs[0].shape[0] > 1;
  if (!is_batch) return engine;
  auto batching = BatchingEngine::Create(engine);
  if (!batching) return Exit(kExitModel, batching.error());
  return *std::move(batching);
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
