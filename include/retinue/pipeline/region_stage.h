#pragma once

// RegionStage: the step of a stream in which a second model looks where the first one found
// something. RegionFollower does it for bodies, FaceFollower for faces.

#include <cstdint>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/image/frame.h"
#include "retinue/results/results.h"

namespace retinue {

/// How objects are followed by what a second model sees of them.
struct RegionFollowerOptions {
  /// Look where the landmarks of the last frame were. Without it every frame stands for itself,
  /// and the detector looks at each.
  bool follow = true;
  int max_objects = 16;  ///< Followed at once, 1…RegionModel::kMaxRegions.
  /// While fewer than max_objects are followed, the detector looks for others this often.
  Nanoseconds detect_every = std::chrono::milliseconds(250);
};

/// Thread rule: one stream's, one thread. The result depends on the frames alone.
class RegionStage {
 public:
  virtual ~RegionStage() = default;

  /// Whether the next frame, of that time, is to be shown to the detector: nothing is followed,
  /// something was lost in the last frame, `detect_every` is over, or each frame stands for itself.
  virtual bool WantsDetections(Nanoseconds pts) const = 0;

  /// Looks at the regions that are followed, and at those of detections that are none of these.
  ///
  /// @param detected  Whether the detector has looked at this frame.
  /// @param result    In: what it found, best first. Out: what was found there instead.
  /// @error As RegionModel::Look(); nothing is found then, and nothing followed.
  virtual Result<void> Look(const Frame& frame, bool detected, FrameResult& result) = 0;

  /// Whether a frame's result depends on the frame before.
  virtual bool follows() const = 0;
  /// Of the classes of the objects in the results.
  virtual const std::vector<std::string>& names() const = 0;
  /// Values of the last Look() that were NaN or infinite, see Head::invalid_count().
  virtual std::int64_t invalid_count() const = 0;
};

}  // namespace retinue
