#include "retinue/heads/nanodet.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Input 32x16 and strides 8 and 16: 4x2 and 2x1 cells; 3 classes, 4 bins.
constexpr int kClasses = 3, kBins = 4;

NanoDetSpec Spec() {
  return {.class_count = kClasses,
          .input = {32, 16},
          .strides = {8, 16},
          .bins = kBins,
          .scores = {0, 1},
          .distances = {2, 3}};
}

struct Tensors {
  std::vector<float> scores[2] = {std::vector<float>(8 * kClasses),
                                  std::vector<float>(2 * kClasses)};
  std::vector<float> distances[2] = {std::vector<float>(8 * 4 * kBins),
                                     std::vector<float>(2 * 4 * kBins)};
  std::vector<TensorView> views() const {
    return {{ElementType::kF32, Shape{1, 8, kClasses}, scores[0].data()},
            {ElementType::kF32, Shape{1, 2, kClasses}, scores[1].data()},
            {ElementType::kF32, Shape{1, 8, 4 * kBins}, distances[0].data()},
            {ElementType::kF32, Shape{1, 2, 4 * kBins}, distances[1].data()}};
  }
  float& score(std::size_t level, int cell, int class_id) {
    return scores[level][static_cast<std::size_t>(cell * kClasses + class_id)];
  }
  // All of the distribution's weight on one bin.
  void SetReach(std::size_t level, int cell, int side, int bin) {
    distances[level][static_cast<std::size_t>((cell * 4 + side) * kBins + bin)] = 100;
  }
};

std::vector<Detection> Parse(const Tensors& tensors, std::int64_t* invalid = nullptr) {
  auto head = MakeHead(Spec());
  EXPECT_TRUE(head) << head.error().message;
  FrameResult result{.size = {32, 16}};
  const auto parsed = (*head)->Parse(tensors.views(), {}, result);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (invalid != nullptr) *invalid = (*head)->invalid_count();
  return result.objects;
}

TEST(NanoDetHead, ReachesFromTheCentreOfTheCell) {
  Tensors tensors;
  tensors.score(0, 5, 2) = 0.75f;  // column 1, row 1: centre (12, 12)
  tensors.SetReach(0, 5, 0, 1);    // 8 to the left
  tensors.SetReach(0, 5, 1, 0);    // 0 up
  tensors.SetReach(0, 5, 2, 2);    // 16 to the right
  tensors.SetReach(0, 5, 3, 3);    // 24 down: clipped to the input
  const auto found = Parse(tensors);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], (Detection{.box = {4, 12, 24, 4}, .score = 0.75f, .class_id = 2}));
}

TEST(NanoDetHead, TakesTheMeanOfADistribution) {
  Tensors tensors;
  tensors.score(1, 1, 0) = 0.5f;  // centre (24, 8) of stride 16
  // Even logits: (0 + 1 + 2 + 3) / 4 = 1.5 cells; the left one 0 or 1 with 1 to 3: 0.75 cells.
  auto* left = &tensors.distances[1][static_cast<std::size_t>(1 * 4 * kBins)];
  left[1] = std::log(3.0f);
  left[2] = left[3] = -100;
  const auto found = Parse(tensors);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].box.x, 24 - 12, 1e-4);
  EXPECT_NEAR(found[0].box.right(), 32, 1e-4) << "24 + 24, clipped";
  EXPECT_NEAR(found[0].box.height, 16, 1e-4);
}

TEST(NanoDetHead, ClipsBeforeItSuppresses) {
  // Beside the input the two boxes differ; inside they are the same.
  Tensors tensors;
  for (const int cell : {0, 4}) {  // centres (4, 4) and (4, 12)
    tensors.score(0, cell, 0) = cell == 0 ? 0.9f : 0.8f;
    for (const int side : {0, 1, 2, 3}) tensors.SetReach(0, cell, side, 3);
  }
  EXPECT_EQ(Parse(tensors).size(), 1u);
}

TEST(NanoDetHead, CountsDistancesThatAreNoNumbers) {
  Tensors tensors;
  tensors.score(0, 0, 0) = 0.9f;
  tensors.score(0, 7, 0) = 0.9f;
  tensors.distances[0][3] = kNan;
  tensors.distances[0][static_cast<std::size_t>(4 * 4 * kBins)] = kNan;  // a cell without score
  tensors.score(1, 0, 1) = kNan;
  std::int64_t invalid = 0;
  EXPECT_EQ(Parse(tensors, &invalid).size(), 1u);
  EXPECT_EQ(invalid, 2);
}

TEST(NanoDetHead, ReadsASingleOutputForAllStrides) {
  // Ten cells of 3 scores and 16 logits; NanoDet-Plus counts from the corner of a cell.
  std::vector<float> values(10 * 19);
  float* row = &values[9 * 19];  // the last cell: column 1 of stride 16
  row[1] = 0.5f;
  for (int side = 0; side < 4; ++side) row[3 + side * kBins] = 100;
  row[3 + 2 * kBins] = 0;
  row[3 + 2 * kBins + 1] = 100;  // 16 to the right
  row[3 + 3 * kBins] = 0;
  row[3 + 3 * kBins + 1] = 100;  // 16 down
  NanoDetSpec spec = Spec();
  spec.scores = {0};
  spec.distances = {};
  spec.cell_offset = 0;
  const TensorView view{ElementType::kF32, Shape{1, 10, 19}, values.data()};
  auto head = *MakeHead(spec);
  FrameResult result{.size = {32, 16}};
  ASSERT_TRUE(head->Parse({&view, 1}, {}, result));
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].box, (Box{16, 0, 16, 16}));
}

TEST(NanoDetHead, RefusesOtherShapesWithASentence) {
  Tensors tensors;
  auto views = tensors.views();
  views[3].shape = Shape{1, 2, 4 * kBins + 4};
  auto head = *MakeHead(Spec());
  FrameResult result;
  EXPECT_EQ(head->Parse(views, {}, result).error().message,
            "the distances must be [1, 2, 16], got [1, 2, 20]");
  EXPECT_FALSE(head->Parse({}, {}, result));
}

struct SpecCase {
  const char* name;
  void (*change)(NanoDetSpec&);
  const char* sentence;
};

class BadNanoDetSpecs : public ::testing::TestWithParam<SpecCase> {};

TEST_P(BadNanoDetSpecs, AreRefusedWithASentence) {
  NanoDetSpec spec = Spec();
  GetParam().change(spec);
  const auto head = MakeHead(spec);
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(head.error().message, HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadNanoDetSpecs,
    ::testing::Values(
        SpecCase{"NoClasses", [](NanoDetSpec& s) { s.class_count = 0; }, "at least 1 class"},
        SpecCase{"NoOutputs", [](NanoDetSpec& s) { s.scores.clear(); }, "each of 2 strides"},
        SpecCase{"OneStrideMore", [](NanoDetSpec& s) { s.strides.push_back(32); }, "got 2 and 2"},
        SpecCase{"NegativeOutput", [](NanoDetSpec& s) { s.distances[1] = -1; }, "got -1"},
        SpecCase{"OneBin", [](NanoDetSpec& s) { s.bins = 1; }, "2 to 1024, got 1"},
        SpecCase{"OffsetOfTwo", [](NanoDetSpec& s) { s.cell_offset = 2; }, "0 to 1"},
        SpecCase{"OffsetNan", [](NanoDetSpec& s) { s.cell_offset = kNan; }, "0 to 1"},
        SpecCase{"NoInput", [](NanoDetSpec& s) { s.input = {}; }, "for an input of 0x0"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace retinue
