#include "retinue/heads/yolo_end2end.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {
namespace {

constexpr std::size_t kColumns = 6;

// No overlap is above 1, so nothing is suppressed a second time.
HeadOptions WithoutSuppression(HeadOptions options) {
  options.iou = 1;
  return options;
}

}  // namespace

Result<std::unique_ptr<YoloEnd2EndHead>> YoloEnd2EndHead::Create(const YoloEnd2EndSpec& spec,
                                                                 const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  return std::unique_ptr<YoloEnd2EndHead>(new YoloEnd2EndHead(spec, options));
}

YoloEnd2EndHead::YoloEnd2EndHead(const YoloEnd2EndSpec& spec, const HeadOptions& options)
    : spec_(spec), conf_(options.conf), selector_(WithoutSuppression(options), spec.class_count) {}

Result<void> YoloEnd2EndHead::Parse(std::span<const TensorView> outputs,
                                    const Affine& input_to_frame, Size frame,
                                    std::vector<Detection>& out) {
  out.clear();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  const Shape& shape = tensor->shape;
  if (shape.rank() != 3 || shape[0] != 1 || shape[1] < 0 || shape[1] > kMaxNmsCandidates ||
      shape[2] != std::int64_t{kColumns}) {
    return Fail(ErrorCode::kInvalidArgument,
                "the detections must be [1, K, 6], got " + ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(*tensor, "the detections", converted_));
  const auto rows = static_cast<std::size_t>(shape[1]);
  selector_.Begin(rows);
  for (const float* v = data; v != data + rows * kColumns; v += kColumns) {
    const float score = v[4], class_value = v[5];
    if (score <= conf_) continue;
    const bool is_valid =
        std::all_of(v, v + kColumns, [](float value) { return std::isfinite(value); }) &&
        class_value >= 0 && class_value < static_cast<float>(spec_.class_count) &&
        class_value == std::floor(class_value);
    if (!is_valid) {
      ++invalid_;
      continue;
    }
    const int class_id = static_cast<int>(class_value);
    if (selector_.Wants(class_id)) selector_.Add({v[0], v[1], v[2], v[3], score, class_id});
  }
  selector_.Select(input_to_frame, frame, out);
  return {};
}

}  // namespace retinue
