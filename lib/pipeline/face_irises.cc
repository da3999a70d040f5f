#include "lib/pipeline/face_irises.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "retinue/faces/face_measures.h"
#include "retinue/heads/region_rule.h"

namespace retinue {
namespace {

constexpr std::array<Eye, 2> kEyes = {Eye::kLeft, Eye::kRight};

std::span<Landmark> RowOf(FrameResult& result, std::size_t face) {
  return std::span(result.landmarks).subspan(face * kIrisLandmarks, kIrisLandmarks);
}

// Leaves the eye as the mesh has it.
void JoinNoIris(Eye eye, std::span<Landmark> landmarks) {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  std::array<Landmark, kEyeContourPoints> contour;
  std::array<Landmark, kIrisPoints> iris;
  contour.fill({kNone, kNone, kNone});
  iris.fill({kNone, kNone, kNone});
  JoinIris(eye, contour, iris, landmarks);
}

}  // namespace

Result<std::unique_ptr<FaceIrises>> FaceIrises::Create(const FaceModels& models) {
  std::unique_ptr<FaceIrises> irises;
  if (!models.refined && !models.iris) return irises;
  irises.reset(new FaceIrises(models.mesh.model.regions->followed));
  if (models.iris) {
    RETINUE_RETURN_IF_ERROR(irises->Open(*models.iris));
    return irises;
  }
  if (!HasLandmarks(models.refined->model, kIrisLandmarks)) {
    return Fail(ErrorCode::kInvalidArgument, "a refined mesh needs a model of 478 landmarks");
  }
  RETINUE_ASSIGN_OR_RETURN(irises->refined_, RegionModel::Create(*models.refined));
  return irises;
}

Result<void> FaceIrises::Open(const RegionEngine& iris) {
  if (!HasLandmarks(iris.model, kEyeContourPoints + kIrisPoints)) {
    return Fail(ErrorCode::kInvalidArgument, "irises need a model of 76 landmarks of an eye");
  }
  mirrored_ = iris;
  mirrored_.model.input.mirror = !iris.model.input.mirror;
  RETINUE_ASSIGN_OR_RETURN(iris_[0], RegionModel::Create(iris));
  RETINUE_ASSIGN_OR_RETURN(iris_[1], RegionModel::Create(mirrored_));
  return {};
}

// Leaves in regions_ the faces, or one eye of each, that can be looked at.
void FaceIrises::Choose(std::span<const std::size_t> faces, const FrameResult& result,
                        const std::optional<Eye>& eye) {
  regions_.clear();
  owners_.clear();
  for (const std::size_t face : faces) {
    const auto mesh = result.LandmarksOf(result.faces[face]).first(kMeshLandmarks);
    const auto region = eye ? EyeRegion(*eye, mesh)
                            : RegionOf(around_face_, result.faces[face].box, mesh);
    if (!region) continue;
    regions_.push_back(*region);
    owners_.push_back(face);
  }
}

Result<void> FaceIrises::LookAtFaces(const Frame& frame, FrameResult& result) {
  RETINUE_ASSIGN_OR_RETURN(const auto found, refined_->Look(frame, regions_));
  invalid_ += refined_->invalid_count();
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (found[k].faces.empty()) continue;
    const auto landmarks = found[k].LandmarksOf(found[k].faces.front());
    std::copy(landmarks.begin(), landmarks.end(), RowOf(result, owners_[k]).begin());
  }
  return {};
}

Result<void> FaceIrises::LookAtEyes(const Frame& frame, Eye eye, FrameResult& result) {
  RegionModel& model = *iris_[eye == Eye::kLeft ? 0 : 1];
  RETINUE_ASSIGN_OR_RETURN(const auto found, model.Look(frame, regions_));
  invalid_ += model.invalid_count();
  for (std::size_t k = 0; k < found.size(); ++k) {
    const std::span<const Landmark> points = found[k].landmarks;
    if (points.size() != kEyeContourPoints + kIrisPoints) continue;
    JoinIris(eye, points.first(kEyeContourPoints), points.last(kIrisPoints),
             RowOf(result, owners_[k]));
  }
  return {};
}

Result<void> FaceIrises::Add(const Frame& frame, std::span<const std::size_t> faces,
                             FrameResult& result) {
  invalid_ = 0;
  for (const std::size_t face : faces) {
    for (const Eye eye : kEyes) JoinNoIris(eye, RowOf(result, face));
  }
  if (refined_) {
    Choose(faces, result, std::nullopt);
    return LookAtFaces(frame, result);
  }
  for (const Eye eye : kEyes) {
    Choose(faces, result, eye);
    RETINUE_RETURN_IF_ERROR(LookAtEyes(frame, eye, result));
  }
  return {};
}

}  // namespace retinue
