// The written lines against docs/schema/, twice: by JsonSchema, which also proves
// that it can refuse, and by Python's jsonschema where that is installed.

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "retinue/io/result_format.h"
#include "tests/support/json_schema.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using Json = nlohmann::json;
using ::retinue::testing::ReadFile;
using ::retinue::testing::RepositoryFile;
using ::retinue::testing::TemporaryFolder;
using ::retinue::testing::WriteFile;

constexpr char kResultsSchema[] = "docs/schema/results.v1.schema.json";

std::string SomeLines() {
  StreamInfo stream;
  stream.name = "a \"strange\" name \xff.mp4";
  stream.class_names = {"person", "traffic light"};
  FrameResult result;
  result.size = {853, 479};
  result.objects = {
      {.box = {-0.004f, 0.1f, 100.126f, 200}, .score = 1, .class_id = 0, .track_id = 1},
      {.box = {0, 0, 853, 479}, .score = 0, .class_id = 1},
      {.box = {852.99f, 1, 0.01f, 1e-7f}, .score = 0.99999f, .class_id = 9, .track_id = 1LL << 52}};
  std::string lines;
  const auto formatter = JsonLinesFormat()->ForStream(stream, 0);
  formatter->AppendFrame(result, lines);
  result.frame = 1;
  result.pts = kNoTime;
  result.objects = {{.box = {1, 2, 3, 4}, .score = 0.5f, .detail = 0}};
  result.keypoint_count = 1;
  result.keypoints = {{-3, 4, 0.5f}};
  result.masks.AddRun(853 * 479);
  result.masks.EndMask();
  result.turned = {{{5, 5}, 2, 1, 0.5f}};
  result.classes = {{1, 0.5f}};
  formatter->AppendFrame(result, lines);
  // A face with landmarks, and one that is only held.
  result.ClearFound();
  result.landmark_count = 2;
  result.landmarks = {{1, 2, -3}, {4, 5.25f, 0}};
  result.faces = {{.id = 1, .score = 0.99f, .box = {1, 2, 3, 4}, .detail = 0, .yaw = -12.5f,
                   .mouth_open = 1},
                  {.id = 2, .box = {0, 0, 9, 9}}};
  formatter->AppendFrame(result, lines);
  return lines;
}

std::vector<Json> Parsed(const std::string& lines) {
  std::vector<Json> parsed;
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = lines.find('\n', start);
    parsed.push_back(Json::parse(lines.substr(start, end - start)));
    start = end + 1;
  }
  return parsed;
}

TEST(ResultsSchema, FitsWhatIsWritten) {
  const Json schema = Json::parse(ReadFile(RepositoryFile(kResultsSchema)));
  const auto lines = Parsed(SomeLines());
  ASSERT_EQ(lines.size(), 3u);
  for (const Json& line : lines) EXPECT_EQ(testing::JsonSchema(schema).Check(line), "") << line;
}

TEST(ResultsSchema, FitsTheLineOfTheContractWithAllItsFields) {
  const Json schema = Json::parse(ReadFile(RepositoryFile(kResultsSchema)));
  const Json line = Json::parse(
      R"({"v":1,"stream":"a.mp4","frame":0,"pts_ns":0,"width":1280,"height":720,"objects":[)"
      R"({"id":3,"label":"person","class":0,"score":0.913,"box":[1,2,3,4],"keypoints":[[1,2,0.5]],)"
      R"("mask":{"size":[720,1280],"counts":"RLE"},"identity":"x"}],"faces":[{"id":0,"score":0.9,)"
      R"("box":[1,2,3,4],"landmarks":[[1,2,3]],"yaw":0.1,"pitch":-0.2,"roll":0}]})");
  EXPECT_EQ(testing::JsonSchema(schema).Check(line), "");
}

TEST(ResultsSchema, RefusesWhatIsWrong) {
  const Json schema = Json::parse(ReadFile(RepositoryFile(kResultsSchema)));
  const Json good = Parsed(SomeLines()).front();
  struct Case {
    const char* place;
    Json value;
  };
  const Case cases[] = {
      {"/v", 2},
      {"/frame", -1},
      {"/pts_ns", 0.5},
      {"/stream", 7},
      {"/objects", Json::object()},
      {"/objects/0/id", 0},
      {"/objects/0/score", 1.5},
      {"/objects/0/label", nullptr},
      {"/objects/0/box", Json::array({1, 2, 3})},
      {"/objects/0/box/2", -1},
      {"/objects/0/box/0", "1"},
  };
  for (const Case& c : cases) {
    Json bad = good;
    bad[Json::json_pointer(c.place)] = c.value;
    EXPECT_NE(testing::JsonSchema(schema).Check(bad), "") << c.place;
  }
  const Case of_faces[] = {{"/faces", Json::object()},
                           {"/faces/0/box/2", -1},
                           {"/faces/0/landmarks/0", Json::array({1, 2})},
                           {"/faces/0/yaw", "left"},
                           {"/faces/0/smile", 1.5},
                           {"/faces/0/score", -0.5}};
  for (const Case& c : of_faces) {
    Json bad = Parsed(SomeLines()).back();
    bad[Json::json_pointer(c.place)] = c.value;
    EXPECT_NE(testing::JsonSchema(schema).Check(bad), "") << c.place;
  }
  Json without = good;
  without.erase("pts_ns");
  EXPECT_NE(testing::JsonSchema(schema).Check(without), "");
}

TEST(StatsSchema, FitsASummaryAndRefusesAStrangeStage) {
  const Json schema = Json::parse(ReadFile(RepositoryFile("docs/schema/stats.v1.schema.json")));
  Json counts = Json::parse(
      R"({"frames":341,"decoded":343,"passed_over":0,"frames_with_invalid_values":0,"objects":900,)"
      R"("tracks":12,"dropped":{"late":2,"damaged":0,"failed":0}})");
  Json stats = Json::parse(
      R"({"v":1,"verb":"track","model":"m","engine":"e","fps":81.2,"elapsed_seconds":4.2,)"
      R"("cpu_seconds":8.1,"peak_mb":180.5,"interrupted":false,"files":["a.out.mp4"],)"
      R"("stages":{"preprocess":{"mean_ms":0.5,"p50_ms":0.5,"p95_ms":0.6,"p99_ms":0.7}}})");
  stats.update(counts);
  counts["stream"] = "a.mp4";
  stats["streams"] = Json::array({counts});
  EXPECT_EQ(testing::JsonSchema(schema).Check(stats), "");
  stats["stages"]["decoding"] = stats["stages"]["preprocess"];
  EXPECT_NE(testing::JsonSchema(schema).Check(stats), "");
  stats["stages"] = {{"head", {{"mean_ms", 1}}}};
  EXPECT_NE(testing::JsonSchema(schema).Check(stats), "");
}

TEST(ResultsSchema, AgreesWithPythonsJsonschema) {
  const char* chosen = std::getenv("RETINUE_TEST_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  const std::string has_module = python + " -c 'import jsonschema' 2>/dev/null";
  if (std::system(has_module.c_str()) != 0) {
    GTEST_SKIP() << "no Python with jsonschema (RETINUE_TEST_PYTHON names one)";
  }
  const TemporaryFolder folder;
  WriteFile(folder.File("lines.jsonl"), SomeLines());
  WriteFile(folder.File("check.py"),
            "import json, sys, jsonschema\n"
            "schema = json.load(open(sys.argv[1]))\n"
            "jsonschema.Draft202012Validator.check_schema(schema)\n"
            "lines = open(sys.argv[2], encoding='utf-8').read().splitlines()\n"
            "assert len(lines) == 3\n"
            "for line in lines:\n"
            "    jsonschema.Draft202012Validator(schema).validate(json.loads(line))\n");
  const std::string command = python + " " + folder.File("check.py") + " " +
                              RepositoryFile(kResultsSchema) + " " + folder.File("lines.jsonl");
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace retinue
