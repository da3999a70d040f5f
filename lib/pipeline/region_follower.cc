#include "retinue/pipeline/region_follower.h"

#include <algorithm>
#include <string>
#include <utility>

#include "retinue/heads/region_rule.h"

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

Result<std::unique_ptr<RegionFollower>> RegionFollower::Create(
    std::shared_ptr<Engine> engine, const ModelSpec& model, const HeadOptions& head,
    const RegionFollowerOptions& options) {
  const auto* landmarks = std::get_if<LandmarkSpec>(&model.head);
  if (!model.regions || landmarks == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "only a model of landmarks can be followed by them");
  }
  const int most = static_cast<int>(RegionModel::kMaxRegions);
  if (options.max_objects < 1 || options.max_objects > most ||
      options.detect_every < Nanoseconds{0}) {
    return Fail(ErrorCode::kInvalidArgument,
                "max_objects must be 1 to " + std::to_string(most) +
                    " and detect_every not negative, got " + std::to_string(options.max_objects) +
                    " and " + std::to_string(ToSeconds(options.detect_every)) + " s");
  }
  RETINUE_ASSIGN_OR_RETURN(auto regions, RegionModel::Create(std::move(engine), model, head));
  return std::unique_ptr<RegionFollower>(
      new RegionFollower(std::move(regions), landmarks->points, options));
}

bool RegionFollower::WantsDetections(Nanoseconds pts) const {
  if (!options_.follow || followed_.empty() || has_lost_) return true;
  if (followed_.size() >= static_cast<std::size_t>(options_.max_objects)) return false;
  const bool unknown = pts == kNoTime || detected_ == kNoTime || pts < detected_;
  return unknown || pts - detected_ >= options_.detect_every;
}

void RegionFollower::AddRegionsOf(const FrameResult& detections) {
  const RegionRule& rule = model().regions->found;
  for (const Detection& object : detections.objects) {
    if (regions_.size() >= static_cast<std::size_t>(options_.max_objects)) return;
    const auto points = detections.KeypointsOf(object);
    if (!CheckRegionRule(rule, static_cast<int>(points.size()))) continue;
    const auto region = RegionOf(rule, object.box, points);
    if (region && !StandsOn(*region, regions_)) regions_.push_back(*region);
  }
}

void RegionFollower::Keep(const FrameResult& found, FrameResult& result) {
  const auto points = found.KeypointsOf(found.objects.front());
  const auto next = RegionOf(model().regions->followed, found.objects.front().box, points);
  if (!next || StandsOn(*next, followed_)) return;
  followed_.push_back(*next);
  Detection& object = result.objects.emplace_back(found.objects.front());
  object.detail = static_cast<int>(result.objects.size()) - 1;
  const auto shown = points.first(shown_);
  result.keypoints.insert(result.keypoints.end(), shown.begin(), shown.end());
}

Result<void> RegionFollower::Look(const Frame& frame, bool detected, FrameResult& result) {
  regions_.clear();
  if (options_.follow) regions_ = followed_;
  const std::size_t followed = regions_.size();
  if (detected) {
    detected_ = frame.pts();
    AddRegionsOf(result);
  }
  followed_.clear();
  result.ClearFound();
  result.keypoint_count = static_cast<int>(shown_);
  RETINUE_ASSIGN_OR_RETURN(const auto found, model_->Look(frame, regions_));
  has_lost_ = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].objects.empty()) {
      Keep(found[i], result);
    } else if (i < followed) {
      has_lost_ = true;
    }
  }
  return {};
}

}  // namespace retinue
