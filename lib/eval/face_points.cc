#include "retinue/eval/face_points.h"

#include "retinue/base/check.h"
#include "retinue/results/face_refinement.h"

namespace retinue {

std::array<EvalPoint, kFacePoints> FacePointsOf(std::span<const Landmark> mesh) {
  RETINUE_CHECK(mesh.size() >= kMeshLandmarks);
  std::array<EvalPoint, kFacePoints> points;
  for (std::size_t i = 0; i < kFacePoints; ++i) {
    const Landmark& a = mesh[static_cast<std::size_t>(kMeshOfFacePoints[i][0])];
    const Landmark& b = mesh[static_cast<std::size_t>(kMeshOfFacePoints[i][1])];
    points[i].x = (static_cast<double>(a.x) + static_cast<double>(b.x)) / 2;
    points[i].y = (static_cast<double>(a.y) + static_cast<double>(b.y)) / 2;
  }
  return points;
}

}  // namespace retinue
