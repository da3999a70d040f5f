#include "retinue/model/model_spec.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "lib/model/metadata.h"
#include "lib/model/text.h"
#include "lib/model/yolo_evidence.h"
#include "retinue/heads/ssd.h"
#include "retinue/model/class_names.h"
#include "retinue/model/input_size.h"

namespace retinue {
namespace {

using model_text::Printable;

// Values of `head=`.
constexpr std::string_view kYoloHead = "yolo";
constexpr std::string_view kYoloEnd2EndHead = "yolo_end2end";

constexpr int kDefaultStride = 32;
constexpr int kDefaultSide = 640;  // of models that declare no size

tl::unexpected<Error> Unsupported(const ModelIo& io, const std::string& sentence) {
  return Fail(ErrorCode::kUnsupported, sentence + "; the model has " + ToString(io));
}

// --- the input -----------------------------------------------------------------------------

bool IsChannelCount(std::int64_t dimension) { return dimension == 1 || dimension == 3; }

struct InputFacts {
  Layout layout = Layout::kNchw;
  int channels = 3;
  std::optional<Size> declared;  // absent when the model leaves it open
};

Result<InputFacts> LookAtInput(const ModelIo& io) {
  if (io.inputs.size() != 1) return Unsupported(io, "a detector must have one input");
  const TensorInfo& input = io.inputs[0];
  const Shape& s = input.shape;
  const bool batch_ok = s.rank() == 4 && (s[0] == 1 || s[0] == Shape::kDynamic);
  const bool first = batch_ok && IsChannelCount(s[1]);
  const bool last = batch_ok && IsChannelCount(s[3]);
  if (first == last) {
    return Unsupported(io, "the input must be one picture, [1, C, H, W] or [1, H, W, C] with C "
                           "1 or 3");
  }
  if (input.type == ElementType::kI32 || input.type == ElementType::kI64) {
    return Unsupported(io, "the input must be of floats or bytes");
  }
  InputFacts facts;
  facts.layout = first ? Layout::kNchw : Layout::kNhwc;
  facts.channels = static_cast<int>(s[first ? 1 : 3]);
  const std::int64_t height = s[first ? 2 : 1], width = s[first ? 3 : 2];
  if (height > kMaxInputSide || width > kMaxInputSide || height == 0 || width == 0) {
    return Unsupported(io, "the sides of the input must be 1 to " + std::to_string(kMaxInputSide));
  }
  if (height > 0 && width > 0) {
    facts.declared = Size{static_cast<int>(width), static_cast<int>(height)};
  }
  return facts;
}

// A manifest's word about the input, checked against the model.
Result<InputSpec> InputByManifest(const ModelIo& io, const InputFacts& facts,
                                  const ManifestInput& input) {
  InputSpec spec = input.spec;
  spec.type = io.inputs[0].type;
  const bool agrees = spec.layout == facts.layout && ChannelCount(spec.order) == facts.channels &&
                      (!facts.declared || *facts.declared == spec.size) &&
                      (input.name.empty() || input.name == io.inputs[0].name);
  if (agrees) return spec;
  return Fail(ErrorCode::kDataLoss, "the manifest's input " + Printable(input.name) + " " +
                                        ToString(InputShape(spec)) + " must agree with " +
                                        ToString(io));
}

Result<InputSpec> InputByConvention(const ModelIo& io, const InputFacts& facts,
                                    const ExportMetadata& metadata) {
  const ElementType type = io.inputs[0].type;
  if (type == ElementType::kU8 || type == ElementType::kI8) {
    return Unsupported(io, "what a byte of the input means must be known; a manifest with [input] "
                           "says it");
  }
  if (metadata.channels && *metadata.channels != facts.channels) {
    return Fail(ErrorCode::kDataLoss, "the metadata's 'channels' must agree with the input, got " +
                                          std::to_string(*metadata.channels) + " and " +
                                          ToString(io));
  }
  InputSpec spec;
  spec.layout = facts.layout;
  spec.type = type;
  spec.order = facts.channels == 1 ? ChannelOrder::kGray : ChannelOrder::kRgb;
  spec.size = facts.declared ? *facts.declared
                             : metadata.imgsz.value_or(Size{kDefaultSide, kDefaultSide});
  return spec;
}

// --- the names -----------------------------------------------------------------------------

struct Names {
  std::vector<std::string> names;
  std::string source;  // "the metadata", …; empty when there are none
  ErrorCode conflict = ErrorCode::kDataLoss;
};

Result<Names> ChooseNames(const ExportMetadata& metadata, const Manifest* manifest,
                          const Overrides& overrides) {
  if (!overrides.names.empty()) {
    auto names = ParseNames(overrides.names);
    if (!names) return Fail(Error{ErrorCode::kInvalidArgument, names.error().message}, "names=");
    return Names{*std::move(names), "names=", ErrorCode::kInvalidArgument};
  }
  if (manifest != nullptr && !manifest->names.empty()) {
    return Names{manifest->names, "the manifest"};
  }
  if (!metadata.names.empty()) return Names{metadata.names, "the metadata"};
  return Names{};
}

std::vector<std::string> NumberedNames(int count) {
  std::vector<std::string> names;
  for (int id = 0; id < count; ++id) names.push_back("class " + std::to_string(id));
  return names;
}

// --- the head ------------------------------------------------------------------------------

Result<int> FindOutput(const ModelIo& io, const std::string& name) {
  for (std::size_t i = 0; i < io.outputs.size(); ++i) {
    if (io.outputs[i].name == name) return static_cast<int>(i);
  }
  return Fail(ErrorCode::kDataLoss, "the manifest's output '" + Printable(name) +
                                        "' must be one of the model's, which has " + ToString(io));
}

bool Fits(const Shape& shape, std::int64_t rows, std::int64_t columns) {
  const auto same = [](std::int64_t seen, std::int64_t wanted) {
    return seen == wanted || seen == Shape::kDynamic;
  };
  return shape.rank() == 3 && same(shape[0], 1) && same(shape[1], rows) && same(shape[2], columns);
}

Result<SsdSpec> DescribeSsd(const ModelIo& io, const ManifestSsdHead& head, const Names& names) {
  SsdSpec spec = head.spec;
  RETINUE_ASSIGN_OR_RETURN(spec.boxes_output, FindOutput(io, head.boxes));
  RETINUE_ASSIGN_OR_RETURN(spec.classes_output, FindOutput(io, head.classes));
  auto anchors = SsdAnchors(spec.anchors);
  if (!anchors) return Fail(Error{ErrorCode::kDataLoss, anchors.error().message}, "the manifest");
  const auto count = static_cast<std::int64_t>(anchors->size());
  const Shape& boxes = io.outputs[static_cast<std::size_t>(spec.boxes_output)].shape;
  const Shape& classes = io.outputs[static_cast<std::size_t>(spec.classes_output)].shape;
  const std::int64_t background = spec.has_background ? 1 : 0;
  const std::int64_t columns = names.names.empty()
                                   ? (classes.rank() == 3 ? classes[2] : 0)
                                   : static_cast<std::int64_t>(names.names.size()) + background;
  const bool columns_ok = columns > background && columns <= std::int64_t{kMaxNames};
  if (!columns_ok || !Fits(boxes, count, 4) || !Fits(classes, count, columns)) {
    return Fail(names.conflict,
                "an SSD head with " + std::to_string(count) + " anchors and " +
                    std::to_string(names.names.size()) + " class names must have boxes [1, " +
                    std::to_string(count) + ", 4] and scores [1, " + std::to_string(count) + ", " +
                    std::to_string(columns) + "]; the model has " + ToString(io));
  }
  spec.class_count = static_cast<int>(columns - background);
  return spec;
}

// Which output a YOLO head reads; `stated` is the manifest's name of it, or empty.
Result<int> ChooseYoloOutput(const ModelIo& io, const std::string& stated) {
  if (!stated.empty()) return FindOutput(io, stated);
  if (io.outputs.size() == 1) return 0;
  const bool segments = io.outputs.size() == 2 && io.outputs[0].shape.rank() == 3 &&
                        io.outputs[1].shape.rank() == 4;
  return Unsupported(io, segments ? "a head with masks (segmentation) is not supported yet"
                                  : "what the outputs mean must be known; a manifest with [head] "
                                    "says it");
}

Result<YoloEnd2EndSpec> DescribeEnd2End(const ModelIo& io, int output, const Names& names) {
  const TensorInfo& tensor = io.outputs[static_cast<std::size_t>(output)];
  if (!HasEndToEndShape(tensor.shape)) {
    return Fail(ErrorCode::kDataLoss, "the output of an end-to-end head must be [1, K, 6]; the "
                                      "model has " + ToString(io));
  }
  if (names.names.empty()) {
    return Unsupported(io, "how many classes an end-to-end head has must be known; names=FILE with "
                           "one name for each settles it");
  }
  return YoloEnd2EndSpec{.class_count = static_cast<int>(names.names.size()), .output = output};
}

// What `head=` or a manifest says about a YOLO head.
struct StatedYolo {
  std::string output;
  std::optional<YoloLayout> layout;
  std::string_view head;  // kYoloHead, kYoloEnd2EndHead, or empty
};

StatedYolo WhatIsStated(const Manifest* manifest, std::string_view head) {
  StatedYolo stated;
  if (manifest != nullptr) {
    if (const auto* yolo = std::get_if<ManifestYoloHead>(&manifest->head)) {
      stated = {.output = yolo->output, .layout = yolo->layout, .head = kYoloHead};
    } else if (const auto* end2end = std::get_if<ManifestYoloEnd2EndHead>(&manifest->head)) {
      stated = {.output = end2end->output, .layout = {}, .head = kYoloEnd2EndHead};
    }
  }
  if (!head.empty()) stated.head = head;
  return stated;
}

Result<HeadSpec> DescribeYolo(const ModelIo& io, const StatedYolo& stated,
                              const ExportMetadata& metadata, const Names& names,
                              const InputFacts& input) {
  RETINUE_ASSIGN_OR_RETURN(const int output, ChooseYoloOutput(io, stated.output));
  const TensorInfo& tensor = io.outputs[static_cast<std::size_t>(output)];
  const bool floats = tensor.type == ElementType::kF32 || tensor.type == ElementType::kF16 ||
                      tensor.type == ElementType::kBf16;
  if (!floats) return Unsupported(io, "the output of a detector must be of floats");
  const YoloEvidence evidence{.task_is_detect = metadata.task == Task::kDetect,
                              .asserted = stated.head == kYoloHead,
                              .name_count = names.names.size(),
                              .name_conflict = names.conflict,
                              .layout = stated.layout,
                              .input = input.declared};
  const bool is_end2end = stated.head == kYoloEnd2EndHead ||
                          (metadata.end2end && stated.head != kYoloHead) ||
                          MustBeEndToEnd(tensor.shape, evidence);
  if (is_end2end) {
    RETINUE_ASSIGN_OR_RETURN(const YoloEnd2EndSpec spec, DescribeEnd2End(io, output, names));
    return spec;
  }
  auto spec = DecideYolo(tensor.name, tensor.shape, evidence);
  if (!spec) {
    return Fail(spec.error().code, spec.error().message + "; the model has " + ToString(io));
  }
  spec->output = output;
  return *spec;
}

Result<void> CheckTask(const ModelIo& io, const ExportMetadata& metadata,
                       const Manifest* manifest) {
  std::optional<Task> task = metadata.task;
  if (manifest != nullptr && manifest->task != Task::kDetect) task = manifest->task;
  if (task && *task != Task::kDetect) {
    return Unsupported(io, "models of task '" + std::string(ToString(*task)) +
                               "' are not supported yet, only 'detect'");
  }
  return {};
}

Result<void> CheckOverrides(const Overrides& overrides) {
  if (overrides.head.empty() || overrides.head == kYoloHead ||
      overrides.head == kYoloEnd2EndHead) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "head must be 'yolo' or 'yolo_end2end' (an SSD needs a manifest), got '" +
                  Printable(overrides.head) + "'");
}

// --- together ------------------------------------------------------------------------------

Result<void> ChooseSize(const ModelIo& io, const Overrides& overrides, ModelSpec& spec) {
  if (overrides.imgsz) {
    RETINUE_RETURN_IF_ERROR(CheckImgsz(*overrides.imgsz, spec));
    spec.input.size = *overrides.imgsz;
    return {};
  }
  if (const auto fits = CheckImgsz(spec.input.size, spec); !fits) {
    return Fail(ErrorCode::kDataLoss, fits.error().message + "; the model has " + ToString(io));
  }
  return {};
}

std::string Evidence(const ModelSpec& spec, const Names& names, bool by_manifest, bool asserted) {
  std::string text = std::holds_alternative<SsdSpec>(spec.head)           ? "SSD"
                     : std::holds_alternative<YoloEnd2EndSpec>(spec.head) ? "end-to-end YOLO"
                                                                          : "anchor-free YOLO";
  text += by_manifest ? " by the manifest" : asserted ? " by head=" : " by metadata and shapes";
  return text + ", " + std::to_string(spec.names.size()) + " class names " +
         (names.source.empty() ? "unknown, numbered" : "from " + names.source);
}

}  // namespace

Result<ModelSpec> DescribeModel(const ModelIo& io, const Manifest* manifest,
                                const Overrides& overrides) {
  RETINUE_RETURN_IF_ERROR(CheckOverrides(overrides));
  RETINUE_ASSIGN_OR_RETURN(const ExportMetadata metadata, ReadMetadata(io.metadata));
  RETINUE_RETURN_IF_ERROR(CheckTask(io, metadata, manifest));
  RETINUE_ASSIGN_OR_RETURN(const InputFacts facts, LookAtInput(io));
  RETINUE_ASSIGN_OR_RETURN(Names names, ChooseNames(metadata, manifest, overrides));

  ModelSpec spec;
  spec.input_name = io.inputs[0].name;
  const bool has_input = manifest != nullptr && manifest->input.has_value();
  RETINUE_ASSIGN_OR_RETURN(spec.input, has_input
                                           ? InputByManifest(io, facts, *manifest->input)
                                           : InputByConvention(io, facts, metadata));

  const bool asserted = !overrides.head.empty();
  const auto* ssd = manifest != nullptr ? std::get_if<ManifestSsdHead>(&manifest->head) : nullptr;
  if (ssd != nullptr && !asserted) {
    RETINUE_ASSIGN_OR_RETURN(spec.head, DescribeSsd(io, *ssd, names));
    spec.sizing = InputSizing::kFixed;
    spec.stride = 1;
  } else {
    const StatedYolo stated = WhatIsStated(manifest, overrides.head);
    RETINUE_ASSIGN_OR_RETURN(spec.head, DescribeYolo(io, stated, metadata, names, facts));
    const bool has_stride = manifest != nullptr && manifest->stride.has_value();
    spec.stride = has_stride ? *manifest->stride : metadata.stride.value_or(kDefaultStride);
  }
  const int classes = ClassCount(spec.head);
  spec.names = names.names.empty() ? NumberedNames(classes) : names.names;
  const bool by_manifest = manifest != nullptr && manifest->head.index() != 0;
  spec.evidence = Evidence(spec, names, by_manifest, asserted);
  spec.licence = manifest != nullptr ? manifest->licence : metadata.licence;
  if (manifest != nullptr) {
    spec.default_conf = manifest->conf;
    spec.default_iou = manifest->iou;
  }
  RETINUE_RETURN_IF_ERROR(ChooseSize(io, overrides, spec));
  return spec;
}

std::string ToString(const ModelIo& io) {
  const auto list = [](const std::vector<TensorInfo>& tensors) {
    constexpr std::size_t kMost = 8;
    std::string text = tensors.empty() ? " none" : "";
    for (std::size_t i = 0; i < std::min(tensors.size(), kMost); ++i) {
      text += (i > 0 ? ", " : " ") + Printable(tensors[i].name) + " " +
              std::string(ToString(tensors[i].type)) + " " + ToString(tensors[i].shape);
    }
    if (tensors.size() > kMost) text += " and " + std::to_string(tensors.size() - kMost) + " more";
    return text;
  };
  return "inputs" + list(io.inputs) + "; outputs" + list(io.outputs);
}

Shape InputShape(const InputSpec& input) {
  const std::int64_t channels = ChannelCount(input.order);
  const std::int64_t height = input.size.height, width = input.size.width;
  return input.layout == Layout::kNchw ? Shape{1, channels, height, width}
                                       : Shape{1, height, width, channels};
}

}  // namespace retinue
