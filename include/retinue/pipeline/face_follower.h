#pragma once

// Follows faces by their meshes: detector → square around a face → 468 landmarks → the square of
// the next frame; irises, smoothing, and what the landmarks say of head, eyes and mouth.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "retinue/faces/landmark_smoother.h"
#include "retinue/heads/head.h"
#include "retinue/infer/engine.h"
#include "retinue/model/model_spec.h"
#include "retinue/pipeline/region_model.h"
#include "retinue/pipeline/region_stage.h"

namespace retinue {

/// Whether a model places so many landmarks of a face, or of an eye.
bool HasLandmarks(const ModelSpec& model, std::size_t points);

struct FaceModels {
  RegionEngine mesh;                       ///< Landmarks of a face (468 or 478), with `regions`.
  /// A refined mesh of 478 landmarks: follows the faces that `mesh` found, and has the last look at
  /// those of still pictures.
  std::optional<RegionEngine> refined{};
  /// In its place, where no runtime can run it, landmarks of an eye (76): 468 become 478.
  std::optional<RegionEngine> iris{};
  std::optional<RegionEngine> detector{};  ///< For FaceFollowerOptions::tiles and ::turned.
  /// A second detector, which is shown every frame that the first is shown: one for faces near the
  /// camera finds those that one for a room passes over.
  std::optional<RegionEngine> near{};
};

struct FaceFollowerOptions {
  RegionFollowerOptions regions{};
  /// Of faces that are followed; without regions.follow nothing is smoothed.
  bool smooth = true;
  LandmarkSmootherOptions smoother{};
  /// Beside the whole frame the detector looks at overlapping tiles of it, so that faces of 24
  /// pixels are found in a frame of any size. A detector's frame costs a pass more for each tile:
  /// 4 at 640x480, 15 at 1280x720, 30 at 1920x1080. The more often the detector looks, the surer it
  /// must be: in tiles and turned frames, of 0.6.
  bool tiles = false;
  /// Faces turned by any angle, also on their head, which the detector does not know: it is shown
  /// the frame (and its tiles) in four directions, and where the mesh is not sure of a face it is
  /// tried in twelve and kept only if it is five times surer than HeadOptions::conf asks. For
  /// still pictures; followed faces may turn as they like.
  bool turned = false;
  /// A followed face that is lost stays in the results for that long, as a box without landmarks
  /// (Face::detail -1, score 0) that is half as wide again: what a privacy effect has to cover.
  Nanoseconds hold{0};
  /// A face that the detector sees and the mesh does not is a result too, as such a box, 0.8 times
  /// as wide as what the mesh was shown. For the same purpose.
  bool keep_unsure = false;
};

/// Leaves FrameResult::faces with landmarks, each of them an object too (class 0, the same box and
/// id; so every output of boxes has faces), and, while faces are followed, ids: those that are
/// followed longest first. A face that is lost and found on the same spot within a second keeps
/// its id. Of two that stand on one spot, or one within the other, the first (in still pictures the
/// larger) is kept. Boxes are those of the landmarks.
class FaceFollower final : public RegionStage {
 public:
  /// @error kInvalidArgument  A model is not of its kind, tiles or turned without a detector, an
  ///                          option is out of range, or as of RegionModel.
  static Result<std::unique_ptr<FaceFollower>> Create(FaceModels models,
                                                      const FaceFollowerOptions& options = {});
  ~FaceFollower() override;

  bool WantsDetections(Nanoseconds pts) const override;
  Result<void> Look(const Frame& frame, bool detected, FrameResult& result) override;
  bool follows() const override;
  const std::vector<std::string>& names() const override;
  std::int64_t invalid_count() const override;

  /// Frames in which faces that were followed before were not seen, so far: those that were lost
  /// then or shortly before (see `hold`).
  struct Losses {
    std::int64_t frames = 0;
    /// First and last frame of each run of them, the first 1000.
    std::vector<std::pair<std::int64_t, std::int64_t>> runs{};
  };
  const Losses& losses() const;

 private:
  class Impl;
  explicit FaceFollower(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace retinue
