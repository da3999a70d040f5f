#include "backends/openvino/face_attention.h"

#include <memory>
#include <openvino/frontend/tensorflow_lite/extension/conversion.hpp>
#include <openvino/opsets/opset13.hpp>
#include <string>
#include <vector>

#include "backends/openvino/tflite_operation.h"
#include "retinue/results/face_refinement.h"

// Matrices are [1, 4, 4] and act on columns (x, y, 0, 1); points are rows, [1, N, 2].
// @source MediaPipe, mediapipe/util/tflite/operations/landmarks_to_transform_matrix.cc,
//         transform_tensor_bilinear.cc, transform_landmarks.cc (version 2 of each)

namespace retinue::internal {
namespace {

namespace op = ov::opset13;
using Value = ov::Output<ov::Node>;
using Context = ov::frontend::NodeContext;

// Options of the network's Landmarks2TransformMatrix.
constexpr float kScale = 1.5f;
constexpr std::int64_t kSide = 16;
struct Part {
  const char* output;  ///< Name of the operator's.
  FaceRefinement part;
  std::int64_t from, to;  ///< Landmarks between which it lies level.
};
constexpr Part kParts[] = {
    {"landmarks_to_transform_matrix_v2", FaceRefinement::kLips, 61, 291},
    {"landmarks_to_transform_matrix_v2_1", FaceRefinement::kLeftEye, 33, 133},
    {"landmarks_to_transform_matrix_v2_2", FaceRefinement::kRightEye, 362, 263}};

template <typename Node, typename... Arguments>
Value Make(const Arguments&... arguments) {
  return std::make_shared<Node>(arguments...);
}

Value Floats(const ov::Shape& shape, const std::vector<float>& values) {
  return op::Constant::create(ov::element::f32, shape, values);
}

Value Integers(const std::vector<std::int64_t>& values) {
  return op::Constant::create(ov::element::i64, {values.size()}, values);
}

Value Pick(const Value& from, const std::vector<std::int64_t>& indices, std::int64_t axis) {
  return Make<op::Gather>(from, Integers(indices), Integers({axis}));
}

Value Shaped(const Value& from, const std::vector<std::int64_t>& shape) {
  return Make<op::Reshape>(from, Integers(shape), false);
}

// The upper two rows of a matrix, of it the columns.
Value Rows(const Value& matrix, const std::vector<std::int64_t>& columns) {
  return Pick(Pick(matrix, {0, 1}, 1), columns, 2);
}

const Part& PartOf(const std::string& output) {
  for (const Part& part : kParts) {
    if (output == part.output) return part;
  }
  FRONT_END_GENERAL_CHECK(false, "Landmarks2TransformMatrix of another network: ", output);
}

// [1, N, 3] landmarks to the matrix from a square of kSide samples to the box around a part.
ov::OutputVector MatrixOfLandmarks(const Context& context) {
  const Part& part = PartOf(OperationOf(context).get_output_tensor_info(0).m_tensor_name);
  const Value points = Pick(context.get_input(0), {0, 1}, 2);
  const auto refined = RefinedLandmarks(part.part);
  const Value within = Pick(points, {refined.begin(), refined.end()}, 1);

  // Cosine and sine of the angle between the two, then the rotation by it, [[c, -s], [s, c]].
  const Value along =
      Make<op::MatMul>(Floats({1, 1, 2}, {-1, 1}), Pick(points, {part.from, part.to}, 1));
  const Value length = Make<op::ReduceL2>(along, Integers({2}), true);
  const Value rotation = Shaped(Make<op::MatMul>(Make<op::Divide>(along, length),
                                                 Floats({1, 2, 4}, {1, 0, 0, 1, 0, -1, 1, 0})),
                                {1, 2, 2});

  const Value level = Make<op::MatMul>(within, rotation);
  const Value most = Make<op::ReduceMax>(level, Integers({1}), true);
  const Value least = Make<op::ReduceMin>(level, Integers({1}), true);
  const Value middle = Make<op::Multiply>(Make<op::Add>(most, least), Floats({1}, {0.5f}));
  const Value center = Make<op::MatMul>(rotation, Shaped(middle, {1, 2, 1}));
  const Value scale =
      Make<op::Multiply>(Make<op::Subtract>(most, least), Floats({1}, {kScale / float{kSide}}));
  const Value scaled = Make<op::Multiply>(rotation, scale);
  const Value corner = Make<op::Subtract>(
      center, Make<op::MatMul>(scaled, Floats({1, 2, 1}, {kSide / 2.0f, kSide / 2.0f})));
  const Value upper = Make<op::Concat>(ov::OutputVector{scaled, Floats({1, 2, 1}, {0, 0}), corner},
                                       std::int64_t{2});
  return {Make<op::Concat>(ov::OutputVector{upper, Floats({1, 2, 4}, {0, 0, 1, 0, 0, 0, 0, 1})},
                           std::int64_t{1})};
}

// [1, H, W, C] and a matrix to [1, h, w, C]: bilinear samples at its places, 0 beyond the middles
// of the outermost.
ov::OutputVector SampleFeatures(const Context& context) {
  const ov::PartialShape from = context.get_input(0).get_partial_shape();
  const ov::PartialShape to = OperationOf(context).get_output_tensor_info(0).m_partial_shape;
  const bool is_known = from.is_static() && to.is_static() && from.size() == 4 && to.size() == 4 &&
                        from[1] == from[2] && from[1].get_length() > 1;
  FRONT_END_GENERAL_CHECK(is_known, "TransformTensorBilinear of another network");
  const std::int64_t height = to[1].get_length(), width = to[2].get_length();
  const auto last = static_cast<float>(from[1].get_length() - 1);

  std::vector<float> middles;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      middles.insert(middles.end(),
                     {static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f, 1.0f});
    }
  }
  const auto count = static_cast<std::size_t>(height * width);
  const Value places =
      Make<op::Subtract>(Make<op::MatMul>(Floats({1, count, 3}, middles),
                                          Rows(context.get_input(1), {0, 1, 3}), false, true),
                         Floats({1}, {0.5f}));
  const Value grid =
      Make<op::Subtract>(Make<op::Multiply>(places, Floats({1}, {2 / last})), Floats({1}, {1}));
  const op::GridSample::Attributes corners(true, op::GridSample::InterpolationMode::BILINEAR,
                                           op::GridSample::PaddingMode::ZEROS);
  const Value planes = Make<op::Transpose>(context.get_input(0), Integers({0, 3, 1, 2}));
  const Value sampled = Make<op::GridSample>(planes, Shaped(grid, {1, height, width, 2}), corners);

  const Value is_inside = Make<op::ReduceLogicalAnd>(
      Make<op::Equal>(places, Make<op::Clamp>(places, 0.0, static_cast<double>(last))),
      Integers({2}), false);
  const Value share = Shaped(Make<op::Convert>(is_inside, ov::element::f32), {1, 1, height, width});
  return {Make<op::Transpose>(Make<op::Multiply>(sampled, share), Integers({0, 2, 3, 1}))};
}

// [1, N, 2] points and a matrix to the points there.
ov::OutputVector MovePoints(const Context& context) {
  const Value& points = context.get_input(0);
  const ov::PartialShape shape = points.get_partial_shape();
  FRONT_END_GENERAL_CHECK(shape.size() == 3 && shape[2] == 2,
                          "TransformLandmarks of another network");
  const Value matrix = context.get_input(1);
  const Value turned = Make<op::MatMul>(points, Rows(matrix, {0, 1}), false, true);
  return {Make<op::Add>(turned, Shaped(Rows(matrix, {3}), {1, 1, 2}))};
}

}  // namespace

void AddFaceAttention(ov::Core& core) {
  using Extension = ov::frontend::tensorflow_lite::ConversionExtension;
  core.add_extension(std::make_shared<Extension>("Landmarks2TransformMatrix", MatrixOfLandmarks));
  core.add_extension(std::make_shared<Extension>("TransformTensorBilinear", SampleFeatures));
  core.add_extension(std::make_shared<Extension>("TransformLandmarks", MovePoints));
}

}  // namespace retinue::internal
