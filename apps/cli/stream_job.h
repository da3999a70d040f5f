#pragma once

// One stream under way, with the parts that its plan borrows. Several short ones (the
// pictures of a folder) may be under way on one thread at once: StreamQueue.
// Thread rule: a job, and the engine it has from EngineOfThread(), belong to one thread.

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "apps/cli/failure.h"
#include "retinue/infer/engine.h"
#include "retinue/io/stream.h"
#include "retinue/pipeline/effect_stage.h"
#include "retinue/pipeline/face_follower.h"
#include "retinue/pipeline/run_stream.h"
#include "retinue/track/tracker.h"

namespace retinue::cli {

/// What the streams of one thread use: `engine` itself, or requests of one picture each
/// over an engine that was compiled for a batch.
/// @error kExitModel  The model's tensors do not keep the pictures of a batch apart.
Outcome<std::shared_ptr<Engine>> EngineOfThread(const std::shared_ptr<Engine>& engine);

/// Not moved once it was started: the plan's parts are looked at from there.
struct StreamJob {
  std::unique_ptr<Tracker> tracker;
  std::unique_ptr<RegionStage> regions;
  const FaceFollower* faces = nullptr;  ///< `regions`, where it is one.
  std::unique_ptr<BackgroundModel> background;  ///< Of `effects`.
  std::unique_ptr<EffectStage> effects;
  StreamPlan plan;           ///< What this struct owns, and `engine`, is set by Start().
  std::vector<Sink*> sinks;
  std::unique_ptr<StartedStream> started;

  /// Begins the stream's first frames, see StartStream().
  Result<void> Start(Source& source, const std::shared_ptr<Engine>& engine, std::stop_token stop);
};

/// Keeps the engine fed: what was begun is finished in that order, and only when
/// `limit` are under way or nothing else comes.
class StreamQueue {
 public:
  using Finish = std::function<void()>;

  /// @param limit  At least 1.
  explicit StreamQueue(std::size_t limit) : limit_(limit) {}

  /// To be called before a stream is begun: finishes the oldest when `limit` are under way.
  void MakeRoom() {
    while (under_way_.size() >= limit_) FinishOldest();
  }
  /// For a stream that was begun.
  void Add(Finish finish) { under_way_.push_back(std::move(finish)); }
  void FinishAll() {
    while (!under_way_.empty()) FinishOldest();
  }

 private:
  void FinishOldest() {
    const Finish finish = std::move(under_way_.front());
    under_way_.pop_front();
    finish();
  }

  std::size_t limit_;
  std::deque<Finish> under_way_;
};

}  // namespace retinue::cli
