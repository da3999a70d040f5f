#include "retinue/openvino/runtime.h"

#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/runtime_contract.h"

namespace retinue {
namespace testing {

struct OpenVinoRuntime {
  static bool IsFetched() { return true; }  // linked
  static Result<std::unique_ptr<Runtime>> Make() { return MakeOpenVinoRuntime(); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(OpenVino, RuntimeContract, OpenVinoRuntime);

}  // namespace testing

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::AddsSteps;
using testing::ExpectValues;
using testing::FillUniform;
using testing::OnnxBuilder;
using testing::RunOnce;
using testing::WriteFile;

class OpenVino : public testing::RuntimeOf<testing::OpenVinoRuntime> {};

TEST_F(OpenVino, SaysWhatItIsAndReads) {
  EXPECT_EQ(runtime_->name(), "openvino");
  EXPECT_THAT(runtime_->version(), ::testing::MatchesRegex("20[0-9]+\\.[0-9]+\\.[0-9]+"));
  ASSERT_FALSE(runtime_->devices().empty());
  EXPECT_EQ(runtime_->devices()[0], "cpu");
  for (const char* extension : {".onnx", ".tflite", ".xml"}) {
    EXPECT_TRUE(runtime_->Reads(extension));
  }
  EXPECT_FALSE(runtime_->Reads(".pt"));
}

TEST_F(OpenVino, SaysWhatIsWrongWithAFile) {
  ExpectReadErrors({
      {Write("a.pt", "x"), ErrorCode::kUnsupported, "reads .onnx, .tflite and .xml, not .pt"},
      {Write("text.tflite", "some text\n"), ErrorCode::kDataLoss, "found other bytes"},
      {Write("cut.tflite", std::string("\x1c\0\0\0TFL3\0\0\0\0", 12)), ErrorCode::kDataLoss, ""},
      {Write("cut.xml", "<?xml?><net"), ErrorCode::kDataLoss, "finds none"},
  });
}

// OpenVINO alone maps and touches all of such a file: 2.1 GB.
TEST_F(OpenVino, TakesNoMemoryForTwoGigabytesOfNothing) {
  const std::string path = Write("zeros.onnx", "");
  fs::resize_file(path, 2ull << 30);
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(ReadError(path).code, ErrorCode::kDataLoss);
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50 * 1024) << "KB";
}

TEST_F(OpenVino, NeedsAShapeWhereTheNetworkLeavesItOpen) {
  const std::string open = Write("open.onnx", OnnxBuilder()
                                                  .Input("x", {"N", "3", "H", "W"})
                                                  .Output("y", {"N", "3", "H", "W"})
                                                  .Node("Neg", {"x"}, {"y"})
                                                  .Build());
  EXPECT_THAT(CompileError(open, {}).message, HasSubstr("expected an input_shape"));
  CompileOptions options;
  options.input_shape = Shape{1, 3, 8, 12};
  EXPECT_EQ(Compile(open, options)->io().outputs[0].shape, (Shape{1, 3, 8, 12}));
}

TEST_F(OpenVino, RunsInBf16OnlyWhereTheProcessorDoes) {
  const std::string cpu = testing::ReadFile("/proc/cpuinfo");
  if (cpu.empty()) GTEST_SKIP() << "no /proc/cpuinfo";
  const bool has_bf16 = cpu.find("avx512_bf16") != std::string::npos;
  CompileOptions options;
  options.precision = Precision::kBf16;
  const auto engine = Read(Write("a.onnx", AddsSteps()))->Compile(options);
  ASSERT_EQ(engine.has_value(), has_bf16);
  if (!has_bf16) {
    EXPECT_EQ(engine.error().code, ErrorCode::kUnsupported);
  }
  options.precision = Precision::kF32;
  EXPECT_EQ(Compile(Write("a.onnx", AddsSteps()), options)->info().precision, Precision::kF32);
}

// A compiled network in a cache folder, and what may happen to it.
class OpenVinoCache : public OpenVino {
 protected:
  std::string cache() const { return folder_.File("cache/nested"); }
  std::shared_ptr<Engine> Start(const std::string& path) {
    const auto runtime = MakeOpenVinoRuntime({.cache_dir = cache()});
    CompileOptions options;
    options.cache_dir = cache();
    const auto model = runtime->Read(path);
    EXPECT_TRUE(model) << model.error().message;
    EXPECT_EQ((*model)->io().metadata.size(), 1u);
    auto engine = (*model)->Compile(options);
    EXPECT_TRUE(engine) << engine.error().message;
    const auto request = *(*engine)->NewRequest();
    for (float& value : request->input(0).as<float>()) value = 1;
    RunOnce(*request);
    EXPECT_THAT(request->output(0).as<float>(), ElementsAre(1.5F, 2, 3, 5));
    EXPECT_EQ((*engine)->io().metadata.size(), 1u);
    EXPECT_EQ((*engine)->io().outputs[0].name, "y");
    return *engine;
  }
  std::vector<std::string> Files(const std::string& kind) const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(cache())) {
      if (entry.path().extension() == kind) paths.push_back(entry.path().string());
    }
    return paths;
  }
};

TEST_F(OpenVinoCache, ServesTheNextStart) {
  const std::string path = Write("a.onnx", AddsSteps());
  EXPECT_FALSE(Start(path)->info().from_cache);
  EXPECT_TRUE(Start(path)->info().from_cache);
  // The same content under another name.
  EXPECT_TRUE(Start(Write("b.onnx", AddsSteps()))->info().from_cache);
  EXPECT_EQ(Files(".net").size(), 1u);
  EXPECT_EQ(Files(".io").size(), 1u);
}

TEST_F(OpenVinoCache, ServesOneShapeAndSettingOnly) {
  const auto model = Read(Write("a.onnx", AddsSteps()));
  CompileOptions options;
  options.cache_dir = cache();
  std::vector<CompileOptions> all(4, options);
  all[1].threads = 1;
  all[2].goal = Goal::kLatency;
  all[3].input_shape = Shape{2, 4};
  for (const CompileOptions& one : all) EXPECT_FALSE((*model->Compile(one))->info().from_cache);
  for (const CompileOptions& one : all) EXPECT_TRUE((*model->Compile(one))->info().from_cache);
  EXPECT_EQ((*model->Compile(all[3]))->io().outputs[0].shape, (Shape{2, 4}));
}

TEST_F(OpenVinoCache, IsMadeAnewWhenDamaged) {
  const std::string path = Write("a.onnx", AddsSteps());
  Start(path);
  const std::string file = Files(".net").at(0);
  const std::string whole = testing::ReadFile(file);
  std::vector<std::string> damages = {"", "RETINUE1", whole.substr(0, whole.size() / 2),
                                      whole + "more"};
  for (const std::size_t at : {0ul, 9ul, 60ul, whole.size() / 2, whole.size() - 1}) {
    damages.push_back(whole);
    damages.back()[at] = static_cast<char>(damages.back()[at] ^ 1);
  }
  for (const std::string& damaged : damages) {
    WriteFile(file, damaged);
    EXPECT_FALSE(Start(path)->info().from_cache);
    EXPECT_TRUE(Start(path)->info().from_cache);
  }
  for (const std::string& io : Files(".io")) WriteFile(io, "RETINUE1 and nothing");
  EXPECT_TRUE(Start(path)->info().from_cache);
}

TEST_F(OpenVinoCache, IsNotNeeded) {
  const std::string path = Write("a.onnx", AddsSteps());
  CompileOptions options;
  options.cache_dir = path + "/cannot/be";
  EXPECT_FALSE(Compile(path, options)->info().from_cache);
}

TEST_F(OpenVinoCache, KeepsTheLastSixteen) {
  const auto model = Read(Write("a.onnx", AddsSteps()));
  CompileOptions options;
  options.cache_dir = cache();
  for (int i = 1; i <= 18; ++i) {
    options.input_shape = Shape{i, 4};
    ASSERT_TRUE(model->Compile(options));
  }
  EXPECT_EQ(Files(".net").size(), 16u);
  EXPECT_TRUE((*model->Compile(options))->info().from_cache);
}

TEST_F(OpenVinoCache, NoticesAFileThatChangedAfterReading) {
  const std::string path = Write("a.onnx", AddsSteps());
  const auto model = Read(path);
  ASSERT_TRUE(model->Compile({}));  // Takes the network that was read.
  WriteFile(path, AddsSteps() + std::string("\x7a\x01z", 3));
  EXPECT_EQ(model->Compile({}).error().code, ErrorCode::kDataLoss);
}

// Values of the TensorFlow Lite interpreter (ai-edge-litert 2.x, Python, XNNPACK) for numbers of
// testing::Random(7) in [-1, 1).
TEST_F(OpenVino, AgreesWithTensorFlowLiteOnTheDefaultModel) {
  RETINUE_FETCHED_OR_SKIP(path, "models/ssd_mobilenet_v2_objectron.tflite");
  const auto engine = Compile(path);
  ASSERT_EQ(engine->io().outputs.size(), 2u);
  EXPECT_EQ(engine->io().inputs[0].shape, (Shape{1, 300, 300, 3}));
  EXPECT_EQ(engine->io().outputs[0].name, "raw_outputs/box_encodings");
  EXPECT_EQ(engine->io().outputs[1].name, "raw_outputs/class_predictions");
  const auto request = *engine->NewRequest();
  FillUniform(*request, -1, 1);
  RunOnce(*request);
  ExpectValues(request->output(0),
               {{0, -2.6433887481689453}, {1, -2.6372790336608887}, {5000, 0.1674104481935501},
                {7667, 0.03203042969107628}},
               1e-4);
  ExpectValues(request->output(1),
               {{0, 1.3064686059951782}, {1, -4.547306060791016}, {5000, -6.969827175140381},
                {7667, -6.719156742095947}},
               1e-4);
}

TEST_F(OpenVinoCache, GivesTheSameNumbersOnTheDefaultModel) {
  RETINUE_FETCHED_OR_SKIP(path, "models/ssd_mobilenet_v2_objectron.tflite");
  CompileOptions options;
  options.cache_dir = cache();
  std::vector<std::vector<float>> results;
  for (const bool cached : {false, true}) {
    const auto engine = Compile(path, options);
    EXPECT_EQ(engine->info().from_cache, cached);
    const auto request = *engine->NewRequest();
    FillUniform(*request, -1, 1);
    RunOnce(*request);
    const auto values = request->output(1).as<float>();
    results.emplace_back(values.begin(), values.end());
  }
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace retinue
