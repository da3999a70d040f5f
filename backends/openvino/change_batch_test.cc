#include "backends/openvino/change_batch.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue::openvino {
namespace {

using ::testing::HasSubstr;
using retinue::testing::OnnxBuilder;

constexpr std::size_t kBatch = 3;

// The outputs for `pictures` pictures of noise, the first of them number `first`.
std::vector<std::vector<float>> Infer(ov::CompiledModel& network, std::size_t first,
                                      std::size_t pictures) {
  ov::InferRequest request = network.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  const std::size_t size = input.get_size() / pictures;
  for (std::size_t i = 0; i < pictures; ++i) {
    retinue::testing::Random random(first + i);
    std::generate_n(input.data<float>() + i * size, size,
                    [&] { return static_cast<float>(random.Uniform()); });
  }
  request.infer();
  std::vector<std::vector<float>> outputs;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    const ov::Tensor output = request.get_output_tensor(i);
    outputs.emplace_back(output.data<float>(), output.data<float>() + output.get_size());
  }
  return outputs;
}

// The network as it was is the independent source of what it says of each picture alone.
TEST(ChangeBatch, GivesEachPictureWhatItGotAlone) {
  const std::array<std::string, 5> files = {
      retinue::testing::TestData("models/derived_f32/yolov8n_f32.onnx"),
      retinue::testing::TestData("models/derived_f32/yolo11n-seg_f32.onnx"),
      retinue::testing::TestData("models/nanodet_m_320.onnx"),
      retinue::testing::TestData("models/yolox_nano_official.onnx"),
      retinue::testing::Fetched("models/ssd_mobilenet_v2_objectron.tflite")};
  if (std::count(files.begin(), files.end(), "") > 0) GTEST_SKIP() << "a model is absent";
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    ov::Core core;
    // One thread a picture: sums in the same order, and no plan by the number of cores.
    const ov::AnyMap properties = {ov::inference_num_threads(1)};
    auto alone = core.compile_model(path, "CPU", properties);
    const auto model = core.read_model(path);
    const auto changed = ChangeBatch(*model, kBatch);
    ASSERT_TRUE(changed) << changed.error().message;
    auto together = core.compile_model(model, "CPU", properties);
    const auto all = Infer(together, 0, kBatch);
    for (std::size_t picture = 0; picture < kBatch; ++picture) {
      const auto expected = Infer(alone, picture, 1);
      ASSERT_EQ(all.size(), expected.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_EQ(all[i].size(), kBatch * expected[i].size());
        const float* const slice = all[i].data() + picture * expected[i].size();
        float largest = 0, error = 0;
        for (std::size_t k = 0; k < expected[i].size(); ++k) {
          largest = std::max(largest, std::abs(expected[i][k]));
          error = std::max(error, std::abs(expected[i][k] - slice[k]));
        }
        // f32 sums may be blocked otherwise for a batch: some 1e-6 of the largest value.
        EXPECT_LE(error, 2e-5f * largest) << "output " << i << " of picture " << picture;
      }
    }
  }
}

// Its last step flattens [1, 300, 1] to [300, 1] and counts from there: of a batch, all
// pictures would get the boxes of the first.
TEST(ChangeBatch, RefusesIndicesThatCountFromTheFirstPicture) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/derived_f32/yolo26n_e2e_f32.onnx");
  const auto model = ov::Core().read_model(path);
  const auto changed = ChangeBatch(*model, kBatch);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(changed.error().message, HasSubstr("makes [300,1], in which no picture is first"));
}

std::string WhyNot(const OnnxBuilder& builder) {
  const retinue::testing::TemporaryFolder folder;
  retinue::testing::WriteFile(folder.File("a.onnx"), builder.Build());
  const auto model = ov::Core().read_model(folder.File("a.onnx"));
  const auto changed = ChangeBatch(*model, kBatch);
  if (changed) return "";
  EXPECT_EQ(changed.error().code, ErrorCode::kUnsupported);
  return changed.error().message;
}

OnnxBuilder OneRow() { return OnnxBuilder().Input("x", {"1", "1", "6"}).Output("y", {"a", "b"}); }

TEST(ChangeBatch, RefusesWhatItCannotProve) {
  EXPECT_EQ(WhyNot(OneRow().Node("Neg", {"x"}, {"y"})), "");
  EXPECT_EQ(WhyNot(OneRow().Int64s("to", {1, 6}).Node("Reshape", {"x", "to"}, {"y"})), "");
  EXPECT_THAT(WhyNot(OneRow().Int64s("to", {6, 1}).Node("Reshape", {"x", "to"}, {"y"})),
              HasSubstr("makes [6,1], in which no picture is first"));
  // Shape inference is content with each of these.
  EXPECT_THAT(WhyNot(OneRow().Concat({"x", "x"}, "y", 0)), HasSubstr("no picture is first"));
  EXPECT_THAT(WhyNot(OneRow().Node("Shape", {"x"}, {"s"}).Node("Tile", {"x", "s"}, {"y"})),
              HasSubstr("computes with a shape"));
  EXPECT_THAT(WhyNot(OneRow().Floats("k", {6, 6}, std::vector<float>(36, 1.0F))
                         .Int64s("to", {1, 6})
                         .Node("Reshape", {"x", "to"}, {"row"})
                         .Node("Add", {"row", "x"}, {"y"})),
              HasSubstr("takes tensors of unequal rank"));
  EXPECT_THAT(WhyNot(OneRow().Int64s("k", {1}).Node("CumSum", {"x", "k"}, {"y"})),
              HasSubstr("(CumSum) is not known to keep pictures apart"));
}

}  // namespace
}  // namespace retinue::openvino
