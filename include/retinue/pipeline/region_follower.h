#pragma once

// Follows what a detector found by the landmarks that a second model places in
// it: where those of one frame are, the next frame is looked at, and the detector
// rests. MediaPipe's way with bodies and faces, for any number of them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/image/frame.h"
#include "retinue/pipeline/region_model.h"
#include "retinue/results/results.h"

namespace retinue {

struct RegionFollowerOptions {
  /// Look where the landmarks of the last frame were. Without it every frame stands for itself,
  /// and the detector looks at each.
  bool follow = true;
  int max_objects = 16;  ///< Followed at once, 1…RegionModel::kMaxRegions.
  /// While fewer than max_objects are followed, the detector looks for others this often.
  Nanoseconds detect_every = std::chrono::milliseconds(250);
};

/// Thread rule: one stream's, one thread. The result depends on the frames alone.
class RegionFollower {
 public:
  /// @param engine, model, head  As of RegionModel; the model must have `regions`.
  /// @error kInvalidArgument  The model has none, an option is out of range, or as of RegionModel.
  static Result<std::unique_ptr<RegionFollower>> Create(std::shared_ptr<Engine> engine,
                                                        const ModelSpec& model,
                                                        const HeadOptions& head = {},
                                                        const RegionFollowerOptions& options = {});

  /// Whether the next frame, of that time, is to be shown to the detector: nothing is followed,
  /// something was lost in the last frame, `detect_every` is over, or each frame stands for itself.
  bool WantsDetections(Nanoseconds pts) const;

  /// Looks at the regions that are followed, and at those of detections that are none of these.
  ///
  /// @param detected  Whether the detector has looked at this frame.
  /// @param result    In: what it found, best first. Out: what the second model found there,
  ///                  those that are followed longest first, each with its keypoints. Of two that
  ///                  stand on one spot (intersection over union above a half) the first is kept.
  /// @error As RegionModel::Look(); nothing is found then, and nothing followed.
  Result<void> Look(const Frame& frame, bool detected, FrameResult& result);

  const RegionFollowerOptions& options() const { return options_; }
  const ModelSpec& model() const { return model_->model(); }
  /// See RegionModel.
  std::int64_t invalid_count() const { return model_->invalid_count(); }

 private:
  RegionFollower(std::unique_ptr<RegionModel> model, int shown,
                 const RegionFollowerOptions& options)
      : model_(std::move(model)), shown_(static_cast<std::size_t>(shown)), options_(options) {}
  void AddRegionsOf(const FrameResult& detections);
  void Keep(const FrameResult& found, FrameResult& result);

  std::unique_ptr<RegionModel> model_;
  std::size_t shown_;  // keypoints; those behind them only say where to look next
  RegionFollowerOptions options_;
  std::vector<Region> followed_;
  std::vector<Region> regions_;  // of this frame
  bool has_lost_ = false;
  Nanoseconds detected_ = kNoTime;
};

}  // namespace retinue
