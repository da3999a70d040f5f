#include "retinue/heads/classify.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {

Result<std::unique_ptr<ClassifyHead>> ClassifyHead::Create(const ClassifySpec& spec,
                                                           const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  return std::unique_ptr<ClassifyHead>(new ClassifyHead(spec, options));
}

ClassifyHead::ClassifyHead(const ClassifySpec& spec, const HeadOptions& options)
    : spec_(spec), top_(options.top), wanted_(options.classes) {
  if (wanted_.empty()) {
    wanted_.resize(static_cast<std::size_t>(spec.class_count));
    std::iota(wanted_.begin(), wanted_.end(), 0);
  }
}

Result<void> ClassifyHead::Parse(std::span<const TensorView> outputs, const Affine&,
                                 FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  if (tensor->shape.ElementCount() != spec_.class_count) {
    return Fail(ErrorCode::kInvalidArgument, "the class scores must be [1, " +
                                                 std::to_string(spec_.class_count) + "], got " +
                                                 ToString(tensor->shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* values, ToFloat(*tensor, "the class scores", converted_));
  const float* end = values + spec_.class_count;
  invalid_ = std::count_if(values, end, [](float v) { return !std::isfinite(v); });
  if (invalid_ > 0) return {};

  const float largest = spec_.softmax ? *std::max_element(values, end) : 0;
  double sum = 1;
  if (spec_.softmax) {
    sum = std::accumulate(values, end, 0.0, [&](double so_far, float v) {
      return so_far + std::exp(static_cast<double>(v) - static_cast<double>(largest));
    });
  }
  scores_.clear();
  for (const int id : wanted_) {
    const auto value = static_cast<double>(values[id]);
    const double score =
        spec_.softmax ? std::exp(value - static_cast<double>(largest)) / sum : value;
    scores_.push_back({id, static_cast<float>(score)});
  }
  const std::size_t top = std::min(scores_.size(), static_cast<std::size_t>(top_));
  std::partial_sort(scores_.begin(), scores_.begin() + static_cast<std::ptrdiff_t>(top),
                    scores_.end(), [](const ClassScore& l, const ClassScore& r) {
                      return l.score != r.score ? l.score > r.score : l.class_id < r.class_id;
                    });
  into.classes.assign(scores_.begin(), scores_.begin() + static_cast<std::ptrdiff_t>(top));
  return {};
}

}  // namespace retinue
