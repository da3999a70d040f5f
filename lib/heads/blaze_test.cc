#include "retinue/heads/blaze.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/heads/test_golden.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// MediaPipe's options by the model's name in the file.
BlazeSpec SpecOf(const Json& model) {
  BlazeSpec spec{.input = {model["side"].get<int>(), model["side"].get<int>()},
                 .keypoints = model["keypoints"].get<int>()};
  if (model["name"] == "pose") spec.layers = {{8, 2}, {16, 2}, {32, 6}};
  if (model["name"] == "face") spec.layers = {{8, 2}, {16, 6}};
  return spec;
}

std::size_t CountOf(const BlazeSpec& spec) {
  std::size_t count = 0;
  for (const BlazeLayer& layer : spec.layers) {
    const int cells = spec.input.width / layer.stride;
    count += static_cast<std::size_t>(cells * cells * layer.boxes);
  }
  return count;
}

struct BlazeTensors {
  std::vector<float> boxes;
  std::vector<float> logits;
  std::size_t columns;

  explicit BlazeTensors(const BlazeSpec& spec)
      : boxes(CountOf(spec) * static_cast<std::size_t>(4 + 2 * spec.keypoints)),
        logits(CountOf(spec), -20.0f),
        columns(static_cast<std::size_t>(4 + 2 * spec.keypoints)) {}

  std::vector<TensorView> Views() const {
    const auto count = static_cast<std::int64_t>(logits.size());
    return {{ElementType::kF32, {1, count, static_cast<std::int64_t>(columns)}, boxes.data()},
            {ElementType::kF32, {1, count, 1}, logits.data()}};
  }
};

void ExpectGolden(const BlazeSpec& spec, const Json& picture) {
  BlazeTensors tensors(spec);
  for (const auto& row : picture["rows"]) {
    const auto anchor = row[0].get<std::size_t>();
    tensors.logits[anchor] = row[1].get<float>();
    for (std::size_t c = 0; c < tensors.columns; ++c) {
      tensors.boxes[anchor * tensors.columns + c] = row[c + 2].get<float>();
    }
  }
  for (const auto& c : picture["cases"]) {
    SCOPED_TRACE(picture["picture"].get<std::string>() + " " + c["options"].dump());
    auto head = MakeHead(spec, testing::OptionsOf(c["options"]));
    ASSERT_TRUE(head) << head.error().message;
    FrameResult result{.size = {picture["frame"][0].get<int>(), picture["frame"][1].get<int>()}};
    ASSERT_TRUE((*head)->Parse(tensors.Views(), testing::MapOf(picture), result));
    ASSERT_EQ(result.objects.size(), c["expected"].size());
    for (std::size_t i = 0; i < result.objects.size(); ++i) {
      const Json& points = c["expected"][i]["points"];
      const Detection& object = result.objects[i];
      EXPECT_NEAR(object.score, c["expected"][i]["score"].get<double>(), 1e-5);
      // float32 sums of a few dozen numbers up to 1000.
      EXPECT_NEAR(object.box.x, points[0][0].get<double>(), 5e-3);
      EXPECT_NEAR(object.box.y, points[0][1].get<double>(), 5e-3);
      EXPECT_NEAR(object.box.right(), points[1][0].get<double>(), 5e-3);
      EXPECT_NEAR(object.box.bottom(), points[1][1].get<double>(), 5e-3);
      const auto keypoints = result.KeypointsOf(object);
      ASSERT_EQ(keypoints.size() + 2, points.size());
      for (std::size_t k = 0; k < keypoints.size(); ++k) {
        EXPECT_NEAR(keypoints[k].x, points[k + 2][0].get<double>(), 5e-3);
        EXPECT_NEAR(keypoints[k].y, points[k + 2][1].get<double>(), 5e-3);
      }
    }
  }
}

TEST(BlazeHead, FindsWhatNumpyFindsByMediaPipesOptions) {
  const Json document = Json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/heads/golden/blaze_head.json")));
  ASSERT_EQ(document.size(), 2u);
  for (const auto& model : document) {
    for (const auto& picture : model["pictures"]) ExpectGolden(SpecOf(model), picture);
  }
}

TEST(BlazeHead, HasTheBoxesThatMediaPipesModelsHave) {
  EXPECT_EQ(CountOf({.input = {224, 224}, .layers = {{8, 2}, {16, 2}, {32, 6}}}), 2254u);
  EXPECT_EQ(CountOf({.input = {128, 128}, .layers = {{8, 2}, {16, 6}}}), 896u);
}

TEST(BlazeHead, CountsWhatIsNoNumber) {
  const BlazeSpec spec{.input = {32, 32}, .layers = {{16, 1}}, .keypoints = 1};
  BlazeTensors tensors(spec);
  tensors.logits = {3, 3, std::numeric_limits<float>::quiet_NaN(), -3};
  tensors.boxes[2] = 10;
  tensors.boxes[3] = 10;
  tensors.boxes[tensors.columns + 5] = std::numeric_limits<float>::infinity();
  tensors.boxes[3 * tensors.columns] = std::numeric_limits<float>::quiet_NaN();  // not looked at
  auto head = *MakeHead(spec);
  FrameResult result{.size = {32, 32}};
  ASSERT_TRUE(head->Parse(tensors.Views(), {}, result));
  EXPECT_EQ(head->invalid_count(), 2);
  ASSERT_EQ(result.objects.size(), 1u);
  // Weighted by its score and divided by it again: not quite the same number.
  EXPECT_NEAR(result.objects[0].box.x, 3, 1e-5);
  EXPECT_NEAR(result.objects[0].box.width, 10, 1e-5);
  EXPECT_NEAR(result.KeypointsOf(result.objects[0])[0].x, 8, 1e-5);
}

TEST(BlazeHead, RefusesWhatDoesNotFitWithASentence) {
  const BlazeSpec spec{.input = {32, 32}, .layers = {{16, 1}}, .keypoints = 1};
  auto head = *MakeHead(spec);
  const BlazeTensors tensors({.input = {32, 32}, .layers = {{16, 1}}, .keypoints = 2});
  FrameResult result{.size = {32, 32}};
  const auto wrong = head->Parse(tensors.Views(), {}, result);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("the boxes must be [1, 4, 6], got [1, 4, 8]"));

  const BlazeSpec bad[] = {
      {.input = {32, 32}},
      {.input = {0, 32}, .layers = {{16, 1}}},
      {.input = {32, 32}, .layers = {{0, 1}}},
      {.input = {32, 32}, .layers = {{16, 0}}},
      {.input = {32, 32}, .layers = {{16, 1}}, .keypoints = -1},
      {.class_count = 2, .input = {32, 32}, .layers = {{16, 1}}},
      {.input = {32, 32}, .layers = {{16, 1}}, .boxes_output = 1},
  };
  for (const BlazeSpec& one : bad) {
    const auto made = MakeHead(one);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace retinue
