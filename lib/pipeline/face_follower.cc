#include "retinue/pipeline/face_follower.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "lib/pipeline/face_irises.h"
#include "lib/pipeline/face_search.h"
#include "lib/pipeline/followed_regions.h"
#include "retinue/faces/face_measures.h"
#include "retinue/heads/region_rule.h"
#include "retinue/pipeline/region_model.h"

namespace retinue {
namespace {

// How long a lost face's id is kept for one that appears on its spot.
constexpr Nanoseconds kRemembered = std::chrono::seconds(1);
// A held box is wider than the face was, as it may have moved.
constexpr float kHeldWidening = 1.5f;
// The mesh is shown half as much again as the detector saw; of that the face is less.
constexpr float kUnsureWidening = 0.8f;

// Still pictures: how often a face is looked at, and in how many directions where the mesh is not
// sure. Of 24 faces of ../shared/data/faces its presence is 0.87 and more, in the middle 1 - 1e-8,
// for upright ones and those 30 degrees off, and up to 0.9999 for others; each look leaves a little
// more than half of the angle.
constexpr int kLooks = 5;
constexpr std::size_t kTurns = 12;
constexpr float kSurelyUpright = 0.99999f;

// How much surer a face must be that was looked for in many ways.
constexpr float kTurnedDoubt = 0.2f;
// Runs of losses that are remembered.
constexpr std::size_t kMostRuns = 1000;
// Of the smaller of two faces so much at most may lie in the other.
constexpr float kWithin = 0.7f;

/// What is known of a face beside where it is.
struct Followed {
  std::int64_t id = 0;
  LandmarkSmoother smoother;
  Region last{};          ///< Where it was seen last,
  Box box{};              ///< around its landmarks,
  Nanoseconds seen = kNoTime;  ///< and when.
};
using FollowedPtr = std::unique_ptr<Followed>;

bool IsAtMost(Nanoseconds limit, Nanoseconds from, Nanoseconds to) {
  return from != kNoTime && to != kNoTime && to >= from && TimeBetween(from, to) <= limit;
}

float ScoreOf(const FrameResult& found) {
  return found.faces.empty() ? 0 : found.faces.front().score;
}

float SizeOf(const FrameResult& found) {
  return found.faces.empty() ? 0 : Area(found.faces.front().box);
}

bool IsWithin(const Box& a, const Box& b) {
  return Area(Intersection(a, b)) > kWithin * std::min(Area(a), Area(b));
}

bool IsWithinAnother(const Face& face, const FrameResult& result) {
  return std::any_of(result.faces.begin(), result.faces.end(),
                     [&](const Face& other) { return IsWithin(face.box, other.box); });
}

Box Widened(const Box& box, float factor) {
  const Point c = box.center();
  const float w = box.width * factor, h = box.height * factor;
  return {c.x - w / 2, c.y - h / 2, w, h};
}

}  // namespace

bool HasLandmarks(const ModelSpec& model, std::size_t points) {
  const auto* spec = std::get_if<LandmarkSpec>(&model.head);
  return spec != nullptr && spec->is_face &&
         spec->points + spec->hidden == static_cast<int>(points);
}

class FaceFollower::Impl {
 public:
  Impl(FaceModels models, const FaceFollowerOptions& options, FollowedRegions regions)
      : models_(std::move(models)), options_(options), regions_(std::move(regions)) {}

  Result<void> Open();
  Result<void> Look(const Frame& frame, bool detected, FrameResult& result);

  const FaceModels& models() const { return models_; }
  const FaceFollowerOptions& options() const { return options_; }
  const FollowedRegions& regions() const { return regions_; }
  const Losses& losses() const { return losses_; }
  std::int64_t invalid_count() const { return invalid_; }

 private:
  Result<void> LookAtFollowed(const Frame& frame);
  Result<void> LookAtStill(const Frame& frame);
  Result<std::span<const FrameResult>> LookAt(RegionModel& model, const Frame& frame,
                                              std::span<const Region> regions);
  Result<void> TurnUpright(const Frame& frame);
  std::optional<Region> NextOf(const FrameResult& found) const;
  float WayOf(std::size_t index) const;
  bool HasStrayed(std::size_t index) const;
  bool IsFace(const FrameResult& found) const;
  void Keep(std::size_t index, const FrameResult& found, FrameResult& result);
  void Lose(std::size_t index);
  void Remember(FollowedPtr& face);
  FollowedPtr Recognise(const Region& region, Nanoseconds pts);
  void Forget(Nanoseconds pts);
  Result<void> Find(const Frame& frame, bool detected, FrameResult& result);
  void Finish(FrameResult& result);
  void CountLosses(std::int64_t frame);
  void AddBoxes(FrameResult& result) const;

  std::span<Landmark> RowOf(FrameResult& result, std::size_t index) const {
    return std::span(result.landmarks).subspan(index * landmark_count_, landmark_count_);
  }

  FaceModels models_;
  FaceFollowerOptions options_;
  FollowedRegions regions_;
  Losses losses_;
  std::int64_t invalid_ = 0;
  std::size_t landmark_count_ = 0;  // of a face

  std::unique_ptr<RegionModel> mesh_;
  std::unique_ptr<FaceIrises> irises_;
  std::optional<FaceSearch> search_;

  std::vector<FollowedPtr> faces_;    // beside the followed regions_
  std::vector<FollowedPtr> before_;   // of the frame before
  std::vector<FollowedPtr> lost_;
  std::vector<FollowedPtr> spare_;
  std::vector<Region> unsure_;        // where the detector sees a face and the mesh does not
  std::int64_t last_id_ = 0;
  std::vector<const FrameResult*> found_;  // of each that was looked at
  std::vector<bool> strayed_;         // beside before_
  std::vector<Region> again_;         // still pictures' next look,
  std::vector<std::size_t> origin_;   // and which of regions_ each that is looked at is of
  std::vector<std::size_t> plain_;    // faces that have only what the mesh sees
  std::vector<std::size_t> order_;    // in which they are kept
};

Result<void> FaceFollower::Impl::Open() {
  if (options_.regions.follow) losses_.runs.reserve(kMostRuns);
  const ModelSpec& mesh = models_.mesh.model;
  const bool has_irises = HasLandmarks(mesh, kIrisLandmarks);
  if (!mesh.regions || (!has_irises && !HasLandmarks(mesh, kMeshLandmarks))) {
    return Fail(ErrorCode::kInvalidArgument,
                "faces need a model of 468 or 478 landmarks that says where it looks");
  }
  if (has_irises + models_.refined.has_value() + models_.iris.has_value() > 1) {
    return Fail(ErrorCode::kInvalidArgument, "faces need no more than one model of irises");
  }
  RETINUE_ASSIGN_OR_RETURN(mesh_, RegionModel::Create(models_.mesh));
  RETINUE_ASSIGN_OR_RETURN(irises_, FaceIrises::Create(models_));
  landmark_count_ = has_irises || irises_ ? kIrisLandmarks : kMeshLandmarks;
  if ((options_.tiles || options_.turned) && !models_.detector) {
    return Fail(ErrorCode::kInvalidArgument, "tiles and turned faces need the detector");
  }
  if (!options_.tiles && !options_.turned && !models_.near) return {};
  RETINUE_ASSIGN_OR_RETURN(search_, FaceSearch::Create(models_, options_));
  return {};
}

// The refined mesh follows, as it is a poor judge of whether there is a face at all: the other one
// says that of each that the detector found.
Result<void> FaceFollower::Impl::LookAtFollowed(const Frame& frame) {
  const auto regions = regions_.regions();
  RegionModel* const refined = irises_ ? irises_->refined() : nullptr;
  const std::size_t known = refined != nullptr ? regions_.followed_before() : 0;
  if (known > 0) {
    RETINUE_ASSIGN_OR_RETURN(const auto found, LookAt(*refined, frame, regions.first(known)));
    for (const FrameResult& one : found) found_.push_back(&one);
  }
  RETINUE_ASSIGN_OR_RETURN(const auto found, LookAt(*mesh_, frame, regions.subspan(known)));
  for (const FrameResult& one : found) found_.push_back(&one);
  return {};
}

// A still picture's faces are looked at again where the mesh says they are, as those of a video are
// every frame: it knows better than the detector how a face is turned.
Result<void> FaceFollower::Impl::LookAtStill(const Frame& frame) {
  if (options_.turned) RETINUE_RETURN_IF_ERROR(TurnUpright(frame));
  RETINUE_ASSIGN_OR_RETURN(auto found,
                           LookAt(*mesh_, frame, options_.turned ? std::span<const Region>(again_)
                                                                 : regions_.regions()));
  for (int look = 1; look < kLooks; ++look) {
    again_.clear();
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (const auto region = NextOf(found[i])) {
        origin_[again_.size()] = origin_[i];
        again_.push_back(*region);
      } else {
        Lose(i);
      }
    }
    RETINUE_ASSIGN_OR_RETURN(found, LookAt(*mesh_, frame, again_));
  }
  for (const FrameResult& one : found) found_.push_back(&one);
  return {};
}

Result<std::span<const FrameResult>> FaceFollower::Impl::LookAt(RegionModel& model,
                                                                const Frame& frame,
                                                                std::span<const Region> regions) {
  RETINUE_ASSIGN_OR_RETURN(const auto found, model.Look(frame, regions));
  invalid_ += model.invalid_count();
  return found;
}

std::optional<Region> FaceFollower::Impl::NextOf(const FrameResult& found) const {
  if (found.faces.empty()) return std::nullopt;
  const Face& face = found.faces.front();
  return RegionOf(models_.mesh.model.regions->followed, face.box, found.LandmarksOf(face));
}

// Leaves in again_ each region as the mesh is surest of a face in it: the detector sees faces that
// lie or stand on their head too, but takes its points for those of an upright one.
Result<void> FaceFollower::Impl::TurnUpright(const Frame& frame) {
  again_.assign(regions_.regions().begin(), regions_.regions().end());
  for (Region& region : again_) {
    std::array<Region, kTurns> turns;
    for (std::size_t i = 0; i < kTurns; ++i) {
      turns[i] = region;
      turns[i].angle_rad +=
          static_cast<float>(i) * 2 * std::numbers::pi_v<float> / static_cast<float>(kTurns);
    }
    RETINUE_ASSIGN_OR_RETURN(auto found, LookAt(*mesh_, frame, std::span(turns).first(1)));
    if (ScoreOf(found[0]) >= kSurelyUpright) continue;
    RETINUE_ASSIGN_OR_RETURN(found, LookAt(*mesh_, frame, turns));
    const auto best = std::max_element(
        found.begin(), found.end(),
        [](const auto& x, const auto& y) { return ScoreOf(x) < ScoreOf(y); });
    // Of those that it is as sure of the middle: they are neighbours.
    float x = 0, y = 0;
    for (std::size_t i = 0; i < kTurns; ++i) {
      if (1 - ScoreOf(found[i]) > 2 * (1 - ScoreOf(*best)) + (1 - kSurelyUpright)) continue;
      x += std::cos(turns[i].angle_rad);
      y += std::sin(turns[i].angle_rad);
    }
    region.angle_rad = std::atan2(y, x);
  }
  return {};
}

bool FaceFollower::Impl::IsFace(const FrameResult& found) const {
  if (found.faces.empty()) return false;
  const float doubt = 1 - models_.mesh.head.conf;
  return !options_.turned || 1 - found.faces.front().score < doubt * kTurnedDoubt;
}

// How far a followed face came since the frame before.
float FaceFollower::Impl::WayOf(std::size_t index) const {
  const Point now = found_[index]->faces.front().box.center();
  const Point then = before_[index]->box.center();
  return std::hypot(now.x - then.x, now.y - then.y);
}

// Of two followed faces on one spot, the mesh of that which came further went over to the other.
bool FaceFollower::Impl::HasStrayed(std::size_t index) const {
  if (!IsFace(*found_[index])) return false;
  const Box& box = found_[index]->faces.front().box;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    if (i == index || !IsFace(*found_[i])) continue;
    if (IsWithin(box, found_[i]->faces.front().box) && WayOf(index) > WayOf(i)) return true;
  }
  return false;
}

// A face that is on the spot of one that was lost is taken for it; otherwise it is another.
FollowedPtr FaceFollower::Impl::Recognise(const Region& region, Nanoseconds pts) {
  const auto distance = [&](const FollowedPtr& one) {
    return std::hypot(one->last.center.x - region.center.x, one->last.center.y - region.center.y);
  };
  auto nearest = lost_.end();
  for (auto one = lost_.begin(); one != lost_.end(); ++one) {
    if (!IsAtMost(kRemembered, (*one)->seen, pts)) continue;  // Only held, see Forget().
    if (distance(*one) >= std::max(region.width, (*one)->last.width) / 2) continue;
    if (nearest == lost_.end() || distance(*one) < distance(*nearest)) nearest = one;
  }
  if (nearest != lost_.end()) {
    FollowedPtr face = std::move(*nearest);
    lost_.erase(nearest);
    return face;
  }
  FollowedPtr face;
  if (spare_.empty()) {
    face = std::make_unique<Followed>(Followed{.smoother = LandmarkSmoother(options_.smoother)});
  } else {
    face = std::move(spare_.back());
    spare_.pop_back();
  }
  face->id = ++last_id_;
  face->smoother.Reset();
  return face;
}

void FaceFollower::Impl::Lose(std::size_t index) {
  regions_.Lose(index);
  if (index < before_.size()) {
    Remember(before_[index]);
  } else {
    unsure_.push_back(regions_.regions()[origin_[index]]);
  }
}

void FaceFollower::Impl::Remember(FollowedPtr& face) {
  if (face == nullptr) return;
  face->smoother.Reset();
  lost_.push_back(std::move(face));
}

void FaceFollower::Impl::Keep(std::size_t index, const FrameResult& found, FrameResult& result) {
  const Face& seen = found.faces.front();
  const auto landmarks = found.LandmarksOf(seen);
  const auto next = NextOf(found);
  if (!next) return Lose(index);
  const bool is_known = index < before_.size();
  if (IsWithinAnother(seen, result) || !regions_.Keep(*next)) {
    if (is_known) Lose(index);  // It may still be where it was.
    return;
  }
  Face& face = result.faces.emplace_back(seen);
  face.detail = static_cast<int>(result.faces.size()) - 1;
  const std::size_t row = result.landmarks.size();
  result.landmarks.insert(result.landmarks.end(), landmarks.begin(), landmarks.end());
  result.landmarks.resize(row + landmark_count_);
  if (landmarks.size() < landmark_count_) plain_.push_back(result.faces.size() - 1);
  if (!options_.regions.follow) return;
  FollowedPtr state = is_known ? std::move(before_[index]) : Recognise(*next, result.pts);
  face.id = state->id;
  state->last = *next;
  state->seen = result.pts;
  faces_.push_back(std::move(state));
}

void FaceFollower::Impl::Forget(Nanoseconds pts) {
  const Nanoseconds limit = std::max(kRemembered, options_.hold);
  for (std::size_t i = lost_.size(); i-- > 0;) {
    if (IsAtMost(limit, lost_[i]->seen, pts)) continue;
    spare_.push_back(std::move(lost_[i]));
    lost_.erase(lost_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void FaceFollower::Impl::Finish(FrameResult& result) {
  for (std::size_t i = 0; i < result.faces.size(); ++i) {
    Face& face = result.faces[i];
    const auto landmarks = RowOf(result, i);
    if (options_.smooth && options_.regions.follow) {
      faces_[i]->smoother.Smooth(landmarks, result.pts);
    }
    face.box = Clip(BoundsOf(std::span<const Landmark>(landmarks)), result.size);
    if (options_.regions.follow) faces_[i]->box = face.box;
    MeasureFace(landmarks, face);
    result.objects.push_back({.box = face.box, .score = face.score, .track_id = face.id});
  }
}

// Lost and not forgotten: a face that went away is one too, for a second.
void FaceFollower::Impl::CountLosses(std::int64_t frame) {
  if (lost_.empty()) return;
  ++losses_.frames;
  auto& runs = losses_.runs;
  if (!runs.empty() && runs.back().second + 1 == frame) {
    runs.back().second = frame;
  } else if (runs.size() < kMostRuns) {
    runs.emplace_back(frame, frame);
  }
}

// What has to be covered though no mesh says where it is exactly.
void FaceFollower::Impl::AddBoxes(FrameResult& result) const {
  const auto add = [&](std::int64_t id, const Box& around) {
    const Box box = Clip(around, result.size);
    if (box.width > 0 && box.height > 0) result.faces.push_back({.id = id, .box = box});
  };
  for (const FollowedPtr& lost : lost_) {
    const bool is_held =
        options_.hold > Nanoseconds{0} && IsAtMost(options_.hold, lost->seen, result.pts);
    if (is_held) add(lost->id, Widened(lost->box, kHeldWidening));
  }
  if (!options_.keep_unsure) return;
  for (const Region& region : unsure_) add(0, Widened(BoundsOf(region), kUnsureWidening));
}

Result<void> FaceFollower::Impl::Look(const Frame& frame, bool detected, FrameResult& result) {
  auto found = Find(frame, detected, result);
  if (found) return found;
  result.ClearFound();
  regions_.Begin();  // What has been kept already is forgotten too,
  for (FollowedPtr& face : before_) Remember(face);
  for (FollowedPtr& face : faces_) Remember(face);  // but for who it was.
  faces_.clear();
  return found;
}

Result<void> FaceFollower::Impl::Find(const Frame& frame, bool detected, FrameResult& result) {
  invalid_ = 0;
  unsure_.clear();
  regions_.Begin();
  before_.clear();
  std::swap(before_, faces_);
  if (detected) {
    if (search_) RETINUE_RETURN_IF_ERROR(search_->Look(frame, result));
    if (search_) invalid_ += search_->invalid_count();
    regions_.Add(frame.pts(), result, models_.mesh.model.regions->found);
  }
  result.ClearFound();
  result.landmark_count = static_cast<int>(landmark_count_);
  origin_.resize(regions_.regions().size());
  std::iota(origin_.begin(), origin_.end(), std::size_t{0});
  found_.clear();
  plain_.clear();
  RETINUE_RETURN_IF_ERROR(options_.regions.follow ? LookAtFollowed(frame) : LookAtStill(frame));
  order_.resize(found_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (!options_.regions.follow) {
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      const float first = SizeOf(*found_[a]), second = SizeOf(*found_[b]);
      return first != second ? first > second : a < b;
    });
  }
  strayed_.resize(before_.size());
  for (std::size_t i = 0; i < before_.size(); ++i) strayed_[i] = HasStrayed(i);
  for (const std::size_t i : order_) {
    if (IsFace(*found_[i]) && !(i < strayed_.size() && strayed_[i])) {
      Keep(i, *found_[i], result);
    } else {
      Lose(i);
    }
  }
  if (irises_) {
    RETINUE_RETURN_IF_ERROR(irises_->Add(frame, plain_, result));
    invalid_ += irises_->invalid_count();
  }
  Finish(result);
  Forget(frame.pts());
  CountLosses(result.frame);
  AddBoxes(result);
  return {};
}

FaceFollower::FaceFollower(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FaceFollower::~FaceFollower() = default;

Result<std::unique_ptr<FaceFollower>> FaceFollower::Create(FaceModels models,
                                                           const FaceFollowerOptions& options) {
  if (options.hold < Nanoseconds{0}) {
    return Fail(ErrorCode::kInvalidArgument, "hold must not be negative");
  }
  RETINUE_ASSIGN_OR_RETURN(FollowedRegions regions, FollowedRegions::Create(options.regions));
  auto impl = std::make_unique<Impl>(std::move(models), options, std::move(regions));
  RETINUE_RETURN_IF_ERROR(impl->Open());
  return std::unique_ptr<FaceFollower>(new FaceFollower(std::move(impl)));
}

bool FaceFollower::WantsDetections(Nanoseconds pts) const {
  return impl_->regions().WantsDetections(pts);
}
Result<void> FaceFollower::Look(const Frame& frame, bool detected, FrameResult& result) {
  return impl_->Look(frame, detected, result);
}
bool FaceFollower::follows() const { return impl_->options().regions.follow; }
const std::vector<std::string>& FaceFollower::names() const {
  return impl_->models().mesh.model.names;
}
std::int64_t FaceFollower::invalid_count() const { return impl_->invalid_count(); }
const FaceFollower::Losses& FaceFollower::losses() const { return impl_->losses(); }

}  // namespace retinue
