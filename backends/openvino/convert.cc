#include "backends/openvino/convert.h"

#include <array>
#include <vector>

namespace retinue::openvino {
namespace {

std::string NameOf(const ov::Output<const ov::Node>& port, std::size_t index) {
  return port.get_names().empty() ? std::to_string(index) : port.get_any_name();
}

Result<std::vector<TensorInfo>> TensorsOf(const std::vector<ov::Output<const ov::Node>>& ports) {
  std::vector<TensorInfo> tensors;
  for (const auto& port : ports) {
    TensorInfo tensor;
    tensor.name = NameOf(port, tensors.size());
    const auto type = FromOpenVino(port.get_element_type());
    if (!type) return Fail(type.error(), tensor.name);
    const auto shape = FromOpenVino(port.get_partial_shape());
    if (!shape) return Fail(shape.error(), tensor.name);
    tensor.type = *type;
    tensor.shape = *shape;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void AddTexts(const ov::AnyMap& from, const std::string& prefix,
              std::map<std::string, std::string>& into) {
  for (const auto& [key, value] : from) {
    try {
      into[prefix + key] = value.as<std::string>();
    } catch (const std::exception&) {
      // A nested map or a number: nothing that a head could want.
    }
  }
}

}  // namespace

Result<ElementType> FromOpenVino(const ov::element::Type& type) {
  if (type == ov::element::f32) return ElementType::kF32;
  if (type == ov::element::f16) return ElementType::kF16;
  if (type == ov::element::bf16) return ElementType::kBf16;
  if (type == ov::element::u8) return ElementType::kU8;
  if (type == ov::element::i8) return ElementType::kI8;
  if (type == ov::element::i32) return ElementType::kI32;
  if (type == ov::element::i64) return ElementType::kI64;
  return Fail(ErrorCode::kUnsupported,
              "expected a tensor of f32, f16, bf16, u8, i8, i32 or i64, found " +
                  type.get_type_name());
}

Result<Shape> FromOpenVino(const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic() || shape.rank().get_length() > Shape::kMaxRank) {
    return Fail(ErrorCode::kUnsupported, "expected a tensor of at most " +
                                             std::to_string(Shape::kMaxRank) +
                                             " dimensions, found " + shape.to_string());
  }
  std::vector<std::int64_t> dims;
  for (const ov::Dimension& dim : shape) {
    dims.push_back(dim.is_static() ? dim.get_length() : Shape::kDynamic);
  }
  return Shape(dims);
}

ov::PartialShape ToOpenVino(const Shape& shape) {
  std::vector<ov::Dimension> dims(shape.dims().begin(), shape.dims().end());
  return ov::PartialShape(std::move(dims));
}

template <typename M>
Result<ModelIo> PortsOf(const M& model) {
  ModelIo io;
  RETINUE_ASSIGN_OR_RETURN(io.inputs, TensorsOf(model.inputs()));
  RETINUE_ASSIGN_OR_RETURN(io.outputs, TensorsOf(model.outputs()));
  return io;
}
template Result<ModelIo> PortsOf(const ov::Model&);
template Result<ModelIo> PortsOf(const ov::CompiledModel&);

std::map<std::string, std::string> MetadataOf(const ov::Model& model) {
  std::map<std::string, std::string> texts;
  constexpr std::array<std::pair<const char*, const char*>, 2> kSections = {
      {{"framework", ""}, {"model_info", "model_info."}}};
  for (const auto& [section, prefix] : kSections) {
    if (!model.has_rt_info(section)) continue;
    try {
      AddTexts(model.get_rt_info<ov::AnyMap>(section), prefix, texts);
    } catch (const std::exception&) {
      // A section that is one text instead of a map.
    }
  }
  return texts;
}

}  // namespace retinue::openvino
