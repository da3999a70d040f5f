#include "retinue/model/model_spec.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "lib/model/choose_head.h"
#include "lib/model/describe.h"
#include "lib/model/facts.h"
#include "lib/model/input_spec.h"
#include "lib/model/manifest_head.h"
#include "lib/model/metadata.h"
#include "lib/model/text.h"
#include "retinue/model/input_size.h"

namespace retinue {
namespace {

using model_text::Printable;

constexpr int kDefaultStride = 32;

std::vector<std::string> NumberedNames(int count) {
  std::vector<std::string> names;
  for (int id = 0; id < count; ++id) names.push_back("class " + std::to_string(id));
  return names;
}

Result<HeadSpec> DescribeHead(const Facts& facts, HeadKind kind, Size input) {
  switch (kind) {
    case HeadKind::kYolo: return DescribeYolo(facts);
    case HeadKind::kYoloEnd2End: return DescribeYoloEnd2End(facts);
    case HeadKind::kYoloV5: return DescribeYoloV5(facts);
    case HeadKind::kYoloX: return DescribeYoloX(facts, input);
    case HeadKind::kYoloV4: return DescribeYoloV4(facts);
    case HeadKind::kNanoDet: return DescribeNanoDet(facts, input);
    case HeadKind::kDetr:
    case HeadKind::kRfDetr: return DescribeDetr(facts, input);
    case HeadKind::kSsd: return DescribeSsd(facts);
    case HeadKind::kBlaze: return DescribeBlaze(facts);
    case HeadKind::kLandmarks: return DescribeLandmarks(facts);
    case HeadKind::kForeground: return DescribeForeground(facts);
    case HeadKind::kClassify: return DescribeClassify(facts);
  }
  return Fail(ErrorCode::kInternal, "a kind of head without a description");
}

Task TaskOf(const HeadSpec& head) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.extra; }) {
          return TaskOf(one.extra);
        } else if constexpr (std::is_same_v<decltype(one), const ClassifySpec&>) {
          return Task::kClassify;
        } else if constexpr (std::is_same_v<decltype(one), const ForegroundSpec&>) {
          return Task::kSegment;
        } else if constexpr (std::is_same_v<decltype(one), const LandmarkSpec&>) {
          return one.is_face ? Task::kFaces : Task::kPose;
        } else {
          return Task::kDetect;
        }
      },
      head);
}

// Indices of the outputs that a head reads.
struct OutputsRead {
  std::vector<int> operator()(const YoloV4Spec& s) { return {s.boxes_output, s.scores_output}; }
  std::vector<int> operator()(const DetrSpec& s) { return {s.boxes_output, s.logits_output}; }
  std::vector<int> operator()(const SsdSpec& s) { return {s.boxes_output, s.classes_output}; }
  std::vector<int> operator()(const BlazeSpec& s) { return {s.boxes_output, s.scores_output}; }
  std::vector<int> operator()(const LandmarkSpec& s) {
    std::vector<int> all = s.refined_outputs;
    all.push_back(s.landmarks_output);
    for (const int output : {s.more_output, s.presence_output, s.heatmap_output}) {
      if (output >= 0) all.push_back(output);
    }
    return all;
  }
  std::vector<int> operator()(const NanoDetSpec& s) {
    std::vector<int> all = s.scores;
    all.insert(all.end(), s.distances.begin(), s.distances.end());
    return all;
  }
  template <typename Spec>
  std::vector<int> operator()(const Spec& s) {
    if constexpr (requires { s.extra; }) {
      const auto* masks = std::get_if<MaskColumns>(&s.extra);
      if (masks != nullptr) return {s.output, masks->prototypes_output};
    }
    return {s.output};
  }
};

Result<void> CheckTypes(const ModelIo& io, const HeadSpec& head) {
  for (const int output : std::visit(OutputsRead{}, head)) {
    const ElementType type = io.outputs[static_cast<std::size_t>(output)].type;
    const bool is_float = type == ElementType::kF32 || type == ElementType::kF16 ||
                          type == ElementType::kBf16;
    if (!is_float) return Unsupported(io, "the outputs that a head reads must be of floats");
  }
  return {};
}

// Whether the head works for any size of the input. Grids of cells and fractions of the input are
// of one size.
bool FollowsTheInput(HeadKind kind) {
  return kind == HeadKind::kYolo || kind == HeadKind::kYoloEnd2End || kind == HeadKind::kYoloV5;
}

// Returns where it comes from.
std::string ChooseStride(const Facts& facts, HeadKind kind, ModelSpec& spec) {
  if (!FollowsTheInput(kind)) {
    spec.sizing = InputSizing::kFixed;
    spec.stride = 1;
    return "one size only";
  }
  if (facts.manifest != nullptr && facts.manifest->stride) {
    spec.stride = *facts.manifest->stride;
    return "stride " + std::to_string(spec.stride) + " by the manifest";
  }
  spec.stride = facts.metadata.stride.value_or(kDefaultStride);
  return "stride " + std::to_string(spec.stride) +
         (facts.metadata.stride ? " of the metadata" : " as is usual");
}

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

std::string HeadEvidence(const HeadChoice& choice, Task task) {
  std::string text(FamilyName(choice.kind));
  if (task != Task::kDetect && task != Task::kClassify) {
    text += " (" + std::string(ToString(task)) + ")";
  }
  switch (choice.source) {
    case HeadSource::kUser: return text + " by head=";
    case HeadSource::kManifest: return text + " by the manifest";
    case HeadSource::kModel: break;
  }
  return text + " by metadata and shapes";
}

std::string NamesEvidence(const Names& names, std::size_t count) {
  return std::to_string(count) + " class names " +
         (names.source.empty() ? "unknown, numbered" : "from " + names.source);
}

}  // namespace

Result<ModelSpec> DescribeModel(const ModelIo& io, const Manifest* manifest,
                                const Overrides& overrides) {
  RETINUE_ASSIGN_OR_RETURN(ExportMetadata metadata, ReadMetadata(io.metadata));
  RETINUE_ASSIGN_OR_RETURN(const InputFacts input_facts, LookAtInput(io));
  RETINUE_ASSIGN_OR_RETURN(Names names, ChooseNames(metadata, manifest, overrides));
  Facts facts{.io = io,
              .manifest = manifest,
              .metadata = std::move(metadata),
              .input = input_facts,
              .names = std::move(names)};
  RETINUE_ASSIGN_OR_RETURN(const HeadChoice choice, ChooseHead(facts, overrides.head));
  facts.asserted = choice.source != HeadSource::kModel;
  if (choice.source == HeadSource::kUser) facts.blame = ErrorCode::kInvalidArgument;
  if (choice.source == HeadSource::kManifest) facts.blame = ErrorCode::kDataLoss;

  ModelSpec spec;
  RETINUE_ASSIGN_OR_RETURN(const InputFinding input, FindInput(facts, choice.kind, overrides));
  spec.input = input.spec;
  spec.input_name = io.inputs[0].name;
  RETINUE_ASSIGN_OR_RETURN(spec.head, DescribeHead(facts, choice.kind, spec.input.size));
  RETINUE_RETURN_IF_ERROR(CheckTypes(io, spec.head));
  spec.task = TaskOf(spec.head);
  const std::string stride = ChooseStride(facts, choice.kind, spec);
  const int classes = ClassCount(spec.head);
  spec.names = facts.names.names.empty() ? NumberedNames(classes) : facts.names.names;
  spec.evidence = HeadEvidence(choice, spec.task) + ", " +
                  NamesEvidence(facts.names, spec.names.size()) + "; " + input.evidence + ", " +
                  stride;
  spec.licence = manifest != nullptr ? manifest->licence : facts.metadata.licence;
  if (manifest != nullptr) {
    spec.default_conf = manifest->conf;
    spec.default_iou = manifest->iou;
    if (manifest->regions) {
      spec.regions = RegionRules{manifest->regions->found, manifest->regions->followed};
    }
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
