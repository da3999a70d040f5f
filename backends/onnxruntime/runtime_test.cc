#include "retinue/onnxruntime/runtime.h"

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/runtime_contract.h"

namespace retinue {
namespace testing {

struct OnnxRuntime {
  static std::string Library() {
    return Fetched("onnxruntime/lib/libonnxruntime.so.1");
  }
  static bool IsFetched() { return !Library().empty(); }
  static Result<std::unique_ptr<Runtime>> Make() { return MakeOnnxRuntime({Library()}); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(OnnxRuntime, RuntimeContract, OnnxRuntime);

}  // namespace testing

namespace {

using ::testing::HasSubstr;
using testing::AddsSteps;

class Onnx : public testing::RuntimeOf<testing::OnnxRuntime> {};

TEST(OnnxLibrary, SaysHowToGetItWhenItIsNotThere) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(MakeOnnxRuntime({folder.File("absent.so")}).error().code, ErrorCode::kUnavailable);
  testing::WriteFile(folder.File("text.so"), "no library");
  EXPECT_EQ(MakeOnnxRuntime({folder.File("text.so")}).error().code, ErrorCode::kUnavailable);
  const auto other = MakeOnnxRuntime({"libm.so.6"});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("not ONNX Runtime"));
}

// A program that follows people in cameras reports to nobody.
TEST_F(Onnx, ReportsNothingToItsMaker) {
  EXPECT_STREQ(std::getenv("ORT_DISABLE_TELEMETRY"), "1");
  EXPECT_STREQ(std::getenv("ORT_TELEMETRY_DISABLED"), "1");
}

TEST_F(Onnx, SaysWhatItIsAndReads) {
  EXPECT_EQ(runtime_->name(), "onnxruntime");
  EXPECT_THAT(runtime_->version(), ::testing::MatchesRegex("1\\.[0-9]+\\.[0-9]+.*"));
  EXPECT_EQ(runtime_->devices().at(0), "cpu");
  EXPECT_TRUE(runtime_->Reads(".onnx"));
  EXPECT_FALSE(runtime_->Reads(".tflite"));
  ExpectReadErrors({{Write("a.tflite", "x"), ErrorCode::kUnsupported, "runtime=openvino"}});
}

TEST_F(Onnx, HasOneMoreRequestThanThreadsForThroughput) {
  CompileOptions options;
  options.threads = 3;
  const auto engine = Compile(Write("a.onnx", AddsSteps()), options);
  EXPECT_EQ(engine->info().threads, 3);
  EXPECT_EQ(engine->info().requests, 4);
}

TEST_F(Onnx, KnowsNoBf16) {
  CompileOptions options;
  options.precision = Precision::kBf16;
  EXPECT_EQ(CompileError(Write("a.onnx", AddsSteps()), options).code, ErrorCode::kUnsupported);
}

TEST_F(Onnx, LeavesTheShapeOfANetworkThatFixesIt) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/yolov8n_int8_qdq.onnx");
  CompileOptions options;
  options.input_shape = Shape{1, 3, 384, 640};
  EXPECT_EQ(CompileError(path, options).code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace retinue
