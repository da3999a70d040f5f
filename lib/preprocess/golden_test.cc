// Both executors against values from OpenCV and numpy: golden_values.py made them.

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/preprocess/golden_values.inc"
#include "lib/preprocess/test_frames.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

using testing::MakeFrame;
using testing::Output;

int Pattern(int x, int y, int c, int seed) {
  return (37 * x + 59 * y + 101 * c + 7 * x * y + seed) % 256;
}

struct Case {
  const char* name;
  FrameFormat format;
  int chroma_seed;  ///< golden_values.py's seed of the chroma planes.
  InputSpec spec;
  std::span<const float> expected;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};

/// golden_values.py's pictures, as the format's planes hold them.
int PlaneByte(const Case& c, int plane, int x, int y) {
  switch (c.format.pixels) {
    case PixelFormat::kNv12:
      return plane == 0 ? Pattern(x, y, 0, 0) : Pattern(x / 2, y, x % 2, c.chroma_seed);
    case PixelFormat::kI420:
      return plane == 0 ? Pattern(x, y, 0, 0) : Pattern(x, y, plane - 1, c.chroma_seed);
    case PixelFormat::kYuy2:
      if (x % 2 == 0) return Pattern(x / 2, y, 0, 0);
      return Pattern(x / 4, y, x % 4 == 1 ? 0 : 1, c.chroma_seed);
    case PixelFormat::kGray8: return Pattern(x, y, 0, 0);
    default: return Pattern(x / 3, y, x % 3, 0);
  }
}

class Golden : public ::testing::TestWithParam<Case> {
 protected:
  void Expect(decltype(&Preprocess) run, float tolerance) {
    const Case& c = GetParam();
    const auto plan = PlanPreprocess(c.format, WholeFrame(c.format.size), c.spec);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    const Frame frame =
        MakeFrame(c.format, [&](int plane, int x, int y) { return PlaneByte(c, plane, x, y); });
    Output output(c.spec.type, plan->output_shape());
    run(*plan, frame, output.view(), Padding::kWrite);
    const std::vector<float> values = Values(output);
    ASSERT_EQ(values.size(), c.expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], c.expected[i], tolerance) << "element " << i;
    }
  }
};

// The values are printed with three digits, OpenCV computed them with float weights.
TEST_P(Golden, ScalarGivesTheReferencesValues) { Expect(PreprocessScalar, 0.01f); }
// The promise of preprocess.h.
TEST_P(Golden, SimdGivesTheReferencesValues) { Expect(Preprocess, 0.1f); }

constexpr ColorSpace kFull{ColorMatrix::kBt601, ColorRange::kFull};
constexpr ColorSpace k709{ColorMatrix::kBt709, ColorRange::kLimited};
constexpr ColorSpace k2020{ColorMatrix::kBt2020, ColorRange::kLimited};

FrameFormat Format(PixelFormat pixels, int width, int height, ColorSpace color) {
  return {pixels, {width, height}, color};
}

InputSpec Input(int width, int height, ChannelOrder order, Fit fit, float pad = 0) {
  InputSpec spec;
  spec.size = {width, height};
  spec.layout = Layout::kNhwc;
  spec.order = order;
  spec.scale = {1, 1, 1};
  spec.fit = fit;
  spec.pad = pad;
  return spec;
}

std::vector<Case> Cases() {
  using enum PixelFormat;
  using enum ChannelOrder;
  using enum Fit;
  return {
      {"GrayDown", Format(kGray8, 13, 7, kFull), 0, Input(5, 4, kGray, kStretch), kGrayDown},
      {"GrayUp", Format(kGray8, 6, 4, kFull), 0, Input(9, 7, kGray, kStretch), kGrayUp},
      {"GrayHalf", Format(kGray8, 12, 8, kFull), 0, Input(6, 4, kGray, kStretch), kGrayHalf},
      {"BgrLetterbox", Format(kBgr24, 16, 9, kFull), 0, Input(10, 9, kRgb, kLetterbox, 114),
       kBgrLetterbox},
      {"BgrLetterboxTall", Format(kBgr24, 5, 11, kFull), 0, Input(8, 8, kRgb, kLetterbox, 50),
       kBgrLetterboxTall},
      {"RgbYolox", Format(kRgb24, 11, 7, kFull), 0, Input(9, 8, kRgb, kLetterboxTopLeft, 114),
       kRgbYolox},
      {"RgbCenterCropWide", Format(kRgb24, 17, 9, kFull), 0, Input(7, 7, kRgb, kCenterCrop),
       kRgbCenterCropWide},
      {"RgbCenterCropHigh", Format(kRgb24, 9, 20, kFull), 0, Input(6, 6, kRgb, kCenterCrop),
       kRgbCenterCropHigh},
      {"RgbWarp", Format(kRgb24, 13, 7, kFull), 0, Input(8, 9, kRgb, kLetterboxWarp, 20), kRgbWarp},
      {"RgbWarpUp", Format(kRgb24, 5, 6, kFull), 0, Input(16, 14, kRgb, kLetterboxWarp),
       kRgbWarpUp},
      {"RgbToGray", Format(kRgb24, 9, 5, kFull), 0, Input(4, 3, kGray, kStretch), kRgbToGray},
      {"Nv12Bt709", Format(kNv12, 10, 6, k709), 90, Input(6, 4, kRgb, kStretch), kNv12Bt709},
      {"I420Bt601FullOdd", Format(kI420, 9, 7, kFull), 30, Input(5, 6, kRgb, kStretch),
       kI420Bt601FullOdd},
      {"Yuy2Bt2020Odd", Format(kYuy2, 7, 5, k2020), 60, Input(9, 4, kRgb, kStretch),
       kYuy2Bt2020Odd},
  };
}

INSTANTIATE_TEST_SUITE_P(OpenCvAndNumpy, Golden, ::testing::ValuesIn(Cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace retinue
