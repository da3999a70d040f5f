// Models that cannot be used: each a sentence and exit code 4, before the first
// frame, on both runtimes, quickly and in bounded memory.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using retinue::testing::OnnxBuilder;
using retinue::testing::ProgramOptions;
using retinue::testing::ProgramResult;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::HasSubstr;

constexpr std::uint64_t kTwoGigabytes = 2'000'000'000;

/// A YOLO of 64x64 pixels: 8·8 + 4·4 + 2·2 anchors, `classes` classes. Computes nothing of use.
OnnxBuilder Yolo(const std::vector<std::string>& input, int classes = 80) {
  return OnnxBuilder()
      .Input("images", input)
      .Output("output0", {"1", std::to_string(4 + classes), "84"})
      .Floats("c", {1, 4 + classes, 84},
              std::vector<float>(static_cast<std::size_t>((4 + classes) * 84)))
      .Node("Identity", {"c"}, {"output0"});
}

class BadModels : public ::testing::Test {
 protected:
  std::string File(const std::string& name) const { return folder_.File(name); }
  std::string Write(const std::string& name, const std::string& bytes) {
    WriteFile(File(name), bytes);
    return name;
  }
  /// A file that takes no place: `head`, then zeros up to two gigabytes.
  std::string WriteHuge(const std::string& name, const std::string& head) {
    Write(name, head);
    EXPECT_EQ(truncate(File(name).c_str(), static_cast<off_t>(kTwoGigabytes)), 0);
    return name;
  }

  /// Exit code 4 and one line that says `says`, on each runtime.
  void ExpectRefused(const std::string& model, const std::string& says,
                     const std::vector<std::string>& runtimes = {"openvino", "onnxruntime",
                                                                 "auto"}) {
    ProgramOptions options;
    options.environment = {{"RETINUE_CACHE", File("cache")}};
    for (const std::string& runtime : runtimes) {
      const ProgramResult run =
          RunRetinue({"detect", "test:people", "max_frames=1", "json=-", "model=" + model,
                      "runtime=" + runtime},
                     folder_, options);
      SCOPED_TRACE(model + " on " + runtime + ": " + run.err);
      EXPECT_EQ(run.exit_code, 4);
      EXPECT_EQ(run.out, "") << "no frame before the error";
      EXPECT_THAT(run.err, HasSubstr(says));
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
    }
  }

  TemporaryFolder folder_;
};

TEST_F(BadModels, AnOpenSizeSaysWhatSettlesIt) {
  ExpectRefused(Write("dynamic.onnx", Yolo({"N", "3", "H", "W"}).Build()), "settles it");
}

TEST_F(BadModels, AFixedBatchOfAnotherNumber) {
  ExpectRefused(Write("batch4.onnx", Yolo({"4", "3", "64", "64"}).Build()), "[4, 3, 64, 64]");
}

TEST_F(BadModels, AnotherNumberOfChannels) {
  ExpectRefused(Write("channels.onnx", Yolo({"1", "5", "64", "64"}).Build()), "[1, 5, 64, 64]");
}

TEST_F(BadModels, WeightsInAFileThatIsNotThere) {
  const std::string model = OnnxBuilder()
                                .Input("images", {"1", "3", "64", "64"})
                                .Output("output0", {"1", "84", "84"})
                                .ExternalFloats("c", {1, 84, 84}, "yolo.weights.bin")
                                .Node("Identity", {"c"}, {"output0"})
                                .Build();
  ExpectRefused(Write("external.onnx", model), "yolo.weights.bin");
  Write("yolo.weights.bin", "too short");
  ExpectRefused("external.onnx", "yolo.weights.bin");
}

TEST_F(BadModels, TruncatedFiles) {
  const std::string whole = Yolo({"1", "3", "64", "64"}).Build();
  ExpectRefused(Write("cut.onnx", whole.substr(0, whole.size() / 2)), "cut off");
  RETINUE_FETCHED_OR_SKIP(ssd, "models/ssd_mobilenet_v2_objectron.tflite");
  const std::string bytes = testing::ReadFile(ssd);
  Write("cut.tflite", bytes.substr(0, bytes.size() / 2));
  ExpectRefused("cut.tflite", "cut.tflite", {"openvino", "auto"});
}

TEST_F(BadModels, TwoGigabytesOfGarbage) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
  const std::string header("\x08\x08", 2);  // ir_version = 8
  struct Case {
    std::string model;
    std::vector<std::string> runtimes;
  };
  const std::vector<std::string> all = {"openvino", "onnxruntime", "auto"};
  const Case cases[] = {
      {WriteHuge("zeros.onnx", ""), all},
      {WriteHuge("text.onnx", "this is not a network"), all},
      {WriteHuge("header.onnx", header), all},
      // A graph that fills the file (field 7, 2e9 - 8 = 0x773593f8 bytes), of nothing.
      {WriteHuge("graph.onnx", header + "\x3a\xf8\xa7\xd6\xb9\x07"), all},
      {WriteHuge("zeros.tflite", ""), {"openvino"}},
      {WriteHuge("magic.tflite", std::string("\x1c\0\0\0TFL3", 8)), {"openvino"}},
      {WriteHuge("zeros.xml", ""), {"openvino"}},
      {WriteHuge("net.xml", "<net name=\"x\">"), {"openvino"}},
  };
  for (const Case& one : cases) {
    ExpectRefused(one.model, one.model, one.runtimes);
  }
}

}  // namespace
}  // namespace retinue
