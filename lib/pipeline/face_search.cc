#include "lib/pipeline/face_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace retinue {
namespace {

// Faces down to a sixteenth of what the detector is shown are found (docs/measurements.md), and
// faces of 24 pixels are wanted.
constexpr float kLeastShare = 1.0f / 16;
constexpr float kLeastFace = 24;
// What is much smaller in a tile is more often a button than a face.
constexpr float kLeastBox = 0.8f * kLeastFace;
// From one size of tiles to the next.
constexpr float kMostShrink = 4;
// Of two detections that overlap more than this one is enough.
constexpr float kSameFace = 0.3f;

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
        tiles.push_back({{CentreOf(column, columns, width, side), CentreOf(row, rows, height, side)},
                         side, side, 0});
      }
    }
    larger = side;
  }
}

Result<FaceSearch> FaceSearch::Create(std::shared_ptr<Engine> engine, const ModelSpec& model,
                                      const HeadOptions& head, const Options& options) {
  RETINUE_ASSIGN_OR_RETURN(auto detector, RegionModel::Create(std::move(engine), model, head));
  return FaceSearch(std::move(detector), options);
}

void FaceSearch::PlanTiles(Size frame) {
  if (planned_ == frame) return;
  planned_ = frame;
  tiles_.clear();
  if (options_.tiles) TileFrame(frame, kLeastFace / kLeastShare, tiles_);
}

// Looks at views_, and keeps what is new.
Result<void> FaceSearch::LookAt(const Frame& frame, FrameResult& detections) {
  for (std::size_t begin = 0; begin < views_.size(); begin += RegionModel::kMaxRegions) {
    const std::size_t count = std::min(RegionModel::kMaxRegions, views_.size() - begin);
    RETINUE_ASSIGN_OR_RETURN(const auto found,
                             model_->Look(frame, std::span(views_).subspan(begin, count)));
    invalid_ += model_->invalid_count();
    for (const FrameResult& one : found) {
      detections.keypoint_count = one.keypoint_count;
      for (Detection object : one.objects) {
        if (std::max(object.box.width, object.box.height) < kLeastBox) continue;
        const auto points = one.KeypointsOf(object);
        object.detail = static_cast<int>(detections.objects.size());
        detections.objects.push_back(object);
        detections.keypoints.insert(detections.keypoints.end(), points.begin(), points.end());
      }
    }
  }
  order_.resize(detections.objects.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) {
    return detections.objects[static_cast<std::size_t>(a)].score >
           detections.objects[static_cast<std::size_t>(b)].score;
  });
  kept_.Clear();
  kept_.keypoint_count = detections.keypoint_count;
  for (const int index : order_) {
    Detection object = detections.objects[static_cast<std::size_t>(index)];
    const bool is_known = std::any_of(kept_.objects.begin(), kept_.objects.end(),
                                      [&](const Detection& other) {
                                        return IoU(object.box, other.box) > kSameFace;
                                      });
    if (is_known) continue;
    const auto points = detections.KeypointsOf(object);
    object.detail = static_cast<int>(kept_.objects.size());
    kept_.objects.push_back(object);
    kept_.keypoints.insert(kept_.keypoints.end(), points.begin(), points.end());
  }
  std::swap(detections.objects, kept_.objects);
  std::swap(detections.keypoints, kept_.keypoints);
  return {};
}

Result<void> FaceSearch::Look(const Frame& frame, FrameResult& detections) {
  invalid_ = 0;
  PlanTiles(frame.size());
  views_ = tiles_;
  if (!views_.empty()) RETINUE_RETURN_IF_ERROR(LookAt(frame, detections));
  if (!options_.turned || !detections.objects.empty()) return {};
  views_.clear();
  for (const int quarter : {1, 2, 3}) {
    const float angle = static_cast<float>(quarter) * std::numbers::pi_v<float> / 2;
    const auto turn = [&](Region region) {
      region.angle_rad = angle;
      if (quarter != 2) std::swap(region.width, region.height);
      return region;
    };
    views_.push_back(turn(WholeFrame(frame.size())));
    for (const Region& tile : tiles_) views_.push_back(turn(tile));
  }
  return LookAt(frame, detections);
}

}  // namespace retinue
