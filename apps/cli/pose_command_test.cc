// MediaPipe's pose, two models one after the other, with the built program: beside MediaPipe's own
// package on pictures, and followed through a video.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"

namespace retinue {
namespace {

using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RepositoryFile;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// The mean distance of an object's points from MediaPipe's, as a part of that body's height.
double Distance(const Json& object, const Json& reference) {
  double sum = 0, top = 1e9, bottom = -1e9;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const Json &a = object["keypoints"][i], &b = reference[i];
    sum += std::hypot(a[0].get<double>() - b[0].get<double>(),
                      a[1].get<double>() - b[1].get<double>());
    top = std::min(top, b[1].get<double>());
    bottom = std::max(bottom, b[1].get<double>());
  }
  return sum / static_cast<double>(reference.size()) / (bottom - top);
}

// MediaPipe computes with other kernels and rounds the crops to bytes; the same networks, moved by
// half a pixel, differ from themselves by as much: NumPy and OpenVINO, given its very crops, are
// 0.2 to 1.2 % of the body's height away from it.
TEST(Pose, PointsAreMediaPipes) {
  RETINUE_FETCHED_OR_SKIP(model, "models/pose_landmark_full.tflite");
  const TemporaryFolder folder;
  for (const Json& golden : Json::parse(ReadFile(RepositoryFile("apps/cli/golden/pose.json")))) {
    const auto name = golden["picture"].get<std::string>();
    RETINUE_TEST_DATA_OR_SKIP(picture, "images/" + name);
    const ProgramResult run =
        RunRetinue({"detect", picture, "model=pose_landmark_full", "json=-", "quiet"}, folder);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const Json frame = Json::parse(run.out);
    double nearest = 1e9;
    for (const Json& object : frame["objects"]) {
      ASSERT_EQ(object["keypoints"].size(), 33u);
      EXPECT_EQ(object["label"], "person");
      nearest = std::min(nearest, Distance(object, golden["points"]));
    }
    EXPECT_LT(nearest, 0.02) << name;
  }
}

TEST(Pose, IsFollowedThroughAVideo) {
  RETINUE_FETCHED_OR_SKIP(model, "models/pose_landmark_full.tflite");
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/asl/help.mkv");  // one person, signing
  const TemporaryFolder folder;
  const ProgramResult run = RunRetinue(
      {"track", video, "model=pose_landmark_full", "json=f.jsonl", "stats=s.json", "max_frames=40"},
      folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::istringstream lines(ReadFile(folder.File("f.jsonl")));
  std::set<int> ids;
  int frames = 0;
  for (std::string line; std::getline(lines, line); ++frames) {
    const Json frame = Json::parse(line);
    ASSERT_EQ(frame["objects"].size(), 1u) << line;
    ids.insert(frame["objects"][0]["id"].get<int>());
    // Shoulders: the right one of the body is left in the picture, and above the hips.
    const Json& points = frame["objects"][0]["keypoints"];
    EXPECT_GT(points[11][0], points[12][0]);
    EXPECT_LT(points[11][1], points[23][1]);
  }
  EXPECT_EQ(frames, 40);
  EXPECT_EQ(ids.size(), 1u);
  const Json stages = Json::parse(ReadFile(folder.File("s.json")))["stages"];
  EXPECT_TRUE(stages.contains("regions"));
}

TEST(Pose, ThePlanNamesBothModels) {
  RETINUE_FETCHED_OR_SKIP(model, "models/pose_landmark_full.tflite");
  const TemporaryFolder folder;
  const ProgramResult plan =
      RunRetinue({"detect", "test:people", "model=pose_landmark_full", "--dry-run"}, folder);
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("model    pose_detection"),
                              HasSubstr("regions  pose_landmark_full on openvino")));
  const ProgramResult info = RunRetinue({"models", "info", "pose_landmark_full"}, folder);
  EXPECT_THAT(info.out,
              AllOf(HasSubstr("looks at      what pose_detection finds"), HasSubstr("points 33")));
}

TEST(Pose, ALoneSecondModelIsNotEvaluated) {
  RETINUE_FETCHED_OR_SKIP(model, "models/pose_landmark_full.tflite");
  RETINUE_TEST_DATA_OR_SKIP(pictures, "images/coco128_val2017/images");
  RETINUE_TEST_DATA_OR_SKIP(labels, "images/coco128_val2017/labels_box");
  const TemporaryFolder folder;
  const ProgramResult eval =
      RunRetinue({"eval", "detect", pictures, labels, "model=pose_landmark_full"}, folder);
  EXPECT_EQ(eval.exit_code, 2);
  EXPECT_THAT(eval.err, HasSubstr("looks at what pose_detection finds"));
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/asl/help.mkv");
  const ProgramResult bench =
      RunRetinue({"bench", "run", video, "model=pose_landmark_full"}, folder);
  EXPECT_EQ(bench.exit_code, 2);
  EXPECT_THAT(bench.err, HasSubstr("whole frames"));
}

}  // namespace
}  // namespace retinue
