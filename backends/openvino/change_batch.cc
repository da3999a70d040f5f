#include "backends/openvino/change_batch.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openvino/op/concat.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/gather_elements.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/softmax.hpp>
#include <openvino/op/util/topk_base.hpp>

#include "backends/openvino/convert.h"

namespace retinue::openvino {
namespace {

using NodePtr = std::shared_ptr<ov::Node>;

/// Nodes that read the input's values, and those that read only shapes of such.
struct Reach {
  std::set<const ov::Node*> data;
  std::set<const ov::Node*> shapes;
};

tl::unexpected<Error> Refuse(const ov::Node& node, const std::string& why) {
  return Fail(ErrorCode::kUnsupported, "the network is for one picture at a time: " +
                                           node.get_friendly_name() + " (" +
                                           node.get_type_info().name + ") " + why);
}

const ov::Node* SourceOf(const ov::Node& node, std::size_t input) {
  return node.get_input_node_ptr(input);
}

Reach ReachOf(const std::vector<NodePtr>& ordered) {
  Reach reach;
  for (const NodePtr& node : ordered) {
    bool data = ov::is_type<ov::op::v0::Parameter>(node), shapes = false;
    for (std::size_t i = 0; i < node->get_input_size(); ++i) {
      data |= reach.data.contains(SourceOf(*node, i));
      shapes |= reach.shapes.contains(SourceOf(*node, i));
    }
    if (node->get_type_info().name == std::string_view("ShapeOf")) {
      if (data) reach.shapes.insert(node.get());
    } else if (data) {
      reach.data.insert(node.get());
    } else if (shapes) {
      reach.shapes.insert(node.get());
    }
  }
  return reach;
}

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Every element of the result comes from the elements at its own place.
constexpr std::string_view kElementwise[] = {
    "Abs",     "Add",     "BatchNormInference", "Ceiling", "Clamp",    "Convert",  "Divide",
    "Elu",     "Exp",     "FakeQuantize",       "Floor",   "FloorMod", "Gelu",     "HSigmoid",
    "HSwish",  "HardSigmoid", "Log",            "Maximum", "Minimum",  "Mish",     "Mod",
    "Multiply","Negative","PRelu",              "Power",   "Relu",     "Select",   "Sigmoid",
    "SoftPlus","Sqrt",    "Subtract",           "Swish",   "Tanh",     "Result"};
// Of each picture alone, whatever the attributes, when the other inputs are not data.
constexpr std::string_view kPicturewise[] = {
    "Convolution", "GroupConvolution", "ConvolutionBackpropData", "GroupConvolutionBackpropData",
    "MaxPool",     "AvgPool",          "Interpolate",             "Pad",
    "Tile",        "Squeeze",          "Unsqueeze",               "DepthToSpace",
    "SpaceToDepth"};
// The axes are input 1.
constexpr std::string_view kAxesInSecond[] = {"ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum",
                                              "ReduceL2",   "Split",     "VariadicSplit"};

// The axes of a node, counted from 0; none when they are not told.
std::optional<std::vector<std::int64_t>> AxesOf(const ov::Node& node) {
  const std::string_view type = node.get_type_info().name;
  const auto rank = static_cast<std::int64_t>(node.get_input_partial_shape(0).size());
  std::vector<std::int64_t> axes;
  const auto read = [&](std::size_t input) {
    if (input >= node.get_input_size()) return false;
    const auto* constant = dynamic_cast<const ov::op::v0::Constant*>(SourceOf(node, input));
    if (constant == nullptr) return false;
    axes = constant->cast_vector<std::int64_t>();
    return true;
  };
  if (const auto* concat = dynamic_cast<const ov::op::v0::Concat*>(&node)) {
    axes = {concat->get_axis()};
  } else if (const auto* softmax = dynamic_cast<const ov::op::v8::Softmax*>(&node)) {
    axes = {softmax->get_axis()};
  } else if (const auto* old = dynamic_cast<const ov::op::v1::Softmax*>(&node)) {
    axes = {static_cast<std::int64_t>(old->get_axis())};
  } else if (const auto* top = dynamic_cast<const ov::op::util::TopKBase*>(&node)) {
    axes = {top->get_provided_axis()};
  } else if (const auto* gather = dynamic_cast<const ov::op::v6::GatherElements*>(&node)) {
    axes = {gather->get_axis()};
  } else if (type == "Slice" ? !read(4) : !IsOneOf(type, kAxesInSecond) || !read(1)) {
    return std::nullopt;
  }
  for (std::int64_t& axis : axes) axis += axis < 0 ? rank : 0;
  return axes;
}

bool KeepsFirstAxis(const ov::Node& transpose) {
  const auto* order = dynamic_cast<const ov::op::v0::Constant*>(SourceOf(transpose, 1));
  return order != nullptr && order->get_byte_size() > 0 &&
         order->cast_vector<std::int64_t>().front() == 0;
}

// A matrix a picture times a matrix, or a row a picture times a matrix.
bool KeepsRows(const ov::Node& node) {
  const auto& product = dynamic_cast<const ov::op::v0::MatMul&>(node);
  return node.get_output_partial_shape(0).size() > 2 || !product.get_transpose_a();
}

Result<void> CheckInputs(const ov::Node& node, const Reach& reach) {
  const bool is_reshape = node.get_type_info().name == std::string_view("Reshape");
  const auto rank = node.get_output_partial_shape(0).size();
  const bool broadcasts = IsOneOf(node.get_type_info().name, kElementwise) ||
                          node.get_type_info().name == std::string_view("MatMul");
  for (std::size_t i = 0; i < node.get_input_size(); ++i) {
    const ov::Node* source = SourceOf(node, i);
    if (reach.shapes.contains(source) && !is_reshape) {
      return Refuse(node, "computes with a shape");
    }
    const bool is_data = reach.data.contains(source);
    if (is_data && broadcasts && node.get_input_partial_shape(i).size() != rank) {
      return Refuse(node, "takes tensors of unequal rank");
    }
    const bool only_first = IsOneOf(node.get_type_info().name, kPicturewise) ||
                            IsOneOf(node.get_type_info().name, kAxesInSecond) || is_reshape;
    if (is_data && i > 0 && only_first) return Refuse(node, "has a second input from the picture");
  }
  return {};
}

Result<void> CheckOperator(const ov::Node& node) {
  const std::string_view type = node.get_type_info().name;
  if (type == "Parameter" || type == "Reshape") return {};
  if (IsOneOf(type, kElementwise) || IsOneOf(type, kPicturewise)) return {};
  if (type == "Transpose") {
    if (KeepsFirstAxis(node)) return {};
    return Refuse(node, "moves the first dimension");
  }
  if (type == "MatMul") {
    if (KeepsRows(node)) return {};
    return Refuse(node, "sums over the pictures");
  }
  const auto axes = AxesOf(node);
  if (!axes) return Refuse(node, "is not known to keep pictures apart");
  if (std::find(axes->begin(), axes->end(), 0) == axes->end()) return {};
  return Refuse(node, "works along the first dimension");
}

using Shapes = std::map<const ov::Node*, std::vector<ov::Shape>>;

Result<Shapes> Prove(const std::vector<NodePtr>& ordered, const Reach& reach) {
  Shapes shapes;
  for (const NodePtr& node : ordered) {
    if (!reach.data.contains(node.get())) continue;
    for (const auto& output : node->outputs()) {
      const ov::PartialShape& shape = output.get_partial_shape();
      if (shape.is_dynamic()) return Refuse(*node, "has a shape that depends on the data");
      if (shape.size() == 0 || shape[0] != 1) {
        return Refuse(*node, "makes " + shape.to_string() + ", in which no picture is first");
      }
      shapes[node.get()].push_back(shape.to_shape());
    }
    RETINUE_RETURN_IF_ERROR(CheckOperator(*node));
    RETINUE_RETURN_IF_ERROR(CheckInputs(*node, reach));
  }
  return shapes;
}

ov::Shape WithBatch(ov::Shape shape, std::int64_t batch) {
  shape[0] = static_cast<std::size_t>(batch);
  return shape;
}

Result<void> Apply(const std::vector<NodePtr>& ordered, const Shapes& before, std::int64_t batch) {
  for (const NodePtr& node : ordered) {
    const auto old = before.find(node.get());
    if (old != before.end() && node->get_type_info().name == std::string_view("Reshape")) {
      const ov::Shape shape = WithBatch(old->second[0], batch);
      const auto target = ov::op::v0::Constant::create(
          ov::element::i64, {shape.size()}, std::vector<std::int64_t>(shape.begin(), shape.end()));
      node->input(1).replace_source_output(target->output(0));
    }
    node->revalidate_and_infer_types();
    if (old == before.end()) continue;
    for (std::size_t i = 0; i < old->second.size(); ++i) {
      const ov::PartialShape now = node->get_output_partial_shape(i);
      if (now != ov::PartialShape(WithBatch(old->second[i], batch))) {
        return Refuse(*node, "would make " + now.to_string());
      }
    }
  }
  return {};
}

Result<void> Change(ov::Model& model, std::int64_t batch) {
  const std::vector<NodePtr> ordered = model.get_ordered_ops();
  RETINUE_ASSIGN_OR_RETURN(const Shapes before, Prove(ordered, ReachOf(ordered)));
  const auto parameter = model.get_parameters()[0];
  ov::PartialShape shape = parameter->get_partial_shape();
  shape[0] = batch;
  parameter->set_partial_shape(shape);
  RETINUE_RETURN_IF_ERROR(Apply(ordered, before, batch));
  model.validate_nodes_and_infer_types();
  return {};
}

}  // namespace

Result<void> ChangeBatch(ov::Model& model, std::int64_t batch) {
  if (model.inputs().size() != 1 || model.input(0).get_partial_shape().is_dynamic()) {
    return Fail(ErrorCode::kUnsupported,
                "the network is for one picture at a time: it does not have one input of a fixed "
                "shape");
  }
  if (batch == 1 && model.input(0).get_partial_shape()[0] == 1) return {};
  return Guarded(ErrorCode::kUnsupported, "the network is for one picture at a time",
                 [&] { return Change(model, batch); });
}

}  // namespace retinue::openvino
