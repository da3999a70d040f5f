#pragma once

// A second model, one that looks at regions of a frame: landmarks of faces,
// points of bodies, later the looks of people. The same steps as for a whole
// frame, preprocess → infer → head, once for each region, with as many in flight
// as keep the engine busy (a BatchingEngine makes one batch of them).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/image/frame.h"
#include "retinue/infer/engine.h"
#include "retinue/model/model_spec.h"
#include "retinue/preprocess/preprocess.h"
#include "retinue/results/results.h"

namespace retinue {

/// A compiled model that looks at regions.
struct RegionEngine {
  /// For the model's input, or a batch of it; may be shared with others.
  std::shared_ptr<Engine> engine;
  ModelSpec model;
  HeadOptions head{};
  /// The same compiled for batches, or null: as many regions as make whole batches are looked at by
  /// it, the rest one by one.
  std::shared_ptr<Engine> batched{};
};

/// Looks at regions, one model for all of them. Thread rule: one stream's, one thread.
class RegionModel {
 public:
  /// At most so many regions a frame.
  static constexpr std::size_t kMaxRegions = 64;

  /// @param what  Its model must outlive this.
  /// @error kInvalidArgument  An engine's input is not what the model's spec says, or an option is
  ///                          out of range.
  /// @error kUnsupported      As BatchingEngine::Create().
  static Result<std::unique_ptr<RegionModel>> Create(const RegionEngine& what);

  /// What the head finds in each region, in their order, in pixels of the frame; `frame`, `pts` and
  /// `size` of each are the frame's. Valid until the next call.
  ///
  /// Allocates while it sees more regions than before, or frames of another format.
  /// @error kInvalidArgument  More than kMaxRegions, or one that cannot be looked at (see
  ///                          PlanPreprocess).
  /// @error Otherwise the first of the engine or the head.
  Result<std::span<const FrameResult>> Look(const Frame& frame, std::span<const Region> regions);

  const ModelSpec& model() const { return *model_; }
  /// Values of the last Look() that were NaN or infinite, see Head::invalid_count().
  std::int64_t invalid_count() const { return invalid_; }

 private:
  /// One region on its way.
  struct Slot {
    std::unique_ptr<Request> request;
    PreprocessPlan plan;
    bool is_running = false;
  };
  /// An engine of one region, and what it has under way.
  struct Lane {
    std::shared_ptr<Engine> engine;
    std::vector<Slot> slots{};
  };
  RegionModel(std::shared_ptr<Engine> engine, const ModelSpec& model, std::unique_ptr<Head> head)
      : single_{std::move(engine)}, model_(&model), head_(std::move(head)) {}
  Result<void> Begin(const Lane& lane, Slot& slot, const Frame& frame, const Region& region);
  Result<void> Complete(const Lane& lane, Slot& slot, const Frame& frame, FrameResult& found);
  Result<void> LookBy(Lane& lane, const Frame& frame, std::span<const Region> regions,
                      std::span<FrameResult> found);

  Lane single_;
  Lane batched_;
  std::size_t batch_ = 0;  ///< 0: there is no such engine.
  const ModelSpec* model_;
  std::unique_ptr<Head> head_;
  std::vector<FrameResult> found_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
