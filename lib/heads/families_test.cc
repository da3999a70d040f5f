// Heads of other families against numpy: outputs of YOLOX-Nano and NanoDet-m on two photographs (by
// ONNX Runtime) and seeded synthetic ones of YOLOv5, YOLOv4, NanoDet-Plus and DETR, and what
// golden/families.py's references make of them.

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/heads/test_golden.h"
#include "retinue/heads/head.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using testing::MapOf;
using testing::OptionsOf;
using Json = nlohmann::json;

// A tensor that is one value but for the rows written out.
struct Recorded {
  explicit Recorded(const Json& json)
      : shape(json.at("shape").get<std::vector<std::int64_t>>()),
        values(static_cast<std::size_t>(shape.ElementCount()), json.at("fill").get<float>()) {
    const auto columns = static_cast<std::size_t>(shape[2]);
    for (const auto& row : json.at("rows")) {
      for (std::size_t i = 0; i < row[1].size(); ++i) {
        values[row[0].get<std::size_t>() * columns + row[1][i].get<std::size_t>()] =
            row[2][i].get<float>();
      }
    }
  }
  TensorView view() const { return {ElementType::kF32, shape, values.data()}; }
  Shape shape;
  std::vector<float> values;
};

struct FamilyCase {
  const char* name;  // of the file
  HeadSpec spec;
  friend std::ostream& operator<<(std::ostream& out, const FamilyCase& c) { return out << c.name; }
};

class Family : public ::testing::TestWithParam<FamilyCase> {};

void ExpectCase(const Json& picture, const Json& c, const HeadSpec& spec,
                const std::vector<TensorView>& outputs) {
  SCOPED_TRACE(picture["picture"].get<std::string>() + " " + c["options"].dump());
  auto head = MakeHead(spec, OptionsOf(c["options"]));
  ASSERT_TRUE(head) << head.error().message;
  FrameResult found;
  found.size = {picture["frame"][0].get<int>(), picture["frame"][1].get<int>()};
  const auto parsed = (*head)->Parse(outputs, MapOf(picture), found);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ((*head)->invalid_count(), 0);
  ASSERT_EQ(found.objects.size(), c["expected"].size());
  for (std::size_t i = 0; i < found.objects.size(); ++i) {
    const auto& e = c["expected"][i];
    const Box& box = found.objects[i].box;
    // float32 against float64: boxes of 1000 pixels have steps of 6e-5, of which some add up.
    EXPECT_NEAR(box.x, e[0].get<float>(), 3e-3f) << i;
    EXPECT_NEAR(box.y, e[1].get<float>(), 3e-3f) << i;
    EXPECT_NEAR(box.width, e[2].get<float>(), 3e-3f) << i;
    EXPECT_NEAR(box.height, e[3].get<float>(), 3e-3f) << i;
    EXPECT_NEAR(found.objects[i].score, e[4].get<float>(), 1e-5f) << i;
    EXPECT_EQ(found.objects[i].class_id, e[5].get<int>()) << i;
  }
}

TEST_P(Family, FindsWhatItsRepositorysFormulasFind) {
  const auto golden = Json::parse(testing::ReadFile(testing::RepositoryFile(
      std::string("lib/heads/golden/") + GetParam().name + "_head.json")));
  for (const auto& picture : golden) {
    std::vector<Recorded> tensors;
    for (const auto& output : picture.at("outputs")) tensors.emplace_back(output);
    std::vector<TensorView> views;
    for (const Recorded& tensor : tensors) views.push_back(tensor.view());
    for (const auto& c : picture.at("cases")) ExpectCase(picture, c, GetParam().spec, views);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Golden, Family,
    ::testing::Values(
        FamilyCase{"yolov5", YoloV5Spec{.class_count = 7}},
        FamilyCase{"yolox", YoloXSpec{.class_count = 80, .input = {416, 416}}},
        FamilyCase{"yolov4", YoloV4Spec{.class_count = 6}},
        FamilyCase{"nanodet", NanoDetSpec{.class_count = 80,
                                          .input = {320, 320},
                                          .scores = {0, 1, 2},
                                          .distances = {3, 4, 5}}},
        FamilyCase{"nanodet_plus", NanoDetSpec{.class_count = 6,
                                               .input = {144, 144},
                                               .strides = {8, 16, 32, 64},
                                               .scores = {0},
                                               .cell_offset = 0}},
        FamilyCase{"detr", DetrSpec{.class_count = 9,
                                    .logits_output = 1,
                                    .boxes_output = 0,
                                    .input = {640, 640},
                                    .top = 40}}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace retinue
