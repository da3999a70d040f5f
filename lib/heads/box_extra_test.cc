// Keypoints, masks and oriented boxes of YOLO models, against lib/heads/golden/yolo_tasks.json,
// which tasks.py there writes with numpy and pycocotools.

#include "lib/heads/box_extra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/heads/test_golden.h"
#include "retinue/heads/yolo.h"
#include "retinue/heads/yolo_end2end.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json Document() {
  return Json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/heads/golden/yolo_tasks.json")));
}

BoxExtra ExtraOf(const Json& c) {
  if (c.contains("keypoints")) {
    return KeypointColumns{.count = c["keypoints"].get<int>(),
                           .has_score = c["has_score"].get<bool>()};
  }
  if (c.contains("coefficients")) {
    return MaskColumns{.coefficients = c["coefficients"].get<int>(),
                       .stride = c["stride"].get<int>()};
  }
  return AngleColumn{};
}

// A case's tensors: rows of anchors, and prototypes where there are masks.
struct Tensors {
  std::int64_t anchors = 0;
  std::int64_t channels = 0;
  std::vector<float> rows;
  std::vector<float> prototypes;
  Shape prototypes_shape;

  explicit Tensors(const Json& c) {
    anchors = static_cast<std::int64_t>(c["values"].size());
    channels = static_cast<std::int64_t>(c["values"][0].size());
    for (const auto& row : c["values"]) {
      for (const auto& v : row) rows.push_back(v.get<float>());
    }
    if (!c.contains("prototypes")) return;
    prototypes = c["prototypes"].get<std::vector<float>>();
    prototypes_shape = {1, c["coefficients"].get<int>(), c["prototypes_shape"][0].get<int>(),
                        c["prototypes_shape"][1].get<int>()};
  }

  std::vector<float> ChannelsFirst() const {
    std::vector<float> turned;
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t a = 0; a < anchors; ++a) {
        turned.push_back(rows[static_cast<std::size_t>(a * channels + c)]);
      }
    }
    return turned;
  }

  std::vector<TensorView> Views(const Shape& shape, const std::vector<float>& values) const {
    std::vector<TensorView> views{{ElementType::kF32, shape, values.data()}};
    if (!prototypes.empty()) {
      views.push_back({ElementType::kF32, prototypes_shape, prototypes.data()});
    }
    return views;
  }
};

FrameResult ParseWith(const HeadSpec& spec, const HeadOptions& options, const Json& document,
                      std::span<const TensorView> views) {
  FrameResult result{.size = {document["frame"][0].get<int>(), document["frame"][1].get<int>()}};
  auto head = MakeHead(spec, options);
  EXPECT_TRUE(head) << head.error().message;
  const auto parsed = (*head)->Parse(views, testing::MapOf(document), result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ((*head)->invalid_count(), 0);
  return result;
}

// float32 at 100 pixels has steps of 8e-6, of which some add up.
constexpr double kPixels = 1e-3;

void ExpectObject(const FrameResult& result, const Detection& object, const Json& expected) {
  EXPECT_NEAR(object.score, expected["score"].get<double>(), 1e-6);
  EXPECT_EQ(object.class_id, expected["class"].get<int>());
  if (expected.contains("box")) {
    EXPECT_NEAR(object.box.x, expected["box"][0].get<double>(), kPixels);
    EXPECT_NEAR(object.box.y, expected["box"][1].get<double>(), kPixels);
    EXPECT_NEAR(object.box.right(), expected["box"][2].get<double>(), kPixels);
    EXPECT_NEAR(object.box.bottom(), expected["box"][3].get<double>(), kPixels);
  }
  if (expected.contains("keypoints")) {
    const auto keypoints = result.KeypointsOf(object);
    ASSERT_EQ(keypoints.size(), expected["keypoints"].size());
    for (std::size_t k = 0; k < keypoints.size(); ++k) {
      EXPECT_NEAR(keypoints[k].x, expected["keypoints"][k][0].get<double>(), kPixels);
      EXPECT_NEAR(keypoints[k].y, expected["keypoints"][k][1].get<double>(), kPixels);
      EXPECT_NEAR(keypoints[k].score, expected["keypoints"][k][2].get<double>(), 1e-6);
    }
  }
  if (expected.contains("mask")) {
    std::string text;
    AppendMaskText(result.MaskOf(object), text);
    EXPECT_EQ(text, expected["mask"].get<std::string>());
    EXPECT_EQ(MaskArea(result.MaskOf(object)), expected["area"].get<std::int64_t>());
  }
  if (expected.contains("turned")) {
    const Region* turned = result.TurnedOf(object);
    ASSERT_NE(turned, nullptr);
    const auto& e = expected["turned"];
    EXPECT_NEAR(turned->center.x, e[0].get<double>(), kPixels);
    EXPECT_NEAR(turned->center.y, e[1].get<double>(), kPixels);
    EXPECT_NEAR(turned->width, e[2].get<double>(), kPixels);
    EXPECT_NEAR(turned->height, e[3].get<double>(), kPixels);
    EXPECT_NEAR(turned->angle_rad, e[4].get<double>(), 1e-5);
    EXPECT_EQ(object.box, Clip(BoundsOf(*turned), result.size));
  }
}

void ExpectObjects(const FrameResult& result, const Json& expected) {
  ASSERT_EQ(result.objects.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectObject(result, result.objects[i], expected[i]);
  }
}

TEST(BoxExtra, OfBothLayoutsIsWhatNumpyFinds) {
  const Json document = Document();
  for (const auto& c : document["cases"]) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const Tensors tensors(c);
    const HeadOptions options{.conf = document["conf"].get<float>(),
                              .iou = document["iou"].get<float>()};
    YoloSpec spec{.class_count = document["classes"].get<int>(),
                  .layout = YoloLayout::kAnchorsFirst,
                  .extra = ExtraOf(c)};
    ASSERT_GE(c["expected"].size(), 4u);
    ExpectObjects(ParseWith(spec, options, document,
                            tensors.Views({1, tensors.anchors, tensors.channels}, tensors.rows)),
                  c["expected"]);
    spec.layout = YoloLayout::kChannelsFirst;
    const auto turned = tensors.ChannelsFirst();
    ExpectObjects(ParseWith(spec, options, document,
                            tensors.Views({1, tensors.channels, tensors.anchors}, turned)),
                  c["expected"]);
  }
}

// What a network that suppresses itself would give: the boxes that numpy kept, as rows.
TEST(BoxExtra, OfAnEndToEndHeadIsTheSame) {
  const Json document = Document();
  for (const auto& c : document["cases"]) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const Tensors tensors(c);
    const auto classes = document["classes"].get<int>();
    const bool is_turned = std::holds_alternative<AngleColumn>(ExtraOf(c));
    std::vector<float> rows;
    for (const auto& expected : c["expected"]) {
      for (const auto& row : c["values"]) {
        if (row[static_cast<std::size_t>(4 + expected["class"].get<int>())].get<double>() !=
            expected["score"].get<double>()) {
          continue;
        }
        const float x = row[0].get<float>(), y = row[1].get<float>();
        const float w = row[2].get<float>(), h = row[3].get<float>();
        const std::vector<float> box =
            is_turned ? std::vector<float>{x, y, w, h}
                      : std::vector<float>{x - w / 2, y - h / 2, x + w / 2, y + h / 2};
        rows.insert(rows.end(), box.begin(), box.end());
        rows.push_back(expected["score"].get<float>());
        rows.push_back(expected["class"].get<float>());
        for (std::size_t i = static_cast<std::size_t>(4 + classes); i < row.size(); ++i) {
          rows.push_back(row[i].get<float>());
        }
      }
    }
    const auto count = static_cast<std::int64_t>(c["expected"].size());
    const auto columns = 6 + ColumnCount(ExtraOf(c));
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(count * columns));
    const YoloEnd2EndSpec spec{.class_count = classes, .extra = ExtraOf(c)};
    ExpectObjects(ParseWith(spec, {}, document, tensors.Views({1, count, columns}, rows)),
                  c["expected"]);
  }
}

TEST(BoxExtra, WithANanIsCountedAndLeftOut) {
  const Json document = Document();
  const Json& c = document["cases"][0];
  Tensors tensors(c);
  const auto channels = static_cast<std::size_t>(tensors.channels);
  for (std::size_t a = 0; a < static_cast<std::size_t>(tensors.anchors); ++a) {
    tensors.rows[a * channels + channels - 1] = std::numeric_limits<float>::quiet_NaN();
  }
  auto head = *MakeHead(
      YoloSpec{.class_count = 3, .layout = YoloLayout::kAnchorsFirst, .extra = ExtraOf(c)});
  FrameResult result{.size = {96, 54}};
  ASSERT_TRUE(
      head->Parse(tensors.Views({1, tensors.anchors, tensors.channels}, tensors.rows), {}, result));
  EXPECT_TRUE(result.objects.empty());
  // Only those whose score passes are looked at so closely.
  EXPECT_GT(head->invalid_count(), 0);
  EXPECT_LT(head->invalid_count(), tensors.anchors);
}

TEST(BoxExtra, OfAnotherShapeIsRefusedWithASentence) {
  const std::vector<float> values(4000);
  const TensorView boxes{ElementType::kF32, {1, 4 + 3 + 4, 10}, values.data()};
  const auto message = [&](std::vector<TensorView> views) {
    auto head = *MakeHead(YoloSpec{.class_count = 3, .extra = MaskColumns{.coefficients = 4}});
    FrameResult result{.size = {64, 64}};
    const auto parsed = head->Parse(views, {}, result);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_THAT(message({boxes}), HasSubstr("the prototypes of masks must be output 1"));
  EXPECT_THAT(message({boxes, {ElementType::kF32, {1, 5, 16, 16}, values.data()}}),
              HasSubstr("must be [1, 4, H, W], got [1, 5, 16, 16]"));
  EXPECT_THAT(message({boxes, {ElementType::kI32, {1, 4, 16, 16}, values.data()}}),
              HasSubstr("the prototypes of masks"));
  EXPECT_THAT(message({{ElementType::kF32, {1, 7, 10}, values.data()}}),
              HasSubstr("must be [1, 4 + 3 + 4, N], got [1, 7, 10]"));
}

TEST(BoxExtra, OfImpossibleSizeIsRefused) {
  for (const BoxExtra& extra :
       {BoxExtra(KeypointColumns{.count = 0}), BoxExtra(MaskColumns{.coefficients = -1}),
        BoxExtra(MaskColumns{.prototypes_output = -1}), BoxExtra(MaskColumns{.stride = 0})}) {
    EXPECT_FALSE(MakeHead(YoloSpec{.class_count = 3, .extra = extra}));
    EXPECT_FALSE(MakeHead(YoloEnd2EndSpec{.class_count = 3, .extra = extra}));
  }
}

// Frames, boxes over their edges, prototypes of one sample: the fast way against the slow twin.
// They add in another order, so that pixels whose sum is all but 0 may differ.
TEST(MaskReader, AgreesWithItsSlowTwin) {
  testing::Random random(7);
  for (int round = 0; round < 200; ++round) {
    const int coefficients = 1 + random.Below(40);
    const int wide = 1 + random.Below(40), high = 1 + random.Below(24);
    const Size frame{1 + random.Below(200), 1 + random.Below(150)};
    std::vector<float> prototypes(static_cast<std::size_t>(coefficients * wide * high));
    for (float& v : prototypes) v = static_cast<float>(random.Uniform(-1, 1));
    std::vector<float> weights(static_cast<std::size_t>(coefficients));
    for (float& v : weights) v = static_cast<float>(random.Uniform(-1, 1));
    const float scale = static_cast<float>(random.Uniform(0.2, 3));
    const Affine map{scale, 0,     static_cast<float>(random.Uniform(-20, 20)),
                     0,     scale, static_cast<float>(random.Uniform(-20, 20))};
    const Box box = Clip(
        {static_cast<float>(random.Uniform(-20, 150)), static_cast<float>(random.Uniform(-20, 100)),
         static_cast<float>(random.Uniform(0, 200)), static_cast<float>(random.Uniform(0, 200))},
        frame);
    MaskReader reader({.coefficients = coefficients, .prototypes_output = 0});
    const TensorView view{ElementType::kF32, {1, coefficients, high, wide}, prototypes.data()};
    ASSERT_TRUE(reader.Begin({&view, 1}));
    MaskList fast, slow;
    reader.Append(weights, box, map, frame, fast);
    reader.AppendScalar(weights, box, map, frame, slow);
    const std::int64_t both = MaskOverlap(fast[0], slow[0]);
    EXPECT_LE(MaskArea(fast[0]) - both, 1 + both / 1000) << round;
    EXPECT_LE(MaskArea(slow[0]) - both, 1 + both / 1000) << round;
  }
}

}  // namespace
}  // namespace retinue
