#include "retinue/pipeline/region_follower.h"

#include <utility>

#include "lib/pipeline/followed_regions.h"
#include "retinue/heads/region_rule.h"

namespace retinue {

struct RegionFollower::Parts {
  RegionEngine engine;
  FollowedRegions regions;
  std::size_t shown;  // keypoints; those behind them only say where to look next
  std::unique_ptr<RegionModel> model;
};

RegionFollower::RegionFollower(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RegionFollower::~RegionFollower() = default;

Result<std::unique_ptr<RegionFollower>> RegionFollower::Create(
    RegionEngine model, const RegionFollowerOptions& options) {
  const auto* landmarks = std::get_if<LandmarkSpec>(&model.model.head);
  if (!model.model.regions || landmarks == nullptr || landmarks->is_face) {
    return Fail(ErrorCode::kInvalidArgument,
                "only a model of a body's landmarks can be followed by them");
  }
  RETINUE_ASSIGN_OR_RETURN(FollowedRegions regions, FollowedRegions::Create(options));
  const auto shown = static_cast<std::size_t>(landmarks->points);
  std::unique_ptr<Parts> parts(new Parts{std::move(model), std::move(regions), shown, nullptr});
  RETINUE_ASSIGN_OR_RETURN(parts->model, RegionModel::Create(parts->engine));
  return std::unique_ptr<RegionFollower>(new RegionFollower(std::move(parts)));
}

bool RegionFollower::WantsDetections(Nanoseconds pts) const {
  return parts_->regions.WantsDetections(pts);
}
bool RegionFollower::follows() const { return parts_->regions.options().follow; }
const std::vector<std::string>& RegionFollower::names() const {
  return parts_->model->model().names;
}
std::int64_t RegionFollower::invalid_count() const { return parts_->model->invalid_count(); }

void RegionFollower::Keep(const FrameResult& found, FrameResult& result) {
  const Detection& seen = found.objects.front();
  const auto points = found.KeypointsOf(seen);
  const auto next = RegionOf(parts_->model->model().regions->followed, seen.box, points);
  if (!next || !parts_->regions.Keep(*next)) return;
  Detection& object = result.objects.emplace_back(seen);
  object.detail = static_cast<int>(result.objects.size()) - 1;
  const auto shown = points.first(parts_->shown);
  result.keypoints.insert(result.keypoints.end(), shown.begin(), shown.end());
}

Result<void> RegionFollower::Look(const Frame& frame, bool detected, FrameResult& result) {
  auto& [engine, regions, shown, model] = *parts_;
  regions.Begin();
  if (detected) regions.Add(frame.pts(), result, engine.model.regions->found);
  result.ClearFound();
  result.keypoint_count = static_cast<int>(shown);
  RETINUE_ASSIGN_OR_RETURN(const auto found, model->Look(frame, regions.regions()));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].objects.empty()) {
      Keep(found[i], result);
    } else {
      regions.Lose(i);
    }
  }
  return {};
}

}  // namespace retinue
