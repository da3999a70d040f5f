#include "retinue/heads/yolox.h"

#include <cmath>
#include <utility>

#include "lib/heads/candidate_box.h"
#include "lib/heads/objectness_rows.h"
#include "lib/heads/spec_check.h"

namespace retinue {
namespace {

ScoredBox BoxAt(const CellLevel& level, int cell, const float* v) {
  const auto stride = static_cast<float>(level.stride);
  const auto column = static_cast<float>(level.ColumnOf(cell));
  const auto row = static_cast<float>(level.RowOf(cell));
  return BoxAround((v[0] + column) * stride, (v[1] + row) * stride, std::exp(v[2]) * stride,
                   std::exp(v[3]) * stride);
}

}  // namespace

Result<std::unique_ptr<YoloXHead>> YoloXHead::Create(const YoloXSpec& spec,
                                                     const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  RETINUE_ASSIGN_OR_RETURN(auto levels, CellLevels(spec.input, spec.strides));
  return std::unique_ptr<YoloXHead>(new YoloXHead(spec, options, std::move(levels)));
}

YoloXHead::YoloXHead(const YoloXSpec& spec, const HeadOptions& options,
                     std::vector<CellLevel> levels)
    : spec_(spec),
      conf_(options.conf),
      multi_label_(options.multi_label),
      levels_(std::move(levels)),
      selector_(options, spec.class_count) {}

Result<void> YoloXHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                              FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(
      const OutputRows rows,
      ReadRows(outputs, spec_.output, levels_.back().first + levels_.back().count(),
               kObjectnessLeading + spec_.class_count, "the detections", converted_));
  invalid_ = FindObjects(rows, spec_.class_count, conf_, candidates_);
  selector_.Begin(static_cast<std::size_t>(rows.count));
  const LabelRule labels(conf_, multi_label_, spec_.class_count);
  auto level = levels_.begin();
  for (const Candidate& c : candidates_) {
    while (c.anchor >= level->first + level->count()) ++level;
    const float* v = rows.row(c.anchor);
    const ScoredBox box = BoxAt(*level, c.anchor, v);
    if (!labels.AddTo(selector_, c, v + kObjectnessLeading, v[4], box)) ++invalid_;
  }
  selector_.Select(input_to_frame, into);
  return {};
}

}  // namespace retinue
