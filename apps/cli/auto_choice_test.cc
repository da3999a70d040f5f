// `models verify` and the choice that rests on it, with the built program. A
// network whose output is random stands for one that a runtime computes wrongly.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/cli/command_test_support.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using retinue::testing::OnnxBuilder;
using retinue::testing::ProgramOptions;
using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

/// A YOLO of one class and 64x64 pixels (84 anchors) whose output is `op` of constants.
std::string SmallYolo(const std::string& op) {
  return OnnxBuilder()
      .Input("images", {"1", "3", "64", "64"})
      .Output("output0", {"1", "5", "84"})
      .Floats("c", {1, 5, 84}, std::vector<float>(5 * 84, 0.5F))
      .Node(op, {"c"}, {"output0"})
      .Metadata("task", "detect")
      .Metadata("names", "{0: 'thing'}")
      .Metadata("stride", "32")
      .Metadata("imgsz", "[64, 64]")
      .Build();
}

class AutoChoice : public ::testing::Test {
 protected:
  void SetUp() override {
#if !defined(RETINUE_WITH_OPENVINO) || !defined(RETINUE_WITH_ONNXRUNTIME)
    GTEST_SKIP() << "built without one of the runtimes";
#endif
    WriteFile(folder_.File("steady.onnx"), SmallYolo("Identity"));
    WriteFile(folder_.File("random.onnx"), SmallYolo("RandomUniformLike"));
  }
  ProgramResult Retinue(std::vector<std::string> arguments) {
    ProgramOptions options;
    options.environment = {{"RETINUE_CACHE", folder_.File("cache")}};
    return RunRetinue(std::move(arguments), folder_, options);
  }
  ProgramResult Plan(const std::string& model, const std::string& more = "verbose") {
    return Retinue({"track", "test:people", "model=" + model, "--dry-run", more});
  }
  std::string Choices() const { return folder_.File("cache/choices.json"); }
  /// Says that OpenVINO is the faster one, and that nothing was verified yet.
  void PretendOpenVinoIsFastest() {
    Json memory = Json::parse(ReadFile(Choices()));
    for (Json& model : memory["models"]) {
      model["agrees"] = Json::object();
      for (Json& ways : model["ms"]) ways = {{"openvino f32", 0.001}, {"onnxruntime f32", 100.0}};
    }
    WriteFile(Choices(), memory.dump());
  }

  TemporaryFolder folder_;
};

TEST_F(AutoChoice, VerifyComparesEveryWayWithTheReference) {
  const ProgramResult run = Retinue({"models", "verify", "steady.onnx", "json=v.json"});
  EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("reference: onnxruntime"), HasSubstr("openvino f32"),
                             HasSubstr("agrees"), HasSubstr("4 pictures of drawn people")));
  const Json ways = Json::parse(ReadFile(folder_.File("v.json")))["ways"];
  for (const Json& way : ways) {
    EXPECT_EQ(way.value("agrees", true), true) << way;
  }
}

TEST_F(AutoChoice, VerifyEndsWithOneBeyondTheTolerance) {
  const ProgramResult run =
      Retinue({"models", "verify", "random.onnx", "runtime=openvino", "precision=f32"});
  EXPECT_EQ(run.exit_code, 1) << run.err << run.out;
  EXPECT_THAT(run.out, HasSubstr("DOES NOT AGREE"));
  EXPECT_THAT(run.err, HasSubstr("openvino f32 is further from onnxruntime f32"));
}

TEST_F(AutoChoice, VerifyTakesPictures) {
  RETINUE_TEST_DATA_OR_SKIP(model, "models/derived_f32/yolov8n_f32.onnx");
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  const ProgramResult run =
      Retinue({"models", "verify", model, "source=" + bus, "json=-", "precision=f32"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Json result = Json::parse(run.out);
  EXPECT_EQ(result["pictures"], 1);
  ASSERT_EQ(result["ways"].size(), 2u);
  for (const Json& way : result["ways"]) {
    EXPECT_GE(way["objects"].get<int>(), 4);  // a bus and three people at least stand there
    EXPECT_EQ(way["missing"], 0);
    EXPECT_EQ(way["extra"], 0);
  }
  EXPECT_EQ(Retinue({"models", "verify", model, "source=missing.jpg"}).exit_code, 3);
}

TEST_F(AutoChoice, ALongRunMeasuresOnceAndRemembers) {
  const ProgramResult first = Plan("steady.onnx");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("choice"), HasSubstr("openvino f32"),
                               HasSubstr("onnxruntime f32"), HasSubstr("ms a pass")));
  EXPECT_THAT(first.err, HasSubstr("measuring"));
  const ProgramResult second = Plan("steady.onnx");
  EXPECT_THAT(second.err, Not(HasSubstr("measuring")));
  EXPECT_THAT(second.out, HasSubstr("as remembered for"));
}

TEST_F(AutoChoice, AWayThatDoesNotAgreeIsNeverUsed) {
  EXPECT_EQ(Plan("random.onnx").exit_code, 0);
  PretendOpenVinoIsFastest();
  const ProgramResult run = Plan("random.onnx");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err,
              HasSubstr("warning: openvino f32 (0.0 ms a pass) does not agree with the reference"));
  EXPECT_THAT(run.out, HasSubstr("runtime  onnxruntime"));
  EXPECT_THAT(run.out, HasSubstr("does not agree: "));
  // And the same for one that does.
  EXPECT_EQ(Plan("steady.onnx").exit_code, 0);
  PretendOpenVinoIsFastest();
  EXPECT_THAT(Plan("steady.onnx").out, HasSubstr("runtime  openvino"));
}

TEST_F(AutoChoice, ADamagedMemoryIsForgotten) {
  EXPECT_EQ(Plan("steady.onnx").exit_code, 0);
  WriteFile(Choices(), "{\"models\": ");
  EXPECT_THAT(Plan("steady.onnx").err, HasSubstr("measuring"));
  EXPECT_TRUE(Json::parse(ReadFile(Choices())).contains("models"));
}

TEST_F(AutoChoice, AShortRunNeverMeasures) {
  const ProgramResult run = Retinue(
      {"track", "test:people", "max_frames=3", "model=steady.onnx", "--dry-run", "verbose"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("choice   the default"));
  EXPECT_THAT(run.err, Not(HasSubstr("measuring")));
  EXPECT_EQ(std::ifstream(Choices()).good(), false);
  // But it uses what a longer one has found out.
  EXPECT_EQ(Plan("steady.onnx").exit_code, 0);
  PretendOpenVinoIsFastest();
  EXPECT_EQ(Plan("steady.onnx").exit_code, 0);
  EXPECT_THAT(
      Retinue({"track", "test:people", "max_frames=3", "model=steady.onnx", "--dry-run"}).out,
      HasSubstr("as remembered for"));
}

TEST_F(AutoChoice, WhatTheUserSaysIsDone) {
  for (const char* runtime : {"openvino", "onnxruntime"}) {
    const ProgramResult run =
        Retinue({"track", "test:people", "model=random.onnx", "--dry-run", "verbose",
                 "precision=f32", std::string("runtime=") + runtime});
    EXPECT_THAT(run.out, HasSubstr(std::string("runtime  ") + runtime)) << run.err;
    EXPECT_THAT(run.out, Not(HasSubstr("choice")));
  }
}

}  // namespace
}  // namespace retinue
