// Colours by hand, padding, and turned regions, for both executors.

#include <array>
#include <cmath>
#include <numbers>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/preprocess/test_frames.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

using testing::MakeFrame;
using testing::Output;

std::vector<float> Execute(decltype(&Preprocess) run, const Frame& frame, const Region& region,
                           const InputSpec& spec) {
  const PreprocessPlan plan = PlanPreprocess(frame.format(), region, spec).value();
  Output output(spec.type, plan.output_shape());
  run(plan, frame, output.view(), Padding::kWrite);
  return Values(output);
}

InputSpec Spec(int width, int height) {
  InputSpec spec;
  spec.size = {width, height};
  spec.layout = Layout::kNhwc;
  spec.scale = {1, 1, 1};
  spec.fit = Fit::kStretch;
  return spec;
}

struct ColorCase {
  const char* name;
  ColorSpace color;
  std::array<int, 3> ycbcr;
  std::array<float, 3> rgb;
  friend std::ostream& operator<<(std::ostream& out, const ColorCase& c) { return out << c.name; }
};

constexpr ColorSpace k601{ColorMatrix::kBt601, ColorRange::kLimited};
constexpr ColorSpace k601Full{ColorMatrix::kBt601, ColorRange::kFull};
constexpr ColorSpace k709{ColorMatrix::kBt709, ColorRange::kLimited};
constexpr ColorSpace k709Full{ColorMatrix::kBt709, ColorRange::kFull};
constexpr ColorSpace k2020{ColorMatrix::kBt2020, ColorRange::kLimited};

// The codes of the colour bars, by hand: Y' = Kr R + Kg G + Kb B, Cb = (B - Y') / (2 (1 - Kb)),
// Cr = (R - Y') / (2 (1 - Kr)); times 219 + 16 and 224 + 128, or 255 and 255 + 128; rounded.
const ColorCase kColors[] = {
    {"White601", k601, {235, 128, 128}, {255, 255, 255}},
    {"Black601", k601, {16, 128, 128}, {0, 0, 0}},
    {"Red601", k601, {81, 90, 240}, {255, 0, 0}},
    {"Green601", k601, {145, 54, 34}, {0, 255, 0}},
    {"Blue601", k601, {41, 240, 110}, {0, 0, 255}},
    {"White709", k709, {235, 128, 128}, {255, 255, 255}},
    {"Black709", k709, {16, 128, 128}, {0, 0, 0}},
    {"Red709", k709, {63, 102, 240}, {255, 0, 0}},
    {"Green709", k709, {173, 42, 26}, {0, 255, 0}},
    {"Blue709", k709, {32, 240, 118}, {0, 0, 255}},
    {"BlackerThanBlack", k709, {2, 128, 128}, {0, 0, 0}},
    {"WhiterThanWhite", k709, {250, 128, 128}, {255, 255, 255}},
    {"White601Full", k601Full, {255, 128, 128}, {255, 255, 255}},
    {"Sixteen601Full", k601Full, {16, 128, 128}, {16, 16, 16}},
    {"Red601Full", k601Full, {76, 85, 255}, {255, 0, 0}},
    {"Green601Full", k601Full, {150, 44, 21}, {0, 255, 0}},
    {"Blue601Full", k601Full, {29, 255, 107}, {0, 0, 255}},
    {"Red709Full", k709Full, {54, 99, 255}, {255, 0, 0}},
    {"Green709Full", k709Full, {182, 30, 12}, {0, 255, 0}},
    {"Blue709Full", k709Full, {18, 255, 116}, {0, 0, 255}},
    {"Red2020", k2020, {74, 97, 240}, {255, 0, 0}},
    {"Green2020", k2020, {164, 47, 25}, {0, 255, 0}},
    {"Blue2020", k2020, {29, 240, 119}, {0, 0, 255}},
};

class Colors : public ::testing::TestWithParam<ColorCase> {};

INSTANTIATE_TEST_SUITE_P(ByHand, Colors, ::testing::ValuesIn(kColors),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Colors, BecomeWhatTheStandardsSay) {
  const ColorCase& c = GetParam();
  for (const PixelFormat pixels : {PixelFormat::kNv12, PixelFormat::kI420, PixelFormat::kYuy2}) {
    const Frame frame = MakeFrame({pixels, {18, 6}, c.color}, [&](int plane, int x, int) {
      if (pixels == PixelFormat::kYuy2) return c.ycbcr[x % 2 == 0 ? 0u : x % 4 == 1 ? 1u : 2u];
      if (plane == 0) return c.ycbcr[0];
      return pixels == PixelFormat::kNv12 ? c.ycbcr[1u + static_cast<unsigned>(x % 2)]
                                          : c.ycbcr[static_cast<unsigned>(plane)];
    });
    for (const auto run : {&Preprocess, &PreprocessScalar}) {
      const std::vector<float> values = Execute(run, frame, WholeFrame(frame.size()), Spec(9, 5));
      for (std::size_t i = 0; i < values.size(); ++i) {
        // Half a code of rounding, times up to 2.2 (BT.2020's blue), and luma's half.
        ASSERT_NEAR(values[i], c.rgb[i % 3], 1.8f) << ToString(pixels) << " element " << i;
      }
    }
  }
}

TEST(Channels, SwapAndReduceAsAsked) {
  // R, G, B = 200, 100, 50; BT.601: 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2
  const Frame frame = MakeFrame({PixelFormat::kRgba32, {5, 3}, {}}, [](int, int x, int) {
    constexpr int kPixel[] = {200, 100, 50, 7};
    return kPixel[x % 4];
  });
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    InputSpec spec = Spec(1, 1);
    const auto values = [&](ChannelOrder order) {
      spec.order = order;
      return Execute(run, frame, WholeFrame(frame.size()), spec);
    };
    EXPECT_EQ(values(ChannelOrder::kRgb), (std::vector<float>{200, 100, 50}));
    EXPECT_EQ(values(ChannelOrder::kBgr), (std::vector<float>{50, 100, 200}));
    EXPECT_NEAR(values(ChannelOrder::kGray)[0], 124.2f, 0.1f);
  }
}

TEST(Channels, GrayFollowsTheRange) {
  const auto frame = [](ColorRange range) {
    return MakeFrame({PixelFormat::kGray8, {4, 4}, {ColorMatrix::kBt709, range}},
                     [](int, int, int) { return 126; });
  };
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    const Region whole = WholeFrame({4, 4});
    // (126 - 16) · 255 / 219 = 128.08
    EXPECT_NEAR(Execute(run, frame(ColorRange::kLimited), whole, Spec(1, 1))[2], 128.08f, 0.1f);
    EXPECT_NEAR(Execute(run, frame(ColorRange::kFull), whole, Spec(1, 1))[0], 126.0f, 0.01f);
  }
}

TEST(PaddingValue, GoesThroughScaleAndOffset) {
  const Frame frame =
      MakeFrame({PixelFormat::kGray8, {8, 2}, {ColorMatrix::kBt709, ColorRange::kFull}},
                [](int, int, int) { return 255; });
  InputSpec spec = Spec(4, 4);
  spec.fit = Fit::kLetterbox;
  spec.pad = 100;
  spec.scale = {0.01f, 0.02f, 0.03f};
  spec.offset = {1, 2, 3};
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    // Picture: 4x1, at round(1.5 - 0.1) = 1.
    const std::vector<float> values = Execute(run, frame, WholeFrame(frame.size()), spec);
    for (std::size_t pixel = 0; pixel < 16; ++pixel) {
      const bool is_picture = pixel / 4 == 1;
      EXPECT_NEAR(values[pixel * 3], is_picture ? 3.55f : 2.0f, 1e-5f) << pixel;
      EXPECT_NEAR(values[pixel * 3 + 1], is_picture ? 7.1f : 4.0f, 1e-5f) << pixel;
      EXPECT_NEAR(values[pixel * 3 + 2], is_picture ? 10.65f : 6.0f, 1e-5f) << pixel;
    }
  }
}

int Pattern(int x, int y) { return (x * 41 + y * 67 + x * y * 3) % 256; }

// A quarter turn clockwise: output (i, j) of h x w is picture (j, h - 1 - i) of w x h.
TEST(TurnedRegion, QuarterTurnEqualsAPictureTurnedByHand) {
  constexpr int kWidth = 24, kHeight = 15;
  const ColorSpace full{ColorMatrix::kBt709, ColorRange::kFull};
  const Frame frame = MakeFrame({PixelFormat::kGray8, {kWidth, kHeight}, full},
                                [](int, int x, int y) { return Pattern(x, y); });
  InputSpec spec = Spec(kHeight, kWidth);
  spec.order = ChannelOrder::kGray;
  const Region region{
      {kWidth / 2.0f, kHeight / 2.0f}, kHeight, kWidth, std::numbers::pi_v<float> / 2};
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    const std::vector<float> values = Execute(run, frame, region, spec);
    for (int j = 0; j < kWidth; ++j) {
      for (int i = 0; i < kHeight; ++i) {
        // The region's x axis points down in the frame, its y axis to the left.
        const float want = static_cast<float>(Pattern(kWidth - 1 - j, i));
        ASSERT_NEAR(values[static_cast<std::size_t>(j * kHeight + i)], want, 0.02f)
            << i << "," << j;
      }
    }
  }
}

TEST(TurnedRegion, IsPaddedOutsideTheFrameAndOnlyThere) {
  const ColorSpace full{ColorMatrix::kBt709, ColorRange::kFull};
  const Frame frame =
      MakeFrame({PixelFormat::kGray8, {20, 12}, full}, [](int, int, int) { return 200; });
  InputSpec spec = Spec(31, 31);
  spec.order = ChannelOrder::kGray;
  spec.pad = 10;
  const float angle = 0.6f;
  const Region region{{10, 6}, 31, 31, angle};
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    const std::vector<float> values = Execute(run, frame, region, spec);
    for (int j = 0; j < 31; ++j) {
      for (int i = 0; i < 31; ++i) {
        const double u = i + 0.5 - 15.5, v = j + 0.5 - 15.5;
        const double x = 10 + std::cos(angle) * u - std::sin(angle) * v;
        const double y = 6 + std::sin(angle) * u + std::cos(angle) * v;
        const bool is_inside = x >= 0 && x < 20 && y >= 0 && y < 12;
        ASSERT_NEAR(values[static_cast<std::size_t>(j * 31 + i)], is_inside ? 200 : 10, 0.02f)
            << i << "," << j;
      }
    }
  }
}

// Known on a ramp: bilinear sampling of x·10 gives position · 10 wherever it looks.
TEST(TurnedRegion, SamplesBetweenPixels) {
  const ColorSpace full{ColorMatrix::kBt709, ColorRange::kFull};
  const Frame frame =
      MakeFrame({PixelFormat::kGray8, {25, 25}, full}, [](int, int x, int) { return x * 10; });
  InputSpec spec = Spec(9, 9);
  spec.order = ChannelOrder::kGray;
  const Region region{{12.3f, 12.6f}, 8, 8, 0.9f};
  for (const auto run : {&Preprocess, &PreprocessScalar}) {
    const std::vector<float> values = Execute(run, frame, region, spec);
    const PreprocessPlan plan = PlanPreprocess(frame.format(), region, spec).value();
    for (int j = 0; j < 9; ++j) {
      for (int i = 0; i < 9; ++i) {
        const float x = plan.input_to_frame()
                            .Apply({static_cast<float>(i) + 0.5f, static_cast<float>(j) + 0.5f})
                            .x;
        ASSERT_NEAR(values[static_cast<std::size_t>(j * 9 + i)], (x - 0.5f) * 10, 0.03f);
      }
    }
  }
}

}  // namespace
}  // namespace retinue
