#include "retinue/heads/ssd.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

// One layer of 2×2 cells, two boxes each: 8 anchors, easy by hand.
SsdSpec SmallSpec(bool background = true) {
  return {.class_count = 2,
          .has_background = background,
          .input = {100, 200},
          .anchors = {.layers = {2},
                      .min_scale = 0.25f,
                      .max_scale = 0.75f,
                      .aspect_ratios = {1.0f, 4.0f},
                      .interpolated_aspect_ratio = 0}};
}

struct SsdTensors {
  explicit SsdTensors(int column_count)
      : columns(column_count),
        boxes(8 * 4),
        classes(8 * static_cast<std::size_t>(column_count), -10.0f) {}
  float& logit(int anchor, int column) {
    return classes[static_cast<std::size_t>(anchor * columns + column)];
  }
  std::vector<TensorView> views() const {
    return {{ElementType::kF32, Shape{1, 8, 4}, boxes.data()},
            {ElementType::kF32, Shape{1, 8, columns}, classes.data()}};
  }
  int columns;
  std::vector<float> boxes;
  std::vector<float> classes;
};

std::vector<Detection> Parse(const SsdTensors& tensors, const SsdSpec& spec,
                             const HeadOptions& options = {}) {
  auto head = MakeHead(spec, options);
  EXPECT_TRUE(head) << head.error().message;
  FrameResult result{.size = {100, 200}};
  const auto parsed = (*head)->Parse(tensors.views(), {}, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return result.objects;
}

TEST(SsdAnchors, OfOneLayerAreAsByHand) {
  // Scale (0.25 + 0.75) / 2; ratio 4 is twice as wide and half as high.
  const auto anchors = SsdAnchors(SmallSpec().anchors);
  ASSERT_TRUE(anchors);
  ASSERT_EQ(anchors->size(), 8u);
  const SsdAnchor third = (*anchors)[3];
  EXPECT_FLOAT_EQ(third.center_y, 0.25f);
  EXPECT_FLOAT_EQ(third.center_x, 0.75f);
  EXPECT_FLOAT_EQ(third.height, 0.25f);
  EXPECT_FLOAT_EQ(third.width, 1.0f);
}

TEST(SsdHead, ReadsABoxRelativeToItsAnchor) {
  // Anchor 0: centre (0.25, 0.25), size 0.5 × 0.5. y + 2/10 · 0.5, x - 1/10 · 0.5.
  SsdTensors tensors(3);
  tensors.boxes[0] = 2.0f;
  tensors.boxes[1] = -1.0f;
  tensors.boxes[2] = 5.0f * std::log(0.5f);  // half as high: 0.25
  tensors.logit(0, 2) = std::log(3.0f);      // sigmoid(ln 3) = 3/4
  const auto found = Parse(tensors, SmallSpec());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].class_id, 1);
  EXPECT_NEAR(found[0].score, 0.75f, 1e-6f);
  // Centre y (0.25 + 0.1) · 200 = 70, height 0.25 · 200 = 50; x (0.25 - 0.05) · 100 = 20, width 50,
  // of which 5 lie left of the frame.
  EXPECT_NEAR(found[0].box.y, 45.0f, 1e-4f);
  EXPECT_NEAR(found[0].box.height, 50.0f, 1e-4f);
  EXPECT_NEAR(found[0].box.x, 0.0f, 1e-4f);
  EXPECT_NEAR(found[0].box.width, 45.0f, 1e-4f);
}

TEST(SsdHead, NeverReportsTheBackground) {
  SsdTensors tensors(3);
  tensors.logit(0, 0) = 9.0f;
  EXPECT_TRUE(Parse(tensors, SmallSpec()).empty());
  tensors.logit(0, 1) = 1.0f;  // below the background's, yet the best class
  EXPECT_EQ(Parse(tensors, SmallSpec()).size(), 1u);
}

TEST(SsdHead, WithoutBackgroundStartsAtColumnZero) {
  SsdTensors tensors(2);
  tensors.logit(4, 0) = 2.0f;
  const auto found = Parse(tensors, SmallSpec(false));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].class_id, 0);
}

TEST(SsdHead, TakesScoresAsTheyAreWithoutAFunction) {
  SsdTensors tensors(3);
  tensors.logit(4, 1) = 0.5f;
  SsdSpec spec = SmallSpec();
  spec.score = ScoreFunction::kNone;
  const auto found = Parse(tensors, spec, {.conf = 0.49f});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].score, 0.5f);
  EXPECT_TRUE(Parse(tensors, spec, {.conf = 0.5f}).empty());
}

TEST(SsdHead, TakesTheThresholdStrictlyInScores) {
  // sigmoid(0) is 0.5 exactly.
  SsdTensors tensors(3);
  tensors.logit(4, 1) = 0.0f;
  EXPECT_TRUE(Parse(tensors, SmallSpec(), {.conf = 0.5f}).empty());
  EXPECT_EQ(Parse(tensors, SmallSpec(), {.conf = std::nextafter(0.5f, 0.0f)}).size(), 1u);
  EXPECT_TRUE(Parse(tensors, SmallSpec(), {.conf = 1.0f}).empty());
  // Every anchor has a score above 0; those of one class that share a cell overlap.
  EXPECT_EQ(Parse(tensors, SmallSpec(), {.conf = 0.0f, .iou = 1.0f}).size(), 8u);
}

TEST(SsdHead, CountsEachInvalidAnchorOnce) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  SsdTensors tensors(3);
  for (int a = 0; a < 8; ++a) tensors.logit(a, 1) = 3.0f;
  tensors.boxes[0] = kNan;
  tensors.logit(0, 2) = kNan;       // anchor 0: both
  tensors.logit(2, 0) = kNan;       // anchor 2: the background's logit
  tensors.boxes[3 * 4 + 3] = kNan;  // anchor 3: box only
  tensors.boxes[5 * 4 + 2] = 1e4f;  // anchor 5: finite, but exp(2000) is not
  auto head = *MakeHead(SmallSpec(), {.iou = 1.0f});
  FrameResult result{.size = {100, 200}};
  ASSERT_TRUE(head->Parse(tensors.views(), {}, result));
  EXPECT_EQ(head->invalid_count(), 4);
  EXPECT_EQ(result.objects.size(), 4u);
}

TEST(SsdHead, RefusesOtherShapesWithASentence) {
  SsdTensors tensors(4);
  auto head = *MakeHead(SmallSpec());
  FrameResult result{.size = {100, 200}};
  const auto wrong = head->Parse(tensors.views(), {}, result);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "the classes must be [1, 8, 3], got [1, 8, 4]");
  EXPECT_FALSE(head->Parse({}, {}, result));
}

struct SpecCase {
  const char* name;
  void (*change)(SsdSpec&);
  const char* sentence;
};

class BadSpecs : public ::testing::TestWithParam<SpecCase> {};

TEST_P(BadSpecs, AreRefusedWithASentence) {
  SsdSpec spec = SmallSpec();
  GetParam().change(spec);
  const auto head = MakeHead(spec);
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(head.error().message, HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadSpecs,
    ::testing::Values(
        SpecCase{"NoLayers", [](SsdSpec& s) { s.anchors.layers.clear(); }, "at least one layer"},
        SpecCase{"EmptyLayer", [](SsdSpec& s) { s.anchors.layers = {0}; }, "got 0"},
        SpecCase{"TooManyAnchors", [](SsdSpec& s) { s.anchors.layers = {1024}; },
                 "at most 1000000 anchors"},
        SpecCase{"NegativeRatio", [](SsdSpec& s) { s.anchors.aspect_ratios = {-1.0f}; },
                 "aspect ratios"},
        SpecCase{"NoRatios", [](SsdSpec& s) { s.anchors.aspect_ratios.clear(); }, "aspect ratios"},
        SpecCase{"ZeroScale", [](SsdSpec& s) { s.anchors.min_scale = 0; }, "scales"},
        SpecCase{"NoInput", [](SsdSpec& s) { s.input = {}; }, "must have a size, got 0x0"},
        SpecCase{"ZeroBoxScale", [](SsdSpec& s) { s.box_scales[2] = 0; }, "box scales"},
        SpecCase{"SameOutput", [](SsdSpec& s) { s.classes_output = 0; }, "two outputs"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace retinue
