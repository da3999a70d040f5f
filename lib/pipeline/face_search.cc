#include "lib/pipeline/face_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace retinue {
namespace {

// Faces down to a sixteenth of what the detector is shown are found (docs/measurements.md), and
// faces of 24 pixels are wanted.
constexpr float kLeastShare = 1.0f / 16;
constexpr float kLeastFace = 24;
// What is much smaller in a tile is more often a button than a face.
constexpr float kLeastBox = 0.8f * kLeastFace;
// The more often the detector looks, the surer it must be.
constexpr float kLeastScore = 0.6f;
// From one size of tiles to the next.
constexpr float kMostShrink = 4;

// Where `count` tiles of that side begin along an axis; they overlap by at least `overlap`.
int CountAlong(float length, float side, float overlap) {
  if (length <= side) return 1;
  return static_cast<int>(std::ceil((length - side) / (side - overlap))) + 1;
}

float CentreOf(int index, int count, float length, float side) {
  if (count == 1) return length / 2;
  return side / 2 + static_cast<float>(index) * (length - side) / static_cast<float>(count - 1);
}

}  // namespace

void TileFrame(Size frame, float least, std::vector<Region>& tiles) {
  tiles.clear();
  const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
  const float longer = std::max(width, height);
  if (longer <= least) return;
  const int sizes = static_cast<int>(std::ceil(std::log(longer / least) / std::log(kMostShrink)));
  const float shrink = std::pow(longer / least, 1.0f / static_cast<float>(std::max(1, sizes)));
  float larger = longer;
  for (int i = 0; i < std::max(1, sizes); ++i) {
    const float side = larger / shrink;
    const float overlap = std::min(1.25f * kLeastShare * larger, side / 2);
    const int columns = CountAlong(width, side, overlap), rows = CountAlong(height, side, overlap);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const Point centre{CentreOf(column, columns, width, side),
                           CentreOf(row, rows, height, side)};
        tiles.push_back({centre, side, side, 0});
      }
    }
    larger = side;
  }
}

Result<FaceSearch> FaceSearch::Create(const FaceModels& models,
                                      const FaceFollowerOptions& options) {
  FaceSearch search;
  search.has_tiles_ = options.tiles;
  search.has_turned_ = options.turned;
  if (options.tiles || options.turned) {
    RETINUE_ASSIGN_OR_RETURN(search.detector_, RegionModel::Create(*models.detector));
  }
  if (models.near) {
    RETINUE_ASSIGN_OR_RETURN(search.near_, RegionModel::Create(*models.near));
  }
  return search;
}

void FaceSearch::PlanTiles(Size frame) {
  if (planned_ == frame) return;
  planned_ = frame;
  tiles_.clear();
  if (has_tiles_) TileFrame(frame, kLeastFace / kLeastShare, tiles_);
}

// What views_ hold, a quarter, a half and three quarters of a turn further.
void FaceSearch::TurnViews() {
  const std::size_t upright = views_.size();
  for (const int quarter : {1, 2, 3}) {
    for (std::size_t i = 0; i < upright; ++i) {
      Region region = views_[i];
      region.angle_rad = static_cast<float>(quarter) * std::numbers::pi_v<float> / 2;
      if (quarter != 2) std::swap(region.width, region.height);
      views_.push_back(region);
    }
  }
}

// Adds what the model finds in views_.
Result<void> FaceSearch::LookAt(RegionModel& model, const Frame& frame, float least_score,
                                FrameResult& detections) {
  for (std::size_t begin = 0; begin < views_.size(); begin += RegionModel::kMaxRegions) {
    const std::size_t count = std::min(RegionModel::kMaxRegions, views_.size() - begin);
    RETINUE_ASSIGN_OR_RETURN(const auto found,
                             model.Look(frame, std::span(views_).subspan(begin, count)));
    invalid_ += model.invalid_count();
    for (const FrameResult& one : found) {
      detections.keypoint_count = one.keypoint_count;
      for (Detection object : one.objects) {
        const bool is_button = std::max(object.box.width, object.box.height) < kLeastBox;
        if (is_button || object.score < least_score) continue;
        const auto points = one.KeypointsOf(object);
        object.detail = static_cast<int>(detections.objects.size());
        detections.objects.push_back(object);
        detections.keypoints.insert(detections.keypoints.end(), points.begin(), points.end());
      }
    }
  }
  return {};
}

// Of those that overlap the best; best first.
void FaceSearch::KeepBest(FrameResult& detections) {
  boxes_.clear();
  for (const Detection& object : detections.objects) {
    const Box& box = object.box;
    boxes_.push_back({box.x, box.y, box.right(), box.bottom(), object.score});
  }
  kept_.Clear();
  for (const int index : suppression_.Run(boxes_)) {
    Detection object = detections.objects[static_cast<std::size_t>(index)];
    const auto points = detections.KeypointsOf(object);
    object.detail = static_cast<int>(kept_.objects.size());
    kept_.objects.push_back(object);
    kept_.keypoints.insert(kept_.keypoints.end(), points.begin(), points.end());
  }
  std::swap(detections.objects, kept_.objects);
  std::swap(detections.keypoints, kept_.keypoints);
}

Result<void> FaceSearch::Look(const Frame& frame, FrameResult& detections) {
  invalid_ = 0;
  if (near_) {
    views_.assign(1, WholeFrame(frame.size()));
    if (has_turned_) TurnViews();
    RETINUE_RETURN_IF_ERROR(LookAt(*near_, frame, has_turned_ ? kLeastScore : 0, detections));
  }
  if (detector_) {
    PlanTiles(frame.size());
    views_.assign(1, WholeFrame(frame.size()));
    views_.insert(views_.end(), tiles_.begin(), tiles_.end());
    if (has_turned_) TurnViews();
    views_.erase(views_.begin());  // That one the pipeline has shown it.
    RETINUE_RETURN_IF_ERROR(LookAt(*detector_, frame, kLeastScore, detections));
  }
  KeepBest(detections);
  return {};
}

}  // namespace retinue
