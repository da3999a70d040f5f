// What a plan says about itself, and what it refuses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "lib/preprocess/elements.h"
#include "lib/preprocess/test_frames.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;

using ::testing::HasSubstr;
using testing::MakeFrame;
using testing::Output;

FrameFormat Nv12(int width, int height) { return {PixelFormat::kNv12, {width, height}, {}}; }

InputSpec Spec(int width, int height, Fit fit = Fit::kLetterbox) {
  InputSpec spec;
  spec.size = {width, height};
  spec.fit = fit;
  return spec;
}

struct LetterboxCase {
  Size frame;
  Size input;
  Fit fit;
  Box picture;
};

// By hand from LetterBox: r = min(H/h, W/w); round(w·r), round(h·r); round(d/2 - 0.1);
// YOLOX: int(w·r), int(h·r), top left.
TEST(Plan, PutsThePictureWhereTheReferencesDo) {
  const LetterboxCase cases[] = {
      {{1280, 720}, {640, 640}, Fit::kLetterbox, {0, 140, 640, 360}},
      {{1920, 1080}, {640, 384}, Fit::kLetterbox, {0, 12, 640, 360}},
      {{768, 576}, {640, 640}, Fit::kLetterbox, {0, 80, 640, 480}},
      {{853, 479}, {640, 640}, Fit::kLetterbox, {0, 140, 640, 359}},  // 359.39; 140.5-0.1
      {{480, 641}, {640, 640}, Fit::kLetterbox, {80, 0, 479, 640}},   // 479.25; 80.5-0.1 = 80.4
      {{100, 37}, {64, 64}, Fit::kLetterbox, {0, 20, 64, 24}},        // 23.68; 20-0.1
      {{8, 5}, {4, 4}, Fit::kLetterbox, {0, 1, 4, 2}},                // 2.5 rounds to even
      {{10000, 3}, {64, 64}, Fit::kLetterbox, {0, 31, 64, 1}},        // never less than one row
      {{853, 479}, {416, 416}, Fit::kLetterboxTopLeft, {0, 0, 416, 233}},  // 233.6
      {{1280, 720}, {300, 300}, Fit::kStretch, {0, 0, 300, 300}},
      {{1280, 720}, {224, 224}, Fit::kCenterCrop, {0, 0, 224, 224}},
      // r = 0.25: 320 x 180, 70 rows of padding above; column i shows column 4·i, row j row
      // 4·(j - 70), of 720 the last is 4·(249 - 70) = 716.
      {{1280, 720}, {320, 320}, Fit::kLetterboxWarp, {0, 70, 320, 180}},
      // r = 0.5: 12.5 x 16, 1.75 columns before: column 2 shows 0.5, column 14 shows 24.5:
      // half of it the last of 25, half pad; column 1 would show -1.5.
      {{25, 32}, {16, 16}, Fit::kLetterboxWarp, {2, 0, 13, 16}},
  };
  for (const LetterboxCase& c : cases) {
    const auto plan = PlanPreprocess(Nv12(c.frame.width, c.frame.height), WholeFrame(c.frame),
                                     Spec(c.input.width, c.input.height, c.fit));
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->picture(), c.picture) << c.frame.width << "x" << c.frame.height;
  }
}

TEST(Plan, BringsBoxesBackToTheFrame) {
  const PreprocessPlan plan =
      PlanPreprocess(Nv12(1280, 720), WholeFrame({1280, 720}), Spec(640, 640)).value();
  EXPECT_EQ(MapBox(plan.input_to_frame(), {10, 150, 20, 30}), (Box{20, 20, 40, 60}));
  EXPECT_EQ(MapBox(plan.frame_to_input(), {20, 20, 40, 60}), (Box{10, 150, 20, 30}));
}

// By hand from torchvision's Resize(224) of 1280x720 (398.2 -> 398 columns) and CenterCrop(224)
// (87 columns cut off at the left), and of the same turned on its side.
TEST(Plan, CutsOffWhatIsBesideTheMiddle) {
  const auto plan = [](int width, int height) {
    return PlanPreprocess(Nv12(width, height), WholeFrame({width, height}),
                          Spec(224, 224, Fit::kCenterCrop))
        .value();
  };
  const Box wide = MapBox(plan(1280, 720).input_to_frame(), {0, 0, 224, 224});
  EXPECT_NEAR(wide.x, 87 * 1280.0 / 398, 1e-3);
  EXPECT_NEAR(wide.width, 224 * 1280.0 / 398, 1e-3);
  EXPECT_EQ(wide.y, 0);
  EXPECT_EQ(wide.height, 720);
  const Box high = MapBox(plan(720, 1280).input_to_frame(), {0, 0, 224, 224});
  EXPECT_NEAR(high.y, 87 * 1280.0 / 398, 1e-3);
  EXPECT_EQ(high.x, 0);
}

// By hand: r = 0.5 and t = (16 - 12.5) / 2, so 10 of the input is (10 - 1.75) / 0.5 of the frame.
TEST(Plan, MapsNumbersOfPixelsAsWarpPerspectiveDoes) {
  const PreprocessPlan plan =
      PlanPreprocess(Nv12(25, 32), WholeFrame({25, 32}), Spec(16, 16, Fit::kLetterboxWarp)).value();
  EXPECT_EQ(MapBox(plan.input_to_frame(), {10, 4, 2, 3}), (Box{16.5f, 8, 4, 6}));
}

// 10 and 200 side by side, seen from two pixels further out.
TEST(Plan, RepeatsTheEdgeWhereAsked) {
  const FrameFormat format{PixelFormat::kGray8, {2, 1}, {ColorMatrix::kBt601, ColorRange::kFull}};
  const Frame frame = testing::MakeFrame(format, [](int, int x, int) { return x == 0 ? 10 : 200; });
  InputSpec spec{
      .size = {6, 3}, .order = ChannelOrder::kGray, .scale = {1, 1, 1}, .fit = Fit::kStretch};
  const Region region{{1, 0.5f}, 6, 3, 0};
  const auto seen = [&] {
    const auto plan = PlanPreprocess(format, region, spec);
    EXPECT_TRUE(plan);
    testing::Output output(spec.type, plan->output_shape());
    Preprocess(*plan, frame, output.view());
    return Values(output);
  };
  EXPECT_THAT(seen(), ElementsAre(114, 114, 114, 114, 114, 114, 114, 114, 10, 200, 114, 114, 114,
                                  114, 114, 114, 114, 114));
  spec.outside = Outside::kRepeat;
  EXPECT_THAT(seen(), ElementsAre(10, 10, 10, 200, 200, 200, 10, 10, 10, 200, 200, 200, 10, 10, 10,
                                  200, 200, 200));
}

// By hand: r = 2, column i shows column 2 + i / 2 of the frame's four and row j row j / 2.
TEST(Plan, FadesIntoPadAsWarpPerspectiveDoes) {
  const FrameFormat format{PixelFormat::kGray8, {4, 4}, {ColorMatrix::kBt601, ColorRange::kFull}};
  InputSpec spec = Spec(8, 8, Fit::kLetterboxWarp);
  spec.order = ChannelOrder::kGray;
  spec.scale = {1, 1, 1};
  spec.pad = 0;
  const auto plan = PlanPreprocess(format, {{4, 2}, 4, 4, 0}, spec);
  ASSERT_TRUE(plan);
  const Frame frame = MakeFrame(format, [](int, int, int) { return 200; });
  std::vector<float> expected;
  for (int row = 0; row < 8; ++row) {
    const float all = row < 7 ? 200 : 100;
    expected.insert(expected.end(), {all, all, all, all / 2, 0, 0, 0, 0});
  }
  for (const auto run : {Preprocess, PreprocessScalar}) {
    Output output(ElementType::kF32, plan->output_shape());
    run(*plan, frame, output.view(), Padding::kWrite);
    EXPECT_EQ(Values(output), expected);
  }
}

TEST(Plan, MapsThereAndBack) {
  const Region regions[] = {WholeFrame({853, 479}),
                            {{100, 50}, 33, 77, 0},
                            {{400.5f, 200.25f}, 120, 80, 0.7f},
                            {{10, 10}, 50, 50, -2.5f}};
  for (const Region& region : regions) {
    for (const Fit fit :
         {Fit::kLetterbox, Fit::kLetterboxTopLeft, Fit::kStretch, Fit::kCenterCrop}) {
      const PreprocessPlan plan =
          PlanPreprocess(Nv12(853, 479), region, Spec(320, 256, fit)).value();
      for (const Point p : {Point{0, 0}, Point{853, 0}, Point{17.5f, 301.25f}}) {
        const Point back = plan.input_to_frame().Apply(plan.frame_to_input().Apply(p));
        EXPECT_NEAR(back.x, p.x, 0.01);  // float matrices over a thousand pixels
        EXPECT_NEAR(back.y, p.y, 0.01);
      }
      if (fit == Fit::kCenterCrop) continue;  // as much as a pixel of the input beside it
      // The region's centre is the picture's centre, however it is turned.
      const Point centre = plan.input_to_frame().Apply(plan.picture().center());
      EXPECT_NEAR(centre.x, region.center.x, 1e-3);
      EXPECT_NEAR(centre.y, region.center.y, 1e-3);
    }
  }
}

TEST(Plan, TurnsClockwise) {
  // Turned by 90 degrees clockwise, the region's right hand points down in the frame.
  const Region region{{50, 40}, 20, 10, std::numbers::pi_v<float> / 2};
  const PreprocessPlan plan =
      PlanPreprocess(Nv12(100, 100), region, Spec(20, 10, Fit::kStretch)).value();
  const Point right = plan.input_to_frame().Apply({20, 5});
  EXPECT_NEAR(right.x, 50, 1e-4);
  EXPECT_NEAR(right.y, 50, 1e-4);
}

TEST(Plan, NamesItsOutputShape) {
  InputSpec spec = Spec(64, 32);
  const auto shape = [&] {
    return PlanPreprocess(Nv12(9, 9), WholeFrame({9, 9}), spec)->output_shape();
  };
  EXPECT_EQ(shape(), (Shape{1, 3, 32, 64}));
  spec.layout = Layout::kNhwc;
  EXPECT_EQ(shape(), (Shape{1, 32, 64, 3}));
  spec.order = ChannelOrder::kGray;
  EXPECT_EQ(shape(), (Shape{1, 32, 64, 1}));
}

TEST(Plan, RefusesWhatMakesNoSense) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Region whole = WholeFrame({100, 100});
  const auto refused = [&](const FrameFormat& format, const Region& region, const InputSpec& spec) {
    const auto plan = PlanPreprocess(format, region, spec);
    return plan ? Error{ErrorCode::kInternal, "accepted"} : plan.error();
  };
  const auto spec_with = [](auto change) {
    InputSpec spec = Spec(64, 64);
    change(spec);
    return spec;
  };
  struct Case {
    Error error;
    ErrorCode code;
    const char* says;
  };
  const Case cases[] = {
      {refused(Nv12(0, 100), whole, Spec(64, 64)), ErrorCode::kInvalidArgument, "a frame must be"},
      {refused(Nv12(20000, 1), whole, Spec(64, 64)), ErrorCode::kInvalidArgument, "got 20000x1"},
      {refused(Nv12(9, 9), whole, Spec(0, 0)), ErrorCode::kInvalidArgument,
       "a model input must be"},
      {refused(Nv12(9, 9), whole, Spec(64, 16385)), ErrorCode::kInvalidArgument, "got 64x16385"},
      {refused(Nv12(9, 9), {{5, 5}, 0, 5, 0}, Spec(64, 64)), ErrorCode::kInvalidArgument, "region"},
      {refused(Nv12(9, 9), {{5, nan}, 5, 5, 0}, Spec(64, 64)), ErrorCode::kInvalidArgument, "nan"},
      {refused(Nv12(9, 9), {{5, 5}, 5, 5, nan}, Spec(64, 64)), ErrorCode::kInvalidArgument, "nan"},
      {refused(Nv12(9, 9), {{5, 5}, 5, 2e6f, 0}, Spec(64, 64)), ErrorCode::kInvalidArgument, "1e6"},
      {refused(Nv12(9, 9), whole, spec_with([](auto& s) { s.type = ElementType::kI64; })),
       ErrorCode::kUnsupported, "got i64"},
      {refused(Nv12(9, 9), whole, spec_with([](auto& s) { s.scale[1] = 0; })),
       ErrorCode::kInvalidArgument, "scale"},
      {refused(Nv12(9, 9), whole, spec_with([&](auto& s) { s.offset[2] = nan; })),
       ErrorCode::kInvalidArgument, "channel 2"},
      {refused(Nv12(9, 9), whole, spec_with([](auto& s) { s.pad = 256; })),
       ErrorCode::kInvalidArgument, "pad"},
      {refused(Nv12(9, 9), whole, spec_with([](auto& s) {
                 s.fit = Fit::kLetterboxWarp;
                 s.mirror = true;
               })),
       ErrorCode::kUnsupported, "a letterbox_warp cannot be mirrored"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.error.code, c.code) << c.error.message;
    EXPECT_THAT(c.error.message, HasSubstr(c.says));
  }
}

TEST(Plan, SaysWhichFrameOrTensorDoesNotFit) {
  const PreprocessPlan plan =
      PlanPreprocess(Nv12(10, 10), WholeFrame({10, 10}), Spec(8, 8)).value();
  const auto gray = [](int, int, int) { return 128; };
  const Frame right = MakeFrame(Nv12(10, 10), gray);
  const Output good(ElementType::kF32, {1, 3, 8, 8}), without_batch(ElementType::kF32, {3, 8, 8});
  EXPECT_TRUE(CheckPreprocess(plan, right, good.view()).has_value());
  EXPECT_TRUE(CheckPreprocess(plan, right, without_batch.view()).has_value());

  const auto message = [&](const PreprocessPlan& p, const Frame& frame, const Output& out) {
    const auto result = CheckPreprocess(p, frame, out.view());
    return result ? std::string("accepted") : result.error().message;
  };
  FrameFormat other = Nv12(10, 10);
  other.color.range = ColorRange::kFull;
  EXPECT_THAT(message({}, right, good), HasSubstr("plan is empty"));
  EXPECT_THAT(message(plan, {}, good), HasSubstr("frame is empty"));
  EXPECT_THAT(message(plan, MakeFrame(Nv12(10, 12), gray), good),
              HasSubstr("for frames of nv12 10x10, got nv12 10x12"));
  EXPECT_THAT(message(plan, MakeFrame(other, gray), good), HasSubstr("another colour space"));
  EXPECT_THAT(message(plan, right, Output(ElementType::kU8, {1, 3, 8, 8})),
              HasSubstr("must be f32 [1, 3, 8, 8], got u8 [1, 3, 8, 8]"));
  EXPECT_THAT(message(plan, right, Output(ElementType::kF32, {1, 8, 8, 3})),
              HasSubstr("got f32 [1, 8, 8, 3]"));
}

TEST(Plan, AnotherRegionGivesWhatAFreshPlanGives) {
  const FrameFormat format{PixelFormat::kI420, {40, 30}, {}};
  const Frame frame =
      MakeFrame(format, [](int p, int x, int y) { return (p * 50 + x * 9 + y * 31) % 256; });
  PreprocessPlan plan = PlanPreprocess(format, WholeFrame(format.size), Spec(24, 24)).value();
  const PreprocessPlan copy = plan;
  const Region regions[] = {{{20, 15}, 10, 12, 0}, {{8, 9}, 20, 12, 0.4f}, WholeFrame(format.size)};
  for (const Region& region : regions) {
    ASSERT_TRUE(plan.SetRegion(region).has_value());
    const PreprocessPlan fresh = PlanPreprocess(format, region, Spec(24, 24)).value();
    Output have(ElementType::kF32, plan.output_shape()),
        want(ElementType::kF32, plan.output_shape());
    Preprocess(plan, frame, have.view());
    Preprocess(fresh, frame, want.view());
    EXPECT_EQ(Values(have), Values(want));
    EXPECT_EQ(plan.input_to_frame(), fresh.input_to_frame());
  }
  // The copy still looks at the whole frame.
  ASSERT_TRUE(plan.SetRegion(regions[0]).has_value());
  EXPECT_EQ(copy.picture(), (Box{0, 3, 24, 18}));
  EXPECT_FALSE(plan.SetRegion({{0, 0}, -1, 5, 0}).has_value());
  EXPECT_EQ(plan.region().width, 10);
}

// numpy: np.array([...], np.float32).astype(np.float16).view(np.uint16)
TEST(Elements, RoundToHalfAsNumpyDoes) {
  const std::pair<float, int> cases[] = {
      {0.0f, 0x0000},  {1.0f, 0x3c00},     {-2.0f, 0xc000},          {0.33325195f, 0x3555},
      {0.1f, 0x2e66},  {65504.0f, 0x7bff}, {65519.0f, 0x7bff},       {65520.0f, 0x7c00},
      {6e-8f, 0x0001}, {6.1e-5f, 0x03ff},  {1.00048828125f, 0x3c00}, {1.00146484375f, 0x3c02},
  };
  for (const auto& [value, bits] : cases) EXPECT_EQ(internal::ToF16Bits(value), bits) << value;
}

// By hand: the upper 16 bits of the float, ties to even.
TEST(Elements, RoundToBfloat16) {
  EXPECT_EQ(internal::ToBf16Bits(1.0f), 0x3f80);
  EXPECT_EQ(internal::ToBf16Bits(1.00390625f), 0x3f80);  // half way, even below
  EXPECT_EQ(internal::ToBf16Bits(1.01171875f), 0x3f82);  // half way, even above
  EXPECT_EQ(internal::ToBf16Bits(-0.1f), 0xbdcd);        // 0xbdcccccd
}

TEST(Elements, IntegersSaturateAndRoundToEven) {
  EXPECT_EQ(internal::ToElementBits(ElementType::kU8, 2.5f), 2u);
  EXPECT_EQ(internal::ToElementBits(ElementType::kU8, 300.0f), 255u);
  EXPECT_EQ(internal::ToElementBits(ElementType::kU8, -1.0f), 0u);
  EXPECT_EQ(internal::ToElementBits(ElementType::kI8, -1.5f), 0xfeu);
  EXPECT_EQ(internal::ToElementBits(ElementType::kI8, 200.0f), 0x7fu);
}

}  // namespace
}  // namespace retinue
