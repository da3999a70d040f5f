#include "retinue/heads/yolo.h"

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

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A tensor [1, 4 + classes, anchors] that is 0 but for the anchors that are set.
class YoloTensor {
 public:
  YoloTensor(int classes, int anchors)
      : classes_(classes),
        anchors_(anchors),
        values_(static_cast<std::size_t>((4 + classes) * anchors)) {}

  float& at(int channel, int anchor) {
    return values_[static_cast<std::size_t>(channel * anchors_ + anchor)];
  }
  void Set(int anchor, const Box& box, int class_id, float score) {
    at(0, anchor) = box.center().x;
    at(1, anchor) = box.center().y;
    at(2, anchor) = box.width;
    at(3, anchor) = box.height;
    at(4 + class_id, anchor) = score;
  }
  TensorView view() const {
    return {ElementType::kF32, Shape{1, 4 + classes_, anchors_}, values_.data()};
  }
  std::vector<float> Transposed() {
    std::vector<float> turned;
    for (int a = 0; a < anchors_; ++a) {
      for (int c = 0; c < 4 + classes_; ++c) turned.push_back(at(c, a));
    }
    return turned;
  }

 private:
  int classes_;
  int anchors_;
  std::vector<float> values_;
};

std::vector<Detection> Parse(const TensorView& view, const YoloSpec& spec,
                             const HeadOptions& options = {}, const Affine& map = {},
                             Size frame = {640, 640}) {
  auto head = MakeHead(spec, options);
  EXPECT_TRUE(head) << head.error().message;
  FrameResult result;
  result.size = frame;
  result.objects.resize(3);  // what lies there before must not matter
  const auto parsed = (*head)->Parse({&view, 1}, map, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return result.objects;
}

TEST(YoloHead, ReadsABoxFromItsCentreAndSize) {
  YoloTensor tensor(2, 20);
  tensor.Set(19, {100, 50, 40, 80}, 1, 0.75f);
  const auto found = Parse(tensor.view(), {.class_count = 2});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], (Detection{.box = {100, 50, 40, 80}, .score = 0.75f, .class_id = 1}));
}

TEST(YoloHead, ReadsTheTransposedLayoutAlike) {
  YoloTensor tensor(12, 30);
  tensor.Set(2, {10, 20, 40, 80}, 11, 0.75f);
  tensor.Set(29, {300, 20, 40, 80}, 0, 0.5f);
  const std::vector<float> turned = tensor.Transposed();
  const TensorView view{ElementType::kF32, Shape{1, 30, 16}, turned.data()};
  const auto found = Parse(view, {.class_count = 12, .layout = YoloLayout::kAnchorsFirst});
  EXPECT_EQ(found, Parse(tensor.view(), {.class_count = 12}));
  EXPECT_EQ(found.size(), 2u);
}

TEST(YoloHead, MapsToTheFrameAndClips) {
  // 1280×720 in 640×640: ratio 2, 140 rows of padding above. A box from (-10, 130) of 120×60.
  YoloTensor tensor(1, 8);
  tensor.Set(0, {-10, 130, 120, 60}, 0, 0.9f);
  const Affine map{2, 0, 0, 0, 2, -280};
  const auto found = Parse(tensor.view(), {.class_count = 1}, {}, map, {1280, 720});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].box, (Box{0, 0, 220, 100}));
}

TEST(YoloHead, DropsBoxesWhollyOutsideTheFrame) {
  YoloTensor tensor(1, 8);
  tensor.Set(0, {700, 10, 50, 50}, 0, 0.9f);
  EXPECT_TRUE(Parse(tensor.view(), {.class_count = 1}).empty());
}

TEST(YoloHead, DropsAnchorsWithNaNAndCountsThem) {
  YoloTensor tensor(3, 40);
  tensor.Set(1, {10, 10, 50, 50}, 0, 0.9f);
  tensor.Set(2, {200, 10, 50, 50}, 0, 0.8f);
  tensor.at(6, 1) = kNan;                                    // a class that is not its best
  tensor.at(2, 30) = std::numeric_limits<float>::infinity();  // an anchor without a score
  auto head = *MakeHead(YoloSpec{.class_count = 3});
  FrameResult result{.size = {640, 640}};
  const TensorView view = tensor.view();
  ASSERT_TRUE(head->Parse({&view, 1}, {}, result));
  EXPECT_EQ(head->invalid_count(), 2);
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].score, 0.8f);

  YoloTensor clean(3, 40);
  const TensorView next = clean.view();
  ASSERT_TRUE(head->Parse({&next, 1}, {}, result));
  EXPECT_EQ(head->invalid_count(), 0) << "counts the last frame only";
}

TEST(YoloHead, KeepsOnlyTheClassesAskedFor) {
  YoloTensor tensor(4, 8);
  for (int i = 0; i < 4; ++i) {
    tensor.Set(i, {100.0f * static_cast<float>(i), 10, 50, 50}, i, 0.5f);
  }
  const auto found = Parse(tensor.view(), {.class_count = 4}, {.classes = {3, 1}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].class_id, 1);
  EXPECT_EQ(found[1].class_id, 3);
}

TEST(YoloHead, JudgesAnAnchorByItsBestClassOnly) {
  // Ultralytics with multi_label=False: the second best class of an anchor is no detection.
  YoloTensor tensor(2, 8);
  tensor.Set(0, {10, 10, 50, 50}, 0, 0.9f);
  tensor.at(5, 0) = 0.8f;
  EXPECT_TRUE(Parse(tensor.view(), {.class_count = 2}, {.classes = {1}}).empty());
}

TEST(YoloHead, StopsAtMaxDet) {
  YoloTensor tensor(1, 30);
  for (int i = 0; i < 30; ++i) {
    tensor.Set(i, {20.0f * static_cast<float>(i), 10, 10, 10}, 0,
               0.5f + 0.01f * static_cast<float>(i));
  }
  const auto found = Parse(tensor.view(), {.class_count = 1}, {.max_det = 4});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].box.x, 580.0f);
}

TEST(YoloHead, ReadsTheOutputThatTheSpecNames) {
  YoloTensor other(1, 8), tensor(1, 8);
  tensor.Set(0, {10, 10, 50, 50}, 0, 0.9f);
  auto head = *MakeHead(YoloSpec{.class_count = 1, .output = 1});
  const TensorView views[] = {other.view(), tensor.view()};
  FrameResult result{.size = {640, 640}};
  ASSERT_TRUE(head->Parse(views, {}, result));
  EXPECT_EQ(result.objects.size(), 1u);
}

TEST(YoloHead, RefusesOtherShapesWithASentence) {
  auto head = *MakeHead(YoloSpec{.class_count = 80});
  YoloTensor tensor(79, 8);
  const TensorView view = tensor.view();
  FrameResult result{.size = {640, 640}};
  result.objects.resize(1);
  const auto wrong = head->Parse({&view, 1}, {}, result);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(wrong.error().message, "the detections must be [1, 4 + 80, N], got [1, 83, 8]");
  EXPECT_TRUE(result.objects.empty());
  EXPECT_FALSE(head->Parse({}, {}, result));
}

struct OptionCase {
  const char* name;
  HeadOptions options;
  const char* sentence;
};

class BadOptions : public ::testing::TestWithParam<OptionCase> {};

TEST_P(BadOptions, AreRefusedWithASentence) {
  const auto head = MakeHead(YoloSpec{.class_count = 80}, GetParam().options);
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(head.error().message, HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadOptions,
    ::testing::Values(
        OptionCase{"ConfAboveOne", {.conf = 2}, "conf must be between 0 and 1, got 2"},
        OptionCase{"ConfNan", {.conf = kNan}, "conf must be between 0 and 1, got nan"},
        OptionCase{"IouNegative", {.iou = -0.5f}, "iou must be between 0 and 1, got -0.5"},
        OptionCase{"NoDetections", {.max_det = 0}, "max_det must be between 1 and 30000, got 0"},
        OptionCase{"UnknownClass", {.classes = {80}}, "between 0 and 79, got 80"},
        OptionCase{"NegativeClass", {.classes = {-1}}, "between 0 and 79, got -1"}),
    [](const auto& param) { return param.param.name; });

TEST(MakeHead, RefusesASpecWithoutClasses) {
  EXPECT_FALSE(MakeHead(YoloSpec{}));
  EXPECT_FALSE(MakeHead(SsdSpec{}));
}

}  // namespace
}  // namespace retinue
