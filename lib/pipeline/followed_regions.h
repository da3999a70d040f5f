#pragma once

// FollowedRegions: where to look in a frame, from where things were in the frame before and from
// what a detector found. What the followers of bodies and faces share. Thread rule: one stream's.

#include <cstddef>
#include <span>
#include <vector>

#include "retinue/heads/region_rule.h"
#include "retinue/pipeline/region_stage.h"
#include "retinue/results/results.h"

namespace retinue {

class FollowedRegions {
 public:
  /// @error kInvalidArgument  An option is out of range.
  static Result<FollowedRegions> Create(const RegionFollowerOptions& options);

  const RegionFollowerOptions& options() const { return options_; }
  /// See RegionStage.
  bool WantsDetections(Nanoseconds pts) const;

  /// Begins a frame: what was followed is to be looked at, and nothing is followed yet.
  void Begin();
  /// Adds the regions of what the detector found in it, best first, as far as there is room and
  /// nothing stands there already.
  void Add(Nanoseconds pts, const FrameResult& detections, const RegionRule& rule);
  /// To be looked at: first the `followed_before()` of the last frame, in their order.
  std::span<const Region> regions() const { return regions_; }
  std::size_t followed_before() const { return before_; }

  /// The next frame is to be looked at there.
  /// @return false: something that is followed stands there already.
  bool Keep(const Region& next);
  /// Nothing was seen in that region.
  void Lose(std::size_t index);

 private:
  explicit FollowedRegions(const RegionFollowerOptions& options) : options_(options) {}

  RegionFollowerOptions options_;
  std::vector<Region> followed_;
  std::vector<Region> regions_;  // of this frame
  std::size_t before_ = 0;
  bool has_lost_ = false;
  Nanoseconds detected_ = kNoTime;
};

}  // namespace retinue
