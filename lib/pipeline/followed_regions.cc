#include "lib/pipeline/followed_regions.h"

#include <algorithm>
#include <string>

#include "retinue/pipeline/region_model.h"

namespace retinue {
namespace {

// @source MediaPipe AssociationNormRectCalculator, min_similarity_threshold of its landmarkers
constexpr float kSameSpot = 0.5f;

bool StandsOn(const Region& region, std::span<const Region> others) {
  const Box box = BoundsOf(region);
  return std::any_of(others.begin(), others.end(), [&](const Region& other) {
    return IoU(box, BoundsOf(other)) > kSameSpot;
  });
}

}  // namespace

Result<FollowedRegions> FollowedRegions::Create(const RegionFollowerOptions& options) {
  const int most = static_cast<int>(RegionModel::kMaxRegions);
  if (options.max_objects < 1 || options.max_objects > most ||
      options.detect_every < Nanoseconds{0}) {
    return Fail(ErrorCode::kInvalidArgument,
                "max_objects must be 1 to " + std::to_string(most) +
                    " and detect_every not negative, got " + std::to_string(options.max_objects) +
                    " and " + std::to_string(ToSeconds(options.detect_every)) + " s");
  }
  return FollowedRegions(options);
}

bool FollowedRegions::WantsDetections(Nanoseconds pts) const {
  if (!options_.follow || followed_.empty() || has_lost_) return true;
  if (followed_.size() >= static_cast<std::size_t>(options_.max_objects)) return false;
  const bool unknown = pts == kNoTime || detected_ == kNoTime || pts < detected_;
  return unknown || TimeBetween(detected_, pts) >= options_.detect_every;
}

void FollowedRegions::Begin() {
  regions_.clear();
  if (options_.follow) regions_.swap(followed_);
  followed_.clear();
  before_ = regions_.size();
  has_lost_ = false;
}

void FollowedRegions::Add(Nanoseconds pts, const FrameResult& detections, const RegionRule& rule) {
  detected_ = pts;
  for (const Detection& object : detections.objects) {
    if (regions_.size() >= static_cast<std::size_t>(options_.max_objects)) return;
    const auto points = detections.KeypointsOf(object);
    if (!CheckRegionRule(rule, static_cast<int>(points.size()))) continue;
    const auto region = RegionOf(rule, object.box, points);
    if (region && !StandsOn(*region, regions_)) regions_.push_back(*region);
  }
}

bool FollowedRegions::Keep(const Region& next) {
  if (StandsOn(next, followed_)) return false;
  followed_.push_back(next);
  return true;
}

void FollowedRegions::Lose(std::size_t index) { has_lost_ = has_lost_ || index < before_; }

}  // namespace retinue
