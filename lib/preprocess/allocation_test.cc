// Counts what a steady stream allocates: nothing.

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "lib/preprocess/test_frames.h"
#include "retinue/preprocess/preprocess.h"
#include "tests/support/count_allocations.h"

namespace retinue {
namespace {

template <class Work>
long AllocationsOf(Work work) {
  const long before = retinue::testing::allocations;
  work();
  return retinue::testing::allocations - before;
}

TEST(SteadyState, AllocatesNothing) {
  const FrameFormat format{PixelFormat::kNv12, {200, 120}, {}};
  const Frame frame = testing::MakeFrame(format, [](int, int x, int y) { return (x + y) % 256; });
  InputSpec spec;
  spec.size = {96, 96};
  PreprocessPlan plan = PlanPreprocess(format, WholeFrame(format.size), spec).value();
  const testing::Output output(spec.type, plan.output_shape());
  EXPECT_GT(AllocationsOf([&] { std::vector<int>(3).swap(*std::make_unique<std::vector<int>>()); }),
            0);
  EXPECT_EQ(AllocationsOf([&] { Preprocess(plan, frame, output.view()); }), 0);
  EXPECT_EQ(AllocationsOf([&] { PreprocessScalar(plan, frame, output.view()); }), 0);

  // Regions that follow somebody: once the tables have their size, none either.
  const Region regions[] = {
      {{100, 60}, 150, 110, 0}, {{90, 50}, 140, 100, 0.3f}, {{80, 60}, 120, 90, 0}};
  for (const Region& region : regions) ASSERT_TRUE(plan.SetRegion(region).has_value());
  for (const Region& region : regions) {
    EXPECT_EQ(AllocationsOf([&] { (void)plan.SetRegion(region); }), 0);
    EXPECT_EQ(AllocationsOf([&] { Preprocess(plan, frame, output.view()); }), 0);
  }
}

}  // namespace
}  // namespace retinue
