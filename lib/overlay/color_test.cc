#include "retinue/overlay/color.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace retinue {
namespace {

double Linear(std::uint8_t v) {
  const double c = v / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

// CIE 1976 L*a*b*, D65 (sRGB's matrix): another measure than the one the
// colours are made with.
struct Lab {
  double l, a, b;
};

Lab ToLab(Rgb c) {
  const double r = Linear(c.r), g = Linear(c.g), b = Linear(c.b);
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const double y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double Difference(Rgb one, Rgb two) {
  const Lab p = ToLab(one), q = ToLab(two);
  return std::hypot(p.l - q.l, p.a - q.a, p.b - q.b);
}

// A difference of 2.3 is just noticeable; neighbours must be told apart at a glance.
TEST(NumberedColor, NeighboursAreFarApart) {
  for (int i = 0; i < kColorCount + 10; ++i) {
    for (int step = 1; step <= 7; ++step) {
      EXPECT_GT(Difference(NumberedColor(i), NumberedColor(i + step)), 25) << i << " + " << step;
    }
    for (int step = 8; step <= 40; ++step) {
      EXPECT_GT(Difference(NumberedColor(i), NumberedColor(i + step)), 6) << i << " + " << step;
    }
  }
}

TEST(NumberedColor, IsBrightEnoughToStandOut) {
  for (int i = 0; i < kColorCount; ++i) {
    const Lab lab = ToLab(NumberedColor(i));
    EXPECT_GT(lab.l, 45) << i;
    EXPECT_LT(lab.l, 97) << i;
    EXPECT_GT(std::hypot(lab.a, lab.b), 20) << i << " is nearly grey";
  }
}

TEST(NumberedColor, RepeatsAndTakesAnyNumber) {
  EXPECT_EQ(NumberedColor(5), NumberedColor(5 + 3 * kColorCount));
  EXPECT_EQ(NumberedColor(-1), NumberedColor(kColorCount - 1));
  NumberedColor(std::numeric_limits<std::int64_t>::max());
  NumberedColor(std::numeric_limits<std::int64_t>::min());
}

TEST(ColorOf, IsTheTracksOrElseTheClasses) {
  Detection object{.box = {}, .class_id = 4, .track_id = 17};
  EXPECT_EQ(ColorOf(object), NumberedColor(17));
  object.track_id = kNoTrack;
  EXPECT_EQ(ColorOf(object), NumberedColor(4));
}

}  // namespace
}  // namespace retinue
