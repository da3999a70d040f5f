#include "backends/openvino/tflite_operators.h"

#include <memory>

#include <openvino/frontend/tensorflow_lite/extension/conversion.hpp>
#include <openvino/opsets/opset13.hpp>

#include "backends/openvino/face_attention.h"
#include "backends/openvino/tflite_operation.h"

namespace retinue::internal {
namespace {

namespace op = ov::opset13;

ov::Output<ov::Node> Transposed(const ov::Output<ov::Node>& from,
                                const std::vector<std::int64_t>& order) {
  const auto axes = op::Constant::create(ov::element::i64, {order.size()}, order);
  return std::make_shared<op::Transpose>(from, axes);
}

// [N, H, W, I] and weights [O, h, w, I] and a bias [O] to [N, H · stride, W · stride, O]. The
// stride is among options that OpenVINO does not hand on; the shape of the output has it too.
// @source MediaPipe, mediapipe/util/tflite/operations/transpose_conv_bias.cc
ov::OutputVector TransposedConvolution(const ov::frontend::NodeContext& context) {
  const ov::PartialShape wanted = OperationOf(context).get_output_tensor_info(0).m_partial_shape;
  const ov::Output<ov::Node> input = context.get_input(0), weights = context.get_input(1);
  const ov::PartialShape given = input.get_partial_shape();
  const bool is_known = wanted.is_static() && wanted.size() == 4 && given.size() == 4 &&
                        given[1].is_static() && given[2].is_static() &&
                        given[1].get_length() > 0 && given[2].get_length() > 0;
  FRONT_END_GENERAL_CHECK(is_known, "a transposed convolution of an unknown size");
  const auto stride = [&](std::size_t axis) {
    return static_cast<std::size_t>(wanted[axis].get_length() / given[axis].get_length());
  };
  const ov::Strides strides{stride(1), stride(2)};
  FRONT_END_GENERAL_CHECK(strides[0] > 0 && strides[1] > 0, "a transposed convolution shrinks");
  const auto planes = Transposed(input, {0, 3, 1, 2});
  const auto kernel = Transposed(weights, {3, 0, 1, 2});
  const auto size = op::Constant::create(ov::element::i64, {2},
                                         {wanted[1].get_length(), wanted[2].get_length()});
  const auto convolved = std::make_shared<op::ConvolutionBackpropData>(
      planes, kernel, size, strides, ov::CoordinateDiff{0, 0}, ov::CoordinateDiff{0, 0},
      ov::Strides{1, 1}, ov::op::PadType::SAME_UPPER);
  const auto bias = std::make_shared<op::Add>(Transposed(convolved, {0, 2, 3, 1}),
                                              context.get_input(2));
  return {bias};
}

}  // namespace

void AddTfliteOperators(ov::Core& core) {
  core.add_extension(std::make_shared<ov::frontend::tensorflow_lite::ConversionExtension>(
      "Convolution2DTransposeBias",
      [](const ov::frontend::NodeContext& context) { return TransposedConvolution(context); }));
  AddFaceAttention(core);
}

}  // namespace retinue::internal
