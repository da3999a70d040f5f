#include "retinue/eval/detection_evaluator.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "retinue/eval/labels.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;

// Sums of a few hundred numbers in another order.
constexpr double kRounding = 1e-12;

EvalObject Labelled(std::int64_t category, EvalBox box) {
  return {.category = category, .box = box, .area = box.width * box.height};
}

EvalObject Found(std::int64_t category, EvalBox box, double score) {
  EvalObject object = Labelled(category, box);
  object.score = score;
  return object;
}

DetectionEvaluator BoxEvaluator() {
  return DetectionEvaluator({.shape = EvalShape::kBox, .categories = {1}, .keypoint_sigmas = {}});
}

// ------------------------------------------------ against pycocotools: golden/average_precision.py

DetectionScores ScoresOf(const nlohmann::json& c, EvalShape shape) {
  auto labels = ParseCocoLabels(c["truth"].dump());
  EXPECT_TRUE(labels) << labels.error().message;
  // loadRes goes by what comes first: for keypoints without boxes the masks were left out.
  const LabelParts parts{.masks = shape != EvalShape::kKeypoints, .keypoints = true};
  auto found = ParseCocoResults(c["results"].dump(), *labels, parts);
  EXPECT_TRUE(found) << found.error().message;
  DetectionEvaluatorOptions options{.shape = shape, .categories = {}, .keypoint_sigmas = {}};
  for (const EvalCategory& category : labels->categories) options.categories.push_back(category.id);
  DetectionEvaluator evaluator(options);
  for (std::size_t i = 0; i < labels->images.size(); ++i) {
    const auto added = evaluator.Add(labels->images[i].id, labels->images[i].objects,
                                     found->found[i]);
    EXPECT_TRUE(added) << added.error().message;
  }
  return evaluator.Scores();
}

class AgainstPycocotools : public ::testing::TestWithParam<EvalShape> {};

TEST_P(AgainstPycocotools, AllNumbersAreTheSame) {
  const auto golden = nlohmann::json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/eval/golden/average_precision.json")));
  int compared = 0;
  for (const auto& c : golden) {
    const auto expected = c["expected"].find(std::string(ToString(GetParam())));
    if (expected == c["expected"].end()) continue;
    SCOPED_TRACE(c["name"].get<std::string>());
    const DetectionScores scores = ScoresOf(c, GetParam());
    const std::pair<const char*, double> numbers[] = {
        {"AP", scores.ap},         {"AP50", scores.ap50},      {"AP75", scores.ap75},
        {"APs", scores.ap_small},  {"APm", scores.ap_medium},  {"APl", scores.ap_large},
        {"AR", scores.ar},         {"AR1", scores.ar1},        {"AR10", scores.ar10},
        {"AR100", scores.ar},      {"AR50", scores.ar50},      {"AR75", scores.ar75},
        {"ARs", scores.ar_small},  {"ARm", scores.ar_medium},  {"ARl", scores.ar_large}};
    for (const auto& [name, value] : numbers) {
      if (!expected->contains(name)) continue;
      EXPECT_NEAR(value, (*expected)[name].get<double>(), kRounding) << name;
      ++compared;
    }
    for (const CategoryScores& one : scores.categories) {
      const auto& category = (*expected)["categories"][std::to_string(one.category)];
      EXPECT_NEAR(one.ap, category["ap"].get<double>(), kRounding) << one.category;
      EXPECT_NEAR(one.ap50, category["ap50"].get<double>(), kRounding) << one.category;
      EXPECT_NEAR(one.ar, category["ar"].get<double>(), kRounding) << one.category;
    }
  }
  EXPECT_GE(compared, 20);
}

INSTANTIATE_TEST_SUITE_P(Shapes, AgainstPycocotools,
                         ::testing::Values(EvalShape::kBox, EvalShape::kMask,
                                           EvalShape::kKeypoints),
                         [](const auto& shape) { return std::string(ToString(shape.param)); });

// ------------------------------------------------ by hand

TEST(DetectionEvaluator, PerfectIsOneAndNothingIsMinusOne) {
  DetectionEvaluator evaluator = BoxEvaluator();
  EXPECT_EQ(evaluator.Scores().ap, -1);
  const std::vector<EvalObject> labelled = {Labelled(1, {10, 10, 50, 50})};
  ASSERT_TRUE(evaluator.Add(0, labelled, std::vector{Found(1, {10, 10, 50, 50}, 0.5)}));
  const DetectionScores scores = evaluator.Scores();
  EXPECT_DOUBLE_EQ(scores.ap, 1);
  EXPECT_DOUBLE_EQ(scores.ap_medium, 1);
  EXPECT_EQ(scores.ap_small, -1);
  EXPECT_DOUBLE_EQ(scores.ar1, 1);
  EXPECT_EQ(scores.images, 1);
  EXPECT_EQ(scores.categories[0].labelled, 1);
  EXPECT_EQ(scores.categories[0].found, 1);
}

TEST(DetectionEvaluator, AFitThatEqualsAThresholdCounts) {
  DetectionEvaluator evaluator = BoxEvaluator();
  // Half of the label is covered: 0.5 exactly, so right at 1 of the 10 thresholds.
  ASSERT_TRUE(evaluator.Add(0, std::vector{Labelled(1, {0, 0, 64, 64})},
                            std::vector{Found(1, {0, 0, 64, 32}, 0.9)}));
  EXPECT_DOUBLE_EQ(evaluator.Scores().ap50, 1);
  EXPECT_DOUBLE_EQ(evaluator.Scores().ap, 0.1);
}

TEST(DetectionEvaluator, AWrongOneWithABetterScoreHalvesPrecision) {
  DetectionEvaluator evaluator = BoxEvaluator();
  ASSERT_TRUE(evaluator.Add(0, std::vector{Labelled(1, {0, 0, 64, 64})},
                            std::vector{Found(1, {0, 0, 64, 64}, 0.5),
                                        Found(1, {200, 200, 64, 64}, 0.9)}));
  EXPECT_DOUBLE_EQ(evaluator.Scores().ap, 0.5);
}

TEST(DetectionEvaluator, CrowdsSwallowFindersAndAreNotMissed) {
  DetectionEvaluator evaluator = BoxEvaluator();
  std::vector<EvalObject> labelled = {Labelled(1, {0, 0, 64, 64}), Labelled(1, {100, 0, 200, 200})};
  labelled[1].is_crowd = true;
  ASSERT_TRUE(evaluator.Add(0, labelled,
                            std::vector{Found(1, {0, 0, 64, 64}, 0.5),
                                        Found(1, {110, 10, 40, 40}, 0.9),
                                        Found(1, {150, 50, 40, 40}, 0.8)}));
  EXPECT_DOUBLE_EQ(evaluator.Scores().ap, 1);
  EXPECT_EQ(evaluator.Scores().categories[0].labelled, 1);
}

TEST(DetectionEvaluator, OtherCategoriesArePassedOver) {
  DetectionEvaluator evaluator = BoxEvaluator();
  ASSERT_TRUE(evaluator.Add(0, std::vector{Labelled(7, {0, 0, 9, 9})},
                            std::vector{Found(8, {0, 0, 9, 9}, 1)}));
  EXPECT_EQ(evaluator.Scores().ap, -1);
}

TEST(DetectionEvaluator, TheOrderOfPicturesDoesNotMatter) {
  testing::Random random(5);
  std::vector<std::vector<EvalObject>> labelled(12), found(12);
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    for (int k = random.Below(5); k >= 0; --k) {
      const EvalBox box{random.Uniform(0, 300), random.Uniform(0, 300), random.Uniform(10, 90), 40};
      labelled[i].push_back(Labelled(1, box));
      // Few different scores: many ties between pictures.
      found[i].push_back(Found(1, {box.x + random.Uniform(0, 20), box.y, box.width, 40},
                               random.Below(3) * 0.25));
    }
  }
  DetectionEvaluator forwards = BoxEvaluator(), backwards = BoxEvaluator();
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const std::size_t j = labelled.size() - 1 - i;
    ASSERT_TRUE(forwards.Add(static_cast<std::int64_t>(i), labelled[i], found[i]));
    ASSERT_TRUE(backwards.Add(static_cast<std::int64_t>(j), labelled[j], found[j]));
  }
  EXPECT_GT(forwards.Scores().ap, 0.05);
  EXPECT_DOUBLE_EQ(forwards.Scores().ap, backwards.Scores().ap);
}

TEST(DetectionEvaluator, KeypointsOfOtherCountsThanCocosGetEvenSigmas) {
  DetectionEvaluator evaluator(
      {.shape = EvalShape::kKeypoints, .categories = {1}, .keypoint_sigmas = {}});
  EvalObject label = Labelled(1, {0, 0, 100, 100});
  label.keypoints = {{10, 10}, {20, 20}};
  EvalObject found = Found(1, label.box, 1);
  // With sigmas of 1/2, exp(-d² / (2 · 1² · 10⁴)) is the fit: 0.605 where both are 100 px off.
  found.keypoints = {{110, 10}, {20, 120}};
  ASSERT_TRUE(evaluator.Add(0, std::vector{label}, std::vector{found}));
  EXPECT_NEAR(evaluator.Scores().ap, 0.3, kRounding);  // above 0.50, 0.55 and 0.60
}

struct BadPicture {
  const char* name;
  EvalShape shape;
  std::vector<EvalObject> labelled, found;
  const char* says;
};

TEST(DetectionEvaluator, PicturesThatMakeNoSenseAreErrorsAndDoNotCount) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const EvalObject fine = Labelled(1, {0, 0, 5, 5});
  EvalObject small_mask = fine, big_mask = fine, one_point = fine, two_points = fine;
  small_mask.mask = {0, 4};
  big_mask.mask = {0, 9};
  one_point.keypoints.resize(1);
  two_points.keypoints.resize(2);
  const std::vector<BadPicture> cases = {
      {"NaN score", EvalShape::kBox, {fine}, {Found(1, {0, 0, 5, 5}, kNan)}, "finite numbers"},
      {"endless box", EvalShape::kBox, {Labelled(1, {0, 0, HUGE_VAL, 5})}, {}, "finite numbers"},
      {"negative size", EvalShape::kBox, {Labelled(1, {0, 0, -1, -1})}, {}, "negative sizes"},
      {"masks of two sizes", EvalShape::kMask, {small_mask}, {big_mask}, "4 pixels, got 9"},
      {"no mask", EvalShape::kMask, {small_mask}, {fine}, "4 pixels, got 0"},
      {"one and two points", EvalShape::kKeypoints, {one_point}, {two_points},
       "1 an object, got 2"},
  };
  for (const BadPicture& c : cases) {
    DetectionEvaluator evaluator({.shape = c.shape, .categories = {1}, .keypoint_sigmas = {}});
    const auto added = evaluator.Add(3, c.labelled, c.found);
    ASSERT_FALSE(added) << c.name;
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument) << c.name;
    EXPECT_THAT(added.error().message, HasSubstr(c.says)) << c.name;
    EXPECT_EQ(evaluator.Scores().images, 0) << c.name;
    EXPECT_EQ(evaluator.Scores().categories[0].labelled, 0) << c.name;
  }
  DetectionEvaluator evaluator = BoxEvaluator();
  ASSERT_TRUE(evaluator.Add(3, {}, {}));
  EXPECT_THAT(evaluator.Add(3, {}, {}).error().message, HasSubstr("picture 3"));
}

}  // namespace
}  // namespace retinue
