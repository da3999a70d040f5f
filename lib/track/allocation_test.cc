#include <gtest/gtest.h>

#include "retinue/track/options.h"
#include "tests/support/count_allocations.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

std::vector<std::vector<Detection>> CrowdedVideo() {
  testing::Random random(5);
  std::vector<std::vector<Detection>> frames(300);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (int k = 0; k < 60; ++k) {  // 40 that walk and are missed now and then, and clutter
      const bool is_clutter = k >= 40;
      if (random.Uniform() < 0.2) continue;
      const float x = static_cast<float>(is_clutter ? random.Uniform(0, 900)
                                                    : k * 40 + static_cast<double>(i) * (k % 5));
      const float y = static_cast<float>(is_clutter ? random.Uniform(0, 500) : k % 7 * 60);
      frames[i].push_back({.box = {x, y, 50, 90},
                           .score = static_cast<float>(random.Uniform(0.05, 1)),
                           .class_id = random.Below(4)});
    }
  }
  return frames;
}

TEST(Allocations, AreNoneOnceTheBuffersHaveGrown) {
  const auto frames = CrowdedVideo();
  for (const TrackerKind kind : {TrackerKind::kSort, TrackerKind::kByteTrack}) {
    auto tracker = MakeTracker({.kind = kind, .bytetrack = {}, .sort = {}}).value();
    TrackUpdate update;
    long second_time = 0;
    std::size_t ended = 0;
    for (const bool is_second_time : {false, true}) {
      tracker->Reset();
      const long before = testing::allocations;
      ended = 0;
      for (std::size_t i = 0; i < frames.size(); ++i) {
        tracker->Update(FromSeconds(static_cast<double>(i) / 30), frames[i], update);
        ended += update.ended.size();
      }
      if (is_second_time) second_time = testing::allocations - before;
      else EXPECT_GT(testing::allocations, before) << "nothing is counted";
    }
    EXPECT_EQ(second_time, 0) << ToString(kind);
    EXPECT_GT(ended, 20u) << "tracks did not come and go";
  }
}

}  // namespace
}  // namespace retinue
