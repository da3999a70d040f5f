#include "retinue/heads/classify.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

std::vector<ClassScore> Parse(std::vector<float> values, const ClassifySpec& spec,
                              const HeadOptions& options = {}) {
  auto head = MakeHead(spec, options);
  EXPECT_TRUE(head) << head.error().message;
  const TensorView view{ElementType::kF32, {1, static_cast<std::int64_t>(values.size())},
                        values.data()};
  FrameResult result{.size = {10, 10}};
  result.objects.resize(2);  // what was found before must not matter
  EXPECT_TRUE((*head)->Parse({&view, 1}, {}, result));
  EXPECT_TRUE(result.objects.empty());
  return result.classes;
}

TEST(ClassifyHead, GivesTheBestFewInOrder) {
  const auto found = Parse({0.1f, 0.4f, 0.05f, 0.4f, 0.05f}, {.class_count = 5}, {.top = 3});
  EXPECT_EQ(found, (std::vector<ClassScore>{{1, 0.4f}, {3, 0.4f}, {0, 0.1f}}));
  EXPECT_EQ(Parse({0.25f, 0.75f}, {.class_count = 2}).size(), 2u);
}

// By hand: exp(0), exp(ln 2), exp(ln 5) sum to 8; huge logits must not overflow.
TEST(ClassifyHead, TurnsLogitsIntoProbabilities) {
  for (const float shift : {0.0f, 300.0f, -300.0f}) {
    const auto found = Parse({shift, shift + std::log(2.0f), shift + std::log(5.0f)},
                             {.class_count = 3, .softmax = true});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].class_id, 2);
    EXPECT_NEAR(found[0].score, 0.625f, 2e-5f);
    EXPECT_NEAR(found[1].score, 0.25f, 2e-5f);
    EXPECT_NEAR(found[2].score, 0.125f, 2e-5f);
  }
}

TEST(ClassifyHead, NamesOnlyTheWantedClasses) {
  const auto found = Parse({0.5f, 0.3f, 0.2f}, {.class_count = 3}, {.classes = {0, 2}});
  EXPECT_EQ(found, (std::vector<ClassScore>{{0, 0.5f}, {2, 0.2f}}));
}

TEST(ClassifyHead, FindsNothingAmongValuesThatAreNoNumbers) {
  auto head = *MakeHead(ClassifySpec{.class_count = 3});
  const std::vector<float> values = {0.5f, std::nanf(""), std::numeric_limits<float>::infinity()};
  const TensorView view{ElementType::kF32, {1, 3}, values.data()};
  FrameResult result{.size = {10, 10}};
  ASSERT_TRUE(head->Parse({&view, 1}, {}, result));
  EXPECT_TRUE(result.classes.empty());
  EXPECT_EQ(head->invalid_count(), 2);
}

TEST(ClassifyHead, RefusesOtherShapesWithASentence) {
  auto head = *MakeHead(ClassifySpec{.class_count = 3});
  const std::vector<float> values(4);
  const TensorView view{ElementType::kF32, {1, 4}, values.data()};
  FrameResult result{.size = {10, 10}};
  EXPECT_THAT(head->Parse({&view, 1}, {}, result).error().message,
              HasSubstr("the class scores must be [1, 3], got [1, 4]"));
  EXPECT_FALSE(head->Parse({}, {}, result));
  EXPECT_FALSE(MakeHead(ClassifySpec{.class_count = 3}, {.top = 0}));
}

}  // namespace
}  // namespace retinue
