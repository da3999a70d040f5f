#include "lib/model/choose_head.h"

#include <algorithm>
#include <array>
#include <string>

#include "lib/model/describe.h"
#include "lib/model/text.h"
#include "lib/model/yolo_evidence.h"

namespace retinue {
namespace {

using model_text::Printable;

// In the order of ManifestHead; monostate has none.
constexpr std::array<HeadKind, 12> kKindsOfManifest = {
    HeadKind::kSsd,     HeadKind::kYolo,   HeadKind::kYoloEnd2End,
    HeadKind::kYoloV5,  HeadKind::kYoloX,  HeadKind::kYoloV4,
    HeadKind::kNanoDet, HeadKind::kDetr,   HeadKind::kBlaze,
    HeadKind::kLandmarks, HeadKind::kForeground, HeadKind::kClassify};
static_assert(std::variant_size_v<ManifestHead> == kKindsOfManifest.size() + 1);

// Two lists [1, N, 4] and [1, N, C] are boxes and scores of many families.
Result<HeadChoice> RefuseBoxesAndScores(const Facts& facts, std::int64_t rows) {
  if (facts.input.declared && IsYoloV4RowCount(rows, *facts.input.declared)) {
    return Unsupported(facts.io, "boxes and scores with three prior boxes a cell may be those of "
                                 "YOLOv4 as converted to TensorFlow Lite; head=yolov4 settles it");
  }
  return Unsupported(facts.io,
                     "boxes and scores may be those of a DETR, whose pixels are normalised in one "
                     "of two ways; head=detr (RT-DETR, D-FINE) or head=rfdetr (RF-DETR) settles "
                     "it, and a manifest with [head] other cases (SSD)");
}

// Of models with one output, and perhaps the prototypes of masks.
Result<HeadKind> KindOfOneList(const Facts& facts, const Shape& shape) {
  const bool floats = shape.rank() == 3;
  if (floats && facts.input.declared && shape[2] > 5 &&
      HasPriorBoxes(shape[1], *facts.input.declared)) {
    return HeadKind::kYoloV5;
  }
  RETINUE_ASSIGN_OR_RETURN(const BoxExtra extra, ChooseExtra(facts, {}));
  const YoloEvidence evidence = EvidenceOf(facts, extra);
  const bool end2end = facts.metadata.end2end || MustBeEndToEnd(shape, evidence);
  return end2end ? HeadKind::kYoloEnd2End : HeadKind::kYolo;
}

Result<HeadChoice> ChooseByModel(const Facts& facts) {
  if (facts.metadata.task == Task::kClassify) return HeadChoice{HeadKind::kClassify};
  if (HasNanoDetOutputs(facts.io)) return HeadChoice{HeadKind::kNanoDet};
  const auto& outputs = facts.io.outputs;
  const auto is_list = [](const TensorInfo& output) { return IsOneList(output.shape); };
  const bool has_list = !outputs.empty() && is_list(outputs[0]);
  if (outputs.size() == 2 && has_list && is_list(outputs[1])) {
    const Shape &a = outputs[0].shape, &b = outputs[1].shape;
    if ((a[2] == 4 || b[2] == 4) && (a[1] == b[1] || a.IsDynamic() || b.IsDynamic())) {
      return RefuseBoxesAndScores(facts, a[1]);
    }
  }
  const bool with_prototypes = outputs.size() == 2 && FindPrototypes(facts.io).has_value();
  if (outputs.size() != 1 && !with_prototypes) {
    return Unsupported(facts.io,
                       "what the outputs mean must be known; a manifest with [head] says it");
  }
  if (outputs.size() == 1 && outputs[0].shape.rank() == 2 && !facts.metadata.task) {
    return Unsupported(facts.io, "a detector must have an output of three dimensions; "
                                 "head=classify settles it where the model is a classifier");
  }
  const Shape& shape = outputs.size() == 2 && !has_list ? outputs[1].shape : outputs[0].shape;
  RETINUE_ASSIGN_OR_RETURN(const HeadKind kind, KindOfOneList(facts, shape));
  return HeadChoice{kind};
}

}  // namespace

Result<HeadChoice> ChooseHead(const Facts& facts, const std::string& word) {
  if (!word.empty()) {
    for (const auto& [known, kind] : HeadOptionKinds()) {
      if (word == known) return HeadChoice{kind, HeadSource::kUser};
    }
    return Fail(ErrorCode::kInvalidArgument, "head must be one of " + HeadOptionList() +
                                                 " (an SSD needs a manifest), got '" +
                                                 Printable(word) + "'");
  }
  if (facts.manifest != nullptr && facts.manifest->head.index() != 0) {
    return HeadChoice{kKindsOfManifest[facts.manifest->head.index() - 1], HeadSource::kManifest};
  }
  return ChooseByModel(facts);
}

}  // namespace retinue
