#include "retinue/heads/yolo_end2end.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "lib/heads/box_extra.h"
#include "lib/heads/candidate_box.h"
#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {
namespace {

constexpr int kBoxColumns = 6;

}  // namespace

Result<std::unique_ptr<YoloEnd2EndHead>> YoloEnd2EndHead::Create(const YoloEnd2EndSpec& spec,
                                                                 const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  RETINUE_RETURN_IF_ERROR(CheckBoxExtra(spec.extra));
  return std::unique_ptr<YoloEnd2EndHead>(new YoloEnd2EndHead(spec, options));
}

YoloEnd2EndHead::YoloEnd2EndHead(const YoloEnd2EndSpec& spec, const HeadOptions& options)
    : spec_(spec),
      conf_(options.conf),
      boxes_(std::make_unique<ExtraReader>(spec.extra, WithoutSuppression(options),
                                           spec.class_count)) {}

YoloEnd2EndHead::~YoloEnd2EndHead() = default;

void YoloEnd2EndHead::AddRow(int row, const float* v) {
  const float score = v[4], class_value = v[5];
  if (score <= conf_) return;
  const bool is_valid =
      std::all_of(v, v + kBoxColumns, [](float value) { return std::isfinite(value); }) &&
      class_value >= 0 && class_value < static_cast<float>(spec_.class_count) &&
      class_value == std::floor(class_value);
  if (!is_valid) {
    ++invalid_;
    return;
  }
  const int class_id = static_cast<int>(class_value);
  if (!boxes_->Wants(class_id)) return;
  ScoredBox box{v[0], v[1], v[2], v[3], score, class_id};
  if (boxes_->has_angle()) {
    box = {v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2, score, class_id};
  }
  if (!boxes_->Add(row, box)) ++invalid_;
}

Result<void> YoloEnd2EndHead::Parse(std::span<const TensorView> outputs,
                                    const Affine& input_to_frame, FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  const Shape& shape = tensor->shape;
  const int columns = kBoxColumns + ColumnCount(spec_.extra);
  if (shape.rank() != 3 || shape[0] != 1 || shape[1] < 0 || shape[1] > kMaxNmsCandidates ||
      shape[2] != columns) {
    return Fail(ErrorCode::kInvalidArgument, "the detections must be [1, K, " +
                                                 std::to_string(columns) + "], got " +
                                                 ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(*tensor, "the detections", converted_));
  const auto rows = static_cast<int>(shape[1]);
  RETINUE_RETURN_IF_ERROR(boxes_->Begin(outputs,
                                        {.data = data,
                                         .anchor_step = columns,
                                         .channel_step = 1,
                                         .first_extra = kBoxColumns},
                                        static_cast<std::size_t>(rows)));
  for (int row = 0; row < rows; ++row) AddRow(row, data + std::ptrdiff_t{row} * columns);
  return boxes_->Select(input_to_frame, into);
}

}  // namespace retinue
