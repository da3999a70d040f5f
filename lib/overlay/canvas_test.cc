#include "lib/overlay/canvas.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace retinue::internal {
namespace {

constexpr ColorSpace kBt601{ColorMatrix::kBt601, ColorRange::kLimited};

std::shared_ptr<FrameBuffer> Buffer(PixelFormat pixels, Size size, std::uint8_t value) {
  auto buffer = FrameBuffer::Create({pixels, size, kBt601}).value();
  for (int p = 0; p < PlaneCount(pixels); ++p) {
    for (int y = 0; y < RowCount(pixels, size, p); ++y) {
      std::uint8_t* row = buffer->plane(p).data + y * buffer->plane(p).stride_bytes;
      // Padding too: nothing may be written there.
      std::fill(row, row + buffer->plane(p).stride_bytes, value);
    }
  }
  return buffer;
}

// The samples of 100 % colour bars as the recommendations and JFIF list them.
TEST(ToYCbCr, GivesTheSamplesOfColorBars) {
  struct Case {
    Rgb color;
    ColorSpace space;
    Ink expected;
  };
  using enum ColorMatrix;
  using enum ColorRange;
  for (const Case& c : {Case{{255, 0, 0}, {kBt601, kLimited}, {81, 90, 240}},
                        {{0, 255, 0}, {kBt601, kLimited}, {145, 54, 34}},
                        {{0, 0, 255}, {kBt601, kLimited}, {41, 240, 110}},
                        {{255, 0, 0}, {kBt709, kLimited}, {63, 102, 240}},
                        {{0, 255, 0}, {kBt709, kLimited}, {173, 42, 26}},
                        {{0, 0, 255}, {kBt709, kLimited}, {32, 240, 118}},
                        {{255, 255, 255}, {kBt709, kLimited}, {235, 128, 128}},
                        {{0, 0, 0}, {kBt2020, kLimited}, {16, 128, 128}},
                        {{255, 0, 0}, {kBt601, kFull}, {76, 85, 255}},
                        {{255, 255, 255}, {kBt601, kFull}, {255, 128, 128}},
                        {{255, 0, 0}, {kBt2020, kFull}, {67, 92, 255}}}) {
    EXPECT_EQ(ToYCbCr(c.color, c.space), c.expected);
  }
}

// The slow twin: a chroma sample is the mean of what its pixels would become.
void ExpectAsIfEveryPixelHadItsChroma(FrameBuffer& drawn, Size size, std::uint8_t before,
                                      const Ink& ink, const std::vector<double>& coverage) {
  const auto at = [&](int x, int y) {
    return coverage[static_cast<std::size_t>(y * size.width + x)];
  };
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const double expected = before + (ink[0] - before) * at(x, y);
      ASSERT_NEAR(drawn.plane(0).data[y * drawn.plane(0).stride_bytes + x], expected, 1.0);
    }
  }
  for (int cy = 0; cy < (size.height + 1) / 2; ++cy) {
    for (int cx = 0; cx < (size.width + 1) / 2; ++cx) {
      double sum = 0;
      int count = 0;
      for (int y = 2 * cy; y < std::min(2 * cy + 2, size.height); ++y) {
        for (int x = 2 * cx; x < std::min(2 * cx + 2, size.width); ++x, ++count) sum += at(x, y);
      }
      for (const std::size_t p : {1u, 2u}) {
        const double expected = before + (ink[p] - before) * sum / count;
        const MutablePlaneView plane = drawn.plane(static_cast<int>(p));
        // 1.5: opacities are whole 256ths of up to 255, in two steps.
        ASSERT_NEAR(plane.data[cy * plane.stride_bytes + cx], expected, 1.5);
      }
    }
  }
  for (int p = 0; p < 3; ++p) {
    const MutablePlaneView plane = drawn.plane(p);
    for (int y = 0; y < RowCount(PixelFormat::kI420, size, p); ++y) {
      for (std::ptrdiff_t x = RowBytes(PixelFormat::kI420, size, p); x < plane.stride_bytes; ++x) {
        ASSERT_EQ(plane.data[y * plane.stride_bytes + x], before) << "beyond the row's end";
      }
    }
  }
}

TEST(Canvas, FillsI420AsIfEveryPixelHadItsChroma) {
  testing::Random random(1);
  for (int trial = 0; trial < 400; ++trial) {
    const Size size{1 + random.Below(9), 1 + random.Below(9)};
    const PixelRect rect{random.Below(12) - 2, random.Below(12) - 2, random.Below(12) - 2,
                         random.Below(12) - 2};
    const int opacity = trial % 2 == 0 ? 256 : random.Below(257);
    const auto buffer = Buffer(PixelFormat::kI420, size, 50);
    const Ink ink{200, 20, 130};
    Canvas(*buffer).Fill(rect, ink, opacity);
    std::vector<double> coverage;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const bool is_in = x >= rect.left && x < rect.right && y >= rect.top && y < rect.bottom;
        coverage.push_back(is_in ? opacity / 256.0 : 0);
      }
    }
    ExpectAsIfEveryPixelHadItsChroma(*buffer, size, 50, ink, coverage);
  }
}

TEST(Canvas, FillsMasksInI420AsIfEveryPixelHadItsChroma) {
  testing::Random random(2);
  for (int trial = 0; trial < 400; ++trial) {
    const Size size{1 + random.Below(9), 1 + random.Below(9)};
    const int width = 1 + random.Below(5);
    const int height = 1 + random.Below(5);
    const int left = random.Below(14) - 5;
    const int top = random.Below(14) - 5;
    std::vector<std::uint8_t> mask;
    for (int i = 0; i < width * height; ++i) {
      mask.push_back(static_cast<std::uint8_t>(random.Below(3) == 0 ? 255 : random.Below(256)));
    }
    const auto buffer = Buffer(PixelFormat::kI420, size, 90);
    const Ink ink{235, 240, 16};
    Canvas(*buffer).FillMask(left, top, {width, height, mask}, ink);
    std::vector<double> coverage;
    for (int y = top; y < top + size.height; ++y) {
      for (int x = left; x < left + size.width; ++x) {
        const int mx = x - 2 * left;
        const int my = y - 2 * top;
        const bool is_in = mx >= 0 && mx < width && my >= 0 && my < height;
        coverage.push_back(is_in ? mask[static_cast<std::size_t>(my * width + mx)] / 255.0 : 0);
      }
    }
    ExpectAsIfEveryPixelHadItsChroma(*buffer, size, 90, ink, coverage);
  }
}

TEST(Canvas, FillsRgbWithEachChannelsColor) {
  const auto buffer = Buffer(PixelFormat::kRgb24, {4, 3}, 10);
  Canvas canvas(*buffer);
  canvas.FillRing({0, 0, 4, 3}, {1, 1, 3, 2}, {1, 2, 3});
  const std::vector<std::uint8_t> coverage = {255, 0};
  canvas.FillMask(1, 1, {2, 1, coverage}, {7, 8, 9});
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) {
      const std::uint8_t* p = buffer->plane(0).data + y * buffer->plane(0).stride_bytes + 3 * x;
      const std::array<std::uint8_t, 3> pixel{p[0], p[1], p[2]};
      const bool is_inner = y == 1 && (x == 1 || x == 2);
      const std::array<std::uint8_t, 3> expected =
          !is_inner ? Ink{1, 2, 3} : x == 1 ? Ink{7, 8, 9} : Ink{10, 10, 10};
      EXPECT_EQ(pixel, expected) << x << "," << y;
    }
  }
}

TEST(Canvas, ARingWithoutInsideIsFilled) {
  const auto buffer = Buffer(PixelFormat::kI420, {4, 4}, 0);
  Canvas(*buffer).FillRing({0, 0, 4, 4}, {3, 3, 1, 1}, {9, 9, 9});
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      EXPECT_EQ(buffer->plane(0).data[y * buffer->plane(0).stride_bytes + x], 9);
    }
  }
}

}  // namespace
}  // namespace retinue::internal
