#pragma once

// One picture at a time on an engine that was compiled for a batch of them:
// whoever knows requests of one picture (RunStream, a head) uses such an engine
// without a word about batches.
//
// Threads: a BatchingEngine and its Requests belong to one thread; it starts none.
// Streams on several threads have one each over the same engine, which is what
// they share.

#include <cstddef>
#include <memory>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"

namespace retinue {

/// Hands out Requests of one picture whose tensors are slices of the tensors of
/// an engine's Requests of B pictures. Nothing is copied.
///
/// B requests share one batch. Start() says that a slice is filled; the last of the
/// B starts the batch. Wait() on a slice whose batch still lacks others runs it as
/// it is (the end of a folder, a source with nothing to give): the time of a whole
/// batch for the slices that are filled. So keep several batches in flight,
/// and wait in the order of the starts:
///
///     auto engine = BatchingEngine::Create(engine_of_eight);   // info().requests: 8 × its own
///     … fill, Start() requests 0 … 23, then Wait() for 0, read it, fill it, Start() it, …
///
/// Beside what engine.h promises of a Request:
/// * An output is valid until the next Start() of its request, or until the Wait() on
///   another one that runs an incomplete batch, whichever is first.
/// * A failure of a batch is told by Wait(), to each of its requests.
/// * Wait() fails with kInvalidArgument when it would have to overwrite results that
///   nobody has waited for: requests of a batch are to be waited for in the order of
///   their starts.
/// * A request that was started and then destroyed is not part of its batch any more,
///   and a new one takes its slice.
class BatchingEngine final : public Engine {
 public:
  /// @param engine  Compiled for inputs and outputs [B, …]; B may be 1.
  /// @error kUnsupported  An input or output has not B as its first dimension, or its shape
  ///                      is open: the pictures of a batch cannot be told apart.
  static Result<std::shared_ptr<BatchingEngine>> Create(std::shared_ptr<Engine> engine);
  ~BatchingEngine() override;

  /// With 1 as the first dimension of each shape.
  const ModelIo& io() const override { return io_; }
  /// As of the engine below; `requests` is that many whole batches.
  const EngineInfo& info() const override { return info_; }
  /// Gives slices of one batch after another; those of destroyed requests first.
  /// Cost: a Request of the engine below for every B in use at once; they are kept
  /// until the BatchingEngine goes.
  Result<std::unique_ptr<Request>> NewRequest() override;

  /// B.
  int batch() const { return static_cast<int>(batch_); }

 private:
  class Batch;
  class Slice;
  BatchingEngine(std::shared_ptr<Engine> engine, std::size_t batch);

  std::shared_ptr<Engine> engine_;
  std::size_t batch_;
  ModelIo io_;
  EngineInfo info_;
  std::vector<std::unique_ptr<Batch>> batches_;
};

/// The engine itself if it was compiled for one picture, otherwise a BatchingEngine over it.
/// @error As BatchingEngine::Create().
Result<std::shared_ptr<Engine>> EngineOfOne(std::shared_ptr<Engine> engine);

}  // namespace retinue
