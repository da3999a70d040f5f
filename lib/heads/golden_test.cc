// Heads against numpy: outputs of yolov8n and yolo26n (by ONNX Runtime) and of the default SSD (by
// OpenVINO) on two photographs, and what golden/heads.py's reference makes of them.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "lib/heads/test_golden.h"
#include "retinue/heads/head.h"
#include "retinue/heads/ssd.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

nlohmann::json ReadGolden(const std::string& name) {
  return nlohmann::json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/heads/golden/" + name)));
}

// Parses every case of a picture and compares.
void ExpectGolden(const nlohmann::json& picture, const HeadSpec& spec,
                  std::span<const TensorView> outputs) {
  const Size frame{picture["frame"][0].get<int>(), picture["frame"][1].get<int>()};
  for (const auto& c : picture.at("cases")) {
    SCOPED_TRACE(picture["picture"].get<std::string>() + " " + c["options"].dump());
    auto head = MakeHead(spec, testing::OptionsOf(c["options"]));
    ASSERT_TRUE(head) << head.error().message;
    FrameResult result;
    result.size = frame;
    const auto parsed = (*head)->Parse(outputs, testing::MapOf(picture), result);
    const auto& found = result.objects;
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ((*head)->invalid_count(), 0);
    ASSERT_EQ(found.size(), c["expected"].size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& e = c["expected"][i];
      const Box& box = found[i].box;
      // The reference computes in float64 and rounds to 1e-5; float32 at 1000 pixels has steps
      // of 6e-5, of which some add up.
      EXPECT_NEAR(box.x, e[0].get<float>(), 2e-3f) << i;
      EXPECT_NEAR(box.y, e[1].get<float>(), 2e-3f) << i;
      EXPECT_NEAR(box.width, e[2].get<float>(), 2e-3f) << i;
      EXPECT_NEAR(box.height, e[3].get<float>(), 2e-3f) << i;
      EXPECT_NEAR(found[i].score, e[4].get<float>(), 1e-5f) << i;
      EXPECT_EQ(found[i].class_id, e[5].get<int>()) << i;
    }
  }
}

SsdAnchorSpec DefaultAnchors() {
  return {.layers = {19, 10, 5, 3, 2, 1},
          .min_scale = 0.2f,
          .max_scale = 0.95f,
          .aspect_ratios = {1.0f, 2.0f, 0.5f, 3.0f, 0.3333f},
          .interpolated_aspect_ratio = 1.0f,
          .reduce_lowest = true};
}

TEST(Golden, YoloHeadFindsWhatNumpyFinds) {
  for (const auto& picture : ReadGolden("yolo_head.json")) {
    const auto shape = picture["shape"].get<std::vector<std::int64_t>>();
    std::vector<float> values(static_cast<std::size_t>(shape[1] * shape[2]));
    for (const auto& v : picture["values"]) {
      const auto at =
          v[0].get<std::size_t>() * static_cast<std::size_t>(shape[2]) + v[1].get<std::size_t>();
      values[at] = v[2].get<float>();
    }
    const TensorView tensor{ElementType::kF32, Shape(shape), values.data()};
    ExpectGolden(picture, YoloSpec{.class_count = 80}, {&tensor, 1});
  }
}

TEST(Golden, YoloEnd2EndHeadFindsWhatNumpyFinds) {
  for (const auto& picture : ReadGolden("yolo_end2end_head.json")) {
    constexpr std::size_t kRows = 300, kColumns = 6;
    std::vector<float> values;
    for (const auto& row : picture["rows"]) {
      for (const auto& value : row) values.push_back(value.get<float>());
    }
    ASSERT_GT(values.size(), 5 * kColumns);
    values.resize(kRows * kColumns);
    const TensorView tensor{ElementType::kF32, Shape{1, kRows, kColumns}, values.data()};
    ExpectGolden(picture, YoloEnd2EndSpec{.class_count = 80}, {&tensor, 1});
  }
}

TEST(Golden, SsdHeadFindsWhatNumpyFinds) {
  constexpr std::size_t kAnchors = 1917, kColumns = 24;
  const SsdSpec spec{
      .class_count = 23, .has_background = true, .input = {300, 300}, .anchors = DefaultAnchors()};
  const auto golden = ReadGolden("ssd_head.json");
  for (const auto& picture : golden["pictures"]) {
    std::vector<float> boxes(kAnchors * 4);
    std::vector<float> logits(kAnchors * kColumns, picture["absent_logit"].get<float>());
    for (const auto& a : picture["anchors"]) {
      const auto anchor = a[0].get<std::size_t>();
      for (std::size_t i = 0; i < 4; ++i) boxes[anchor * 4 + i] = a[1][i].get<float>();
      for (const auto& logit : a[2]) {
        logits[anchor * kColumns + logit[0].get<std::size_t>()] = logit[1].get<float>();
      }
    }
    const TensorView tensors[] = {{ElementType::kF32, Shape{1, kAnchors, 4}, boxes.data()},
                                  {ElementType::kF32, Shape{1, kAnchors, kColumns}, logits.data()}};
    ExpectGolden(picture, spec, tensors);
  }
}

TEST(Golden, SsdAnchorsAreThoseOfNumpy) {
  const auto expected = ReadGolden("ssd_head.json")["anchors"];
  const auto anchors = SsdAnchors(DefaultAnchors());
  ASSERT_TRUE(anchors) << anchors.error().message;
  ASSERT_EQ(anchors->size(), expected["count"].get<std::size_t>());
  double sum[4] = {};
  for (const SsdAnchor& a : *anchors) {
    sum[0] += a.center_y;
    sum[1] += a.center_x;
    sum[2] += a.height;
    sum[3] += a.width;
  }
  // 1917 float32 values below 2, each off by 1e-7 at most.
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(sum[i], expected["sum"][i].get<double>(), 1e-3);
  for (const auto& e : expected["sample"]) {
    const SsdAnchor& a = (*anchors)[e[0].get<std::size_t>()];
    EXPECT_NEAR(a.center_y, e[1].get<float>(), 1e-6f) << e;
    EXPECT_NEAR(a.center_x, e[2].get<float>(), 1e-6f) << e;
    EXPECT_NEAR(a.height, e[3].get<float>(), 1e-6f) << e;
    EXPECT_NEAR(a.width, e[4].get<float>(), 1e-6f) << e;
  }
}

}  // namespace
}  // namespace retinue
