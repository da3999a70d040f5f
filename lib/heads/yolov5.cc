#include "retinue/heads/yolov5.h"

#include "lib/heads/box_extra.h"
#include "lib/heads/candidate_box.h"
#include "lib/heads/objectness_rows.h"
#include "lib/heads/spec_check.h"

namespace retinue {

Result<std::unique_ptr<YoloV5Head>> YoloV5Head::Create(const YoloV5Spec& spec,
                                                       const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  RETINUE_RETURN_IF_ERROR(CheckBoxExtra(spec.extra));
  return std::unique_ptr<YoloV5Head>(new YoloV5Head(spec, options));
}

YoloV5Head::YoloV5Head(const YoloV5Spec& spec, const HeadOptions& options)
    : spec_(spec),
      conf_(options.conf),
      multi_label_(options.multi_label),
      boxes_(std::make_unique<ExtraReader>(spec.extra, options, spec.class_count)) {}

YoloV5Head::~YoloV5Head() = default;

Result<void> YoloV5Head::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                               FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  const int first_extra = kObjectnessLeading + spec_.class_count;
  RETINUE_ASSIGN_OR_RETURN(const OutputRows rows,
                           ReadRows(outputs, spec_.output, kAnyRows,
                                    first_extra + ColumnCount(spec_.extra), "the detections",
                                    converted_));
  RETINUE_RETURN_IF_ERROR(boxes_->Begin(outputs,
                                        {.data = rows.data,
                                         .anchor_step = rows.columns,
                                         .channel_step = 1,
                                         .first_extra = first_extra},
                                        static_cast<std::size_t>(rows.count)));
  invalid_ = FindObjects(rows, spec_.class_count, conf_, candidates_);
  const LabelRule labels(conf_, multi_label_, spec_.class_count);
  for (const Candidate& c : candidates_) {
    const float* v = rows.row(c.anchor);
    ScoredBox box = BoxAround(v[0], v[1], v[2], v[3]);
    bool is_finite = true;
    labels.ForEach(c, v + kObjectnessLeading, v[4], [&](int class_id, float score) {
      box.class_id = class_id;
      box.score = score;
      if (is_finite && boxes_->Wants(class_id)) is_finite = boxes_->Add(c.anchor, box);
    });
    if (!is_finite) ++invalid_;
  }
  return boxes_->Select(input_to_frame, into);
}

}  // namespace retinue
