#pragma once

// FaceIrises: the ten landmarks of the irises, for faces of which the mesh placed 468; lips and
// eyes are placed again, too. By a refined mesh, or by a model that is shown each eye. Thread rule:
// one stream's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "retinue/faces/iris.h"
#include "retinue/pipeline/face_follower.h"
#include "retinue/pipeline/region_model.h"

namespace retinue {

class FaceIrises {
 public:
  /// @param models  Must outlive this; `refined` or `iris` is looked at.
  /// @return Null where there is neither.
  /// @error kInvalidArgument  A model is not of its kind.
  /// @error Otherwise as RegionModel::Create().
  static Result<std::unique_ptr<FaceIrises>> Create(const FaceModels& models);

  /// Looks at those faces of `result`, of which the rows have 478 landmarks and the first 468 are
  /// placed. Where a model sees nothing these stay, and irises are in the middle of the eyes.
  /// @error As RegionModel::Look().
  Result<void> Add(const Frame& frame, std::span<const std::size_t> faces, FrameResult& result);

  /// The refined mesh, which may look at what is followed by itself; or null.
  RegionModel* refined() const { return refined_.get(); }
  /// Of the last Add().
  std::int64_t invalid_count() const { return invalid_; }

 private:
  explicit FaceIrises(const RegionRule& around_face) : around_face_(around_face) {}
  Result<void> Open(const RegionEngine& iris);
  Result<void> LookAtFaces(const Frame& frame, FrameResult& result);
  Result<void> LookAtEyes(const Frame& frame, Eye eye, FrameResult& result);
  void Choose(std::span<const std::size_t> faces, const FrameResult& result,
              const std::optional<Eye>& eye);

  RegionRule around_face_;
  std::unique_ptr<RegionModel> refined_;
  RegionEngine mirrored_;  // the iris model for the right eye
  std::array<std::unique_ptr<RegionModel>, 2> iris_;
  std::vector<Region> regions_;      // that are looked at,
  std::vector<std::size_t> owners_;  // and the face that each is of
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
