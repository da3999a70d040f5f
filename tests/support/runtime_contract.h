#pragma once

// What every Runtime must do, whatever library is behind it: a suite that each
// backend runs on its own,
//
//   struct Onnx { static Result<std::unique_ptr<Runtime>> Make(); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Onnx, RuntimeContract, Onnx);
//
// and the fixture that it and the backend's further tests are built on.

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/infer/engine.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue::testing {

// y = x + (0.5, 1, 2, 4)
inline std::string AddsSteps() {
  return OnnxBuilder()
      .Input("x", {"N", "4"})
      .Output("y", {"N", "4"})
      .Floats("steps", {1, 4}, {0.5F, 1.0F, 2.0F, 4.0F})
      .Node("Add", {"x", "steps"}, {"y"})
      .Metadata("names", "{0: 'person'}")
      .Build();
}

inline void RunOnce(Request& request) {
  const auto started = request.Start();
  ASSERT_TRUE(started) << started.error().message;
  const auto done = request.Wait();
  ASSERT_TRUE(done) << done.error().message;
}

/// Random(7) in [low, high), so that reference values can be made elsewhere.
inline void FillUniform(Request& request, double low, double high) {
  Random random(7);
  for (float& value : request.input(0).as<float>()) {
    value = static_cast<float>(low + (high - low) * random.Uniform());
  }
}

struct ExpectedValue {
  std::size_t at;
  double value;
};

inline void ExpectValues(const TensorView& output, const std::vector<ExpectedValue>& expected,
                         double tolerance) {
  for (const ExpectedValue& one : expected) {
    EXPECT_NEAR(output.as<float>()[one.at], one.value, tolerance) << one.at;
  }
}

inline int CountThreads() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

struct ReadErrorCase {
  std::string path;
  ErrorCode code;
  const char* says;
};

/// A runtime and a folder to put models into.
class RuntimeTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    WriteFile(folder_.File(name), content);
    return folder_.File(name);
  }
  std::unique_ptr<Model> Read(const std::string& path) {
    auto model = runtime_->Read(path);
    EXPECT_TRUE(model) << model.error().message;
    return model ? *std::move(model) : nullptr;
  }
  std::shared_ptr<Engine> Compile(const std::string& path, const CompileOptions& options = {}) {
    auto engine = Read(path)->Compile(options);
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? *std::move(engine) : nullptr;
  }
  Error ReadError(const std::string& path) {
    const auto model = runtime_->Read(path);
    return model ? Error{ErrorCode::kInternal, "was read"} : model.error();
  }
  Error CompileError(const std::string& path, const CompileOptions& options) {
    const auto engine = Read(path)->Compile(options);
    return engine ? Error{ErrorCode::kInternal, "was compiled"} : engine.error();
  }
  void ExpectReadErrors(const std::vector<ReadErrorCase>& cases) {
    for (const ReadErrorCase& one : cases) {
      const Error error = ReadError(one.path);
      EXPECT_EQ(error.code, one.code) << one.path << ": " << error.message;
      EXPECT_THAT(error.message, ::testing::HasSubstr(one.says));
      EXPECT_THAT(error.message, ::testing::HasSubstr(one.path));
      EXPECT_THAT(error.message, ::testing::Not(::testing::HasSubstr("\n")));
      EXPECT_THAT(error.message, ::testing::Not(::testing::HasSubstr("src/")));
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<Runtime> runtime_;
};

/// RuntimeTest with the runtime that Backend::Make() gives; skipped by name where
/// its library has not been fetched.
template <typename Backend>
class RuntimeOf : public RuntimeTest {
 protected:
  void SetUp() override {
    auto runtime = Backend::Make();
    if (!runtime && !Backend::IsFetched()) GTEST_SKIP() << runtime.error().message;
    ASSERT_TRUE(runtime) << runtime.error().message;
    runtime_ = *std::move(runtime);
  }
};

template <typename Backend>
using RuntimeContract = RuntimeOf<Backend>;
TYPED_TEST_SUITE_P(RuntimeContract);

TYPED_TEST_P(RuntimeContract, ReadsNamesShapesAndMetadata) {
  const auto model = this->Read(this->Write("a.onnx", AddsSteps()));
  ASSERT_EQ(model->io().inputs.size(), 1u);
  EXPECT_EQ(model->io().inputs[0].name, "x");
  EXPECT_EQ(model->io().inputs[0].shape, (Shape{Shape::kDynamic, 4}));
  EXPECT_EQ(model->io().outputs[0].name, "y");
  EXPECT_EQ(model->io().metadata.at("names"), "{0: 'person'}");
}

TYPED_TEST_P(RuntimeContract, ComputesInTheRequestsMemory) {
  const auto engine = this->Compile(this->Write("a.onnx", AddsSteps()));
  EXPECT_EQ(engine->io().inputs[0].shape, (Shape{1, 4}));  // an open batch is 1
  EXPECT_EQ(engine->io().outputs[0].shape, (Shape{1, 4}));
  EXPECT_EQ(engine->io().metadata.at("names"), "{0: 'person'}");
  const auto request = *engine->NewRequest();
  const void* const input = request->input(0).data;
  const void* const output = request->output(0).data;
  for (const float x : {0.0F, 10.0F, 20.0F}) {
    for (float& value : request->input(0).template as<float>()) value = x;
    RunOnce(*request);
    EXPECT_THAT(request->output(0).template as<float>(),
                ::testing::ElementsAre(x + 0.5F, x + 1, x + 2, x + 4));
    EXPECT_EQ(request->input(0).data, input);
    EXPECT_EQ(request->output(0).data, output);
  }
}

TYPED_TEST_P(RuntimeContract, TakesTheShapeAskedFor) {
  CompileOptions options;
  options.input_shape = Shape{3, 4};
  EXPECT_EQ(this->Compile(this->Write("a.onnx", AddsSteps()), options)->io().outputs[0].shape,
            (Shape{3, 4}));
}

TYPED_TEST_P(RuntimeContract, RunsSeveralRequestsAtOnce) {
  const std::string path = this->Write("a.onnx", AddsSteps());
  for (const Goal goal : {Goal::kThroughput, Goal::kLatency}) {
    CompileOptions options;
    options.goal = goal;
    options.threads = 3;
    const auto engine = this->Compile(path, options);
    const int size = engine->info().requests + 1;  // one more than is worth it
    std::vector<std::unique_ptr<Request>> ring;
    for (int i = 0; i < size; ++i) ring.push_back(*engine->NewRequest());
    for (int i = 0; i < 100 * size; ++i) {
      Request& request = *ring[static_cast<std::size_t>(i % size)];
      if (i >= size) {
        ASSERT_TRUE(request.Wait());
        ASSERT_FLOAT_EQ(request.output(0).template as<float>()[3],
                        static_cast<float>(i - size) + 4.0F);
      }
      for (float& value : request.input(0).template as<float>()) value = static_cast<float>(i);
      ASSERT_TRUE(request.Start());
    }
    // The ring goes while all of it runs.
  }
}

TYPED_TEST_P(RuntimeContract, HonoursThreadsAndGoal) {
  const std::string path = this->Write("a.onnx", AddsSteps());
  CompileOptions options;
  options.threads = 1;
  const auto engine = this->Compile(path, options);
  EXPECT_EQ(engine->info().threads, 1);
  EXPECT_EQ(engine->info().requests, 2);  // one runs, one waits
  options.goal = Goal::kLatency;
  EXPECT_EQ(this->Compile(path, options)->info().requests, 1);
  EXPECT_THAT(engine->info().runtime, ::testing::StartsWith(std::string(this->runtime_->name())));
  EXPECT_THAT(engine->info().device, ::testing::HasSubstr("cpu: "));
}

TYPED_TEST_P(RuntimeContract, RefusesToStartTwiceAndToWaitForNothing) {
  const auto engine = this->Compile(this->Write("a.onnx", AddsSteps()));
  const auto request = *engine->NewRequest();
  EXPECT_EQ(request->Wait().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(request->Start());
  EXPECT_EQ(request->Start().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(request->Wait());
  EXPECT_TRUE(request->Wait());
}

TYPED_TEST_P(RuntimeContract, GivesOutputsWhoseShapeDependsOnTheData) {
  const auto engine = this->Compile(
      this->Write("a.onnx", OnnxBuilder()
                                .Input("x", {"1", "4"})
                                .Output("y", {"2", "K"}, OnnxBuilder::kInt64)
                                .Output("z", {"1", "4"})
                                .Node("NonZero", {"x"}, {"y"})
                                .Node("Neg", {"x"}, {"z"})
                                .Build()));
  ASSERT_TRUE(engine->io().outputs[0].shape.IsDynamic());
  const auto request = *engine->NewRequest();
  const auto columns = [&](std::array<float, 4> x) {
    std::copy(x.begin(), x.end(), request->input(0).template as<float>().begin());
    RunOnce(*request);
    EXPECT_FLOAT_EQ(request->output(1).template as<float>()[1], -x[1]);
    const TensorView y = request->output(0);
    const auto values = y.as<std::int64_t>();
    return std::vector<std::int64_t>(values.begin() + y.shape[1], values.end());
  };
  EXPECT_THAT(columns({0, 5, 0, 5}), ::testing::ElementsAre(1, 3));
  EXPECT_THAT(columns({5, 5, 5, 0}), ::testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(columns({0, 0, 0, 0}), ::testing::ElementsAre());
}

TYPED_TEST_P(RuntimeContract, SaysWhatIsWrongWithAFile) {
  const std::string external =
      OnnxBuilder()
          .Input("x", {"4"})
          .Output("y", {"4"})
          .ExternalFloats("w", {4}, "absent.bin")
          .Node("Add", {"x", "w"}, {"y"})
          .Build();
  const std::string no_input =
      OnnxBuilder().Output("y", {"1"}).Floats("w", {1}, {1}).Node("Neg", {"w"}, {"y"}).Build();
  const std::string unknown_operator =
      OnnxBuilder().Input("x", {"1"}).Output("y", {"1"}).Node("Foo", {"x"}, {"y"}).Build();
  const std::string doubles = OnnxBuilder()
                                  .Input("x", {"1"}, OnnxBuilder::kDouble)
                                  .Output("y", {"1"}, OnnxBuilder::kDouble)
                                  .Node("Neg", {"x"}, {"y"})
                                  .Build();
  std::filesystem::create_directory(this->folder_.File("folder.onnx"));
  this->ExpectReadErrors({
      {this->folder_.File("absent.onnx"), ErrorCode::kNotFound, "No such file"},
      {this->folder_.File("folder.onnx"), ErrorCode::kInvalidArgument, "expected a file"},
      {this->Write("a.pt", "x"), ErrorCode::kUnsupported, "not .pt"},
      {this->Write("empty.onnx", ""), ErrorCode::kDataLoss, "empty"},
      {this->Write("text.onnx", "some text\n"), ErrorCode::kDataLoss, "found other bytes"},
      {this->Write("cut.onnx", AddsSteps().substr(0, 100)), ErrorCode::kDataLoss, "cut off"},
      {this->Write("external.onnx", external), ErrorCode::kNotFound, "absent.bin"},
      {this->Write("no_input.onnx", no_input), ErrorCode::kUnsupported, "got 0 and 1"},
      {this->Write("foo.onnx", unknown_operator), ErrorCode::kUnsupported, "Foo"},
      {this->Write("doubles.onnx", doubles), ErrorCode::kUnsupported, "found"},
  });
}

TYPED_TEST_P(RuntimeContract, RefusesOptionsThatMakeNoSense) {
  const std::string path = this->Write("a.onnx", AddsSteps());
  CompileOptions options;
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cud", "tpu:0"}) {
    options.device = device;
    const Error error = this->CompileError(path, options);
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << device;
    EXPECT_THAT(error.message, ::testing::HasSubstr("it has cpu"));
  }
  for (const int threads : {-1, 2000}) {
    options = {};
    options.threads = threads;
    EXPECT_EQ(this->CompileError(path, options).code, ErrorCode::kInvalidArgument) << threads;
  }
  options = {};
  options.input_shape = Shape{1, 4, 1};
  EXPECT_EQ(this->CompileError(path, options).code, ErrorCode::kInvalidArgument);
  options.input_shape = Shape{1, 5};
  EXPECT_EQ(this->CompileError(path, options).code, ErrorCode::kUnsupported);
  options = {};
  options.precision = Precision::kInt8;
  EXPECT_EQ(this->CompileError(path, options).code, ErrorCode::kUnsupported);
}

TYPED_TEST_P(RuntimeContract, LeavesNoThreadBehind) {
  const std::string path = this->Write("a.onnx", AddsSteps());
  this->runtime_.reset();
  const int before = CountThreads();
  for (const Goal goal : {Goal::kThroughput, Goal::kLatency}) {
    this->runtime_ = TypeParam::Make().value();
    CompileOptions options;
    options.goal = goal;
    options.threads = 4;
    {
      const auto engine = this->Compile(path, options);
      RunOnce(**engine->NewRequest());
      EXPECT_GT(CountThreads(), before);
    }
    this->runtime_.reset();
    EXPECT_EQ(CountThreads(), before);
  }
}

// Values of onnxruntime 1.31.1 (Python, CPU; openvino 2026.4.1 gives the same to the
// digits that count): InferenceSession(...).run(None, {"images": x})[0].ravel()[i].
// Boxes are pixels of 640: f32 sums in another order differ by some 1e-6 of that.
TYPED_TEST_P(RuntimeContract, AgreesWithPythonOnYolo) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/derived_f32/yolov8n_f32.onnx");
  const auto engine = this->Compile(path);
  EXPECT_EQ(engine->info().precision, Precision::kF32);
  EXPECT_EQ(engine->io().outputs[0].shape, (Shape{1, 84, 8400}));
  EXPECT_EQ(engine->io().metadata.at("stride"), "32");
  const auto request = *engine->NewRequest();
  FillUniform(*request, 0, 1);
  RunOnce(*request);
  ExpectValues(request->output(0),
               {{0, 3.918774366378784}, {1234, 276.6475830078125}, {16877, 56.4127197265625},
                {33599, 155.46929931640625}},
               2e-3);
  ExpectValues(request->output(0), {{88321, 8.344650268554688e-07}}, 1e-7);
}

TYPED_TEST_P(RuntimeContract, SaysThatAQuantisedNetworkRunsInInt8) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/yolov8n_int8_qdq.onnx");
  CompileOptions options;
  options.precision = Precision::kInt8;
  EXPECT_EQ(this->Compile(path, options)->info().precision, Precision::kInt8);
  EXPECT_EQ(this->Compile(path)->info().precision, Precision::kInt8);
}

REGISTER_TYPED_TEST_SUITE_P(RuntimeContract, ReadsNamesShapesAndMetadata,
                            ComputesInTheRequestsMemory, TakesTheShapeAskedFor,
                            RunsSeveralRequestsAtOnce, HonoursThreadsAndGoal,
                            RefusesToStartTwiceAndToWaitForNothing,
                            GivesOutputsWhoseShapeDependsOnTheData, SaysWhatIsWrongWithAFile,
                            RefusesOptionsThatMakeNoSense, LeavesNoThreadBehind,
                            AgreesWithPythonOnYolo, SaysThatAQuantisedNetworkRunsInInt8);

}  // namespace retinue::testing
