// What is covered is gone: the output depends on the covered pixels through nothing but what the
// operation says, for nv12 down to the last byte.
//
// Each test takes two frames that agree outside of the cover and in what the operation may keep,
// and wants the same bytes. The covered box begins and ends between even places, so that blocks of
// chroma lie across its edge.

#include <gtest/gtest.h>

#include <string>

#include "lib/effects/frames_test_support.h"

namespace retinue {
namespace {

using internal::Faces;
using internal::Program;
using internal::YuvFrame;

// The face's box: 40 x 48 px, cells of 5 px with pixelate(8).
constexpr int kLeft = 21, kTop = 13, kWidth = 40, kHeight = 48, kCell = 5;
const FrameResult& OneFace() {
  static const FrameResult face = Faces({{kLeft, kTop, kWidth, kHeight}});
  return face;
}

YuvFrame Scene(PixelFormat format) {
  YuvFrame frame(format, {91, 83}, {});
  frame.FillColorful(7);
  return frame;
}

void Draw(const std::string& program, YuvFrame& frame) {
  EffectsReport report;
  ASSERT_TRUE(Program(program)->Apply(OneFace(), frame.buffer(), {}, report));
  ASSERT_GE(report.draws, 1);
}

template <typename Do>
void ForEachCovered(Do act) {
  for (int y = kTop; y < kTop + kHeight; ++y) {
    for (int x = kLeft; x < kLeft + kWidth; ++x) act(x, y);
  }
}
bool IsCoveredBlock(int x, int y) {
  return 2 * x >= kLeft && 2 * x + 1 < kLeft + kWidth && 2 * y >= kTop &&
         2 * y + 1 < kTop + kHeight;
}

// Everything that is covered becomes something else.
void Replace(YuvFrame& frame, std::uint64_t seed) {
  testing::Random random(seed);
  ForEachCovered([&](int x, int y) {
    frame.SetLuma(x, y, random.Below(256));
    if (!IsCoveredBlock(x / 2, y / 2)) return;
    frame.SetChroma(x / 2, y / 2, 0, random.Below(256));
    frame.SetChroma(x / 2, y / 2, 1, random.Below(256));
  });
}

TEST(Privacy, NothingIsLeftUnderAFill) {
  for (const PixelFormat format : {PixelFormat::kNv12, PixelFormat::kI420}) {
    for (const char* program : {"face: fill(0, 0, 0)", "face: fill(9, 200, 30), invert",
                                "rect(2, 2, 9, 9): copy_to(face)"}) {
      YuvFrame one = Scene(format);
      YuvFrame other = one;
      Replace(other, 3);
      ASSERT_FALSE(one == other);
      Draw(program, one);
      Draw(program, other);
      EXPECT_TRUE(one == other) << program;
    }
  }
}

// Colours are mixed from 10 % outside.
TEST(Privacy, NothingIsLeftUnderAnErase) {
  YuvFrame one = Scene(PixelFormat::kNv12);
  YuvFrame other = one;
  Replace(other, 4);
  Draw("face: erase", one);
  Draw("face: erase", other);
  EXPECT_TRUE(one == other);
}

// Luma changes places within a cell among pixels of the same chroma: the cell's mean stays.
TEST(Privacy, OnlyMeansAreLeftUnderPixelate) {
  for (const PixelFormat format : {PixelFormat::kNv12, PixelFormat::kI420}) {
    YuvFrame one = Scene(format);
    for (int y = 0; y < 42; ++y) {
      for (int x = 0; x < 46; ++x) {
        one.SetChroma(x, y, 0, 120);
        one.SetChroma(x, y, 1, 133);
      }
    }
    YuvFrame other = one;
    int moved = 0;
    ForEachCovered([&](int x, int y) {
      const int column = (x - kLeft) / kCell, row = (y - kTop) / kCell;
      const int last_y = std::min(kTop + (row + 1) * kCell, kTop + kHeight) - 1;
      const int to_x = 2 * (kLeft + column * kCell) + kCell - 1 - x;
      const int to_y = kTop + row * kCell + last_y - y;
      other.SetLuma(to_x, to_y, one.Luma(x, y));
      moved += one.Luma(x, y) != one.Luma(to_x, to_y);
    });
    ASSERT_GT(moved, 1000);
    Draw("face: pixelate(8)", one);
    Draw("face: pixelate(8)", other);
    EXPECT_TRUE(one == other);
  }
}

// A blur is no cover of everything, but it takes all that is finer than it: here 2 px on, 2 px off
// in squares.
TEST(Privacy, NoFineDetailIsLeftUnderABlur) {
  for (const char* program : {"face: blur(5)", "face: blur(50)"}) {
    YuvFrame one = Scene(PixelFormat::kNv12);
    YuvFrame other = one;
    ForEachCovered([&](int x, int y) {
      const int sign = ((x - kLeft) / 2 + (y - kTop) / 2) % 2 == 0 ? 1 : -1;
      one.SetLuma(x, y, 128 + 20 * sign);
      other.SetLuma(x, y, 128 - 20 * sign);
    });
    Draw(program, one);
    Draw(program, other);
    ForEachCovered([&](int x, int y) {
      // The rounding of colours and of luma.
      EXPECT_NEAR(one.Luma(x, y), other.Luma(x, y), 2) << program << " at " << x << ", " << y;
    });
  }
}

// Blocks of chroma across the edge: what lies under the cover does not change them.
TEST(Privacy, CoveredPixelsDoNotShowInTheChromaOfTheirNeighbours) {
  YuvFrame one = Scene(PixelFormat::kNv12);
  YuvFrame other = one;
  ForEachCovered([&](int x, int y) { other.SetLuma(x, y, 255 - other.Luma(x, y)); });
  Draw("face: fill(50, 60, 70)", one);
  Draw("face: fill(50, 60, 70)", other);
  for (int y = 0; y < 42; ++y) {
    for (int x = 0; x < 46; ++x) {
      ASSERT_EQ(one.Chroma(x, y, 0), other.Chroma(x, y, 0));
      ASSERT_EQ(one.Chroma(x, y, 1), other.Chroma(x, y, 1));
    }
  }
}

}  // namespace
}  // namespace retinue
