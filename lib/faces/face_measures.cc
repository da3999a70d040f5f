#include "retinue/faces/face_measures.h"

#include <Eigen/Core>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

namespace retinue {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// A point of the canonical face and its mirror image, which has the same weight and -x. In
// centimetres: x to the picture's right, y up, z towards the camera.
struct SteadyPair {
  short left;
  short right;  // = left: a point of the middle
  float weight;
  float x, y, z;
};

// @source MediaPipe, mediapipe/modules/face_geometry/data/
// geometry_pipeline_metadata_landmarks.pbtxt: procrustes_landmark_basis, and vertex_buffer there.
constexpr SteadyPair kSteady[] = {
    {4, 4, 0.070909940f, 0.000000f, -0.463170f, 7.586580f},
    {6, 6, 0.032100145f, 0.000000f, 2.473255f, 5.788627f},
    {10, 10, 0.008446551f, 0.000000f, 8.261778f, 4.481535f},
    {33, 263, 0.058724169f, -4.445859f, 2.663991f, 3.173422f},
    {54, 284, 0.007667080f, -6.279331f, 6.615427f, 1.425850f},
    {67, 297, 0.009078059f, -3.523964f, 8.005976f, 3.729163f},
    {117, 346, 0.009791938f, -5.258659f, 0.945811f, 2.974312f},
    {119, 348, 0.014565368f, -3.300681f, 0.861641f, 3.872784f},
    {121, 350, 0.018591361f, -1.820731f, 1.467954f, 4.224124f},
    {127, 356, 0.005197994f, -7.743095f, 2.364999f, -2.005167f},
    {129, 358, 0.120625205f, -1.785794f, -0.978284f, 4.850470f},
    {132, 361, 0.005560019f, -7.270895f, -2.890917f, -2.252455f},
    {133, 362, 0.053286184f, -1.856432f, 2.585245f, 3.757904f},
    {136, 365, 0.066890456f, -5.085276f, -7.178590f, 0.714711f},
    {143, 372, 0.014816548f, -6.407571f, 2.236021f, 1.560843f},
    {147, 376, 0.014262834f, -6.234883f, -1.944430f, 1.663542f},
    {198, 420, 0.025462192f, -1.246815f, 0.230297f, 5.681036f},
    {205, 425, 0.047252279f, -3.832928f, -1.537326f, 4.137731f},
};

// How values become 0…1: `at_zero` and below are 0, `at_one` and above are 1.
struct Range {
  double at_zero;
  double at_one;
  double operator()(double value) const {
    return std::clamp((value - at_zero) / (at_one - at_zero), 0.0, 1.0);
  }
};

// Measured; face_measures.h says on what. The plain mesh hardly follows the lids when they close.
constexpr Range kEyeOfMesh{0.17, 0.28};
constexpr Range kEyeOfIrisMesh{0.12, 0.27};
constexpr Range kMouth{0.015, 0.45};
constexpr Range kSmileWidth{0.56, 0.72};
constexpr Range kSmileLift{0.015, 0.09};

// Corners first, then pairs of an upper and a lower lid's points.
struct EyePoints {
  short corners[2];
  short lids[3][2];
};
constexpr EyePoints kLeftEye{{33, 133}, {{160, 144}, {159, 145}, {158, 153}}};
constexpr EyePoints kRightEye{{263, 362}, {{387, 373}, {386, 374}, {385, 380}}};
constexpr short kInnerLips[3][2] = {{82, 87}, {13, 14}, {312, 317}};
constexpr short kMouthCorners[2] = {61, 291};
constexpr short kOuterLips[2] = {0, 17};  // the middle of the upper and of the lower one

bool IsPlace(const Landmark& l) {
  constexpr float kFar = 1e7f;
  return std::abs(l.x) <= kFar && std::abs(l.y) <= kFar && std::abs(l.z) <= kFar;  // NaN is not
}

// The mesh in three dimensions, and whether all that was looked at were places.
class Mesh {
 public:
  explicit Mesh(std::span<const Landmark> landmarks) : landmarks_(landmarks) {}

  Vector3d At(short index) {
    const Landmark& l = landmarks_[static_cast<std::size_t>(index)];
    if (!IsPlace(l)) {
      are_places_ = false;
      return Vector3d::Zero();
    }
    return {static_cast<double>(l.x), static_cast<double>(l.y), static_cast<double>(l.z)};
  }
  double Distance(const short (&pair)[2]) { return (At(pair[0]) - At(pair[1])).norm(); }
  double MeanDistance(const short (&pairs)[3][2]) {
    return (Distance(pairs[0]) + Distance(pairs[1]) + Distance(pairs[2])) / 3;
  }
  Vector3d Middle(const short (&pair)[2]) { return (At(pair[0]) + At(pair[1])) / 2; }
  bool are_places() const { return are_places_; }

 private:
  std::span<const Landmark> landmarks_;
  bool are_places_ = true;
};

// The canonical point in the axes of a picture: y down, z away from the camera.
Vector3d InPicture(const SteadyPair& pair, float x) {
  return {static_cast<double>(x), -static_cast<double>(pair.y), -static_cast<double>(pair.z)};
}

template <typename Function>
void ForEachSteady(Function&& function) {
  for (const SteadyPair& pair : kSteady) {
    const double weight = static_cast<double>(pair.weight);
    function(pair.left, weight, InPicture(pair, pair.x));
    if (pair.right != pair.left) function(pair.right, weight, InPicture(pair, -pair.x));
  }
}

// The turn that takes the canonical face onto the mesh; nothing when many would do.
// @source Umeyama, "Least-squares estimation of transformation parameters between two point
// patterns", 1991; weights as MediaPipe's procrustes solver has them.
std::optional<Matrix3d> TurnOf(Mesh& mesh) {
  double weights = 0;
  Vector3d model_center = Vector3d::Zero(), mesh_center = Vector3d::Zero();
  ForEachSteady([&](short index, double weight, const Vector3d& point) {
    weights += weight;
    model_center += weight * point;
    mesh_center += weight * mesh.At(index);
  });
  model_center /= weights;
  mesh_center /= weights;
  Matrix3d covariance = Matrix3d::Zero();
  ForEachSteady([&](short index, double weight, const Vector3d& point) {
    covariance += weight * (mesh.At(index) - mesh_center) * (point - model_center).transpose();
  });

  const Eigen::JacobiSVD<Matrix3d> svd(covariance, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Vector3d& sizes = svd.singularValues();
  constexpr double kLeast = 1e-6;  // of a plane over a line; floats leave 1e-7 of rounding
  if (!(sizes[0] > 0) || !(sizes[1] > kLeast * sizes[0])) return std::nullopt;
  Matrix3d u = svd.matrixU();
  if (u.determinant() * svd.matrixV().determinant() < 0) u.col(2) *= -1;
  return u * svd.matrixV().transpose();
}

// turn = roll about z · yaw about y · pitch about x.
void SetAngles(const Matrix3d& turn, Face& face) {
  constexpr double kDegrees = 180 / std::numbers::pi;
  const double roll = std::atan2(turn(1, 0), turn(0, 0));
  const double yaw = std::atan2(turn(2, 0), std::hypot(turn(0, 0), turn(1, 0)));
  const double pitch = -std::atan2(turn(2, 1), turn(2, 2));
  face.roll = static_cast<float>(roll * kDegrees);
  face.yaw = static_cast<float>(yaw * kDegrees);
  face.pitch = static_cast<float>(pitch * kDegrees);
}

// 0 where nothing can be said.
double Ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

double EyeOpen(Mesh& mesh, const EyePoints& eye, const Range& range) {
  return range(Ratio(mesh.MeanDistance(eye.lids), mesh.Distance(eye.corners)));
}

double Smile(Mesh& mesh, const Vector3d& down, double eyes) {
  const double width = Ratio(mesh.Distance(kMouthCorners), eyes);
  const double lift = Ratio(down.dot(mesh.Middle(kOuterLips) - mesh.Middle(kMouthCorners)), eyes);
  return std::sqrt(kSmileWidth(width) * kSmileLift(lift));
}

}  // namespace

void MeasureFace(std::span<const Landmark> landmarks, Face& face) {
  face.yaw = face.pitch = face.roll = 0;
  face.mouth_open = face.leye_open = face.reye_open = face.smile = 0;
  if (landmarks.size() < kMeshLandmarks) return;

  Mesh mesh(landmarks);
  const auto turn = TurnOf(mesh);
  const Range& eye = landmarks.size() >= kIrisLandmarks ? kEyeOfIrisMesh : kEyeOfMesh;
  const double left = EyeOpen(mesh, kLeftEye, eye), right = EyeOpen(mesh, kRightEye, eye);
  const double eyes = mesh.Distance({kLeftEye.corners[0], kRightEye.corners[0]});
  const double mouth = kMouth(Ratio(mesh.MeanDistance(kInnerLips), eyes));
  if (!turn) return;
  const double smile = Smile(mesh, turn->col(1), eyes);
  if (!mesh.are_places()) return;

  SetAngles(*turn, face);
  face.leye_open = static_cast<float>(left);
  face.reye_open = static_cast<float>(right);
  face.mouth_open = static_cast<float>(mouth);
  face.smile = static_cast<float>(smile);
}

}  // namespace retinue
