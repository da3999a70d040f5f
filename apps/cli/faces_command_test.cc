// `retinue faces` as users run it: on labelled pictures, on a video of one person, and with
// options that make no sense.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"
#include "tests/support/json_schema.h"

namespace retinue {
namespace {

using retinue::testing::LabelledBoxes;
using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RepositoryFile;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

bool IsWithin(const Json& box, const Box& label) {
  const double x = box[0].get<double>() + box[2].get<double>() / 2;
  const double y = box[1].get<double>() + box[3].get<double>() / 2;
  return x > label.x && x < label.right() && y > label.y && y < label.bottom();
}

// 18 faces of 37 pixels and more; nobody labelled others in these four pictures.
TEST(FacesCommand, FindsEveryLabelledFaceOfDlibsPictures) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark.tflite");
  RETINUE_TEST_DATA_OR_SKIP(pictures, "faces/dlib");
  const TemporaryFolder folder;
  const ProgramResult run = RunRetinue({"faces", pictures, "json=-", "quiet"}, folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json schema =
      Json::parse(ReadFile(RepositoryFile("docs/schema/results.v1.schema.json")));
  std::size_t labelled = 0;
  for (const Json& frame : Lines(run.out)) {
    EXPECT_EQ(testing::JsonSchema(schema).Check(frame), "");
    const auto name = frame["stream"].get<std::string>();
    for (const Box& label : LabelledBoxes(pictures, name)) {
      ++labelled;
      int faces = 0;
      for (const Json& face : frame["faces"]) {
        if (!IsWithin(face["box"], label)) continue;
        ++faces;
        EXPECT_EQ(face["landmarks"].size(), 468u);
        EXPECT_FALSE(face.contains("id")) << "nothing is followed";
        EXPECT_GT(face["box"][2], 0.6 * label.width);
        EXPECT_LT(face["box"][2], 1.6 * label.width);
      }
      EXPECT_EQ(faces, 1) << name << " at " << label.x << ", " << label.y;
    }
    EXPECT_EQ(frame["faces"].size(), LabelledBoxes(pictures, name).size()) << name;
    EXPECT_EQ(frame["objects"].size(), frame["faces"].size());
  }
  EXPECT_EQ(labelled, 18u);
}

TEST(FacesCommand, FollowsAFaceThroughAVideoWithIrises) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark_with_attention.tflite");
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/asl/help.mkv");  // one person, signing
  const TemporaryFolder folder;
  const ProgramResult run = RunRetinue(
      {"faces", video, "json=f.jsonl", "save=f.mp4", "stats=s.json", "max_frames=25", "iris"},
      folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> frames = Lines(ReadFile(folder.File("f.jsonl")));
  EXPECT_EQ(frames.size(), 25u);
  for (const Json& frame : frames) {
    ASSERT_EQ(frame["faces"].size(), 1u) << frame["frame"];
    const Json& face = frame["faces"][0];
    EXPECT_EQ(face["id"], 1);
    EXPECT_EQ(frame["objects"][0]["id"], 1);
    ASSERT_EQ(face["landmarks"].size(), 478u);
    // The picture's left eye, 33 to 133, then its right one; each iris between its corners.
    const auto x = [&](std::size_t i) { return face["landmarks"][i][0].get<double>(); };
    EXPECT_LT(x(33), x(468));
    EXPECT_LT(x(468), x(133));
    EXPECT_LT(x(133), x(362));
    EXPECT_LT(x(362), x(473));
    EXPECT_LT(x(473), x(263));
    EXPECT_LT(std::abs(face["roll"].get<double>()), 20) << "the head is upright";
  }
  const Json stats = Json::parse(ReadFile(folder.File("s.json")));
  EXPECT_TRUE(stats["stages"].contains("regions"));
  EXPECT_THAT(ReadFile(folder.File("f.mp4")), Not(IsEmpty()));
}

// @source The Python package mediapipe 0.10.21: face_mesh, refine_landmarks=True, following, on
// this video's frames; in pixels, of frame 20.
TEST(FacesCommand, RefinedLandmarksAreMediaPipes) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark_with_attention.tflite");
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/asl/help.mkv");
  const TemporaryFolder folder;
  const ProgramResult run = RunRetinue(
      {"faces", video, "json=f.jsonl", "max_frames=21", "iris", "smooth=false"}, folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> frames = Lines(ReadFile(folder.File("f.jsonl")));
  ASSERT_EQ(frames.size(), 21u);
  ASSERT_EQ(frames[20]["faces"].size(), 1u);
  const Json& landmarks = frames[20]["faces"][0]["landmarks"];
  struct Expected {
    std::size_t index;
    double x, y;
  };
  // Irises, the lips' middle and corners, the middle of the lids, the eyes' outer corners.
  const Expected all[] = {{468, 322.63, 108.09}, {473, 352.40, 105.68}, {13, 336.42, 133.44},
                          {14, 336.37, 133.53},  {61, 327.88, 135.16},  {291, 348.30, 133.59},
                          {159, 321.98, 106.62}, {145, 322.43, 109.76}, {386, 352.38, 104.07},
                          {374, 351.99, 107.44}, {33, 316.79, 108.85},  {263, 357.94, 105.78}};
  for (const auto& [index, x, y] : all) {
    EXPECT_NEAR(landmarks[index][0].get<double>(), x, 0.5) << index;
    EXPECT_NEAR(landmarks[index][1].get<double>(), y, 0.5) << index;
  }
}

TEST(FacesCommand, ThePlanNamesAllModels) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark_with_attention.tflite");
  const TemporaryFolder folder;
  const ProgramResult plan = RunRetinue({"faces", "test:people", "iris", "--dry-run"}, folder);
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("model    face_detection_full_range"),
                              HasSubstr("face_landmark on openvino"),
                              HasSubstr("face_detection_short_range on"),
                              HasSubstr("face_landmark_with_attention on openvino")));
}

TEST(FacesCommand, OptionsThatMakeNoSenseAreRefusedWithASentence) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark.tflite");
  RETINUE_TEST_DATA_OR_SKIP(other, "models/yolox_nano_official.onnx");
  struct Case {
    std::vector<std::string> arguments;
    const char* says;
  };
  const Case cases[] = {
      {{"faces", "test:people", "detect_every=abc"},
       "detect_every must be a time such as 250ms or 0.5s, got 'abc'"},
      {{"effect", "test:people", "hold=-1", "-e", "face: pixelate(8)"},
       "hold must be a time such as 250ms or 0.5s, got '-1'"},
      {{"faces", "test:people", "max_faces=65"}, "max_faces"},
      {{"faces", "test:people", "tiles=perhaps"}, "tiles"},
      {{"faces", "test:people", "model=" + other}, "does not place the landmarks of faces"},
      {{"track", "test:people", "model=face_landmark"}, "retinue faces"},
      {{"faces", "test:people", "program=a.eff"}, "program"},
      {{"faces"}, "source"},
  };
  const TemporaryFolder folder;
  for (const Case& one : cases) {
    const ProgramResult run = RunRetinue(one.arguments, folder);
    EXPECT_EQ(run.exit_code, 2) << ::testing::PrintToString(one.arguments) << run.err;
    EXPECT_THAT(run.err, HasSubstr(one.says)) << ::testing::PrintToString(one.arguments);
  }
}

}  // namespace
}  // namespace retinue
