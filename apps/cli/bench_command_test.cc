// `retinue bench` and `batch=` as users run them: the built program. Speeds are not judged
// here, only that figures are there and agree with each other.

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "apps/cli/command_test_support.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using retinue::testing::ProgramResult;
using retinue::testing::TemporaryFolder;

namespace fs = std::filesystem;
using Json = nlohmann::json;

class BenchCommand : public ::testing::Test {
 protected:
  ProgramResult Retinue(std::vector<std::string> arguments) {
    return retinue::testing::RunRetinue(std::move(arguments), folder_);
  }
  std::string File(const std::string& name) const { return folder_.File(name); }

  TemporaryFolder folder_;
};

TEST_F(BenchCommand, WrongUsageIsTwo) {
  struct Case {
    std::vector<std::string> arguments;
    const char* sentence;
  };
  const Case cases[] = {
      {{"bench", "forward", "batch=0"}, "batch must be whole numbers, 1 to 1024, got '0'"},
      {{"bench", "forward", "batch=1,x"}, "got 'x'"},
      {{"bench", "forward", "streams=1,,2"}, "got ''"},
      {{"bench", "forward", "runtime=tensorrt"}, "runtime must be all or a list of openvino"},
      {{"bench", "forward", "precision=f32,fast"}, "got 'fast'"},
      {{"bench", "forward", "a.onnx", "model=b.onnx"}, "takes one model"},
      {{"bench", "stages", "a.mp4"}, "makes its own input"},
      {{"bench", "run"}, "no source"},
      {{"bench", "run", "test:people", "batch=0"}, "batch must be"},
      {{"bench", "stage"}, "the nearest is 'stages'"},
  };
  for (const Case& one : cases) {
    const ProgramResult run = Retinue(one.arguments);
    SCOPED_TRACE(run.err);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr(one.sentence));
    EXPECT_EQ(run.out, "");
  }
}

TEST_F(BenchCommand, StagesNeedsNothingButTheProgram) {
  const ProgramResult run = Retinue({"bench", "stages", "seconds=0.01", "json=s.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(retinue::testing::ReadFile(File("s.json")));
  std::set<std::string> stages;
  for (const Json& row : json.at("stages")) {
    stages.insert(row.at("stage").get<std::string>());
    EXPECT_GE(row.at("n"), 10);
    EXPECT_GT(row.at("p50_ms"), 0);
    EXPECT_LE(row.at("p50_ms"), row.at("p95_ms"));
    EXPECT_THAT(run.out, HasSubstr(row.at("on").get<std::string>()));
  }
  EXPECT_THAT(stages, ElementsAre("draw", "head", "nms", "preprocess", "track"));
}

TEST_F(BenchCommand, ForwardMeasuresWhatRunsAndSaysWhyTheRestDoesNot) {
  RETINUE_TEST_DATA_OR_SKIP(model, "models/nanodet_m_320.onnx");
  const ProgramResult run = Retinue({"bench", "forward", model, "runtime=openvino", "batch=1,2",
                                     "precision=f32,int8", "rounds=2", "seconds=0.05", "json=-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  ASSERT_EQ(json.at("results").size(), 4u);  // one after another and in flight, by 1 and by 2
  for (std::size_t i = 0; i < 4; ++i) {
    const Json& row = json.at("results")[i];
    EXPECT_EQ(row.at("precision"), "f32");
    EXPECT_EQ(row.at("batch"), 1 + i % 2);
    EXPECT_EQ(row.at("input"), i % 2 == 0 ? "[1, 3, 320, 320]" : "[2, 3, 320, 320]");
    EXPECT_EQ(row.at("streams") == 1, i < 2);
    EXPECT_GT(row.at("images_per_second"), 0);
    EXPECT_GT(row.at("cpu_ms_per_image"), 0);
    EXPECT_LE(row.at("pass").at("p50_ms"), row.at("pass").at("p95_ms"));
  }
  ASSERT_EQ(json.at("not_run").size(), 4u);
  EXPECT_THAT(json.at("not_run")[0].at("reason").get<std::string>(), HasSubstr("quantised"));
}

TEST_F(BenchCommand, ForwardOfAFileThatIsNotThereIsFour) {
  const ProgramResult run = Retinue({"bench", "forward", "model=no.onnx"});
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_THAT(run.err, HasSubstr("no.onnx"));
}

TEST_F(BenchCommand, RunPutsTheFiguresOfTheBoundBesideTheRun) {
  RETINUE_FETCHED_OR_SKIP(model, "models/ssd_mobilenet_v2_objectron.tflite");
  const ProgramResult run = Retinue({"bench", "run", "test:people", "max_frames=20", "rounds=2",
                                     "seconds=0.2", "json=r.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("decoding alone"));
  const Json json = Json::parse(retinue::testing::ReadFile(File("r.json")));
  for (const char* key :
       {"fps", "forward_fps", "decode_fps", "bound_fps", "cpu_seconds", "peak_mb"}) {
    EXPECT_GT(json.at(key), 0) << key;
  }
  EXPECT_EQ(json.at("run").at("fps_rounds").size(), 2u);
  EXPECT_GT(json.at("stages").at("head").at("p50_ms"), 0);
  // The bound is cores over the CPU time of a pass and of decoding.
  const auto number = [&](const char* key) { return json.at(key).get<double>(); };
  EXPECT_NEAR(number("cpu_ratio_to_bound"),
              (number("forward_cpu_ms") + number("decode_cpu_ms")) / number("run_cpu_ms"), 1e-9);
  // On a busy machine there is no ratio, but the reason.
  EXPECT_NE(json.at("ratio_to_bound").is_null(), !json.contains("no_ratio"));
}

TEST_F(BenchCommand, OneRoundGivesNoRatio) {
  RETINUE_FETCHED_OR_SKIP(model, "models/ssd_mobilenet_v2_objectron.tflite");
  const ProgramResult run = Retinue({"bench", "run", "test:people", "max_frames=5", "rounds=1",
                                     "seconds=0.05", "json=-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_TRUE(json.at("ratio_to_bound").is_null());
  EXPECT_THAT(json.at("no_ratio").get<std::string>(), HasSubstr("one round"));
}

// batch=1 is the independent source: the same network, the same pictures, one at a time.
TEST_F(BenchCommand, BatchesOfPicturesGiveTheSameResultsInTheSameOrder) {
  RETINUE_TEST_DATA_OR_SKIP(images, "images/coco128_val2017/images");
  RETINUE_TEST_DATA_OR_SKIP(model, "models/nanodet_m_320.onnx");
  int pictures = 0;
  for (const auto& entry : fs::directory_iterator(images)) {
    if (++pictures > 10) break;
    fs::create_symlink(entry.path(), File(entry.path().filename().string()));
  }
  retinue::testing::WriteFile(File("b.jpg"), "no picture");  // a damaged one among them
  const auto run = [&](const std::string& batch) {
    const ProgramResult result = Retinue({"detect", folder_.path(), "model=" + model,
                                          "runtime=openvino", "batch=" + batch, "json=-", "quiet"});
    EXPECT_EQ(result.exit_code, 3) << result.err;  // for the damaged one
    return result.out;
  };
  const std::string alone = run("1");
  EXPECT_EQ(std::count(alone.begin(), alone.end(), '\n'), 10);
  const auto by_four = run("4");
  std::istringstream one(alone), four(by_four);
  for (std::string expected, got; std::getline(one, expected);) {
    ASSERT_TRUE(std::getline(four, got));
    const Json a = Json::parse(expected), b = Json::parse(got);
    EXPECT_EQ(a.at("stream"), b.at("stream"));
    ASSERT_EQ(a.at("objects").size(), b.at("objects").size()) << expected << got;
    for (std::size_t i = 0; i < a.at("objects").size(); ++i) {
      const Json &x = a.at("objects")[i], &y = b.at("objects")[i];
      EXPECT_EQ(x.at("class"), y.at("class"));
      // Sums in another order: the last digit that is written.
      EXPECT_NEAR(x.at("score").get<double>(), y.at("score").get<double>(), 0.0011);
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(x.at("box")[k].get<double>(), y.at("box")[k].get<double>(), 0.11);
      }
    }
  }
}

TEST_F(BenchCommand, AModelThatMixesPicturesIsRefusedBeforeTheFirstFrame) {
  RETINUE_TEST_DATA_OR_SKIP(picture, "images/bus.jpg");
  RETINUE_TEST_DATA_OR_SKIP(model, "models/derived_f32/yolo26n_e2e_f32.onnx");
  const ProgramResult run = Retinue({"detect", picture, "model=" + model, "runtime=openvino",
                                     "batch=2", "json=o.jsonl"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, HasSubstr("for one picture at a time"));
  EXPECT_FALSE(fs::exists(File("o.jsonl")));
}

}  // namespace
}  // namespace retinue
