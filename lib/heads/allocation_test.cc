// Counts heap allocations: a head must not allocate in the steady state.

#include <cstddef>
#include <string>
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

long AllocationsOf(Head& head, std::span<const TensorView> outputs, FrameResult& out) {
  const long before = retinue::testing::allocations.load();
  EXPECT_TRUE(head.Parse(outputs, {}, out));
  return retinue::testing::allocations.load() - before;
}

TEST(HeadAllocations, AreNoneAfterAnIdleFirstFrameForYolo) {
  const auto idle = Scores(4, 0.0), busy = Scores(4, 0.5);
  const Shape shape{1, kAnchors, 4 + kClasses};
  const TensorView first{ElementType::kF32, shape, idle.data()};
  const TensorView second{ElementType::kF32, shape, busy.data()};
  auto head = *MakeHead(
      YoloSpec{.class_count = kClasses, .layout = YoloLayout::kAnchorsFirst}, {.max_det = 1000});
  FrameResult out{.size = {640, 640}};
  EXPECT_GT(AllocationsOf(*head, {&first, 1}, out), 0);
  EXPECT_EQ(AllocationsOf(*head, {&second, 1}, out), 0);
  EXPECT_GT(out.objects.size(), 100u);
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
  FrameResult out{.size = {640, 640}};
  EXPECT_GT(AllocationsOf(*head, first, out), 0);
  EXPECT_EQ(AllocationsOf(*head, second, out), 0);
  EXPECT_GT(out.objects.size(), 100u);
}

// The outputs of a family, `busy` of whose anchors have a score over the threshold.
struct FamilyCase {
  const char* name;
  HeadSpec spec;
  std::vector<Shape> shapes;
  /// Makes Scores(leading, busy) what the family has; tensor 1 is boxes or distances.
  int leading = 0;
  float objectness = 0;
};

class HeadAllocationsOf : public ::testing::TestWithParam<FamilyCase> {};

TEST_P(HeadAllocationsOf, AreNoneAfterAnIdleFirstFrame) {
  const FamilyCase& c = GetParam();
  std::vector<std::vector<float>> values;
  for (const double busy : {0.0, 0.5}) {
    values.push_back(Scores(c.leading, busy));
    const auto columns = static_cast<std::size_t>(c.leading + kClasses);
    for (std::size_t row = 0; c.leading > 0 && row < kAnchors; ++row) {
      for (std::size_t i = 0; i < 4; ++i) values.back()[row * columns + i] *= 0.01f;
      if (c.leading > 4) values.back()[row * columns + 4] = c.objectness;
    }
  }
  const std::vector<float> others(kAnchors * 40, 0.5f);
  const auto views = [&](const std::vector<float>& scores) {
    std::vector<TensorView> list = {{ElementType::kF32, c.shapes[0], scores.data()}};
    if (c.shapes.size() > 1) list.push_back({ElementType::kF32, c.shapes[1], others.data()});
    return list;
  };
  const auto first = views(values[0]), second = views(values[1]);
  auto head = MakeHead(c.spec, {.conf = 0.6f, .max_det = 1000});
  ASSERT_TRUE(head) << head.error().message;
  FrameResult out{.size = {640, 640}};
  EXPECT_GT(AllocationsOf(**head, first, out), 0);
  EXPECT_EQ(out.objects.size(), 0u);
  EXPECT_EQ(AllocationsOf(**head, second, out), 0);
  EXPECT_GT(out.objects.size(), 10u);
}

INSTANTIATE_TEST_SUITE_P(
    Families, HeadAllocationsOf,
    ::testing::Values(
        FamilyCase{"YoloV5", YoloV5Spec{.class_count = kClasses}, {{1, kAnchors, 85}}, 5, 0.9f},
        FamilyCase{"YoloX", YoloXSpec{.class_count = kClasses, .input = {320, 320}},
                   {{1, kAnchors, 85}}, 5, 0.9f},
        FamilyCase{"YoloV4", YoloV4Spec{.class_count = kClasses, .boxes_output = 1,
                                        .scores_output = 0},
                   {{1, kAnchors, kClasses}, {1, kAnchors, 4}}},
        FamilyCase{"NanoDet", NanoDetSpec{.class_count = kClasses, .input = {400, 336},
                                          .strides = {8}, .bins = 8, .scores = {0},
                                          .distances = {1}},
                   {{1, kAnchors, kClasses}, {1, kAnchors, 32}}},
        FamilyCase{"Detr", DetrSpec{.class_count = kClasses, .logits_output = 0, .boxes_output = 1,
                                    .input = {640, 640}, .top = 1000,
                                    .score = ScoreFunction::kNone},
                   {{1, kAnchors, kClasses}, {1, kAnchors, 4}}}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace retinue
