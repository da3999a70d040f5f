#include "backends/openvino/relax_anchors.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <openvino/op/constant.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/shape_of.hpp>

#include "backends/openvino/convert.h"

namespace retinue::openvino {
namespace {

using Strides = std::vector<std::int64_t>;

struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

std::int64_t CellsOf(const PictureSize& size, std::int64_t stride) {
  return (size.height / stride) * (size.width / stride);
}

std::int64_t AnchorsOf(const PictureSize& size, const Strides& strides) {
  std::int64_t anchors = 0;
  for (const std::int64_t stride : strides) anchors += CellsOf(size, stride);
  return anchors;
}

bool Divides(const PictureSize& size, std::int64_t stride) {
  return size.height % stride == 0 && size.width % stride == 0;
}

// What one folded constant says about an anchor in column x, row y of a level.
struct Content {
  enum Kind { kCentre, kStride } kind = kCentre;
  float offset = 0.5F;      // Added to x and y.
  bool in_pixels = false;   // Centres times the stride.
  bool pairs_last = false;  // [.., N, 2] instead of [.., 2, N].
};

std::vector<float> Rebuild(const Content& content, const PictureSize& size,
                           const Strides& strides) {
  const auto anchors = static_cast<std::size_t>(AnchorsOf(size, strides));
  const bool centre = content.kind == Content::kCentre;
  std::vector<float> values(anchors * (centre ? 2 : 1));
  std::size_t anchor = 0;
  for (const std::int64_t stride : strides) {
    const float scale = content.in_pixels ? static_cast<float>(stride) : 1.0F;
    for (std::int64_t y = 0; y < size.height / stride; ++y) {
      for (std::int64_t x = 0; x < size.width / stride; ++x, ++anchor) {
        if (!centre) {
          values[anchor] = static_cast<float>(stride);
          continue;
        }
        const std::size_t at_x = content.pairs_last ? 2 * anchor : anchor;
        const std::size_t at_y = content.pairs_last ? 2 * anchor + 1 : anchors + anchor;
        values[at_x] = (static_cast<float>(x) + content.offset) * scale;
        values[at_y] = (static_cast<float>(y) + content.offset) * scale;
      }
    }
  }
  return values;
}

std::optional<Content> Recognise(const std::vector<float>& values, bool pairs_last,
                                 const PictureSize& size, const Strides& strides) {
  std::vector<Content> known = {{.kind = Content::kStride}};
  for (const float offset : {0.5F, 0.0F}) {
    for (const bool in_pixels : {false, true}) {
      known.push_back({Content::kCentre, offset, in_pixels, pairs_last});
    }
  }
  for (const Content& content : known) {
    if (Rebuild(content, size, strides) == values) return content;
  }
  return std::nullopt;
}

// How the change of the input's size must show in every tensor.
class SizeChange {
 public:
  SizeChange(const PictureSize& from, const PictureSize& to, const Strides& strides)
      : from_(from), to_(to) {
    for (const std::int64_t stride : strides) counts_[CellsOf(from, stride)] = CellsOf(to, stride);
    counts_[AnchorsOf(from, strides)] = AnchorsOf(to, strides);
  }

  // The shape that a tensor of shape `old` has after the change.
  ov::Shape Expected(const ov::Shape& old) const {
    ov::Shape shape = old;
    if (const auto stride = StrideOfPlane(old)) {
      shape[shape.size() - 2] = static_cast<std::size_t>(to_.height / *stride);
      shape[shape.size() - 1] = static_cast<std::size_t>(to_.width / *stride);
      return shape;
    }
    for (std::size_t i = 1; i < shape.size(); ++i) {
      const auto count = counts_.find(static_cast<std::int64_t>(shape[i]));
      if (count != counts_.end()) shape[i] = static_cast<std::size_t>(count->second);
    }
    return shape;
  }

  // As Expected(), but a row or column count may also stand alone (after a transposition).
  bool Allows(const ov::Shape& old, const ov::Shape& now) const {
    const ov::Shape expected = Expected(old);
    if (now == expected) return true;
    if (now.size() != old.size() || StrideOfPlane(old)) return false;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (now[i] == expected[i]) continue;
      if (i == 0 || expected[i] != old[i] || !IsSide(old[i], now[i])) return false;
    }
    return true;
  }

 private:
  // The stride of a tensor [.., height / stride, width / stride].
  std::optional<std::int64_t> StrideOfPlane(const ov::Shape& shape) const {
    if (shape.size() < 4) return std::nullopt;
    const auto rows = static_cast<std::int64_t>(shape[shape.size() - 2]);
    const auto columns = static_cast<std::int64_t>(shape[shape.size() - 1]);
    for (std::int64_t stride = 1; stride <= 64; stride *= 2) {
      if (!Divides(from_, stride) || !Divides(to_, stride)) break;
      if (rows == from_.height / stride && columns == from_.width / stride) return stride;
    }
    return std::nullopt;
  }

  bool IsSide(std::size_t old, std::size_t now) const {
    const auto a = static_cast<std::int64_t>(old);
    const auto b = static_cast<std::int64_t>(now);
    return a != 0 && ((from_.height % a == 0 && a * to_.height == b * from_.height) ||
                      (from_.width % a == 0 && a * to_.width == b * from_.width));
  }

  PictureSize from_;
  PictureSize to_;
  std::map<std::int64_t, std::int64_t> counts_;
};

tl::unexpected<Error> Refuse(const std::string& why) {
  return Fail(ErrorCode::kUnsupported,
              "the network has a fixed input size that cannot be changed: " + why);
}

// Constants with one value or pair an anchor, and what they hold.
struct Folded {
  std::shared_ptr<ov::op::v0::Constant> constant;
  Content content;
};

// The strides whose anchors `model` holds constants for; those of YOLO when none.
Strides FindStrides(const ov::Model& model, const PictureSize& size) {
  const std::array<Strides, 3> sets = {{{8, 16, 32}, {8, 16, 32, 64}, {4, 8, 16, 32}}};
  for (const Strides& strides : sets) {
    if (!Divides(size, strides.back())) continue;
    const auto anchors = static_cast<std::size_t>(AnchorsOf(size, strides));
    for (const auto& node : model.get_ops()) {
      if (!ov::is_type<ov::op::v0::Constant>(node)) continue;
      for (const std::size_t dim : node->get_output_shape(0)) {
        if (dim == anchors) return strides;
      }
    }
  }
  return sets[0];
}

Result<std::vector<Folded>> FindFolded(const ov::Model& model, const PictureSize& size,
                                       const Strides& strides) {
  std::vector<Folded> found;
  const auto anchors = static_cast<std::size_t>(AnchorsOf(size, strides));
  for (const auto& node : model.get_ordered_ops()) {
    const auto constant = ov::as_type_ptr<ov::op::v0::Constant>(node);
    if (!constant || !constant->get_element_type().is_real()) continue;
    const ov::Shape shape = constant->get_shape();
    if (std::find(shape.begin(), shape.end(), anchors) == shape.end()) continue;
    const bool pairs_last = shape.size() >= 2 && shape.back() == 2;
    const auto content =
        Recognise(constant->cast_vector<float>(), pairs_last, size, strides);
    if (!content) return Refuse("its constant " + node->get_friendly_name() + " is not known");
    found.push_back({constant, *content});
  }
  return found;
}

void ReplaceFolded(const Folded& folded, const PictureSize& from, const PictureSize& to,
                   const Strides& strides) {
  ov::Shape shape = folded.constant->get_shape();
  const auto old_anchors = static_cast<std::size_t>(AnchorsOf(from, strides));
  for (std::size_t& dim : shape) {
    if (dim == old_anchors) dim = static_cast<std::size_t>(AnchorsOf(to, strides));
  }
  const auto made = std::make_shared<ov::op::v0::Constant>(
      folded.constant->get_element_type(), shape, Rebuild(folded.content, to, strides));
  made->set_friendly_name(folded.constant->get_friendly_name());
  folded.constant->output(0).replace(made->output(0));
}

using Nodes = std::vector<std::shared_ptr<ov::Node>>;

// The nodes whose values, not only shapes, come from the input; in order.
Nodes DataPath(const Nodes& ordered) {
  std::set<const ov::Node*> reached;
  Nodes path;
  for (const auto& node : ordered) {
    bool reads = ov::is_type<ov::op::v0::Parameter>(node);
    for (const auto& input : node->inputs()) {
      reads |= reached.contains(input.get_source_output().get_node());
    }
    if (!reads || node->get_type_info().name == std::string_view("ShapeOf")) continue;
    reached.insert(node.get());
    path.push_back(node);
  }
  return path;
}

using Shapes = std::map<const ov::Node*, std::vector<ov::Shape>>;

Result<Shapes> ShapesOf(const Nodes& nodes) {
  Shapes shapes;
  for (const auto& node : nodes) {
    for (const auto& output : node->outputs()) {
      if (output.get_partial_shape().is_dynamic()) {
        return Refuse("the shape of " + node->get_friendly_name() + " depends on the data");
      }
      shapes[node.get()].push_back(output.get_shape());
    }
  }
  return shapes;
}

// Gives a Reshape with a constant target the target that the new size needs.
void Retarget(ov::Node& node, const ov::Shape& shape) {
  const auto target = ov::op::v0::Constant::create(
      ov::element::i64, {shape.size()}, std::vector<std::int64_t>(shape.begin(), shape.end()));
  node.input(1).replace_source_output(target->output(0));
}

bool HasConstantTarget(const ov::Node& node) {
  return node.get_type_info().name == std::string_view("Reshape") &&
         ov::is_type<ov::op::v0::Constant>(node.get_input_node_ptr(1));
}

// Shape inference from the input to the end, with the Reshapes on its way put right.
Result<void> Propagate(const Nodes& ordered, const Shapes& before, const SizeChange& change,
                       std::size_t batch) {
  for (const auto& node : ordered) {
    const auto old = before.find(node.get());
    if (old != before.end() && HasConstantTarget(*node)) {
      const ov::Shape& shape = old->second[0];
      const ov::Shape expected = change.Expected(shape);
      // Parts of pictures in the place of the batch: their number or their size may be what
      // was meant to stay.
      if (expected != shape && shape[0] != batch) {
        return Refuse(node->get_friendly_name() + " cuts the picture into parts");
      }
      Retarget(*node, expected);
    }
    node->revalidate_and_infer_types();
    if (old == before.end()) continue;
    for (std::size_t i = 0; i < old->second.size(); ++i) {
      const ov::PartialShape now = node->get_output_partial_shape(i);
      if (now.is_static() && change.Allows(old->second[i], now.to_shape())) continue;
      return Refuse(node->get_friendly_name() + " would go from " +
                    ov::PartialShape(old->second[i]).to_string() + " to " + now.to_string());
    }
  }
  return {};
}

Result<void> Change(ov::Model& model, const PictureSize& from, const PictureSize& to) {
  const Strides strides = FindStrides(model, from);
  if (!Divides(from, strides.back()) || !Divides(to, strides.back())) {
    return Refuse("height and width must be multiples of " + std::to_string(strides.back()));
  }
  RETINUE_ASSIGN_OR_RETURN(const std::vector<Folded> folded, FindFolded(model, from, strides));
  RETINUE_ASSIGN_OR_RETURN(const Shapes before, ShapesOf(DataPath(model.get_ordered_ops())));
  for (const Folded& one : folded) ReplaceFolded(one, from, to, strides);
  const auto parameter = model.get_parameters()[0];
  ov::PartialShape shape = parameter->get_partial_shape();
  shape[2] = to.height;
  shape[3] = to.width;
  parameter->set_partial_shape(shape);
  const auto batch = static_cast<std::size_t>(shape[0].get_length());
  RETINUE_RETURN_IF_ERROR(
      Propagate(model.get_ordered_ops(), before, SizeChange(from, to, strides), batch));
  model.validate_nodes_and_infer_types();
  return {};
}

}  // namespace

Result<void> ChangeInputSize(ov::Model& model, std::int64_t height, std::int64_t width) {
  if (model.inputs().size() != 1 || model.input(0).get_partial_shape().is_dynamic()) {
    return Refuse("it does not have one input of a fixed shape");
  }
  const ov::Shape shape = model.input(0).get_shape();
  if (shape.size() != 4 || (shape[1] != 3 && shape[1] != 1)) {
    return Refuse("its input is " + ov::PartialShape(shape).to_string() + ", not [N, 3, H, W]");
  }
  const PictureSize from{static_cast<std::int64_t>(shape[2]), static_cast<std::int64_t>(shape[3])};
  const PictureSize to{height, width};
  if (from.height == height && from.width == width) return {};
  // Then every count stays as it was, and a Reshape to the old rows and columns would pass unseen.
  if (from.height * from.width == height * width) {
    return Refuse("the new size has as many pixels as the old one in other rows");
  }
  return Guarded(ErrorCode::kUnsupported,
                 "the network has a fixed input size that cannot be changed",
                 [&] { return Change(model, from, to); });
}

}  // namespace retinue::openvino
