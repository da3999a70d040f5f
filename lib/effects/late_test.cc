// Frames whose effects come too late.

#include <gtest/gtest.h>

#include "lib/effects/drawing_test_support.h"
#include "retinue/base/time.h"

namespace retinue {
namespace {

using internal::Faces;
using internal::Picture;
using internal::Program;

// Every look at it takes a second.
class SlowClock final : public Clock {
 public:
  Nanoseconds Now() const override { return FromSeconds(seconds_++); }

 private:
  mutable int seconds_ = 0;
};

constexpr char kThree[] =
    "rect(0, 0, 2, 2): fill(10, 0, 0)\n"
    "rect(2, 0, 2, 2): fill(20, 0, 0)\n"
    "rect(4, 0, 2, 2): fill(30, 0, 0)";

TEST(LateEffects, AreLeftOutAndCounted) {
  for (int in_time = 0; in_time <= 3; ++in_time) {
    Picture picture = Picture::Plain(6, 2, {0, 0, 0});
    EffectsReport report;
    const SlowClock clock;
    ASSERT_TRUE(
        Program(kThree)->Apply({}, picture.View(), {}, report, {&clock, FromSeconds(in_time)}));
    EXPECT_EQ(report.late, 3 - in_time);
    EXPECT_EQ(report.draws, in_time);
    for (int k = 0; k < 3; ++k) {
      EXPECT_EQ(picture.At(2 * k, 0)[0], k < in_time ? 10 * (k + 1) : 0) << in_time;
    }
  }
}

TEST(LateEffects, AreNoneWithoutAClock) {
  Picture picture = Picture::Plain(6, 2, {0, 0, 0});
  EffectsReport report;
  report.late = 7;
  ASSERT_TRUE(Program(kThree)->Apply({}, picture.View(), {}, report));
  EXPECT_EQ(report.late, 0);
}

TEST(LateEffects, MoveOnAllTheSame) {
  auto effects = Program("rect(0, 0, 2, 2): fill(255, 255, 255), drift(10, 90)");
  EffectsReport report;
  FakeClock clock;
  for (int frame = 0; frame <= 3; ++frame) {
    const bool is_late = frame == 1 || frame == 2;
    Picture picture = Picture::Plain(60, 2, {0, 0, 0});
    ASSERT_TRUE(effects->Apply(Faces({}, frame), picture.View(), {}, report,
                               {&clock, FromSeconds(is_late ? 0 : 1)}));
    EXPECT_EQ(report.late, is_late ? 1 : 0);
    EXPECT_EQ(picture.At(frame * 10 + 1, 1)[0], is_late ? 0 : 255) << frame;
  }
}

}  // namespace
}  // namespace retinue
