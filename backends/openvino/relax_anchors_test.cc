#include "backends/openvino/relax_anchors.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/openvino/runtime.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/testing.h"

namespace retinue::openvino {
namespace {

using ::testing::HasSubstr;
using retinue::testing::OnnxBuilder;

std::vector<float> Infer(ov::Core& core, const std::shared_ptr<ov::Model>& model) {
  ov::InferRequest request = core.compile_model(model, "CPU").create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  retinue::testing::Random random(7);
  std::generate_n(input.data<float>(), input.get_size(),
                  [&] { return static_cast<float>(random.Uniform()); });
  request.infer();
  const ov::Tensor output = request.get_output_tensor(0);
  return {output.data<float>(), output.data<float>() + output.get_size()};
}

// There and back again: everything that was rewritten is rewritten to what it was.
TEST(ChangeInputSize, GivesBackTheSameNumbersAtTheOldSize) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/derived_f32/yolov8n_f32.onnx");
  ov::Core core;
  const std::vector<float> before = Infer(core, core.read_model(path));
  const auto model = core.read_model(path);
  ASSERT_TRUE(ChangeInputSize(*model, 384, 640));
  EXPECT_EQ(model->output(0).get_shape(), (ov::Shape{1, 84, 5040}));
  const auto back = ChangeInputSize(*model, 640, 640);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(Infer(core, model) == before);
}

struct Expected {
  std::size_t at;
  double value;
};

struct Case {
  const char* file;
  std::vector<Expected> boxes;   // Pixels.
  std::vector<Expected> scores;
};

// Values for numbers of testing::Random(7) at 384x640. The network was cut with
// the onnx package before the grid enters, run by ONNX Runtime 1.31.1 at that size,
// and decoded with numpy: centre = grid + (right - left) / 2 and so on, times the
// stride, the grid from numpy.meshgrid.
TEST(ChangeInputSize, AgreesWithTheNetworkDecodedByNumpy) {
  const std::array<Case, 2> cases = {{
      {"models/derived_f32/yolov8n_f32.onnx",
       {{0, 5.241489887237549}, {1234, 276.56622314453125}, {8879, 376.09661865234375},
        {13920, 29.48575210571289}, {19920, 149.53750610351562}, {20159, 167.6510772705078}},
       {{23999, 1.5795230865478516e-06}, {151217, 8.940696716308594e-08}}},
      {"models/derived_f32/yolo11n-seg_f32.onnx",
       {{0, 3.388920307159424}, {1234, 276.9775390625}, {8879, 377.26116943359375},
        {13920, 34.27485656738281}, {19920, 116.61970520019531}, {20159, 93.57046508789062}},
       {{23999, 1.2069940567016602e-05}, {151217, 1.7881393432617188e-07}}},
  }};
  for (const Case& one : cases) {
    RETINUE_TEST_DATA_OR_SKIP(path, one.file);
    ov::Core core;
    const auto model = core.read_model(path);
    const auto changed = ChangeInputSize(*model, 384, 640);
    ASSERT_TRUE(changed) << changed.error().message;
    const std::vector<float> output = Infer(core, model);
    // f32 sums in another order: some 1e-6 of 640 pixels, of a score near 0 its last digits.
    for (const Expected& box : one.boxes) EXPECT_NEAR(output.at(box.at), box.value, 2e-3);
    for (const Expected& score : one.scores) EXPECT_NEAR(output.at(score.at), score.value, 1e-7);
  }
}

TEST(ChangeInputSize, ChangesNetworksWithoutFoldedAnchors) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/nanodet_m_320.onnx");
  ov::Core core;
  const auto model = core.read_model(path);
  ASSERT_TRUE(ChangeInputSize(*model, 192, 320));
  EXPECT_EQ(model->output("cls_pred_stride_8").get_shape(), (ov::Shape{1, 24 * 40, 80}));
}

// The grid of this file went through 8 bits: its centres are not where they should be.
TEST(ChangeInputSize, RefusesAGridThatIsNotExact) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/derived_f32/yolo11n-pose_f32.onnx");
  ov::Core core;
  const auto model = core.read_model(path);
  const auto changed = ChangeInputSize(*model, 384, 640);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(changed.error().message, HasSubstr("is not known"));
}

// A network on a 64x64 picture, with 8*8 + 4*4 + 2*2 = 84 anchors of strides 8, 16, 32.
std::shared_ptr<ov::Model> Network(const OnnxBuilder& builder) {
  const std::string content = builder.Build();
  const retinue::testing::TemporaryFolder folder;
  retinue::testing::WriteFile(folder.File("a.onnx"), content);
  return ov::Core().read_model(folder.File("a.onnx"));
}

std::string WhyNot(const OnnxBuilder& builder, int height, int width) {
  const auto changed = ChangeInputSize(*Network(builder), height, width);
  if (changed) return "";
  EXPECT_EQ(changed.error().code, ErrorCode::kUnsupported);
  return changed.error().message;
}

OnnxBuilder OnePlane() {
  return OnnxBuilder().Input("x", {"1", "1", "64", "64"}).Output("y", {"a", "b", "c"});
}

TEST(ChangeInputSize, RefusesWhatItCannotProve) {
  OnnxBuilder neg = OnePlane();
  neg.Node("Neg", {"x"}, {"y"});
  EXPECT_EQ(WhyNot(neg, 32, 64), "");
  EXPECT_THAT(WhyNot(neg, 40, 64), HasSubstr("multiples of 32"));
  EXPECT_THAT(WhyNot(neg, 32, 128), HasSubstr("as many pixels"));

  OnnxBuilder folded = OnePlane();
  folded.Floats("k", {84}, std::vector<float>(84, 1.0F)).Node("Mul", {"x0", "k"}, {"y"});
  folded.Int64s("first", {0}).Int64s("last", {84}).Int64s("axis", {1}).Int64s("flat", {1, -1});
  folded.Node("Reshape", {"x", "flat"}, {"row"});
  folded.Node("Slice", {"row", "first", "last", "axis"}, {"x0"});
  EXPECT_THAT(WhyNot(folded, 32, 64), HasSubstr("constant k is not known"));

  // 64 pictures of 8x8: fewer of them, or smaller ones?
  OnnxBuilder parts = OnePlane();
  parts.Int64s("to", {-1, 1, 8, 8}).Node("Reshape", {"x", "to"}, {"y"});
  EXPECT_THAT(WhyNot(parts, 32, 64), HasSubstr("into parts"));

  OnnxBuilder cut = OnePlane();
  cut.Int64s("first", {0}).Int64s("last", {64}).Int64s("axis", {3});
  cut.Node("Slice", {"x", "first", "last", "axis"}, {"y"});
  EXPECT_THAT(WhyNot(cut, 128, 128), HasSubstr("would go from [1,1,64,64] to [1,1,128,64]"));

  const OnnxBuilder vector =
      OnnxBuilder().Input("x", {"1", "64"}).Output("y", {"1", "64"}).Node("Neg", {"x"}, {"y"});
  EXPECT_THAT(WhyNot(vector, 32, 64), HasSubstr("not [N, 3, H, W]"));
}

// (x + offset) then (y + offset) of every cell of strides 8, 16, 32, times the stride if `pixels`.
std::vector<float> Grid(int height, int width, float offset, bool pixels) {
  std::vector<float> xs;
  std::vector<float> ys;
  for (const int stride : {8, 16, 32}) {
    const float scale = pixels ? static_cast<float>(stride) : 1.0F;
    for (int y = 0; y < height / stride; ++y) {
      for (int x = 0; x < width / stride; ++x) {
        xs.push_back((static_cast<float>(x) + offset) * scale);
        ys.push_back((static_cast<float>(y) + offset) * scale);
      }
    }
  }
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

// A head in small: the picture thinned out to each stride, flattened by targets that
// name the number of cells, in one row, plus the grid.
OnnxBuilder SmallHead(const std::vector<float>& grid) {
  OnnxBuilder builder;
  builder.Input("x", {"1", "1", "64", "64"}).Output("y", {"1", "2", "84"});
  builder.Floats("grid", {1, 2, 84}, grid).Floats("zero", {1}, {0.0F});
  std::vector<std::string> levels;
  for (const int stride : {8, 16, 32}) {
    const std::string n = std::to_string(stride);
    const std::int64_t cells = 64 / stride;
    // Every stride-th pixel of every stride-th row: [1, 1, 64 / stride, 64 / stride].
    builder.Int64s("first" + n, {0, 0}).Int64s("last" + n, {1 << 20, 1 << 20});
    builder.Int64s("axes" + n, {2, 3}).Int64s("steps" + n, {stride, stride});
    builder.Int64s("flat" + n, {1, 1, cells * cells});
    builder.Node("Slice", {"x", "first" + n, "last" + n, "axes" + n, "steps" + n}, {"cells" + n});
    builder.Node("Reshape", {"cells" + n, "flat" + n}, {"row" + n});
    levels.push_back("row" + n);
  }
  builder.Concat(levels, "anchors", 2);
  return builder.Node("Add", {"anchors", "grid"}, {"y"});
}

TEST(ChangeInputSize, RebuildsGridsOfAllKinds) {
  ov::Core core;
  for (const float offset : {0.5F, 0.0F}) {
    for (const bool pixels : {false, true}) {
      const auto model = Network(SmallHead(Grid(64, 64, offset, pixels)));
      const auto changed = ChangeInputSize(*model, 32, 96);
      ASSERT_TRUE(changed) << changed.error().message;
      ov::InferRequest request = core.compile_model(model, "CPU").create_infer_request();
      ov::Tensor input = request.get_input_tensor();
      std::fill_n(input.data<float>(), input.get_size(), 0.0F);
      request.infer();
      const ov::Tensor output = request.get_output_tensor(0);
      const std::vector<float> now(output.data<float>(), output.data<float>() + output.get_size());
      EXPECT_EQ(now, Grid(32, 96, offset, pixels));
    }
  }
}

TEST(ChangeInputSize, RefusesAGridWithOneWrongCell) {
  std::vector<float> grid = Grid(64, 64, 0.5F, false);
  grid[100] += 1.0F;
  EXPECT_THAT(WhyNot(SmallHead(grid), 32, 96), HasSubstr("constant grid is not known"));
}

TEST(ChangeInputSize, IsUsedByCompile) {
  RETINUE_TEST_DATA_OR_SKIP(path, "models/derived_f32/yolov8n_f32.onnx");
  const retinue::testing::TemporaryFolder folder;
  CompileOptions options;
  options.cache_dir = folder.path();
  options.input_shape = Shape{1, 3, 384, 640};
  const auto model = *MakeOpenVinoRuntime()->Read(path);
  for (const bool cached : {false, true}) {
    const auto engine = model->Compile(options);
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ((*engine)->info().from_cache, cached);
    EXPECT_EQ((*engine)->io().inputs[0].shape, (Shape{1, 3, 384, 640}));
    EXPECT_EQ((*engine)->io().outputs[0].shape, (Shape{1, 84, 5040}));
  }
  options.input_shape = Shape{2, 3, 384, 640};
  const auto of_two = model->Compile(options);
  ASSERT_TRUE(of_two) << of_two.error().message;
  EXPECT_EQ((*of_two)->io().outputs[0].shape, (Shape{2, 84, 5040}));
  options.input_shape = Shape{1, 1, 640, 640};
  EXPECT_EQ(model->Compile(options).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace retinue::openvino
