// The vector kernels beside their scalar twins, which machines without vectors run.

#include "lib/effects/kernels.h"

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "lib/effects/kernels_scalar.h"
#include "tests/support/testing.h"

namespace retinue::internal {
namespace {

// BT.601, 16…235, as kernels.h wants its factors.
constexpr FromYCbCr kFrom{.luma_offset = 16, .luma_gain = 5377, .red_cr = 13075,
                          .green_cb = -3209, .green_cr = -6660, .blue_cb = 16525};
constexpr ToYCbCr kTo{.luma_offset = 16,
                      .luma = {8414, 16519, 3208},
                      .cb = {-4857, -9535, 14392},
                      .cr = {14392, -12051, -2341}};

using Bytes = std::vector<std::uint8_t>;

Bytes RandomBytes(std::size_t count, testing::Random& random) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.Below(256));
  return bytes;
}

// Of random colours, a third of them not covered.
std::vector<Pixel> RandomPixels(std::size_t count, testing::Random& random) {
  std::vector<Pixel> pixels(count);
  for (Pixel& pixel : pixels) {
    pixel = static_cast<Pixel>(random.Below(1 << 24)) | (random.Below(3) > 0 ? kCovered : 0);
  }
  return pixels;
}

TEST(Kernels, ReadFramesAsTheirTwinsDo) {
  testing::Random random(1);
  constexpr std::size_t kCount = 192;
  const Bytes luma = RandomBytes(kCount + kSlack, random);
  const Bytes chroma = RandomBytes(2 * kCount + kSlack, random);
  std::vector<Pixel> have(kCount + kSlack), want(kCount + kSlack);
  ReadNv12(kFrom, luma.data(), chroma.data(), kCount, have.data());
  scalar::ReadNv12(kFrom, luma.data(), chroma.data(), kCount, want.data());
  have.resize(kCount);
  want.resize(kCount);
  EXPECT_EQ(have, want);
  have.resize(kCount + kSlack);
  ReadI420(kFrom, luma.data(), chroma.data(), chroma.data() + kCount, kCount, have.data());
  scalar::ReadI420(kFrom, luma.data(), chroma.data(), chroma.data() + kCount, kCount, want.data());
  have.resize(kCount);
  EXPECT_EQ(have, want);
}

TEST(Kernels, WriteFramesAsTheirTwinsDo) {
  testing::Random random(2);
  constexpr std::size_t kCount = 192;
  const auto top = RandomPixels(kCount + kSlack, random);
  const auto bottom = RandomPixels(kCount + kSlack, random);
  struct Written {
    Bytes top, bottom, cb, cr;
    bool operator==(const Written&) const = default;
  };
  const Written before{RandomBytes(kCount + kSlack, random), RandomBytes(kCount + kSlack, random),
                       RandomBytes(kCount + kSlack, random), RandomBytes(kCount + kSlack, random)};
  const auto rows = [&](Written& to) {
    return LumaRows{top.data(), bottom.data(), to.top.data(), to.bottom.data()};
  };
  Written have = before, want = before;
  WriteNv12(kTo, rows(have), kCount, have.cb.data());
  scalar::WriteNv12(kTo, rows(want), kCount, want.cb.data());
  EXPECT_EQ(have, want);
  EXPECT_NE(have, before);
  have = want = before;
  WriteI420(kTo, rows(have), kCount, have.cb.data(), have.cr.data());
  scalar::WriteI420(kTo, rows(want), kCount, want.cb.data(), want.cr.data());
  EXPECT_EQ(have, want);
  EXPECT_NE(have, before);
}

// Vectors multiply and add in one rounding, so a weight may be 1/16384 off.
TEST(Kernels, SampleAsTheirTwinsDo) {
  testing::Random random(3);
  constexpr int kWidth = 70, kHeight = 40;
  const auto picture = RandomPixels(kWidth * kHeight + 2 * kSlack, random);
  const PixelGrid grid{picture.data(), kWidth};
  const auto below = [&](double most) {
    return static_cast<float>(random.Below(10000) * most / 1e4);
  };
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const auto count = static_cast<std::size_t>(1 + random.Below(kChunk));
    const LineTaps line{.x = below(90) - 10, .y = below(60) - 10,
                        .step_x = below(2) - 1, .step_y = below(2) - 1,
                        .least_x = below(5), .least_y = 0,
                        .most_x = kWidth - 1, .most_y = kHeight - 1 - below(5),
                        .last_low_x = kWidth - 2, .last_low_y = kHeight - 2, .stride = kWidth};
    std::vector<std::int32_t> offset(count + kSlack), right(count + kSlack);
    for (std::size_t k = 0; k < count; ++k) {
      offset[k] = random.Below(kWidth * (kHeight - 1) - 1);
      right[k] = random.Below(kAllWeight + 1);
    }
    const RowTaps row{offset.data(), right.data(), random.Below(kAllWeight + 1)};
    const auto compare = [&](auto sample, auto twin, auto pixels, auto pixels_twin,
                             const auto& taps) {
      std::vector<std::int16_t> have(4 * (count + kSlack)), want(4 * (count + kSlack));
      sample(grid, taps, count, have.data());
      twin(grid, taps, count, want.data());
      std::vector<Pixel> have_pixels(count + kSlack), want_pixels(count + kSlack);
      pixels(grid, taps, count, have_pixels.data());
      pixels_twin(grid, taps, count, want_pixels.data());
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t c = 0; c < 3; ++c) {
          ASSERT_LE(std::abs(have[4 * k + c] - want[4 * k + c]), 8) << k << ", channel " << c;
          const auto byte = [&](Pixel pixel) { return static_cast<int>(pixel >> (8 * c) & 255); };
          ASSERT_LE(std::abs(byte(have_pixels[k]) - byte(want_pixels[k])), 1) << k;
        }
        ASSERT_EQ(have_pixels[k] & kCovered, kCovered);
        ASSERT_EQ(want_pixels[k] & kCovered, kCovered);
      }
    };
    compare(SampleLine, scalar::SampleLine, SampleLinePixels, scalar::SampleLinePixels, line);
    compare(SampleRow, scalar::SampleRow, SampleRowPixels, scalar::SampleRowPixels, row);
  }
}

}  // namespace
}  // namespace retinue::internal
