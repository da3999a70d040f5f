#include "retinue/heads/yolov4.h"

#include "lib/heads/candidate_box.h"
#include "lib/heads/output_rows.h"
#include "lib/heads/spec_check.h"

namespace retinue {

Result<std::unique_ptr<YoloV4Head>> YoloV4Head::Create(const YoloV4Spec& spec,
                                                       const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckTwoOutputs(spec.boxes_output, spec.scores_output));
  return std::unique_ptr<YoloV4Head>(new YoloV4Head(spec, options));
}

YoloV4Head::YoloV4Head(const YoloV4Spec& spec, const HeadOptions& options)
    : spec_(spec),
      conf_(options.conf),
      multi_label_(options.multi_label),
      selector_(options, spec.class_count) {}

Result<void> YoloV4Head::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                               FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const OutputRows scores,
                           ReadRows(outputs, spec_.scores_output, kAnyRows, spec_.class_count,
                                    "the scores", converted_[0]));
  RETINUE_ASSIGN_OR_RETURN(const OutputRows boxes, ReadRows(outputs, spec_.boxes_output,
                                                            scores.count, 4, "the boxes",
                                                            converted_[1]));
  invalid_ = FindCandidates({.data = scores.data,
                             .anchors = scores.count,
                             .classes = spec_.class_count,
                             .layout = GridLayout::kAnchorsFirst},
                            conf_, candidates_);
  selector_.Begin(static_cast<std::size_t>(scores.count));
  const LabelRule labels(conf_, multi_label_, spec_.class_count);
  for (const Candidate& c : candidates_) {
    const float* v = boxes.row(c.anchor);
    const ScoredBox box = BoxAround(v[0], v[1], v[2], v[3]);
    if (!labels.AddTo(selector_, c, scores.row(c.anchor), 1.0f, box)) ++invalid_;
  }
  selector_.Select(input_to_frame, into);
  return {};
}

}  // namespace retinue
