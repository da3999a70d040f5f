#include "retinue/base/time.h"

#include <gtest/gtest.h>

namespace retinue {
namespace {

TEST(Time, RoundsSecondsToTheNearestNanosecond) {
  EXPECT_EQ(FromSeconds(0.0).count(), 0);
  EXPECT_EQ(FromSeconds(1.5).count(), 1'500'000'000);
  EXPECT_EQ(FromSeconds(1.0 / 3).count(), 333'333'333);
  EXPECT_EQ(FromSeconds(2.0 / 3).count(), 666'666'667);
  EXPECT_EQ(FromSeconds(-2.0 / 3).count(), -666'666'667);
  EXPECT_DOUBLE_EQ(ToSeconds(Nanoseconds(1'001'000'000)), 1.001);
}

TEST(FakeClock, MovesOnlyWhenTold) {
  FakeClock clock;
  const Nanoseconds start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(Nanoseconds(7));
  EXPECT_EQ(clock.Now() - start, Nanoseconds(7));
}

TEST(SteadyClock, NeverGoesBack) {
  const SteadyClock clock;
  const Nanoseconds before = clock.Now();
  EXPECT_GE(clock.Now(), before);
}

TEST(Time, BetweenAnyTwoTimesFits) {
  constexpr Nanoseconds kFirst = Nanoseconds::min() + Nanoseconds(1);
  static_assert(TimeBetween(Nanoseconds(3), Nanoseconds(10)) == Nanoseconds(7));
  EXPECT_EQ(TimeBetween(Nanoseconds(-5), Nanoseconds(5)), Nanoseconds(10));
  EXPECT_EQ(TimeBetween(Nanoseconds(0), Nanoseconds::max()), Nanoseconds::max());
  EXPECT_EQ(TimeBetween(kFirst, Nanoseconds::max()), Nanoseconds::max());
  EXPECT_EQ(TimeBetween(kFirst, kFirst), Nanoseconds(0));
}

}  // namespace
}  // namespace retinue
