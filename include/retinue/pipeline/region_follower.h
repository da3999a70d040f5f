#pragma once

// Follows what a detector found by the landmarks that a second model places in
// it: where those of one frame are, the next frame is looked at, and the detector
// rests. MediaPipe's way with bodies, for any number of them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "retinue/pipeline/region_model.h"
#include "retinue/pipeline/region_stage.h"

namespace retinue {

/// For objects with keypoints. What Look() leaves in the result is what the second model found,
/// those that are followed longest first, each with its keypoints. Of two that stand on one spot
/// (intersection over union above a half) the first is kept.
class RegionFollower final : public RegionStage {
 public:
  /// @param model  Must have `regions`.
  /// @error kInvalidArgument  The model has none, an option is out of range, or as of RegionModel.
  static Result<std::unique_ptr<RegionFollower>> Create(RegionEngine model,
                                                        const RegionFollowerOptions& options = {});
  ~RegionFollower() override;

  bool WantsDetections(Nanoseconds pts) const override;
  Result<void> Look(const Frame& frame, bool detected, FrameResult& result) override;
  bool follows() const override;
  const std::vector<std::string>& names() const override;
  std::int64_t invalid_count() const override;

 private:
  struct Parts;
  explicit RegionFollower(std::unique_ptr<Parts> parts);
  void Keep(const FrameResult& found, FrameResult& result);

  std::unique_ptr<Parts> parts_;
};

}  // namespace retinue
