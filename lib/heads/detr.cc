#include "retinue/heads/detr.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/heads/candidate_box.h"
#include "lib/heads/output_rows.h"
#include "lib/heads/sigmoid.h"
#include "lib/heads/spec_check.h"

namespace retinue {
namespace {

// Only the best `top` pairs, none of which is suppressed.
HeadOptions BestPairs(HeadOptions options, int top) {
  options.max_det = std::min(options.max_det, top);
  return WithoutSuppression(std::move(options));
}

}  // namespace

Result<std::unique_ptr<DetrHead>> DetrHead::Create(const DetrSpec& spec,
                                                   const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.logits_output));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.boxes_output));
  if (IsEmpty(spec.input)) {
    return Fail(ErrorCode::kInvalidArgument, "the input of a DETR head must have a size, got " +
                                                 std::to_string(spec.input.width) + "x" +
                                                 std::to_string(spec.input.height));
  }
  if (spec.top < 1) {
    return Fail(ErrorCode::kInvalidArgument, "the best queries of a DETR head must be at least 1, "
                                             "got " + std::to_string(spec.top));
  }
  return std::unique_ptr<DetrHead>(new DetrHead(spec, options));
}

DetrHead::DetrHead(const DetrSpec& spec, const HeadOptions& options)
    : spec_(spec),
      conf_(options.conf),
      raw_threshold_(spec.score == ScoreFunction::kNone ? options.conf
                                                        : LogitThreshold(options.conf)),
      selector_(BestPairs(options, spec.top), spec.class_count) {}

// False when the box is not finite.
bool DetrHead::AddQuery(const float* logits, const float* box) {
  const auto width = static_cast<float>(spec_.input.width);
  const auto height = static_cast<float>(spec_.input.height);
  ScoredBox scored =
      BoxAround(box[0] * width, box[1] * height, box[2] * width, box[3] * height);
  if (!HasFiniteCorners(scored)) return false;
  for (int id = 0; id < spec_.class_count; ++id) {
    if (!(logits[id] > raw_threshold_) || !selector_.Wants(id)) continue;
    scored.class_id = id;
    scored.score = spec_.score == ScoreFunction::kNone ? logits[id] : Sigmoid(logits[id]);
    if (scored.score > conf_) selector_.Add(scored);
  }
  return true;
}

Result<void> DetrHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                             FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  const bool together = spec_.logits_output == spec_.boxes_output;
  const int leading = together ? 4 : 0;
  RETINUE_ASSIGN_OR_RETURN(const OutputRows logits,
                           ReadRows(outputs, spec_.logits_output, kAnyRows,
                                    leading + spec_.class_count,
                                    together ? "the detections" : "the logits", converted_[0]));
  OutputRows boxes = logits;
  if (!together) {
    RETINUE_ASSIGN_OR_RETURN(boxes, ReadRows(outputs, spec_.boxes_output, logits.count, 4,
                                             "the boxes", converted_[1]));
  }
  invalid_ = FindCandidates({.data = logits.data,
                             .anchors = logits.count,
                             .leading = leading,
                             .classes = spec_.class_count,
                             .layout = GridLayout::kAnchorsFirst},
                            raw_threshold_, candidates_);
  // Every query may be each class: room for as many as are kept, and more on the first busy frame.
  selector_.Begin(static_cast<std::size_t>(logits.count));
  for (const Candidate& c : candidates_) {
    if (!AddQuery(logits.row(c.anchor) + leading, boxes.row(c.anchor))) ++invalid_;
  }
  selector_.Select(input_to_frame, into);
  return {};
}

}  // namespace retinue
