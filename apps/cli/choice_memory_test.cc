#include "apps/cli/choice_memory.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/testing.h"

namespace retinue::cli {
namespace {

using retinue::testing::ReadFile;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::HasSubstr;

const ChoiceKey kKey = {"0123", "a machine", {{"retinue", "1"}, {"openvino", "2"}}};
constexpr const char* kSetting = "640x384 throughput, all threads";

class ChoiceMemoryTest : public ::testing::Test {
 protected:
  ChoiceMemoryTest() { setenv("RETINUE_CACHE", folder_.path().c_str(), 1); }
  ~ChoiceMemoryTest() override { unsetenv("RETINUE_CACHE"); }

  static void Remember(const ChoiceKey& key = kKey) {
    ChoiceMemory memory(key);
    memory.SetAgrees("openvino f32", true);
    memory.SetAgrees("onnxruntime int8", false);
    memory.SetTiming(kSetting, "openvino f32", 47.5);
    memory.SetTiming(kSetting, "onnxruntime int8", 23);
    memory.Save();
  }
  static bool IsEmpty(const ChoiceKey& key) {
    const ChoiceMemory memory(key);
    return !memory.Agrees("openvino f32") && memory.Timings(kSetting).empty();
  }
  std::string File() const { return folder_.File("choices.json"); }

  TemporaryFolder folder_;
};

TEST_F(ChoiceMemoryTest, RemembersBetweenRuns) {
  EXPECT_TRUE(IsEmpty(kKey));
  Remember();
  const ChoiceMemory memory(kKey);
  EXPECT_EQ(memory.Agrees("openvino f32"), true);
  EXPECT_EQ(memory.Agrees("onnxruntime int8"), false);
  EXPECT_EQ(memory.Agrees("openvino bf16"), std::nullopt);
  EXPECT_EQ(memory.Timings(kSetting).at("openvino f32"), 47.5);
  EXPECT_TRUE(memory.Timings("640x640 latency, all threads").empty());
}

TEST_F(ChoiceMemoryTest, HoldsForThisModelMachineAndVersionsOnly) {
  Remember();
  EXPECT_TRUE(IsEmpty({"4567", kKey.machine, kKey.versions}));
  EXPECT_TRUE(IsEmpty({kKey.model, "another machine", kKey.versions}));
  EXPECT_TRUE(IsEmpty({kKey.model, kKey.machine, {{"retinue", "1"}, {"openvino", "3"}}}));
  EXPECT_TRUE(IsEmpty({kKey.model, kKey.machine, {{"retinue", "1"}, {"other", "1"}}}));
  // A runtime that was not asked.
  EXPECT_FALSE(IsEmpty({kKey.model, kKey.machine, {{"retinue", "1"}}}));
  EXPECT_EQ(ChoiceMemory({kKey.model, kKey.machine, {{"retinue", "1"}}}).VersionOf("openvino"),
            "2");
  EXPECT_FALSE(IsEmpty(kKey));
}

TEST_F(ChoiceMemoryTest, IgnoresWhatIsDamagedAndWritesItAnew) {
  for (const std::string& damage :
       {std::string("{\"models\": {\"0123\": "), std::string("[]"), std::string("\0\xff", 2),
        std::string("{\"models\": 3}"), std::string("{\"models\": {\"0123\": []}}"),
        std::string(R"({"models": {"0123": {"machine": "a machine", "versions":
            {"retinue": "1", "openvino": "2"}, "agrees": {"openvino f32": "yes"}, "ms": {}}}})"),
        std::string(R"({"models": {"0123": {"machine": "a machine", "versions":
            {"retinue": 1, "openvino": 2}, "agrees": {"openvino f32": true}, "ms": {}}}})"),
        std::string(R"({"models": {"0123": {"machine": "a machine", "versions":
            {"retinue": "1", "openvino": "2"}, "agrees": {},
            "ms": {"x": {"openvino f32": -1}}}}})"),
        std::string(2 << 20, ' ')}) {
    WriteFile(File(), damage);
    EXPECT_TRUE(IsEmpty(kKey)) << damage.substr(0, 100);
    Remember();
    EXPECT_FALSE(IsEmpty(kKey)) << damage.substr(0, 100);
  }
}

TEST_F(ChoiceMemoryTest, KeepsTheModelsThatWereWrittenLast) {
  for (int i = 0; i < 70; ++i) Remember({std::to_string(i), kKey.machine, kKey.versions});
  EXPECT_TRUE(IsEmpty({"5", kKey.machine, kKey.versions}));
  EXPECT_FALSE(IsEmpty({"6", kKey.machine, kKey.versions}));  // 64 of 70
  EXPECT_FALSE(IsEmpty({"69", kKey.machine, kKey.versions}));
}

TEST_F(ChoiceMemoryTest, WorksWithoutAPlace) {
  setenv("RETINUE_CACHE", "/proc/nowhere", 1);
  Remember();
  EXPECT_TRUE(IsEmpty(kKey));
}

TEST_F(ChoiceMemoryTest, TheFastestThatAgreesWins) {
  ChoiceMemory memory(kKey);
  const std::vector<std::string> preferred = {"openvino f32", "onnxruntime f32", "openvino int8"};
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, preferred), "");
  memory.SetTiming(kSetting, "openvino f32", 12.8);
  memory.SetTiming(kSetting, "onnxruntime f32", 10.7);
  memory.SetTiming(kSetting, "openvino int8", 5);
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, preferred), "") << "none is verified";
  memory.SetAgrees("openvino f32", true);
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, preferred), "openvino f32");
  memory.SetAgrees("onnxruntime f32", true);
  memory.SetAgrees("openvino int8", false);
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, preferred), "onnxruntime f32");
}

TEST_F(ChoiceMemoryTest, ThePreferredOneWinsWithinTheNoise) {
  ChoiceMemory memory(kKey);
  memory.SetTiming(kSetting, "openvino f32", 10.2);
  memory.SetTiming(kSetting, "onnxruntime f32", 10);
  memory.SetAgrees("openvino f32", true);
  memory.SetAgrees("onnxruntime f32", true);
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, {"openvino f32", "onnxruntime f32"}),
            "openvino f32");
  memory.SetTiming(kSetting, "openvino f32", 10.5);
  EXPECT_EQ(FastestThatAgrees(memory, kSetting, {"openvino f32", "onnxruntime f32"}),
            "onnxruntime f32");
}

TEST_F(ChoiceMemoryTest, AModelsKeyIsThatOfItsBytesAndWeights) {
  WriteFile(folder_.File("a.onnx"), "bytes");
  WriteFile(folder_.File("b.onnx"), "bytes");
  WriteFile(folder_.File("c.onnx"), "Bytes");
  EXPECT_EQ(ContentKey(folder_.File("a.onnx")).value(), ContentKey(folder_.File("b.onnx")).value());
  EXPECT_NE(ContentKey(folder_.File("a.onnx")).value(), ContentKey(folder_.File("c.onnx")).value());
  WriteFile(folder_.File("m.xml"), "<net/>");
  WriteFile(folder_.File("m.bin"), "one");
  const std::string one = ContentKey(folder_.File("m.xml")).value();
  WriteFile(folder_.File("m.bin"), "two");
  EXPECT_NE(ContentKey(folder_.File("m.xml")).value(), one);
  EXPECT_FALSE(ContentKey(folder_.File("absent.onnx")));
}

}  // namespace
}  // namespace retinue::cli
