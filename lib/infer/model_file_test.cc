#include "retinue/infer/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using testing::OnnxBuilder;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string Doubled() {
  return OnnxBuilder()
      .Input("x", {"1", "4"})
      .Output("y", {"1", "4"})
      .Node("Add", {"x", "x"}, {"y"})
      .Build();
}

TEST(ModelFile, TakesTheExtensionOfTheLastPartInLowerCase) {
  EXPECT_EQ(LowerCaseExtension("a/b.c/Model.ONNX"), ".onnx");
  EXPECT_EQ(LowerCaseExtension("a.onnx/model"), "");
  EXPECT_EQ(LowerCaseExtension("model"), "");
  EXPECT_EQ(LowerCaseExtension(""), "");
}

TEST(ModelFile, PassesModels) {
  EXPECT_TRUE(InspectModel(".onnx", Bytes(Doubled())));
  // The root, a table at 12, knows its list of fields at 12 - 4, which is of 4 bytes.
  EXPECT_TRUE(InspectModel(".tflite", Bytes(std::string("\x0c\0\0\0TFL3\4\0\4\0\4\0\0\0", 16))));
  EXPECT_TRUE(InspectModel(".xml", Bytes("<?xml version=\"1.0\"?>\n<net name=\"a\">")));
}

TEST(ModelFile, RefusesWhatIsNoModel) {
  struct Case {
    const char* name;
    const char* extension;
    std::string bytes;
    const char* says;
  };
  const std::string model = Doubled();
  const std::array<Case, 13> cases = {{
      {"empty", ".onnx", "", "empty file"},
      {"text", ".onnx", "a text that is no model", "found other bytes"},
      {"zeros", ".onnx", std::string(1000, '\0'), "found other bytes"},
      {"cut off", ".onnx", model.substr(0, model.size() - 20), "cut off"},
      {"cut off in a number", ".onnx", model.substr(0, 3), "damaged or cut off"},
      {"no graph", ".onnx", "\x08\x08", "no graph"},
      {"endless number", ".onnx", "\x08\x08" + std::string(20, '\xff'), "damaged"},
      {"other flatbuffer", ".tflite", std::string("\x1c\0\0\0ABCD....", 12), "found other bytes"},
      {"flatbuffer of zeros", ".tflite", std::string("\x1c\0\0\0TFL3", 8) + std::string(99, '\0'),
       "damaged"},
      {"flatbuffer whose root is outside", ".tflite",
       std::string("\x1c\x1c\0\0TFL3", 8) + std::string(99, '\1'), "damaged"},
      {"graph of zeros", ".onnx", std::string("\x08\x08\x3a\x04\0\0\0\0", 8),
       "graph is not made of fields"},
      {"graph with a field beyond its end", ".onnx", std::string("\x08\x08\x3a\x02\x0a\x09", 6),
       "graph is not made of fields"},
      {"web page", ".xml", "<html><body>404", "root net"},
  }};
  for (const Case& one : cases) {
    const auto facts = InspectModel(one.extension, Bytes(one.bytes));
    ASSERT_FALSE(facts) << one.name;
    EXPECT_EQ(facts.error().code, ErrorCode::kDataLoss) << one.name;
    EXPECT_THAT(facts.error().message, HasSubstr(one.says)) << one.name;
  }
}

TEST(ModelFile, SeesWeightsInOtherFilesAndQuantisation) {
  EXPECT_FALSE(InspectModel(".onnx", Bytes(Doubled()))->external_weights);
  const std::string external = OnnxBuilder().ExternalFloats("w", {4}, "w.bin").Build();
  EXPECT_TRUE(InspectModel(".onnx", Bytes(external))->external_weights);
  EXPECT_EQ(InspectModel(".onnx", Bytes(external))->external_file, "w.bin");
  const std::string strange =
      OnnxBuilder().ExternalFloats("w", {4}, "\x1b[2J" + std::string(500, 'w')).Build();
  EXPECT_EQ(InspectModel(".onnx", Bytes(strange))->external_file, "?[2J" + std::string(196, 'w'));
  EXPECT_FALSE(InspectModel(".onnx", Bytes(external))->quantised);
  const std::string quantised =
      OnnxBuilder().Node("QuantizeLinear", {"x", "s", "z"}, {"q"}).Build();
  EXPECT_TRUE(InspectModel(".onnx", Bytes(quantised))->quantised);
}

// Every prefix and every flipped byte: an answer, no crash (run under ASan and UBSan).
TEST(ModelFile, SurvivesDamage) {
  const std::string model = Doubled();
  // What follows the graph (the list of operator sets) takes 6 bytes.
  for (std::size_t size = 0; size < model.size(); ++size) {
    EXPECT_EQ(InspectModel(".onnx", Bytes(std::string(model.data(), size))).has_value(),
              size == model.size() - 6)
        << size;
  }
  for (std::size_t i = 0; i < model.size(); ++i) {
    std::string damaged = model;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    static_cast<void>(InspectModel(".onnx", Bytes(damaged)));
  }
}

TEST(ModelFile, FixesShapes) {
  const TensorInfo open{"x", ElementType::kF32, Shape{-1, 3, -1, -1}};
  const TensorInfo batch{"x", ElementType::kF32, Shape{-1, 3}};
  EXPECT_EQ(*FixShape(batch, std::nullopt), (Shape{1, 3}));
  EXPECT_THAT(FixShape(open, std::nullopt).error().message, HasSubstr("input_shape"));
  EXPECT_EQ(*FixShape(open, Shape{2, 3, 4, 5}), (Shape{2, 3, 4, 5}));
  EXPECT_EQ(FixShape(open, Shape{2, 3, 4}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FixShape(open, Shape{2, 3, 4, 0}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FixShape(open, Shape{2, 3, 4, -1}).error().code, ErrorCode::kInvalidArgument);
}

TEST(ModelFile, ChecksThreads) {
  for (const int threads : {0, 1, 1024}) {
    EXPECT_TRUE(CheckCompileOptions({.threads = threads, .input_shape = {}, .cache_dir = {}}));
  }
  for (const int threads : {-1, 1025}) {
    EXPECT_FALSE(CheckCompileOptions({.threads = threads, .input_shape = {}, .cache_dir = {}}));
  }
}

TEST(ModelFile, HashTellsContentsLengthsAndSeedsApart) {
  const std::string text(100, 'a');
  const ContentHash hash = HashOf(Bytes(text));
  EXPECT_EQ(hash, HashOf(Bytes(std::string(100, 'a'))));
  EXPECT_EQ(ToString(hash).size(), 32u);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'b';
    EXPECT_NE(hash, HashOf(Bytes(other))) << i;
    EXPECT_NE(hash, HashOf(Bytes(text.substr(0, i)))) << i;
  }
  EXPECT_NE(hash, HashOf(Bytes(text), {1, 0}));
  // Zeros of different lengths differ only in their length.
  EXPECT_NE(HashOf(Bytes(std::string(16, '\0'))), HashOf(Bytes(std::string(17, '\0'))));
}

TEST(ModelFile, KeepsThePartOfAMessageThatHelps) {
  EXPECT_EQ(FirstSentence("Exception from src/a.cpp:84:\nCheck 'x' failed at src/b.cpp:1:\n"
                          "FrontEnd API failed with GeneralFailure:\nModel can't be parsed.\n\n"),
            "Model can't be parsed");
  EXPECT_EQ(FirstSentence("Model wasn't fully converted.\nSummary:\n"
                          "-- No conversion rule found for operations: Foo-13\n"),
            "No conversion rule found for operations: Foo-13");
  constexpr std::array<std::string_view, 1> kMarkers = {"failed:"};
  EXPECT_EQ(FirstSentence("Load model from a.onnx failed:Protobuf parsing failed.", kMarkers),
            "Protobuf parsing failed");
  EXPECT_EQ(FirstSentence(""), "");
  EXPECT_EQ(FirstSentence("Exception from src/a.cpp:84:"), "Exception from src/a.cpp:84:");
  EXPECT_LE(FirstSentence(std::string(10000, 'a')).size(), 240u);
}

ModelIo SomeIo() {
  return {.inputs = {{"images", ElementType::kF32, Shape{-1, 3, 640, 640}}},
          .outputs = {{"a", ElementType::kI64, Shape{}}, {"b", ElementType::kF16, Shape{7}}},
          .metadata = {{"names", "{0: 'person'}"}, {"stride", "32"}}};
}

TEST(ModelFile, EncodesAndDecodesModelIo) {
  const auto io = DecodeModelIo(EncodeModelIo(SomeIo()));
  ASSERT_TRUE(io);
  ASSERT_EQ(io->inputs.size(), 1u);
  ASSERT_EQ(io->outputs.size(), 2u);
  EXPECT_EQ(io->inputs[0].name, "images");
  EXPECT_EQ(io->inputs[0].shape, (Shape{-1, 3, 640, 640}));
  EXPECT_EQ(io->outputs[0].type, ElementType::kI64);
  EXPECT_EQ(io->outputs[0].shape, Shape{});
  EXPECT_EQ(io->outputs[1].type, ElementType::kF16);
  EXPECT_EQ(io->metadata, SomeIo().metadata);
}

TEST(ModelFile, DecodesNothingFromDamagedBytes) {
  const std::string bytes = EncodeModelIo(SomeIo());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeModelIo(std::string(bytes.data(), size))) << size;
  }
  EXPECT_FALSE(DecodeModelIo(bytes + "x"));
  testing::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k < 3; ++k) {
      damaged[static_cast<std::size_t>(random.Below(static_cast<int>(damaged.size())))] =
          static_cast<char>(random.Below(256));
    }
    static_cast<void>(DecodeModelIo(damaged));
  }
}

}  // namespace
}  // namespace retinue
