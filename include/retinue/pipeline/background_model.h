#pragma once

// BackgroundModel: what of a frame is background, for effects that hide or change it.
// Thread rule: one stream's, one thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/effects/effects.h"
#include "retinue/image/frame.h"
#include "retinue/pipeline/region_model.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {

class BackgroundModel {
 public:
  /// @param model  Its head is a ForegroundSpec, its input is filled by the whole frame
  ///               (Fit::kStretch).
  /// @error kInvalidArgument  It is not, or the engine's input is not what its spec says.
  static Result<std::unique_ptr<BackgroundModel>> Create(RegionEngine model);

  /// The mask of a frame; valid until the next call. Where the network gave NaN, it is background.
  /// @error As Request::Wait(), or kInvalidArgument: the output is not [1, H, W, 1] of f32.
  Result<BackgroundMask> Look(const Frame& frame);

 private:
  explicit BackgroundModel(RegionEngine model) : model_(std::move(model)) {}

  RegionEngine model_;
  std::unique_ptr<Request> request_;
  PreprocessPlan plan_;
  std::vector<std::uint8_t> background_;
};

}  // namespace retinue
