// Counts heap allocations: a head must not allocate in the steady state.

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "retinue/heads/head.h"
#include "tests/support/count_allocations.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

constexpr int kClasses = 80;
constexpr int kAnchors = 2100;

// Anchors first; `busy` of them have a score over the threshold.
std::vector<float> Scores(int leading, double busy) {
  testing::Random random(3);
  std::vector<float> values;
  for (int a = 0; a < kAnchors; ++a) {
    for (int c = 0; c < leading; ++c) values.push_back(static_cast<float>(random.Uniform(0, 99)));
    const bool strong = random.Uniform() < busy;
    const int best = random.Below(kClasses);
    for (int c = 0; c < kClasses; ++c) values.push_back(strong && c == best ? 0.9f : 0.01f);
  }
  return values;
}

long AllocationsOf(Head& head, std::span<const TensorView> outputs, std::vector<Detection>& out) {
  const long before = retinue::testing::allocations.load();
  EXPECT_TRUE(head.Parse(outputs, {}, {640, 640}, out));
  return retinue::testing::allocations.load() - before;
}

TEST(HeadAllocations, AreNoneAfterAnIdleFirstFrameForYolo) {
  const auto idle = Scores(4, 0.0), busy = Scores(4, 0.5);
  const Shape shape{1, kAnchors, 4 + kClasses};
  const TensorView first{ElementType::kF32, shape, idle.data()};
  const TensorView second{ElementType::kF32, shape, busy.data()};
  auto head = *MakeHead(
      YoloSpec{.class_count = kClasses, .layout = YoloLayout::kAnchorsFirst}, {.max_det = 1000});
  std::vector<Detection> out;
  EXPECT_GT(AllocationsOf(*head, {&first, 1}, out), 0);
  EXPECT_EQ(AllocationsOf(*head, {&second, 1}, out), 0);
  EXPECT_GT(out.size(), 100u);
}

TEST(HeadAllocations, AreNoneAfterAnIdleFirstFrameForSsd) {
  // 2100 = 10·10·21 anchors.
  const SsdSpec spec{.class_count = kClasses,
                     .has_background = false,
                     .input = {300, 300},
                     .anchors = {.layers = {10},
                                 .aspect_ratios = std::vector<float>(20, 1.0f)},
                     .score = ScoreFunction::kNone};
  const auto idle = Scores(0, 0.0), busy = Scores(0, 0.5);
  const std::vector<float> boxes(kAnchors * 4, 0.5f);
  const TensorView box_view{ElementType::kF32, Shape{1, kAnchors, 4}, boxes.data()};
  const Shape shape{1, kAnchors, kClasses};
  const TensorView first[] = {box_view, {ElementType::kF32, shape, idle.data()}};
  const TensorView second[] = {box_view, {ElementType::kF32, shape, busy.data()}};
  auto head = *MakeHead(spec);
  std::vector<Detection> out;
  EXPECT_GT(AllocationsOf(*head, first, out), 0);
  EXPECT_EQ(AllocationsOf(*head, second, out), 0);
  EXPECT_GT(out.size(), 100u);
}

}  // namespace
}  // namespace retinue
