#include "retinue/faces/iris.h"

#include <array>
#include <cmath>

#include "retinue/base/check.h"
#include "retinue/faces/face_measures.h"
#include "retinue/results/face_refinement.h"

namespace retinue {
namespace {

// From the picture's left to its right, so that the angle between them is that of the head.
struct Corners {
  std::size_t from, to;
};
constexpr Corners CornersOf(Eye eye) {
  return eye == Eye::kLeft ? Corners{33, 133} : Corners{362, 263};
}

constexpr float kRegionScale = 2.3f;

bool IsFinite(const Landmark& l) { return std::isfinite(l.x) && std::isfinite(l.y); }

}  // namespace

std::optional<Region> EyeRegion(Eye eye, std::span<const Landmark> mesh) {
  if (mesh.size() < kMeshLandmarks) return std::nullopt;
  const Landmark& from = mesh[CornersOf(eye).from];
  const Landmark& to = mesh[CornersOf(eye).to];
  constexpr float kFar = 1e6f;
  for (const float value : {from.x, from.y, to.x, to.y}) {
    if (!(std::abs(value) <= kFar)) return std::nullopt;
  }
  const float x = to.x - from.x, y = to.y - from.y;
  const float distance = std::hypot(x, y);
  if (distance < 1e-3f) return std::nullopt;
  const float side = kRegionScale * distance;
  return Region{{(from.x + to.x) / 2, (from.y + to.y) / 2}, side, side, std::atan2(y, x)};
}

void EyePointsInFrame(Eye eye, const Region& region, std::span<const float> xyz,
                      std::span<Landmark> points) {
  RETINUE_CHECK(xyz.size() == 3 * points.size());
  const float input = static_cast<float>(kEyeInputSize);
  const float mirror = eye == Eye::kLeft ? 1.0f : -1.0f;
  const float cosine = std::cos(region.angle_rad), sine = std::sin(region.angle_rad);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const float x = mirror * (xyz[3 * i] / input - 0.5f) * region.width;
    const float y = (xyz[3 * i + 1] / input - 0.5f) * region.height;
    points[i] = {region.center.x + cosine * x - sine * y, region.center.y + sine * x + cosine * y,
                 xyz[3 * i + 2] / input * region.width};
  }
}

void JoinIris(Eye eye, std::span<const Landmark> contour, std::span<const Landmark> iris,
              std::span<Landmark> landmarks) {
  RETINUE_CHECK(contour.size() == kEyeContourPoints && iris.size() == kIrisPoints &&
                landmarks.size() == kIrisLandmarks);
  const bool is_left = eye == Eye::kLeft;
  const auto places =
      RefinedLandmarks(is_left ? FaceRefinement::kLeftEye : FaceRefinement::kRightEye);
  float depth = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    Landmark& landmark = landmarks[static_cast<std::size_t>(places[i])];
    if (IsFinite(contour[i])) {
      landmark.x = contour[i].x;
      landmark.y = contour[i].y;
    }
    if (i < kLidPoints) depth += landmark.z / static_cast<float>(kLidPoints);
  }
  const auto [from, to] = CornersOf(eye);
  const Landmark middle{(landmarks[from].x + landmarks[to].x) / 2,
                        (landmarks[from].y + landmarks[to].y) / 2, depth};
  // The model sees both eyes as a left one: what is right there is left of a right eye's iris.
  constexpr std::array<std::size_t, kIrisPoints> kAsSeen = {0, 1, 2, 3, 4};
  constexpr std::array<std::size_t, kIrisPoints> kMirrored = {0, 3, 2, 1, 4};
  const std::size_t first = kMeshLandmarks + (is_left ? 0 : kIrisPoints);
  for (std::size_t i = 0; i < kIrisPoints; ++i) {
    const Landmark& point = iris[(is_left ? kAsSeen : kMirrored)[i]];
    landmarks[first + i] = IsFinite(point) ? Landmark{point.x, point.y, depth} : middle;
  }
}

}  // namespace retinue
