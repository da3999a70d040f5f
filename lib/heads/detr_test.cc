#include "retinue/heads/detr.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const float kThreeQuarters = std::log(3.0f);  // its sigmoid

const DetrSpec kSpec{.class_count = 2, .input = {100, 200}};

struct Queries {
  std::vector<float> logits;  // two of each
  std::vector<float> boxes;
  std::vector<TensorView> views() const {
    const auto count = static_cast<std::int64_t>(boxes.size() / 4);
    return {{ElementType::kF32, Shape{1, count, 2}, logits.data()},
            {ElementType::kF32, Shape{1, count, 4}, boxes.data()}};
  }
};

std::vector<Detection> Parse(const Queries& queries, const HeadOptions& options = {},
                             const DetrSpec& spec = kSpec, std::int64_t* invalid = nullptr) {
  auto head = MakeHead(spec, options);
  EXPECT_TRUE(head) << head.error().message;
  FrameResult result{.size = {100, 200}};
  const auto parsed = (*head)->Parse(queries.views(), {}, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (invalid != nullptr) *invalid = (*head)->invalid_count();
  return result.objects;
}

TEST(DetrHead, ReadsFractionsOfTheInputAndSigmoids) {
  const auto found = Parse({{-9, kThreeQuarters}, {0.5f, 0.25f, 0.25f, 0.125f}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].box, (Box{37.5f, 37.5f, 25, 25}));
  EXPECT_NEAR(found[0].score, 0.75f, 1e-6f);
  EXPECT_EQ(found[0].class_id, 1);
}

TEST(DetrHead, TakesEveryPairAndSuppressesNothing) {
  const Queries queries{{1, 2, 3, -9}, {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}};
  const auto found = Parse(queries, {.iou = 0.1f, .agnostic_nms = true});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].class_id, 0);
  EXPECT_EQ(found[1].class_id, 1);
  EXPECT_EQ(found[2].class_id, 0);
  EXPECT_EQ(Parse(queries, {.max_det = 2}).size(), 2u);
  EXPECT_EQ(Parse(queries, {.classes = {1}}).size(), 1u);
  DetrSpec spec = kSpec;
  spec.top = 1;
  EXPECT_EQ(Parse(queries, {}, spec).size(), 1u);
}

TEST(DetrHead, TakesTheThresholdStrictlyInScores) {
  const Queries queries{{0, -9}, {0.5f, 0.5f, 0.5f, 0.5f}};  // sigmoid(0) is 0.5 exactly
  EXPECT_TRUE(Parse(queries, {.conf = 0.5f}).empty());
  EXPECT_EQ(Parse(queries, {.conf = std::nextafter(0.5f, 0.0f)}).size(), 1u);
  EXPECT_EQ(Parse(queries, {.conf = 0}).size(), 2u) << "every sigmoid is above 0";
}

TEST(DetrHead, CountsQueriesThatAreNoNumbers) {
  const Queries queries{{3, kNan, 3, -9, -9, -9}, {0.5f, 0.5f, 0.5f, 0.5f,  //
                                                   0.5f, 0.5f, 0.5f, kNan,  //
                                                   0.5f, 0.5f, kNan, 0.5f}};
  std::int64_t invalid = 0;
  EXPECT_TRUE(Parse(queries, {}, kSpec, &invalid).empty());
  EXPECT_EQ(invalid, 2) << "the third query finds nothing";
}

TEST(DetrHead, ReadsBoxesAndScoresOfOneOutput) {
  const std::vector<float> values = {0.5f, 0.25f, 0.25f, 0.125f, 0.1f, 0.625f};
  const TensorView view{ElementType::kF32, Shape{1, 1, 6}, values.data()};
  DetrSpec spec = kSpec;
  spec.boxes_output = 0;
  spec.score = ScoreFunction::kNone;
  auto head = *MakeHead(spec);
  FrameResult result{.size = {100, 200}};
  ASSERT_TRUE(head->Parse({&view, 1}, {}, result));
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].score, 0.625f);
  EXPECT_EQ(result.objects[0].box, (Box{37.5f, 37.5f, 25, 25}));
}

TEST(DetrHead, RefusesOtherShapesAndSpecsWithASentence) {
  auto head = *MakeHead(kSpec);
  const std::vector<float> values(12);
  const TensorView views[] = {{ElementType::kF32, Shape{1, 3, 2}, values.data()},
                              {ElementType::kF32, Shape{1, 2, 4}, values.data()}};
  FrameResult result;
  EXPECT_EQ(head->Parse(views, {}, result).error().message,
            "the boxes must be [1, 3, 4], got [1, 2, 4]");
  EXPECT_THAT(MakeHead(DetrSpec{.class_count = 2}).error().message,
              HasSubstr("must have a size, got 0x0"));
  DetrSpec spec = kSpec;
  spec.top = 0;
  EXPECT_FALSE(MakeHead(spec));
  spec = kSpec;
  spec.boxes_output = -1;
  EXPECT_FALSE(MakeHead(spec));
}

}  // namespace
}  // namespace retinue
