#pragma once

// FaceSearch: looks for faces in more ways than in the whole frame: tile by tile for small ones,
// turned for those that lie or stand on their head, and by a second detector for those near the
// camera. Thread rule: one stream's.

#include <memory>
#include <vector>

#include "retinue/heads/nms.h"
#include "retinue/pipeline/face_follower.h"
#include "retinue/pipeline/region_model.h"

namespace retinue {

/// Squares of a frame, with sides from `least` to less than its longer one. They overlap so far
/// that whatever is at least a sixteenth of `least` wide and high, and at most a quarter of the
/// frame, lies wholly in one of which it is a sixteenth or more, or is that much of the frame.
/// Empty where the frame's longer side is at most `least`.
/// @param least  Over 0: the side of the smallest squares.
void TileFrame(Size frame, float least, std::vector<Region>& tiles);

class FaceSearch {
 public:
  /// @param models   Must outlive this; the detectors are looked at.
  /// @param options  `tiles` and `turned` need `models.detector`.
  /// @error As RegionModel::Create().
  static Result<FaceSearch> Create(const FaceModels& models, const FaceFollowerOptions& options);

  /// Adds to the detections of the whole frame what else is to be found; of those that overlap the
  /// best is kept, and all are best first.
  /// @error As RegionModel::Look().
  Result<void> Look(const Frame& frame, FrameResult& detections);

  std::int64_t invalid_count() const { return invalid_; }

 private:
  FaceSearch() = default;
  Result<void> LookAt(RegionModel& model, const Frame& frame, float least_score,
                      FrameResult& detections);
  void KeepBest(FrameResult& detections);
  void PlanTiles(Size frame);
  void TurnViews();

  std::unique_ptr<RegionModel> detector_;
  std::unique_ptr<RegionModel> near_;
  bool has_tiles_ = false;
  bool has_turned_ = false;
  Size planned_;                // frame that the tiles are of
  std::vector<Region> tiles_;
  std::vector<Region> views_;   // to be looked at
  FrameResult kept_;
  // Of two detections that overlap more one is enough.
  Suppression suppression_{{.iou = 0.3f}};
  std::vector<ScoredBox> boxes_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
