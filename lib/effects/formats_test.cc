// Effects on nv12 and i420, beside the scalar executor on the same picture in RGB. Expected samples
// are worked out here in double precision from ITU-R BT.601, BT.709 and BT.2020.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "lib/effects/frames_test_support.h"

namespace retinue {
namespace {

using internal::Faces;
using internal::Picture;
using internal::Program;
using internal::YuvFrame;

struct Case {
  PixelFormat format;
  Size size;
  ColorSpace color;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const PixelFormat format : {PixelFormat::kNv12, PixelFormat::kI420}) {
    for (const Size size : {Size{1, 1}, Size{7, 3}, Size{64, 48}, Size{131, 77}}) {
      for (const ColorMatrix matrix :
           {ColorMatrix::kBt601, ColorMatrix::kBt709, ColorMatrix::kBt2020}) {
        for (const ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
          cases.push_back({format, size, {matrix, range}});
        }
      }
    }
  }
  return cases;
}

std::string NameOf(const Case& c) {
  return std::string(ToString(c.format)) + " " + std::to_string(c.size.width) + "x" +
         std::to_string(c.size.height) + " " + std::to_string(static_cast<int>(c.color.matrix)) +
         " " + std::to_string(static_cast<int>(c.color.range));
}

// The frame is converted, drawn on by the scalar executor, and converted back: of blocks that are
// covered as a whole the mean of their chroma.
TEST(EffectsOnYuv, AreThoseOnRgb) {
  for (const Case& c : Cases()) {
    YuvFrame frame(c.format, c.size, c.color);
    frame.FillColorful(9);
    Picture truth = frame.ToRgb();
    const std::string program =
        "frame: invert\nrect(w / 8, 0, w / 2, h / 2): rotate(30), scale(1.3)\n"
        "rect(0, 0, w / 3, h): swap_with(rect(w / 2, 0, w / 3, h))";
    EffectsReport report;
    ASSERT_TRUE(Program(program)->Apply({}, frame.buffer(), {}, report));
    ASSERT_TRUE(Program(program)->ApplyScalar({}, truth.View(), {}, report));
    for (int y = 0; y < c.size.height; ++y) {
      for (int x = 0; x < c.size.width; ++x) {
        // RGB: 1 for what the executors round otherwise, 1/2 for rounding of luma.
        ASSERT_NEAR(frame.Luma(x, y), frame.YuvOf(truth.At(x, y))[0], 2)
            << NameOf(c) << " at " << x << ", " << y;
        const auto chroma = frame.MeanYuv(truth, x / 2, y / 2);
        ASSERT_NEAR(frame.Chroma(x / 2, y / 2, 0), chroma[1], 2) << NameOf(c);
        ASSERT_NEAR(frame.Chroma(x / 2, y / 2, 1), chroma[2], 2) << NameOf(c);
      }
    }
  }
}

// A shape between even places: every sample outside stays, chroma at its edge is mixed by the
// number of covered pixels.
TEST(EffectsOnYuv, TouchNothingElse) {
  for (const Case& c : Cases()) {
    if (c.size.width < 64) continue;
    YuvFrame frame(c.format, c.size, c.color);
    frame.FillRandom(4);  // any samples, also of no colour that could be seen
    const YuvFrame before = frame;
    EffectsReport report;
    ASSERT_TRUE(Program("rect(11, 7, 22, 20): fill(200, 40, 90)\n"
                        "rect(11, 7, 22, 20): copy_to(rect(11, 7, 22, 20)), opacity(0.5)\n"
                        "face: blur(3), opacity(0)")
                    ->Apply(Faces({{3, 3, 20, 30}}), frame.buffer(), {}, report));
    const auto filled = frame.YuvOf({200, 40, 90});
    const auto is_covered = [](int x, int y) { return x >= 11 && x < 33 && y >= 7 && y < 27; };
    for (int y = 0; y < c.size.height; ++y) {
      for (int x = 0; x < c.size.width; ++x) {
        if (is_covered(x, y)) {
          ASSERT_NEAR(frame.Luma(x, y), filled[0], 1) << NameOf(c);
        } else {
          ASSERT_EQ(frame.Luma(x, y), before.Luma(x, y)) << NameOf(c) << " " << x << ", " << y;
        }
        int covered = 0;
        for (int k = 0; k < 4; ++k) covered += is_covered(x / 2 * 2 + k % 2, y / 2 * 2 + k / 2);
        for (int p = 0; p < 2; ++p) {
          const int old = before.Chroma(x / 2, y / 2, p);
          const double mixed =
              (old * (4 - covered) + filled[static_cast<std::size_t>(p) + 1] * covered) / 4;
          ASSERT_NEAR(frame.Chroma(x / 2, y / 2, p), mixed, covered == 0 ? 0 : 1) << NameOf(c);
        }
      }
    }
  }
}

TEST(EffectsOnYuv, ChangeNothingWhereTheyChangeNothing) {
  for (const Case& c : Cases()) {
    YuvFrame frame(c.format, c.size, c.color);
    frame.FillRandom(5);
    const YuvFrame before = frame;
    for (const char* program :
         {"", "face:", "frame:", "face: reshape(2, 1, 1, 1)", "frame: opacity(0)",
          "frame: invert\nframe: clear", "rect(5, 3, 20, 9): fill(1, 2, 3)\nframe: clear"}) {
      EffectsReport report;
      ASSERT_TRUE(Program(program)->Apply(Faces({{2, 1, 30, 20}}), frame.buffer(), {}, report));
      EXPECT_TRUE(frame == before) << NameOf(c) << ": " << program;
    }
  }
}

TEST(EffectsOnYuv, SayWhatTheyCannotDrawOn) {
  auto frame = FrameBuffer::Create({PixelFormat::kYuy2, {8, 8}, {}}).value();
  EffectsReport report;
  const auto done = Program("frame: invert")->Apply({}, *frame, {}, report);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(done.error().message, "effects draw on nv12, i420 and rgb24, got yuy2");
}

}  // namespace
}  // namespace retinue
