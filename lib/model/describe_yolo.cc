// YOLO and what its boxes carry: anchor-free, end-to-end, with objectness.

#include <algorithm>
#include <cstddef>
#include <string>

#include "lib/model/describe.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

constexpr int kUsualPrototypeStride = 4;

// With the shape of its prototypes.
Result<BoxExtra> DescribeMasks(const Facts& facts, const std::string& stated,
                               std::optional<int> coefficients) {
  std::optional<int> output = FindPrototypes(facts.io);
  if (!stated.empty()) {
    RETINUE_ASSIGN_OR_RETURN(output, FindOutput(facts.io, stated));
  }
  if (!output) {
    return DoesNotFit(facts, "a head with masks must have an output with their prototypes, "
                             "[1, M, H, W]");
  }
  const Shape& shape = OutputShape(facts, *output);
  if (shape.rank() != 4 || !IsOrMayBe(shape[0], 1) || shape[1] > 1000 ||
      (coefficients && !IsOrMayBe(shape[1], *coefficients)) || (shape[1] < 1 && !coefficients)) {
    return DoesNotFit(facts, "the prototypes of masks must be [1, M, H, W]");
  }
  MaskColumns masks;
  masks.coefficients = coefficients.value_or(static_cast<int>(shape[1]));
  masks.prototypes_output = *output;
  masks.stride = kUsualPrototypeStride;
  if (facts.input.declared && shape[3] > 0) {
    masks.stride = static_cast<int>(facts.input.declared->width / shape[3]);
    const bool fits = masks.stride >= 1 && masks.stride <= 64 &&
                      masks.stride * shape[3] == facts.input.declared->width &&
                      IsOrMayBe(shape[2] * masks.stride, facts.input.declared->height);
    if (!fits && shape[2] > 0) {
      return DoesNotFit(facts,
                        "the prototypes of masks must be the input shrunk by a whole number");
    }
  }
  return masks;
}

}  // namespace

std::optional<int> FindPrototypes(const ModelIo& io) {
  const auto is_stack = [](const TensorInfo& output) {
    return output.shape.rank() == 4 && IsOrMayBe(output.shape[0], 1);
  };
  if (std::count_if(io.outputs.begin(), io.outputs.end(), is_stack) != 1) return std::nullopt;
  const auto found = std::find_if(io.outputs.begin(), io.outputs.end(), is_stack);
  return static_cast<int>(found - io.outputs.begin());
}

Result<BoxExtra> ChooseExtra(const Facts& facts, const ManifestExtra& stated) {
  if (const auto* masks = std::get_if<MaskColumns>(&stated.columns)) {
    return DescribeMasks(facts, stated.prototypes, masks->coefficients);
  }
  if (stated.columns.index() != 0) return stated.columns;
  if (facts.metadata.task == Task::kObb) return AngleColumn{};
  if (facts.metadata.task == Task::kPose) {
    if (facts.metadata.keypoints) return *facts.metadata.keypoints;
    return Fail(ErrorCode::kDataLoss, "the metadata of a pose model must have 'kpt_shape'; the "
                                      "model has " + ToString(facts.io));
  }
  const bool has_prototypes = facts.io.outputs.size() == 2 && FindPrototypes(facts.io).has_value();
  if (facts.metadata.task == Task::kSegment || (!facts.metadata.task && has_prototypes)) {
    return DescribeMasks(facts, "", std::nullopt);
  }
  return BoxExtra{};
}

YoloEvidence EvidenceOf(const Facts& facts, const BoxExtra& extra) {
  YoloEvidence evidence{.task_known = facts.metadata.task.has_value(),
                        .asserted = facts.asserted,
                        .name_count = facts.names.names.size(),
                        .name_conflict = facts.names.conflict,
                        .layout = {},
                        .input = facts.input.declared,
                        .extra = ColumnCount(extra)};
  if (const auto* stated = facts.Stated<ManifestYoloHead>()) evidence.layout = stated->layout;
  return evidence;
}

Result<HeadSpec> DescribeYolo(const Facts& facts) {
  const auto* stated = facts.Stated<ManifestYoloHead>();
  RETINUE_ASSIGN_OR_RETURN(const int output,
                           ChooseOutput(facts.io, stated != nullptr ? stated->output : "", 3));
  RETINUE_ASSIGN_OR_RETURN(const BoxExtra extra,
                           ChooseExtra(facts, stated != nullptr ? stated->extra : ManifestExtra{}));
  const YoloEvidence evidence = EvidenceOf(facts, extra);
  const TensorInfo& tensor = facts.io.outputs[static_cast<std::size_t>(output)];
  auto spec = DecideYolo(tensor.name, tensor.shape, evidence);
  if (!spec) {
    return Fail(spec.error().code, spec.error().message + "; the model has " + ToString(facts.io));
  }
  spec->output = output;
  spec->extra = extra;
  return *spec;
}

Result<HeadSpec> DescribeYoloEnd2End(const Facts& facts) {
  const auto* stated = facts.Stated<ManifestYoloEnd2EndHead>();
  RETINUE_ASSIGN_OR_RETURN(const int output,
                           ChooseOutput(facts.io, stated != nullptr ? stated->output : "", 3));
  RETINUE_ASSIGN_OR_RETURN(const BoxExtra extra,
                           ChooseExtra(facts, stated != nullptr ? stated->extra : ManifestExtra{}));
  const Shape& shape = OutputShape(facts, output);
  if (!HasEndToEndShape(shape, ColumnCount(extra))) {
    return Fail(facts.asserted ? facts.blame : ErrorCode::kDataLoss,
                "the output of an end-to-end head must be " + EndToEndForm(ColumnCount(extra)) +
                    "; the model has " + ToString(facts.io));
  }
  if (facts.names.names.empty()) {
    return Unsupported(facts.io, "how many classes an end-to-end head has must be known; "
                                 "names=FILE with one name for each settles it");
  }
  return YoloEnd2EndSpec{.class_count = static_cast<int>(facts.names.names.size()),
                         .output = output,
                         .extra = extra};
}

Result<HeadSpec> DescribeYoloV5(const Facts& facts) {
  const auto* stated = facts.Stated<ManifestYoloV5Head>();
  RETINUE_ASSIGN_OR_RETURN(const int output,
                           ChooseOutput(facts.io, stated != nullptr ? stated->output : "", 3));
  RETINUE_ASSIGN_OR_RETURN(const BoxExtra extra,
                           ChooseExtra(facts, stated != nullptr ? stated->extra : ManifestExtra{}));
  const Shape& shape = OutputShape(facts, output);
  const std::int64_t columns = ColumnCount(extra);
  const std::string form =
      "[1, N, 5 + C" + (columns > 0 ? " + " + std::to_string(columns) : std::string()) + "]";
  if (!IsOneList(shape) || !(shape[2] == Shape::kDynamic || shape[2] > 5 + columns)) {
    return DoesNotFit(facts, "a YOLO head with objectness must have an output " + form);
  }
  const bool is_coco = shape[2] == 5 + 80 + columns;
  if (facts.names.names.empty() && !facts.asserted && !facts.metadata.task && !is_coco) {
    return Unsupported(facts.io, "three prior boxes a cell are those of YOLOv5 and YOLOv7, but how "
                                 "many classes they have must be known; head=yolov5 takes all "
                                 "columns behind the fifth for classes, names=FILE with one name "
                                 "for each settles it too");
  }
  RETINUE_ASSIGN_OR_RETURN(
      const int classes,
      CountClasses(facts, HeadKind::kYoloV5, form,
                   shape[2] == Shape::kDynamic ? Shape::kDynamic : shape[2] - 5 - columns));
  return YoloV5Spec{.class_count = classes, .output = output, .extra = extra};
}

}  // namespace retinue
