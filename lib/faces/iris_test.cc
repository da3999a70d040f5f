#include "retinue/faces/iris.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "retinue/faces/face_measures.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using Mesh = std::vector<Landmark>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kPi = 3.14159265f;

Mesh WithCorners(Landmark left_of_33, Landmark of_133, Landmark of_362, Landmark of_263) {
  Mesh mesh(kMeshLandmarks);
  mesh[33] = left_of_33;
  mesh[133] = of_133;
  mesh[362] = of_362;
  mesh[263] = of_263;
  return mesh;
}

TEST(EyeRegion, IsASquareOf2_3TimesTheEyeTurnedAsItsCorners) {
  // By hand: eyes of 40 px and of 50 px (30, 40), the latter falling to the right by atan(4/3).
  const Mesh mesh = WithCorners({100, 200, 0}, {140, 200, 0}, {180, 210, 0}, {210, 250, 0});
  const Region left = EyeRegion(Eye::kLeft, mesh).value();
  EXPECT_EQ(left, (Region{{120, 200}, 92, 92, 0}));
  const Region right = EyeRegion(Eye::kRight, mesh).value();
  EXPECT_FLOAT_EQ(right.center.x, 195);
  EXPECT_FLOAT_EQ(right.center.y, 230);
  EXPECT_FLOAT_EQ(right.width, 115);
  EXPECT_FLOAT_EQ(right.height, 115);
  EXPECT_FLOAT_EQ(right.angle_rad, std::atan2(4.0f, 3.0f));
}

TEST(EyeRegion, OfAnUprightFaceIsMediaPipes) {
  // IrisLandmarkLandmarksToRoi: 2.3 times the longer side of the box around the corners.
  const Mesh mesh = WithCorners({100, 203, 0}, {140, 200, 0}, {180, 200, 0}, {220, 203, 0});
  EXPECT_NEAR(EyeRegion(Eye::kLeft, mesh)->width, 2.3 * 40, 0.3);
  EXPECT_NEAR(EyeRegion(Eye::kLeft, mesh)->angle_rad, -std::atan(3.0 / 40), 1e-6);
  EXPECT_NEAR(EyeRegion(Eye::kRight, mesh)->angle_rad, std::atan(3.0 / 40), 1e-6);
}

TEST(EyeRegion, KeepsItsSizeWhenTheHeadIsTilted) {
  for (int degrees = -180; degrees <= 180; degrees += 15) {
    const float angle = static_cast<float>(degrees) * kPi / 180;
    const float x = 20 * std::cos(angle), y = 20 * std::sin(angle);
    const Mesh mesh = WithCorners({-x, -y, 0}, {x, y, 0}, {}, {});
    const Region region = EyeRegion(Eye::kLeft, mesh).value();
    EXPECT_NEAR(region.width, 92, 1e-3);
    EXPECT_NEAR(std::remainder(region.angle_rad - angle, 2 * kPi), 0, 1e-5);
  }
}

TEST(EyeRegion, IsNothingWithoutAnEye) {
  EXPECT_FALSE(EyeRegion(Eye::kLeft, {}));
  EXPECT_FALSE(EyeRegion(Eye::kLeft, Mesh(kMeshLandmarks - 1, {1, 2, 3})));
  EXPECT_FALSE(EyeRegion(Eye::kLeft, Mesh(kMeshLandmarks, {1, 2, 3})));
  for (const float bad : {kNan, std::numeric_limits<float>::infinity(), -2e6f}) {
    EXPECT_FALSE(EyeRegion(Eye::kLeft, WithCorners({100, bad, 0}, {140, 200, 0}, {}, {})));
    EXPECT_FALSE(EyeRegion(Eye::kLeft, WithCorners({100, 200, 0}, {bad, 200, 0}, {}, {})));
  }
}

TEST(EyePointsInFrame, GoesThroughTheTurnedSquare) {
  // The centre, the middle of the right edge and the top left corner of the crop, by hand: a
  // quarter turn clockwise takes right to down, and up and left to right and up.
  const std::array<float, 9> xyz = {32, 32, 0, 64, 32, 6.4f, 0, 0, -32};
  const Region region{{100, 200}, 128, 128, kPi / 2};
  std::array<Landmark, 3> points;
  EyePointsInFrame(Eye::kLeft, region, xyz, points);
  const std::array<Landmark, 3> left = {{{100, 200, 0}, {100, 264, 12.8f}, {164, 136, -64}}};
  // The right eye's crop was mirrored, so its right edge is the square's left one.
  const std::array<Landmark, 3> right = {{{100, 200, 0}, {100, 136, 12.8f}, {164, 264, -64}}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(points[i].x, left[i].x, 1e-4);
    EXPECT_NEAR(points[i].y, left[i].y, 1e-4);
    EXPECT_NEAR(points[i].z, left[i].z, 1e-4);
  }
  EyePointsInFrame(Eye::kRight, region, xyz, points);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(points[i].x, right[i].x, 1e-4);
    EXPECT_NEAR(points[i].y, right[i].y, 1e-4);
    EXPECT_NEAR(points[i].z, right[i].z, 1e-4);
  }
}

// Rows whose x says which they are.
Mesh Numbered(std::size_t count, float from, float z = 0) {
  Mesh mesh(count);
  for (std::size_t i = 0; i < count; ++i) {
    mesh[i] = {from + static_cast<float>(i), 2 * (from + static_cast<float>(i)), z};
  }
  return mesh;
}

Mesh Joined(Eye eye, const Mesh& contour, const Mesh& iris) {
  Mesh landmarks = Numbered(kIrisLandmarks, 0);
  for (std::size_t i = 0; i < landmarks.size(); ++i) landmarks[i].z = static_cast<float>(i) / 4;
  JoinIris(eye, contour, iris, landmarks);
  return landmarks;
}

// The contours of the eyes and the eyebrows in MediaPipe's face_mesh_connections.py,
// FACEMESH_RIGHT_EYE and FACEMESH_LEFT_EYE: what must be replaced, in any order.
const std::set<std::size_t> kLidsOf33 = {33,  7,   163, 144, 145, 153, 154, 155,
                                         133, 246, 161, 160, 159, 158, 157, 173};
const std::set<std::size_t> kLidsOf263 = {263, 249, 390, 373, 374, 380, 381, 382,
                                          362, 466, 388, 387, 386, 385, 384, 398};

TEST(JoinIris, ReplacesTheEyesPointsAndKeepsTheirDepth) {
  const Mesh contour = Numbered(kEyeContourPoints, 1000, 77), iris = Numbered(kIrisPoints, 2000);
  std::set<std::size_t> seen;
  for (const Eye eye : {Eye::kLeft, Eye::kRight}) {
    const Mesh joined = Joined(eye, contour, iris);
    std::set<std::size_t> replaced, lids;
    std::set<float> taken;
    for (std::size_t i = 0; i < kMeshLandmarks; ++i) {
      EXPECT_EQ(joined[i].z, static_cast<float>(i) / 4);
      if (joined[i].x < 1000) {
        EXPECT_EQ(joined[i].x, static_cast<float>(i));
        continue;
      }
      EXPECT_EQ(joined[i].y, joined[i].x * 2);
      replaced.insert(i);
      taken.insert(joined[i].x);
      if (joined[i].x < 1016) lids.insert(i);
    }
    EXPECT_EQ(replaced.size(), kEyeContourPoints);
    EXPECT_EQ(taken.size(), kEyeContourPoints) << "a point of the model stands twice";
    EXPECT_EQ(lids, eye == Eye::kLeft ? kLidsOf33 : kLidsOf263);
    seen.insert(replaced.begin(), replaced.end());
  }
  EXPECT_EQ(seen.size(), 2 * kEyeContourPoints) << "the eyes share a point";
}

TEST(JoinIris, KeepsTheModelsOrder) {
  // Corners, the lids' middles, the brow's ends: TensorsToFaceLandmarksWithAttention.
  struct Place {
    std::size_t left, right;
    float model;
  };
  const Mesh contour = Numbered(kEyeContourPoints, 1000), iris = Numbered(kIrisPoints, 2000);
  const Mesh left = Joined(Eye::kLeft, contour, iris), right = Joined(Eye::kRight, contour, iris);
  for (const Place place : {Place{33, 263, 0}, Place{133, 362, 8}, Place{145, 374, 4},
                            Place{159, 386, 12}, Place{70, 300, 64}, Place{193, 417, 70}}) {
    EXPECT_EQ(left[place.left].x, 1000 + place.model);
    EXPECT_EQ(right[place.right].x, 1000 + place.model);
  }
}

TEST(JoinIris, AppendsTheIrisAtTheDepthOfTheLids) {
  const Mesh contour = Numbered(kEyeContourPoints, 1000), iris = Numbered(kIrisPoints, 2000, 9);
  const Mesh left = Joined(Eye::kLeft, contour, iris);
  double depth = 0;
  for (const std::size_t i : kLidsOf33) depth += static_cast<double>(i) / 4 / 16;
  for (std::size_t i = 0; i < kIrisPoints; ++i) {
    EXPECT_EQ(left[468 + i].x, 2000 + static_cast<float>(i));
    EXPECT_NEAR(left[468 + i].z, depth, 1e-3);
    EXPECT_EQ(left[473 + i].x, 473 + static_cast<float>(i)) << "the other eye's";
  }
  // The right eye was seen mirrored: edges 1 and 3 change places. Seen so with the model itself in
  // OpenVINO 2026 on portrait.jpg, 300vw 001/000006, 300w indoor_029 and dlib 2008_001009: its
  // edges were on average 0.04 of the eye's width from those of MediaPipe's mesh with attention;
  // 0.19 in the model's own order.
  const Mesh right = Joined(Eye::kRight, contour, iris);
  const std::array<float, 5> order = {2000, 2003, 2002, 2001, 2004};
  for (std::size_t i = 0; i < kIrisPoints; ++i) {
    EXPECT_EQ(right[473 + i].x, order[i]);
    EXPECT_EQ(right[468 + i].x, 468 + static_cast<float>(i)) << "the other eye's";
  }
}

TEST(JoinIris, PointsThatAreNotFiniteDoNotGetIn) {
  Mesh contour = Numbered(kEyeContourPoints, 1000), iris = Numbered(kIrisPoints, 2000);
  contour[4].x = kNan;
  iris[2].y = std::numeric_limits<float>::infinity();
  const Mesh joined = Joined(Eye::kLeft, contour, iris);
  EXPECT_EQ(joined[145].x, 145);
  EXPECT_EQ(joined[470].x, 1004) << "between the corners, 1000 and 1008";
  EXPECT_EQ(joined[469].x, 2001);
}

}  // namespace
}  // namespace retinue
