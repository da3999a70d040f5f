#include "retinue/faces/face_measures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/support/testing.h"

namespace retinue {
namespace {

using Vector = std::array<double, 3>;
using Mesh = std::vector<Landmark>;

constexpr double kPi = 3.14159265358979323846;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// golden/faces.py wrote it.
const nlohmann::json& Golden() {
  static const auto golden = nlohmann::json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/faces/golden/measures.json")));
  return golden;
}

// All landmarks that nobody should look at are far off.
Mesh MeshOf(const nlohmann::json& points, std::size_t count = kMeshLandmarks) {
  Mesh mesh(count, {kNan, 1e9f, -1e9f});
  const auto& ids = Golden()["ids"];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    mesh[ids[i].get<std::size_t>()] = {points[i][0].get<float>(), points[i][1].get<float>(),
                                       points[i][2].get<float>()};
  }
  return mesh;
}

Mesh Canonical() { return MeshOf(Golden()["canonical"]); }

template <typename Function>
Mesh Map(Mesh mesh, Function&& function) {
  for (Landmark& l : mesh) {
    const Vector v = function(
        Vector{static_cast<double>(l.x), static_cast<double>(l.y), static_cast<double>(l.z)});
    l = {static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2])};
  }
  return mesh;
}

// The elementary turns by hand: x to the right, y down, z away from the camera.
Mesh LookingUp(const Mesh& mesh, double degrees) {
  const double c = std::cos(degrees * kPi / 180), s = std::sin(degrees * kPi / 180);
  // The nose (negative z) goes up (negative y).
  return Map(mesh,
             [=](Vector v) { return Vector{v[0], c * v[1] + s * v[2], c * v[2] - s * v[1]}; });
}

Mesh TurnedRight(const Mesh& mesh, double degrees) {
  const double c = std::cos(degrees * kPi / 180), s = std::sin(degrees * kPi / 180);
  return Map(mesh,
             [=](Vector v) { return Vector{c * v[0] - s * v[2], v[1], c * v[2] + s * v[0]}; });
}

Mesh TiltedClockwise(const Mesh& mesh, double degrees) {
  const double c = std::cos(degrees * kPi / 180), s = std::sin(degrees * kPi / 180);
  return Map(mesh,
             [=](Vector v) { return Vector{c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]}; });
}

Mesh InPixels(const Mesh& mesh) {
  return Map(mesh, [](Vector v) { return Vector{12 * v[0] + 300, 12 * v[1] + 250, 12 * v[2]}; });
}

Face Measured(const Mesh& mesh) {
  Face face{.id = 7,
            .score = 0.5f,
            .box = {1, 2, 3, 4},
            .detail = 2,
            .yaw = kNan,
            .pitch = kNan,
            .roll = kNan,
            .mouth_open = kNan,
            .leye_open = kNan,
            .reye_open = kNan,
            .smile = kNan};
  MeasureFace(mesh, face);
  EXPECT_EQ(face.id, 7);
  EXPECT_EQ(face.box, (Box{1, 2, 3, 4}));
  return face;
}

const Face kNothing{.id = 7, .score = 0.5f, .box = {1, 2, 3, 4}, .detail = 2};

double AngleBetween(double a, double b) { return std::abs(std::remainder(a - b, 360.0)); }

TEST(HeadPose, IsThatOfTheCanonicalFaceTurnedInAllDirections) {
  for (int yaw = -80; yaw <= 80; yaw += 20) {
    for (int pitch = -80; pitch <= 80; pitch += 20) {
      for (int roll = -180; roll < 180; roll += 15) {
        const Mesh mesh =
            InPixels(TiltedClockwise(TurnedRight(LookingUp(Canonical(), pitch), yaw), roll));
        const Face face = Measured(mesh);
        // Coordinates of some hundred pixels are floats: 1e-5 of a pixel in 100.
        ASSERT_NEAR(face.yaw, yaw, 0.01) << yaw << " " << pitch << " " << roll;
        ASSERT_NEAR(face.pitch, pitch, 0.05) << yaw << " " << pitch << " " << roll;
        ASSERT_LT(AngleBetween(static_cast<double>(face.roll), roll), 0.05)
            << yaw << " " << pitch << " " << roll;
      }
    }
  }
}

TEST(HeadPose, SignsAreThoseOfFaceH) {
  // By hand: the tip of the nose (4) moves to where the head turns, the line between the eyes (33,
  // 263) falls to the right when the head tilts clockwise.
  const Mesh right = InPixels(TurnedRight(Canonical(), 30)),
             up = InPixels(LookingUp(Canonical(), 30)),
             tilted = InPixels(TiltedClockwise(Canonical(), 30)), straight = InPixels(Canonical());
  ASSERT_GT(right[4].x, straight[4].x + 10);
  ASSERT_LT(up[4].y, straight[4].y - 10);
  ASSERT_GT(tilted[263].y, tilted[33].y + 10);
  EXPECT_GT(Measured(right).yaw, 29);
  EXPECT_GT(Measured(up).pitch, 29);
  EXPECT_GT(Measured(tilted).roll, 29);
}

TEST(MeasureFace, IsTheReferencesOfNoisyFaces) {
  // Both work in doubles on coordinates of three decimals; the mesh is floats.
  constexpr double kDegrees = 1e-3, kOpenness = 1e-4;
  for (const auto& golden : Golden()["faces"]) {
    const Face face = Measured(MeshOf(golden["points"], golden["landmarks"].get<std::size_t>()));
    const auto& expected = golden["expected"];
    EXPECT_NEAR(face.yaw, expected["yaw"].get<double>(), kDegrees);
    EXPECT_NEAR(face.pitch, expected["pitch"].get<double>(), kDegrees);
    EXPECT_NEAR(face.roll, expected["roll"].get<double>(), kDegrees);
    EXPECT_NEAR(face.mouth_open, expected["mouth_open"].get<double>(), kOpenness);
    EXPECT_NEAR(face.leye_open, expected["leye_open"].get<double>(), kOpenness);
    EXPECT_NEAR(face.reye_open, expected["reye_open"].get<double>(), kOpenness);
    EXPECT_NEAR(face.smile, expected["smile"].get<double>(), kOpenness);
  }
}

TEST(MeasureFace, ExpressionDoesNotDependOnTheHeadsTurn) {
  const auto& golden = Golden()["faces"][3];
  const Mesh mesh = MeshOf(golden["points"], kIrisLandmarks);
  const Face straight = Measured(mesh);
  ASSERT_GT(straight.mouth_open, 0.1f);
  for (const int degrees : {-60, -20, 35, 70}) {
    for (const Mesh& turned :
         {TurnedRight(mesh, degrees), LookingUp(mesh, degrees), TiltedClockwise(mesh, degrees)}) {
      const Face face = Measured(turned);
      EXPECT_NEAR(face.mouth_open, straight.mouth_open, 1e-4);
      EXPECT_NEAR(face.leye_open, straight.leye_open, 1e-4);
      EXPECT_NEAR(face.reye_open, straight.reye_open, 1e-4);
      EXPECT_NEAR(face.smile, straight.smile, 1e-4);
    }
  }
}

// The mesh that a model finds in the mirrored picture: a face too, so its left is again on the
// left.
Mesh Mirrored(const Mesh& mesh) {
  static constexpr std::array<std::array<std::size_t, 2>, 31> kPairs = {
      {{33, 263},  {54, 284},  {67, 297},  {117, 346}, {119, 348}, {121, 350}, {127, 356},
       {129, 358}, {132, 361}, {133, 362}, {136, 365}, {143, 372}, {147, 376}, {198, 420},
       {205, 425}, {144, 373}, {145, 374}, {153, 380}, {160, 387}, {159, 386}, {158, 385},
       {61, 291},  {82, 312},  {87, 317},  {0, 0},     {4, 4},     {6, 6},     {10, 10},
       {13, 13},   {14, 14},   {17, 17}}};
  Mesh mirrored = mesh;
  for (const auto& [left, right] : kPairs) {
    mirrored[left] = {640 - mesh[right].x, mesh[right].y, mesh[right].z};
    mirrored[right] = {640 - mesh[left].x, mesh[left].y, mesh[left].z};
  }
  return mirrored;
}

TEST(MeasureFace, AMirroredPictureSwapsTheSides) {
  for (const auto& golden : Golden()["faces"]) {
    const Mesh mesh = MeshOf(golden["points"], golden["landmarks"].get<std::size_t>());
    const Face face = Measured(mesh), mirrored = Measured(Mirrored(mesh));
    EXPECT_NEAR(mirrored.yaw, -face.yaw, 1e-3);
    EXPECT_NEAR(mirrored.pitch, face.pitch, 1e-3);
    EXPECT_NEAR(mirrored.roll, -face.roll, 1e-3);
    EXPECT_NEAR(mirrored.leye_open, face.reye_open, 1e-4);
    EXPECT_NEAR(mirrored.reye_open, face.leye_open, 1e-4);
    EXPECT_NEAR(mirrored.mouth_open, face.mouth_open, 1e-4);
    EXPECT_NEAR(mirrored.smile, face.smile, 1e-4);
  }
}

TEST(MeasureFace, PortraitOfAWomanWhoLooksIntoTheCamera) {
  // MediaPipe's landmarks of a photograph: lib/effects/golden/portrait_landmarks.py. Looked at:
  // eyes wide open, lips closed, no smile.
  std::istringstream text(
      testing::ReadFile(testing::RepositoryFile("lib/effects/golden/portrait_landmarks.txt")));
  Mesh mesh;
  for (Landmark l; text >> l.x >> l.y >> l.z;) mesh.push_back(l);
  ASSERT_EQ(mesh.size(), kIrisLandmarks);
  const Face face = Measured(mesh);
  EXPECT_NEAR(face.yaw, 0, 4);
  EXPECT_NEAR(face.pitch, 0, 12);
  EXPECT_NEAR(face.roll, 0, 3);
  EXPECT_GT(face.leye_open, 0.9f);
  EXPECT_GT(face.reye_open, 0.9f);
  EXPECT_LT(face.mouth_open, 0.05f);
  EXPECT_LT(face.smile, 0.1f);
}

TEST(MeasureFace, OfNoFaceIsAllZero) {
  EXPECT_EQ(Measured({}), kNothing);
  EXPECT_EQ(Measured(Mesh(kMeshLandmarks - 1, {1, 2, 3})), kNothing);
  EXPECT_EQ(Measured(Mesh(kMeshLandmarks, {0, 0, 0})), kNothing);
  EXPECT_EQ(Measured(Mesh(kIrisLandmarks, {320.1f, 240.7f, -3.3f})), kNothing);
  EXPECT_EQ(Measured(Mesh(kMeshLandmarks, {kNan, kNan, kNan})), kNothing);
  Mesh line = Canonical();
  for (Landmark& l : line) l = {l.y * 3, l.y * 4, l.y};
  EXPECT_EQ(Measured(line), kNothing);
}

TEST(MeasureFace, OneBadLandmarkThatIsLookedAtMakesItAllZero) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const auto& id : Golden()["ids"]) {
    for (const float bad : {kNan, kInfinity, -kInfinity, 1e8f}) {
      Mesh mesh = InPixels(Canonical());
      mesh[id.get<std::size_t>()].y = bad;
      EXPECT_EQ(Measured(mesh), kNothing) << id;
    }
  }
}

TEST(MeasureFace, AFlatMeshHasAPose) {
  // Some meshes come without depth: the fit is still one.
  const Face face = Measured(Map(InPixels(TiltedClockwise(Canonical(), 40)),
                                 [](Vector v) { return Vector{v[0], v[1], 0}; }));
  EXPECT_NEAR(face.roll, 40, 1);
  EXPECT_NEAR(face.yaw, 0, 1);
  EXPECT_TRUE(std::isfinite(face.pitch));
}

TEST(MeasureFace, IsFiniteForWhateverIsFinite) {
  testing::Random random(3);
  for (int i = 0; i < 2000; ++i) {
    Mesh mesh(i % 2 == 0 ? kMeshLandmarks : kIrisLandmarks);
    const double extent = std::pow(10.0, random.Uniform(-30, 7));
    for (Landmark& l : mesh) {
      l = {static_cast<float>(random.Uniform(-extent, extent)),
           static_cast<float>(random.Uniform(-extent, extent)),
           static_cast<float>(i % 3 == 0 ? 0 : random.Uniform(-extent, extent))};
    }
    const Face face = Measured(mesh);
    for (const float angle : {face.yaw, face.pitch, face.roll}) ASSERT_LE(std::abs(angle), 180);
    for (const float part : {face.mouth_open, face.leye_open, face.reye_open, face.smile}) {
      ASSERT_GE(part, 0);
      ASSERT_LE(part, 1);
    }
  }
}

}  // namespace
}  // namespace retinue
