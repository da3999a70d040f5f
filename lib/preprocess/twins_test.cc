// Preprocess against PreprocessScalar: formats × sizes × strides × misalignments × outputs.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "lib/preprocess/elements.h"
#include "lib/preprocess/test_frames.h"
#include "retinue/preprocess/preprocess.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using testing::MakeFrame;
using testing::Memory;
using testing::Output;
using testing::Random;

constexpr PixelFormat kFormats[] = {PixelFormat::kNv12,  PixelFormat::kI420,  PixelFormat::kYuy2,
                                    PixelFormat::kRgb24, PixelFormat::kBgr24, PixelFormat::kRgba32,
                                    PixelFormat::kGray8};
constexpr ElementType kTypes[] = {ElementType::kF32, ElementType::kF16, ElementType::kBf16,
                                  ElementType::kU8, ElementType::kI8};
constexpr ChannelOrder kOrders[] = {ChannelOrder::kRgb, ChannelOrder::kBgr, ChannelOrder::kGray};

Frame NoiseFrame(const FrameFormat& format, Memory memory, std::uint64_t seed) {
  Random random(seed);
  // Pure 0 and 255 side by side: the largest steps that a blend can meet.
  return MakeFrame(
      format,
      [&](int, int, int) {
        const int kind = random.Below(4);
        return kind == 0 ? 0 : kind == 1 ? 255 : random.Below(256);
      },
      memory);
}

/// The header's promise, in the output's unit, for a value of the twin.
float Tolerance(const InputSpec& spec, float value) {
  const float scale =
      std::max({std::fabs(spec.scale[0]), std::fabs(spec.scale[1]), std::fabs(spec.scale[2])});
  const float pixels = 0.1f * scale;
  switch (spec.type) {
    case ElementType::kF16: return pixels + std::fabs(value) * 0x1p-10f + 0x1p-24f;
    case ElementType::kBf16: return pixels + std::fabs(value) * 0x1p-7f;
    case ElementType::kU8:
    case ElementType::kI8: return std::ceil(pixels);
    default: return pixels + 1e-6f;
  }
}

void ExpectTwinsAgree(const FrameFormat& format, const Region& region, const InputSpec& spec,
                      Memory memory, int output_misalignment, const std::string& what) {
  const auto plan = PlanPreprocess(format, region, spec);
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const Frame frame = NoiseFrame(format, memory, 7);
  Output simd(spec.type, plan->output_shape(), output_misalignment);
  Output scalar(spec.type, plan->output_shape(), output_misalignment);
  Preprocess(*plan, frame, simd.view());
  PreprocessScalar(*plan, frame, scalar.view());
  const std::vector<float> have = Values(simd), want = Values(scalar);
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_NEAR(have[i], want[i], Tolerance(spec, want[i])) << what << ", element " << i;
  }
}

struct SizePair {
  Size frame;
  Size input;
};

std::string Describe(const FrameFormat& format, const InputSpec& spec) {
  return std::string(ToString(format.pixels)) + " " + std::to_string(format.size.width) + "x" +
         std::to_string(format.size.height) + " -> " + std::to_string(spec.size.width) + "x" +
         std::to_string(spec.size.height) + " " + std::string(ToString(spec.type)) +
         (spec.layout == Layout::kNchw ? " nchw" : " nhwc");
}

class TwinsByFormat : public ::testing::TestWithParam<PixelFormat> {};

INSTANTIATE_TEST_SUITE_P(Every, TwinsByFormat, ::testing::ValuesIn(kFormats),
                         [](const auto& tested) { return std::string(ToString(tested.param)); });

TEST_P(TwinsByFormat, AgreeForOddSizesAndEveryKindOfStep) {
  const SizePair sizes[] = {
      {{1, 1}, {1, 1}},     {{1, 1}, {7, 5}},      {{2, 2}, {9, 9}},      {{3, 1}, {64, 3}},
      {{64, 36}, {32, 32}}, {{96, 54}, {32, 32}},  {{128, 72}, {32, 32}}, {{63, 35}, {63, 35}},
      {{85, 47}, {64, 64}}, {{47, 85}, {64, 64}},  {{101, 77}, {37, 41}}, {{77, 33}, {30, 30}},
      {{91, 51}, {24, 24}}, {{201, 45}, {30, 16}}, {{333, 9}, {40, 40}},  {{17, 13}, {50, 61}},
      {{640, 3}, {300, 5}}, {{33, 33}, {66, 66}},
  };
  for (const SizePair& s : sizes) {
    for (int kind = 0; kind < kFitCount; ++kind) {
      const Fit fit = static_cast<Fit>(kind);
      const FrameFormat format{GetParam(), s.frame, {}};
      InputSpec spec;
      spec.size = s.input;
      spec.fit = fit;
      ExpectTwinsAgree(format, WholeFrame(s.frame), spec, {s.frame.width % 5, s.frame.height % 3},
                       4 * (s.input.width % 4), Describe(format, spec));
    }
  }
}

TEST_P(TwinsByFormat, AgreeWhereTheFrameIsRepeatedOutside) {
  const Region regions[] = {{{10, 8}, 60, 60, 0},    {{10, 8}, 60, 60, 0.7f},
                            {{-40, 5}, 20, 20, 0},   {{5, 90}, 20, 20, -2.5f},
                            {{19.5f, 13}, 9, 80, 0}, {{39, 27}, 3, 3, 1.6f}};
  const FrameFormat format{GetParam(), {39, 27}, {}};
  for (const Region& region : regions) {
    for (const Fit fit : {Fit::kStretch, Fit::kLetterboxWarp}) {
      InputSpec spec;
      spec.size = {33, 24};
      spec.fit = fit;
      spec.outside = Outside::kRepeat;
      ExpectTwinsAgree(format, region, spec, {}, 0, Describe(format, spec));
    }
  }
}

TEST_P(TwinsByFormat, AgreeForEveryTypeLayoutAndOrder) {
  const FrameFormat format{GetParam(), {45, 27}, {ColorMatrix::kBt601, ColorRange::kLimited}};
  for (const ElementType type : kTypes) {
    for (const Layout layout : {Layout::kNchw, Layout::kNhwc}) {
      for (const ChannelOrder order : kOrders) {
        InputSpec spec;
        spec.size = {29, 31};
        spec.layout = layout;
        spec.type = type;
        spec.order = order;
        if (type == ElementType::kU8) spec.scale = {1, 0.5f, 0.25f};
        if (type == ElementType::kI8) {
          spec.scale = {1, -1, 0.5f};
          spec.offset = {-128, 127, 10};
        }
        if (type == ElementType::kF32) {  // ImageNet's
          spec.scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f};
          spec.offset = {-123.675f / 58.395f, -116.28f / 57.12f, -103.53f / 57.375f};
        }
        ExpectTwinsAgree(format, WholeFrame(format.size), spec, {3, 1},
                         static_cast<int>(SizeOf(type)), Describe(format, spec));
      }
    }
  }
}

TEST_P(TwinsByFormat, AgreeForEveryColorSpace) {
  for (const ColorMatrix matrix :
       {ColorMatrix::kBt601, ColorMatrix::kBt709, ColorMatrix::kBt2020}) {
    for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
      const FrameFormat format{GetParam(), {40, 22}, {matrix, range}};
      InputSpec spec;
      spec.size = {33, 19};
      ExpectTwinsAgree(format, WholeFrame(format.size), spec, {}, 0, Describe(format, spec));
    }
  }
}

TEST_P(TwinsByFormat, AgreeForCropsAndTurnedRegionsAlsoOverTheEdge) {
  const FrameFormat format{GetParam(), {61, 43}, {}};
  const Region regions[] = {
      {{30, 20}, 20, 24, 0},      {{0, 0}, 40, 40, 0},
      {{60, 43}, 30, 61, 0},      {{30.3f, 20.6f}, 11.7f, 9.1f, 0},
      {{500, 20}, 10, 10, 0},     {{30, 21}, 30, 20, 0.4f},
      {{5, 5}, 40, 30, -1.2f},    {{30, 21}, 61, 43, 3.0f},
      {{-50, -50}, 20, 20, 0.7f}, {{31, 22}, 200, 200, 0.1f},
      {{30, 21}, 3, 2, 2.0f},
  };
  for (const Region& region : regions) {
    InputSpec spec;
    spec.size = {37, 29};
    ExpectTwinsAgree(format, region, spec, {1, 1}, 0,
                     Describe(format, spec) + " turned by " + std::to_string(region.angle_rad));
  }
}

// Against the unmirrored input, of which each row is turned round by hand.
TEST_P(TwinsByFormat, AgreeWhereTheInputIsMirrored) {
  const FrameFormat format{GetParam(), {61, 43}, {}};
  const Region regions[] = {WholeFrame(format.size),  {{30, 20}, 20, 24, 0},
                            {{5, 5}, 40, 30, -1.2f},  {{30.3f, 20.6f}, 11.7f, 9.1f, 0.4f}};
  static_assert(static_cast<int>(Fit::kLetterboxWarp) == 4);  // That one is refused.
  const Size sizes[] = {{37, 29}, {29, 37}, {24, 20}};
  for (int i = 0; i < 4 * 3 * 4 * 2; ++i) {
    InputSpec spec;
    spec.size = sizes[i % 3];
    spec.fit = static_cast<Fit>(i / 3 % 4);
    spec.outside = i / 12 % 2 == 0 ? Outside::kPad : Outside::kRepeat;
    const Region& region = regions[i / 24];
    const std::string what = "plan " + std::to_string(i) + ", " + Describe(format, spec);
    const PreprocessPlan plain = PlanPreprocess(format, region, spec).value();
    spec.mirror = true;
    ExpectTwinsAgree(format, region, spec, {1, 1}, 0, what);
    const PreprocessPlan mirrored = PlanPreprocess(format, region, spec).value();
    const Frame frame = NoiseFrame(format, {}, 5);
    Output expected(spec.type, plain.output_shape()), have(spec.type, plain.output_shape());
    PreprocessScalar(plain, frame, expected.view());
    PreprocessScalar(mirrored, frame, have.view());
    const std::vector<float> want = Values(expected), got = Values(have);
    const auto width = static_cast<std::size_t>(spec.size.width);
    for (std::size_t k = 0; k < want.size(); ++k) {
      const std::size_t across = k / width * width + (width - 1 - k % width);
      ASSERT_NEAR(got[k], want[across], Tolerance(spec, want[across])) << what << ", element " << k;
    }
    // And what is found in it goes back to where it is.
    const Point at{5, 7}, there{static_cast<float>(width) - at.x, at.y};
    EXPECT_NEAR(mirrored.input_to_frame().Apply(at).x, plain.input_to_frame().Apply(there).x, 1e-3);
    EXPECT_NEAR(mirrored.input_to_frame().Apply(at).y, plain.input_to_frame().Apply(there).y, 1e-3);
  }
}

TEST(Twins, AgreeForInputsWiderThanATile) {
  for (const Size frame : {Size{9001, 3}, Size{5000, 2}, Size{90, 2}}) {
    const FrameFormat format{PixelFormat::kNv12, frame, {}};
    for (const float angle : {0.0f, 0.01f}) {
      InputSpec spec;
      spec.size = {5003, 3};
      spec.fit = Fit::kStretch;
      Region region = WholeFrame(frame);
      region.angle_rad = angle;
      ExpectTwinsAgree(format, region, spec, {}, 0, Describe(format, spec));
    }
  }
}

TEST(Twins, AgreeOnRandomPlans) {
  Random random(2024);
  for (int i = 0; i < 300; ++i) {
    const FrameFormat format{
        kFormats[random.Below(7)],
        {1 + random.Below(90), 1 + random.Below(60)},
        {static_cast<ColorMatrix>(random.Below(3)), static_cast<ColorRange>(random.Below(2))}};
    InputSpec spec;
    spec.size = {1 + random.Below(90), 1 + random.Below(60)};
    spec.fit = static_cast<Fit>(random.Below(kFitCount));
    spec.layout = static_cast<Layout>(random.Below(2));
    spec.order = kOrders[random.Below(3)];
    Region region = WholeFrame(format.size);
    if (random.Below(2) == 0) {
      region = {
          {static_cast<float>(random.Uniform(0, 90)), static_cast<float>(random.Uniform(0, 60))},
          static_cast<float>(random.Uniform(0.5, 100)),
          static_cast<float>(random.Uniform(0.5, 100)),
          random.Below(2) == 0 ? 0.0f : static_cast<float>(random.Uniform(-4, 4))};
    }
    ExpectTwinsAgree(format, region, spec, {random.Below(9), random.Below(9)}, 0,
                     "plan " + std::to_string(i) + ": " + Describe(format, spec));
  }
}

// Runs `body` with every instruction set that this machine can run, not only its best.
template <class Body>
void WithEveryInstructionSet(Body body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(Twins, AgreeOnEveryInstructionSet) {
  WithEveryInstructionSet([] {
    for (const PixelFormat pixels : kFormats) {
      for (const ElementType type : kTypes) {
        for (const Size size : {Size{85, 47}, Size{128, 40}, Size{30, 20}, Size{300, 20}}) {
          const FrameFormat format{pixels, size, {}};
          InputSpec spec;
          spec.size = {64, 43};
          spec.type = type;
          spec.layout = size.width % 2 == 0 ? Layout::kNhwc : Layout::kNchw;
          ExpectTwinsAgree(format, WholeFrame(size), spec, {1, 3}, 0, Describe(format, spec));
        }
      }
    }
  });
}

// The value before rounding is known from the f32 output: same picture, same sums.
TEST(Simd, RoundsToNearestEven) {
  const FrameFormat format{PixelFormat::kGray8, {256, 3}, {ColorMatrix::kBt709, ColorRange::kFull}};
  const Frame frame = MakeFrame(format, [](int, int x, int y) { return (x + y) % 256; });
  InputSpec spec;
  spec.size = format.size;
  spec.scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f};
  spec.offset = {-2.1f, -2.0f, -1.8f};
  const auto run = [&](ElementType type) {
    spec.type = type;
    const PreprocessPlan plan = PlanPreprocess(format, WholeFrame(format.size), spec).value();
    Output output(type, plan.output_shape());
    Preprocess(plan, frame, output.view());
    return output;
  };
  WithEveryInstructionSet([&] {
    const Output exact = run(ElementType::kF32);
    const std::vector<float> values = Values(exact);
    for (const ElementType type : {ElementType::kF16, ElementType::kBf16}) {
      const Output rounded = run(type);
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, rounded.data() + i * 2, 2);
        ASSERT_EQ(bits, internal::ToElementBits(type, values[i])) << ToString(type) << values[i];
      }
    }
  });
}

TEST(Padding, KeepWritesThePictureAndNothingElse) {
  const FrameFormat format{PixelFormat::kNv12, {50, 21}, {}};
  for (const Layout layout : {Layout::kNchw, Layout::kNhwc}) {
    for (const float angle : {0.0f, 0.5f}) {
      InputSpec spec;
      spec.size = {33, 37};
      spec.layout = layout;
      Region region = WholeFrame(format.size);
      region.angle_rad = angle;
      const PreprocessPlan plan = PlanPreprocess(format, region, spec).value();
      const Frame first = NoiseFrame(format, {}, 1), second = NoiseFrame(format, {}, 2);
      Output kept(spec.type, plan.output_shape()), written(spec.type, plan.output_shape());
      Preprocess(plan, first, kept.view());
      Preprocess(plan, second, kept.view(), Padding::kKeep);
      Preprocess(plan, second, written.view());
      EXPECT_EQ(std::memcmp(kept.data(), written.data(), kept.size_bytes()), 0);

      Output untouched(spec.type, plan.output_shape());
      Preprocess(plan, second, untouched.view(), Padding::kKeep);
      std::size_t kept_bytes = 0;
      for (std::size_t i = 0; i < untouched.size_bytes(); i += 4) {
        const std::byte* const at = untouched.data() + i;
        const bool is_untouched =
            std::all_of(at, at + 4, [](std::byte b) { return b == Output::kUntouched; });
        if (is_untouched) {
          kept_bytes += 4;
        } else {
          ASSERT_EQ(std::memcmp(at, written.data() + i, 4), 0);
        }
      }
      // Upright: 33 x 14 of 33 x 37 are picture. Turned: corners fall outside as well.
      if (angle == 0) {
        EXPECT_EQ(kept_bytes, (33u * 37 - 33u * 14) * 3 * 4);
      } else {
        EXPECT_GT(kept_bytes, (33u * 37 - 33u * 14) * 3 * 4);
      }
    }
  }
}

TEST(Twins, GiveTheSameBitsEveryTime) {
  const FrameFormat format{PixelFormat::kI420, {85, 47}, {}};
  InputSpec spec;
  spec.size = {64, 64};
  const PreprocessPlan plan = PlanPreprocess(format, WholeFrame(format.size), spec).value();
  // Other strides and addresses, the same picture.
  Output a(spec.type, plan.output_shape()), b(spec.type, plan.output_shape(), 4);
  Preprocess(plan, NoiseFrame(format, {0, 0}, 3), a.view());
  Preprocess(plan, NoiseFrame(format, {13, 5}, 3), b.view());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0);
}

}  // namespace
}  // namespace retinue
