#include "retinue/heads/landmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "retinue/results/face_refinement.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

/// The generator of golden/landmarks.py.
std::vector<float> Draw(std::uint32_t state, std::int64_t count, double low, double high) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values.push_back(static_cast<float>(low + (high - low) * (state >> 8) / 16777216.0));
  }
  return values;
}

/// The outputs of a network of landmarks, changed at will.
struct LandmarkTensors {
  std::vector<float> landmarks;
  std::vector<float> presence{0.9f};
  std::vector<float> heat{};
  Shape heat_shape{1, 1, 1, 1};

  std::vector<TensorView> Views() const {
    std::vector<TensorView> views = {
        {ElementType::kF32, {1, static_cast<std::int64_t>(landmarks.size())}, landmarks.data()},
        {ElementType::kF32, {1, 1}, presence.data()}};
    if (!heat.empty()) views.push_back({ElementType::kF32, heat_shape, heat.data()});
    return views;
  }
};

constexpr Size kInput{64, 48};

// Three points in a row and a hidden one far away.
LandmarkSpec SmallSpec() { return {.points = 3, .hidden = 1, .columns = 3, .input = kInput}; }
LandmarkTensors SmallTensors() {
  return {.landmarks = {10, 20, 0, 20, 25, 0, 30, 30, 0, 60, 40, 0}};
}

TEST(Landmarks, AreThoseOfTheReference) {
  const Json golden =
      Json::parse(testing::ReadFile(testing::RepositoryFile("lib/heads/golden/landmarks.json")));
  const auto map = golden["input_to_frame"].get<std::vector<std::vector<float>>>();
  const Affine to_frame{map[0][0], map[0][1], map[0][2], map[1][0], map[1][1], map[1][2]};
  const Size frame{golden["frame"][0].get<int>(), golden["frame"][1].get<int>()};
  for (const Json& c : golden["cases"]) {
    SCOPED_TRACE(c["seed"].dump());
    LandmarkSpec spec{.points = c["points"],
                      .hidden = c["hidden"],
                      .columns = c["columns"],
                      .input = {golden["input"][0].get<int>(), golden["input"][1].get<int>()}};
    const int count = spec.points + spec.hidden;
    LandmarkTensors tensors{.landmarks =
                                Draw(c["seed"], std::int64_t{count} * spec.columns, -0.2, 1.2)};
    for (int i = 0; i < count; ++i) {
      float* v = tensors.landmarks.data() + static_cast<std::ptrdiff_t>(i) * spec.columns;
      v[0] *= static_cast<float>(spec.input.width);
      v[1] *= static_cast<float>(spec.input.height);
      if (spec.columns == 5) v[3] *= 4;
    }
    tensors.landmarks.push_back(0);  // What nobody reads.
    if (c.contains("maps")) {
      const auto sides = c["maps"].get<std::vector<std::int64_t>>();
      tensors.heat_shape = {1, sides[0], sides[1], sides[2]};
      tensors.heat =
          Draw(c["seed"].get<std::uint32_t>() + 100, sides[0] * sides[1] * sides[2], -6, 2);
      spec.heatmap_output = 2;
      spec.heatmap_window = c["window"];
    }
    auto head = MakeHead(spec);
    ASSERT_TRUE(head) << head.error().message;
    FrameResult result{.size = frame};
    ASSERT_TRUE((*head)->Parse(tensors.Views(), to_frame, result));
    ASSERT_EQ(result.objects.size(), 1u);
    EXPECT_EQ(result.objects[0].score, 0.9f);
    const auto points = result.KeypointsOf(result.objects[0]);
    const Json& expected = c["expected"];
    ASSERT_EQ(points.size(), expected["points"].size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(points[i].x, expected["points"][i][0].get<double>(), 2e-3) << i;
      EXPECT_NEAR(points[i].y, expected["points"][i][1].get<double>(), 2e-3) << i;
      EXPECT_NEAR(points[i].score, expected["points"][i][2].get<double>(), 1e-5) << i;
    }
    const Box& box = result.objects[0].box;
    EXPECT_NEAR(box.x, expected["box"][0].get<double>(), 2e-3);
    EXPECT_NEAR(box.y, expected["box"][1].get<double>(), 2e-3);
    EXPECT_NEAR(box.width, expected["box"][2].get<double>(), 2e-3);
    EXPECT_NEAR(box.height, expected["box"][3].get<double>(), 2e-3);
  }
}

TEST(Landmarks, BoxIsAroundThoseThatAreShown) {
  auto head = MakeHead(SmallSpec());
  ASSERT_TRUE(head) << head.error().message;
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE((*head)->Parse(SmallTensors().Views(), {}, result));
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].box, (Box{10, 20, 20, 10}));
  EXPECT_EQ(result.KeypointsOf(result.objects[0]).back(), (Keypoint{60, 40, 1}));
}

TEST(Landmarks, NothingIsFoundWhereNobodyIs) {
  struct Case {
    const char* what;
    float presence;
    ScoreFunction function;
    std::size_t found;
  };
  const Case cases[] = {{"at the threshold", 0.5f, ScoreFunction::kNone, 0},
                        {"above it", 0.51f, ScoreFunction::kNone, 1},
                        {"a logit of a half", 0.0f, ScoreFunction::kSigmoid, 0},
                        {"a logit of more", 0.1f, ScoreFunction::kSigmoid, 1}};
  for (const Case& c : cases) {
    LandmarkSpec spec = SmallSpec();
    spec.presence = c.function;
    auto head = MakeHead(spec, {.conf = 0.5f});
    LandmarkTensors tensors = SmallTensors();
    tensors.presence = {c.presence};
    FrameResult result{.size = {64, 48}};
    ASSERT_TRUE((*head)->Parse(tensors.Views(), {}, result));
    EXPECT_EQ(result.objects.size(), c.found) << c.what;
    EXPECT_EQ(result.keypoint_count, 4);
  }
}

TEST(Landmarks, AnObjectOutsideTheFrameIsDropped) {
  auto head = MakeHead(SmallSpec());
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE((*head)->Parse(SmallTensors().Views(), {1, 0, 500, 0, 1, 0}, result));
  EXPECT_TRUE(result.objects.empty());
  EXPECT_TRUE(result.keypoints.empty());
}

TEST(Landmarks, WhatIsNoNumberIsCounted) {
  auto head = MakeHead(SmallSpec());
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    LandmarkTensors in_a_point = SmallTensors(), in_presence = SmallTensors();
    in_a_point.landmarks[4] = bad;
    in_presence.presence[0] = bad;
    for (const LandmarkTensors& tensors : {in_a_point, in_presence}) {
      FrameResult result{.size = {64, 48}};
      ASSERT_TRUE((*head)->Parse(tensors.Views(), {}, result));
      EXPECT_TRUE(result.objects.empty());
      EXPECT_EQ((*head)->invalid_count(), 1);
    }
  }
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE((*head)->Parse(SmallTensors().Views(), {}, result));
  EXPECT_EQ((*head)->invalid_count(), 0);
}

TEST(Landmarks, AHeatMapThatIsNoNumberLeavesThePoints) {
  LandmarkSpec spec = SmallSpec();
  spec.heatmap_output = 2;
  LandmarkTensors tensors = SmallTensors();
  tensors.heat_shape = {1, 4, 4, 4};
  tensors.heat.assign(64, std::numeric_limits<float>::quiet_NaN());
  auto head = MakeHead(spec);
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE((*head)->Parse(tensors.Views(), {}, result));
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.keypoints[1], (Keypoint{20, 25, 1}));
}

TEST(Landmarks, RefusesOtherTensors) {
  LandmarkSpec spec = SmallSpec();
  spec.heatmap_output = 2;
  auto head = MakeHead(spec);
  ASSERT_TRUE(head);
  FrameResult result{.size = {64, 48}};
  const auto message = [&](const LandmarkTensors& tensors) {
    const auto parsed = (*head)->Parse(tensors.Views(), {}, result);
    return parsed ? std::string("taken") : parsed.error().message;
  };
  LandmarkTensors tensors = SmallTensors();
  EXPECT_THAT(message(tensors), HasSubstr("must be output 2"));
  tensors.heat.assign(12, 0.0f);
  tensors.heat_shape = {1, 2, 2, 3};
  EXPECT_THAT(message(tensors), HasSubstr("the heat maps must be [1, H, W, 4]"));
  tensors.heat_shape = {1, 1, 3, 4};
  EXPECT_EQ(message(tensors), "taken");
  tensors.landmarks.pop_back();
  EXPECT_THAT(message(tensors), HasSubstr("the landmarks must have at least 12 values"));
}

TEST(Landmarks, RefusesSpecsThatContradictThemselves) {
  struct Case {
    LandmarkSpec spec;
    const char* says;
  };
  const Case cases[] = {{{.points = 0, .input = kInput}, "1 to 2000 points"},
                        {{.columns = 4, .input = kInput}, "3 or 5 columns"},
                        {{.points = 3}, "size of the model input"},
                        {{.input = kInput, .heatmap_output = 2, .heatmap_window = 4}, "odd"},
                        {{.input = kInput, .presence_output = 0}, "two outputs"},
                        {{.is_face = true, .input = kInput, .heatmap_output = 2},
                         "landmarks of a face come without heat maps"}};
  for (const Case& c : cases) {
    const auto head = MakeHead(c.spec);
    ASSERT_FALSE(head) << c.says;
    EXPECT_THAT(head.error().message, HasSubstr(c.says));
  }
}

// A face: all of its points are landmarks, the hidden one too, with a depth that grows as they do.
LandmarkSpec FaceSpec() {
  LandmarkSpec spec = SmallSpec();
  spec.is_face = true;
  return spec;
}
LandmarkTensors FaceTensors() {
  return {.landmarks = {10, 20, -3, 20, 25, 0, 30, 30, 6, 60, 40, 9}};
}

// Twice as large and turned clockwise by a right angle: (x, y) to (100 - 2y, 10 + 2x).
TEST(FaceLandmarks, AreMappedWithTheirDepth) {
  auto head = MakeHead(FaceSpec());
  ASSERT_TRUE(head) << head.error().message;
  FrameResult result{.size = {90, 120}};
  ASSERT_TRUE((*head)->Parse(FaceTensors().Views(), {0, -2, 100, 2, 0, 10}, result));
  ASSERT_EQ(result.faces.size(), 1u);
  EXPECT_EQ(result.landmark_count, 4);
  const auto landmarks = result.LandmarksOf(result.faces[0]);
  ASSERT_EQ(landmarks.size(), 4u);
  EXPECT_EQ(landmarks[0], (Landmark{60, 30, -6}));
  EXPECT_EQ(landmarks[3], (Landmark{20, 130, 18}));
  EXPECT_EQ(result.faces[0].score, 0.9f);
  EXPECT_EQ(result.faces[0].box, (Box{20, 30, 40, 90})) << "clipped at y = 120";
  EXPECT_TRUE(result.objects.empty());
  EXPECT_TRUE(result.keypoints.empty());
  EXPECT_EQ(result.keypoint_count, 0);
}

TEST(FaceLandmarks, AFaceOutsideTheFrameOrNotThereIsDropped) {
  auto head = MakeHead(FaceSpec(), {.conf = 0.5f});
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE((*head)->Parse(FaceTensors().Views(), {1, 0, 500, 0, 1, 0}, result));
  EXPECT_TRUE(result.faces.empty());
  EXPECT_TRUE(result.landmarks.empty());
  LandmarkTensors absent = FaceTensors();
  absent.presence = {0.5f};
  ASSERT_TRUE((*head)->Parse(absent.Views(), {}, result));
  EXPECT_TRUE(result.faces.empty());
  EXPECT_EQ(result.landmark_count, 4);
  LandmarkTensors bad = FaceTensors();
  bad.landmarks[2] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE((*head)->Parse(bad.Views(), {}, result));
  EXPECT_TRUE(result.faces.empty());
  EXPECT_EQ((*head)->invalid_count(), 1);
}

// Three points in one output and the fourth in another, as of an eye and its iris; no presence.
TEST(FaceLandmarks, MayComeFromTwoOutputsAndWithoutAPresence) {
  LandmarkSpec spec = FaceSpec();
  spec.landmarks_output = 0;
  spec.more_output = 1;
  spec.presence_output = -1;
  auto head = MakeHead(spec, {.conf = 0.99f});
  ASSERT_TRUE(head) << head.error().message;
  const std::vector<float> all = FaceTensors().landmarks;
  const auto parse = [&](std::int64_t first, std::int64_t more, FrameResult& result) {
    const TensorView views[] = {{ElementType::kF32, {1, first}, all.data()},
                                {ElementType::kF32, {1, more}, all.data() + first}};
    return (*head)->Parse(views, {}, result);
  };
  FrameResult result{.size = {64, 48}};
  ASSERT_TRUE(parse(9, 3, result));
  ASSERT_EQ(result.faces.size(), 1u);
  EXPECT_EQ(result.faces[0].score, 1);
  EXPECT_EQ(result.landmarks[2], (Landmark{30, 30, 6}));
  EXPECT_EQ(result.landmarks[3], (Landmark{60, 40, 9}));
  const auto few = parse(9, 2, result);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(few.error().message, HasSubstr("the rest of the landmarks must have at least 3"));
  EXPECT_TRUE(result.faces.empty());
  EXPECT_TRUE(result.landmarks.empty());
}

// A mesh of which all points are at (1, 2, their number); parts at (100 · part, 50).
TEST(FaceLandmarks, RefinedPartsTakeTheirPlacesInTheMesh) {
  LandmarkSpec spec{.is_face = true, .points = 478, .hidden = 0, .columns = 3, .input = {192, 192}};
  spec.refined_outputs = {2, 3, 4, 5, 6};
  auto head = MakeHead(spec, {.conf = 0.5f});
  ASSERT_TRUE(head) << head.error().message;
  std::vector<std::vector<float>> values(2);
  for (int i = 0; i < 468; ++i) values[0].insert(values[0].end(), {1, 2, static_cast<float>(i)});
  values[1] = {0.9f};
  for (std::size_t part = 0; part < kFaceRefinements; ++part) {
    auto& points = values.emplace_back();
    for (std::size_t i = RefinedLandmarks(static_cast<FaceRefinement>(part)).size(); i > 0; --i) {
      points.insert(points.end(), {100 * static_cast<float>(part + 1), 50});
    }
  }
  const auto parse = [&](FrameResult& result) {
    std::vector<TensorView> views;
    for (const auto& one : values) {
      views.push_back({ElementType::kF32, {1, static_cast<std::int64_t>(one.size())}, one.data()});
    }
    return (*head)->Parse(views, {}, result);
  };
  FrameResult result{.size = {640, 480}};
  ASSERT_TRUE(parse(result));
  ASSERT_EQ(result.landmarks.size(), 478u);
  EXPECT_EQ(result.landmarks[1], (Landmark{1, 2, 1})) << "the tip of the nose is not refined";
  EXPECT_EQ(result.landmarks[61], (Landmark{100, 50, 61})) << "a corner of the mouth";
  EXPECT_EQ(result.landmarks[33], (Landmark{200, 50, 33}));
  EXPECT_EQ(result.landmarks[263], (Landmark{300, 50, 263}));
  // The numbers of an eye's lids, mean of 16.
  const auto left = (33 + 7 + 163 + 144 + 145 + 153 + 154 + 155 + 133 + 246 + 161 + 160 + 159 +
                     158 + 157 + 173) / 16.0f;
  EXPECT_EQ(result.landmarks[472].x, 400);
  EXPECT_NEAR(result.landmarks[472].z, left, 1e-3);
  EXPECT_EQ(result.landmarks[473].x, 500);
  EXPECT_GT(result.landmarks[473].z, 300);

  values[4][7] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(parse(result));
  EXPECT_TRUE(result.faces.empty());
  EXPECT_EQ((*head)->invalid_count(), 1);
  values[6].resize(9);
  const auto few = parse(result);
  ASSERT_FALSE(few);
  EXPECT_THAT(few.error().message, HasSubstr("a refined part must have at least 10 values"));
}

TEST(FaceLandmarks, ARefinedMeshIsWhole) {
  LandmarkSpec spec{.is_face = true, .points = 478, .hidden = 0, .columns = 3, .input = {192, 192}};
  spec.refined_outputs = {2, 3, 4, 5};
  EXPECT_THAT(MakeHead(spec).error().message, HasSubstr("5 refined parts, got 478 and 4"));
  spec.refined_outputs = {2, 3, 4, 5, -1};
  EXPECT_FALSE(MakeHead(spec));
  spec.refined_outputs = {2, 3, 4, 5, 6};
  EXPECT_TRUE(MakeHead(spec));
  spec.points = 468;
  EXPECT_FALSE(MakeHead(spec));
}

}  // namespace
}  // namespace retinue
