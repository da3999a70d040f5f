#include "retinue/eval/face_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "retinue/eval/face_points.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using Faces = std::vector<EvalObject>;

constexpr double kRounding = 1e-12;

// A face of 100 × 100 px whose points stand in rows, the outer corners of the eyes 50 px apart.
EvalObject Face(double x, double y, double side = 100) {
  EvalObject face{.box = {x, y, side, side}};
  for (std::size_t i = 0; i < kFacePoints; ++i) {
    face.keypoints.push_back({x + static_cast<double>(i % 10) * side / 10,
                              y + static_cast<double>(i / 10) * side / 10, true});
  }
  face.keypoints[36] = {x + side / 4, y + side / 3, true};
  face.keypoints[45] = {x + side * 3 / 4, y + side / 3, true};
  return face;
}

EvalObject Moved(EvalObject face, double x, double y) {
  for (EvalPoint& p : face.keypoints) p = {p.x + x, p.y + y, true};
  return face;
}

FaceScores ScoresOf(const Faces& labelled, const Faces& found, double least_side = 0) {
  FaceEvaluator evaluator({.least_side = least_side});
  const auto added = evaluator.Add(4, labelled, found);
  EXPECT_TRUE(added) << added.error().message;
  return evaluator.Scores();
}

TEST(FaceEvaluator, ErrorIsTheMeanDistanceOverThatOfTheEyes) {
  // By hand: every point 3 px right and 4 px down is 5 px off, of 50.
  const FaceScores scores = ScoresOf({Face(0, 0)}, {Moved(Face(0, 0), 3, 4)});
  EXPECT_NEAR(scores.nme, 0.1, kRounding);
  EXPECT_NEAR(scores.nme_inner, 0.1, kRounding);
  EXPECT_EQ(scores.compared, 1);
  ASSERT_EQ(scores.faces.size(), 1u);
  EXPECT_EQ(scores.faces[0].image, 4);
  EXPECT_EQ(scores.faces[0].found, 0);
  EXPECT_EQ(scores.faces[0].iou, 1);
}

TEST(FaceEvaluator, TheJawIsLeftOutOfTheInnerError) {
  EvalObject found = Face(0, 0);
  for (std::size_t i = 0; i < 17; ++i) found.keypoints[i].x += 10;
  found.keypoints[20].y -= 5;
  const FaceScores scores = ScoresOf({Face(0, 0)}, {found});
  // By hand: 17 · 10 px and 5 px over 68 points, 5 px over 51, of 50 px.
  EXPECT_NEAR(scores.nme, 175.0 / 68 / 50, kRounding);
  EXPECT_NEAR(scores.nme_inner, 5.0 / 51 / 50, kRounding);
}

TEST(FaceEvaluator, PointsThatNobodyLabelledAreLeftOut) {
  EvalObject labelled = Face(0, 0);
  EvalObject found = Moved(labelled, 5, 0);
  for (std::size_t i = 0; i < 34; ++i) {
    labelled.keypoints[i] = {std::nan(""), 0, false};
    found.keypoints[i].x += 1000;
  }
  EXPECT_NEAR(ScoresOf({labelled}, {found}).nme, 0.1, kRounding);
  // Without a corner of an eye there is no unit.
  labelled.keypoints[45].is_labelled = false;
  const FaceScores scores = ScoresOf({labelled}, {found});
  EXPECT_EQ(scores.found, 1);
  EXPECT_EQ(scores.compared, 0);
  EXPECT_EQ(scores.nme, -1);
  EXPECT_EQ(scores.failures_08, -1);
}

TEST(FaceEvaluator, EyesOnOneSpotGiveNoError) {
  EvalObject labelled = Face(0, 0);
  labelled.keypoints[36] = labelled.keypoints[45];
  EXPECT_EQ(ScoresOf({labelled}, {Face(0, 0)}).compared, 0);
}

TEST(FaceEvaluator, FailuresAreErrorsOverTheThresholdsAndMissedFaces) {
  // Errors of 0.08, 0.09, 0.11 and one that was missed.
  const Faces labelled = {Face(0, 0), Face(200, 0), Face(400, 0), Face(600, 0)};
  const Faces found = {Moved(Face(400, 0), 5.5, 0), Moved(Face(0, 0), 4, 0),
                       Moved(Face(200, 0), 4.5, 0)};
  const FaceScores scores = ScoresOf(labelled, found);
  EXPECT_EQ(scores.labelled, 4);
  EXPECT_EQ(scores.found, 3);
  EXPECT_EQ(scores.missed, 1);
  EXPECT_EQ(scores.wrong, 0);
  EXPECT_EQ(scores.failures_08, 0.75);
  EXPECT_EQ(scores.failures_10, 0.5);
  EXPECT_NEAR(scores.nme, (0.08 + 0.09 + 0.11) / 3, kRounding);
  EXPECT_EQ(scores.faces[2].found, 0);
  EXPECT_EQ(scores.faces[3].found, -1);
}

TEST(FaceEvaluator, ABoxOfAnotherKindBelongsToTheFace) {
  struct Case {
    const char* name;
    EvalBox found;
    std::int64_t is_found;
  };
  // Beside a labelled box from (100, 100) to (200, 200).
  for (const Case& c :
       {Case{"same", {100, 100, 100, 100}, 1}, Case{"the whole head", {60, 20, 180, 220}, 1},
        Case{"from the brows to the chin", {120, 140, 60, 55}, 1},
        Case{"centre in the labelled box", {160, 160, 70, 70}, 1},
        Case{"labelled centre in it", {140, 90, 130, 130}, 1},
        Case{"overlaps by a corner", {180, 180, 90, 90}, 0},
        Case{"elsewhere", {400, 400, 100, 100}, 0},
        Case{"three times as large", {0, 0, 300, 300}, 1},
        Case{"four times as large", {-50, -50, 400, 400}, 0},
        Case{"a third", {130, 130, 34, 34}, 1}, Case{"a quarter", {130, 130, 25, 25}, 0},
        Case{"a point", {150, 150, 0, 0}, 0}}) {
    const FaceScores scores = ScoresOf({Face(100, 100)}, {{.box = c.found}});
    EXPECT_EQ(scores.found, c.is_found) << c.name;
    EXPECT_EQ(scores.wrong, 1 - c.is_found) << c.name;
    EXPECT_EQ(scores.compared, 0) << c.name << ": it has no points";
  }
}

TEST(FaceEvaluator, EachFaceIsFoundOnceByWhatFitsItBest) {
  // The second fits both labelled faces, better the second; the third is too much.
  const Faces labelled = {Face(0, 0), Face(40, 0)};
  const Faces found = {Face(10, 0), Face(35, 0), Face(45, 20)};
  const FaceScores scores = ScoresOf(labelled, found);
  EXPECT_EQ(scores.found, 2);
  EXPECT_EQ(scores.wrong, 1);
  EXPECT_EQ(scores.faces[0].found, 0);
  EXPECT_EQ(scores.faces[1].found, 1);
  // 95 × 100 px of 105 × 100.
  EXPECT_NEAR(scores.faces[1].iou, 95.0 / 105, kRounding);
}

TEST(FaceEvaluator, CrowdsAndSmallFacesNeedNotBeFound) {
  EvalObject crowd = Face(0, 0);
  crowd.is_crowd = true;
  const Faces labelled = {crowd, Face(200, 0, 20), Face(300, 0, 24)};
  const FaceScores missed = ScoresOf(labelled, {}, 24);
  EXPECT_EQ(missed.labelled, 1);
  EXPECT_EQ(missed.missed, 1);
  const FaceScores found =
      ScoresOf(labelled, {Face(0, 0), Face(10, 10), Face(200, 0, 20), Face(600, 0)}, 24);
  EXPECT_EQ(found.missed, 1);
  EXPECT_EQ(found.wrong, 1) << "only the last is nowhere";
  // A face in a crowd that is labelled itself is found.
  EXPECT_EQ(ScoresOf({crowd, Face(5, 0)}, {Face(0, 0)}).found, 1);
}

TEST(FaceEvaluator, PicturesAddUp) {
  FaceEvaluator evaluator;
  ASSERT_TRUE(evaluator.Add(1, Faces{Face(0, 0)}, Faces{Moved(Face(0, 0), 5, 0)}));
  ASSERT_TRUE(evaluator.Add(2, Faces{}, Faces{Face(0, 0)}));
  ASSERT_TRUE(evaluator.Add(3, Faces{Face(0, 0)}, Faces{Moved(Face(0, 0), 0, 2)}));
  const FaceScores scores = evaluator.Scores();
  EXPECT_EQ(scores.images, 3);
  EXPECT_EQ(scores.labelled, 2);
  EXPECT_EQ(scores.wrong, 1);
  EXPECT_NEAR(scores.nme, (0.1 + 0.04) / 2, kRounding);
}

TEST(FaceEvaluator, OfNothingSaysSo) {
  const FaceScores scores = FaceEvaluator().Scores();
  EXPECT_EQ(scores.images, 0);
  EXPECT_EQ(scores.nme, -1);
  EXPECT_EQ(scores.nme_inner, -1);
  EXPECT_EQ(scores.failures_10, -1);
}

TEST(FaceEvaluator, RefusesAPictureTwiceAndNumbersThatAreNone) {
  FaceEvaluator evaluator;
  ASSERT_TRUE(evaluator.Add(1, Faces{}, Faces{}));
  const auto twice = evaluator.Add(1, Faces{Face(0, 0)}, Faces{});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(twice.error().message, HasSubstr("got 1 again"));

  EvalObject bad_box = Face(0, 0), bad_point = Face(0, 0), negative = Face(0, 0);
  bad_box.box.x = std::nan("");
  bad_point.keypoints[7].y = std::numeric_limits<double>::infinity();
  negative.box.height = -1;
  for (const EvalObject& bad : {bad_box, bad_point, negative}) {
    EXPECT_FALSE(evaluator.Add(2, Faces{bad}, Faces{}));
    EXPECT_FALSE(evaluator.Add(2, Faces{}, Faces{bad}));
  }
  EXPECT_EQ(evaluator.Scores().images, 1);
  EXPECT_TRUE(evaluator.Add(2, Faces{}, Faces{})) << "a refused picture was kept";
}

TEST(FacePoints, LieBetweenTheirLandmarks) {
  std::vector<Landmark> mesh(478);
  for (std::size_t i = 0; i < mesh.size(); ++i) {
    mesh[i] = {static_cast<float>(i), static_cast<float>(2 * i), 5};
  }
  const auto points = FacePointsOf(mesh);
  EXPECT_EQ(points[36], (EvalPoint{33, 66, true})) << "the left eye's outer corner";
  EXPECT_EQ(points[45], (EvalPoint{263, 526, true})) << "the right eye's outer corner";
  EXPECT_EQ(points[8], (EvalPoint{152, 304, true})) << "the chin";
  EXPECT_EQ(points[27], (EvalPoint{87, 174, true})) << "between 168 and 6";
  EXPECT_EQ(points[12], (EvalPoint{342.5, 685, true})) << "between 397 and 288";
}

// The canonical mesh is symmetric, and so are the 68 points: what is the mirror image of what, from
// both numberings. @source 300-W's figure of the points; MediaPipe's canonical face model.
TEST(FacePoints, MirroredPointsLieOnMirroredLandmarks) {
  constexpr std::array<std::array<std::size_t, 2>, 29> kPoints = {{
      {0, 16},  {1, 15},  {2, 14},  {3, 13},  {5, 11},  {6, 10},  {7, 9},   {17, 26},
      {18, 25}, {19, 24}, {20, 23}, {21, 22}, {31, 35}, {32, 34}, {36, 45}, {37, 44},
      {38, 43}, {39, 42}, {40, 47}, {41, 46}, {48, 54}, {49, 53}, {50, 52}, {59, 55},
      {58, 56}, {60, 64}, {61, 63}, {67, 65}, {8, 8},
  }};
  constexpr std::array<std::array<short, 2>, 29> kLandmarks = {{
      {127, 356}, {234, 454}, {93, 323}, {132, 361}, {136, 365}, {150, 379},
      {176, 400}, {156, 383}, {63, 293}, {105, 334}, {66, 296},  {107, 336},
      {98, 327},  {97, 326},  {33, 263}, {160, 387}, {158, 385}, {133, 362},
      {153, 380}, {144, 373}, {61, 291}, {39, 269},  {37, 267},  {91, 321},
      {84, 314},  {78, 308},  {82, 312}, {87, 317},  {152, 152},
  }};
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    EXPECT_EQ(kMeshOfFacePoints[kPoints[i][0]][0], kLandmarks[i][0]) << kPoints[i][0];
    // The source takes 132 and 58 on one side of the jaw but 361 alone on the other.
    EXPECT_EQ(kMeshOfFacePoints[kPoints[i][1]][0], kLandmarks[i][1]) << kPoints[i][1];
  }
  std::set<std::array<short, 2>> different(kMeshOfFacePoints.begin(), kMeshOfFacePoints.end());
  EXPECT_EQ(different.size(), kFacePoints);
}

}  // namespace
}  // namespace retinue
