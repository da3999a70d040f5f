#include "retinue/model/input_size.h"

#include <string>

#include <gtest/gtest.h>

#include "retinue/model/model_spec.h"

namespace retinue {
namespace {

ModelSpec Model(Size size, int stride = 32) {
  ModelSpec model;
  model.input.size = size;
  model.stride = stride;
  return model;
}

struct RectCase {
  const char* name;
  Size frame;
  Size imgsz;
  Size expected;
};

class RectSizes : public ::testing::TestWithParam<RectCase> {};

TEST_P(RectSizes, AreThoseOfUltralytics) {
  const RectCase& c = GetParam();
  EXPECT_EQ(ChooseInputSize(c.frame, Model(c.imgsz), true), c.expected);
  EXPECT_EQ(ChooseInputSize(c.frame, Model(c.imgsz), false), c.imgsz);
}

// Expected: by hand from LetterBox(auto=True, stride=32): the picture is round(w·r) × round(h·r),
// the padding what is left of imgsz modulo 32.
INSTANTIATE_TEST_SUITE_P(
    Frames, RectSizes,
    ::testing::Values(RectCase{"Hd", {1280, 720}, {640, 640}, {640, 384}},
                      RectCase{"FullHd", {1920, 1080}, {640, 640}, {640, 384}},
                      RectCase{"Portrait", {1080, 1920}, {640, 640}, {384, 640}},
                      RectCase{"Vga", {640, 480}, {640, 640}, {640, 480}},
                      RectCase{"Square", {500, 500}, {640, 640}, {640, 640}},
                      RectCase{"OddSize", {853, 479}, {640, 640}, {640, 384}},   // 640 × 359
                      RectCase{"ExactlyAMultiple", {1280, 640}, {640, 640}, {640, 320}},
                      RectCase{"OneRowMore", {1280, 642}, {640, 640}, {640, 352}},  // 640 × 321
                      RectCase{"VeryWide", {10000, 10}, {640, 640}, {640, 32}},
                      RectCase{"WideModel", {1280, 720}, {640, 384}, {640, 384}},
                      RectCase{"SmallFrame", {64, 36}, {640, 640}, {640, 384}},
                      // 2 · 0.5 … 640 / 1280 · 641 = 320.5, to even: 320.
                      RectCase{"HalfToEven", {1280, 641}, {640, 640}, {640, 320}}),
    [](const auto& param) { return param.param.name; });

TEST(ChooseInputSize, KeepsTheSizeOfModelsThatHaveOneOnly) {
  ModelSpec fixed = Model({300, 300}, 1);
  fixed.sizing = InputSizing::kFixed;
  EXPECT_EQ(ChooseInputSize({1280, 720}, fixed, true), (Size{300, 300}));
  ModelSpec stretched = Model({640, 640});
  stretched.input.fit = Fit::kStretch;
  EXPECT_EQ(ChooseInputSize({1280, 720}, stretched, true), (Size{640, 640}));
  EXPECT_EQ(ChooseInputSize({}, Model({640, 640}), true), (Size{640, 640}));
}

TEST(ParseImgsz, ReadsASideOrHeightAndWidth) {
  EXPECT_EQ(ParseImgsz("640").value(), (Size{640, 640}));
  EXPECT_EQ(ParseImgsz("384,640").value(), (Size{640, 384}));
  EXPECT_EQ(ParseImgsz("384x640").value(), (Size{640, 384}));
  EXPECT_EQ(ParseImgsz(" [384, 640] ").value(), (Size{640, 384}));
  EXPECT_EQ(ParseImgsz("(384, 640)").value(), (Size{640, 384}));
}

TEST(ParseImgsz, RefusesAnythingElse) {
  for (const char* text : {"", "0", "-32", "abc", "640,", ",640", "640,640,3", "8193", "6e2", "[",
                           "[]", "640]", "99999999999", "640.5"}) {
    const auto size = ParseImgsz(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(ParseImgsz("wide").error().message,
            "imgsz must be a side or height,width in pixels, 1 to 8192, got 'wide'");
}

TEST(CheckImgsz, NamesTheNearestMultipleOfTheStride) {
  EXPECT_TRUE(CheckImgsz({640, 384}, Model({640, 640})));
  EXPECT_EQ(CheckImgsz({17, 17}, Model({640, 640})).error().message,
            "imgsz must be a multiple of the model's stride 32, got 17; nearest is 32");
  EXPECT_EQ(CheckImgsz({640, 370}, Model({640, 640})).error().message,
            "imgsz must be a multiple of the model's stride 32, got 370,640; nearest is 384,640");
  EXPECT_EQ(CheckImgsz({5, 5}, Model({640, 640})).error().message,
            "imgsz must be a multiple of the model's stride 32, got 5; nearest is 32");
}

TEST(CheckImgsz, RefusesAnotherSizeOfAFixedModel) {
  ModelSpec fixed = Model({300, 300}, 1);
  fixed.sizing = InputSizing::kFixed;
  EXPECT_TRUE(CheckImgsz({300, 300}, fixed));
  EXPECT_EQ(CheckImgsz({320, 320}, fixed).error().message,
            "imgsz must be 300, the only size of this model, got 320");
}

}  // namespace
}  // namespace retinue
