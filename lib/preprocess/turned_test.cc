#include "lib/preprocess/turned.h"

#include <gtest/gtest.h>

#include <random>

namespace retinue::internal {
namespace {

// What is read without a look at the frame's edges is what lies wholly inside, and all of it.
TEST(Turned, PositionsInsideAreThoseThatAreThere) {
  std::mt19937_64 random(3);
  const auto position = [&](double from, double to) {
    return static_cast<std::int64_t>(std::uniform_real_distribution(from, to)(random) *
                                     4294967296.0);
  };
  int full = 0, some = 0, none = 0;
  for (int i = 0; i < 20000; ++i) {
    const Walk walk{position(-10, 25), position(-10, 25), i % 7 == 0 ? 0 : position(-3, 3),
                    i % 5 == 0 ? 0 : position(-3, 3)};
    const int count = i % 40, last_x = i % 23 - 2, last_y = i % 31 - 2;
    const Span span = WithinOf(walk, count, last_x, last_y);
    for (int k = 0; k < count; ++k) {
      const Walk at = walk.At(k);
      const bool is_inside = at.x >= 0 && at.x >> 32 <= last_x && at.y >= 0 && at.y >> 32 <= last_y;
      ASSERT_EQ(is_inside, k >= span.begin && k < span.end) << "walk " << i << ", step " << k;
    }
    ++(span.size() == 0 ? none : span.size() == count ? full : some);
  }
  EXPECT_GT(full, 100);
  EXPECT_GT(some, 1000);
  EXPECT_GT(none, 1000);
}

TEST(Turned, OffsetsReachTwoGigabytes) {
  EXPECT_TRUE(IsReachable({nullptr, 4096}, 2160));
  EXPECT_TRUE(IsReachable({nullptr, 1 << 20}, 2047));
  EXPECT_FALSE(IsReachable({nullptr, 1 << 20}, 2048));
  EXPECT_FALSE(IsReachable({nullptr, -(1 << 20)}, 2048));
}

}  // namespace
}  // namespace retinue::internal
