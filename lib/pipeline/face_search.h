#pragma once

// FaceSearch: shows a frame to a face detector in more ways than as a whole: tile by tile for small
// faces, and turned for those that lie or stand on their head. Thread rule: one stream's.

#include <memory>
#include <vector>

#include "retinue/pipeline/region_model.h"

namespace retinue {

/// Squares of a frame, with sides between its own and `least`, that overlap so far that whatever
/// is a sixteenth to a quarter as wide as one of a square's neighbours in size lies wholly in one.
/// Empty where the frame's longer side is at most `least`.
/// @param least  Over 0: the side of the smallest squares.
void TileFrame(Size frame, float least, std::vector<Region>& tiles);

class FaceSearch {
 public:
  struct Options {
    bool tiles = false;
    bool turned = false;
  };
  /// @param model  A face detector's; must outlive this.
  /// @error As RegionModel::Create().
  static Result<FaceSearch> Create(std::shared_ptr<Engine> engine, const ModelSpec& model,
                                   const HeadOptions& head, const Options& options);

  /// Adds to the detections of the whole frame what else is to be found; of those that overlap the
  /// best is kept, and all are best first.
  /// @error As RegionModel::Look().
  Result<void> Look(const Frame& frame, FrameResult& detections);

  std::int64_t invalid_count() const { return invalid_; }

 private:
  FaceSearch(std::unique_ptr<RegionModel> model, const Options& options)
      : model_(std::move(model)), options_(options) {}
  Result<void> LookAt(const Frame& frame, FrameResult& detections);
  void PlanTiles(Size frame);

  std::unique_ptr<RegionModel> model_;
  Options options_;
  Size planned_;                // frame that the tiles are of
  std::vector<Region> tiles_;
  std::vector<Region> views_;   // to be looked at
  FrameResult kept_;
  std::vector<int> order_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
