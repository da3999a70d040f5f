#include "retinue/heads/yolo.h"

#include <cstddef>
#include <limits>
#include <string>

#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {
namespace {

constexpr int kBoxChannels = 4;

// [1, 4 + 80, N] with the dimensions of the layout.
std::string ExpectedShape(const YoloSpec& spec) {
  const std::string channels = "4 + " + std::to_string(spec.class_count);
  return spec.layout == YoloLayout::kChannelsFirst ? "[1, " + channels + ", N]"
                                                   : "[1, N, " + channels + "]";
}

}  // namespace

Result<std::unique_ptr<YoloHead>> YoloHead::Create(const YoloSpec& spec,
                                                   const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  return std::unique_ptr<YoloHead>(new YoloHead(spec, options));
}

YoloHead::YoloHead(const YoloSpec& spec, const HeadOptions& options)
    : spec_(spec), conf_(options.conf), selector_(options, spec.class_count) {}

Result<ScoreGrid> YoloHead::Grid(std::span<const TensorView> outputs) {
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  const Shape& shape = tensor->shape;
  const bool first = spec_.layout == YoloLayout::kChannelsFirst;
  const std::int64_t channels = kBoxChannels + spec_.class_count;
  const bool fits = shape.rank() == 3 && shape[0] == 1 && shape[first ? 1 : 2] == channels &&
                    shape[first ? 2 : 1] >= 0 &&
                    shape[first ? 2 : 1] <= std::numeric_limits<int>::max();
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument, "the detections must be " + ExpectedShape(spec_) +
                                                 ", got " + ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(*tensor, "the detections", converted_));
  return ScoreGrid{.data = data,
                   .anchors = static_cast<int>(shape[first ? 2 : 1]),
                   .leading = kBoxChannels,
                   .classes = spec_.class_count,
                   .layout = first ? GridLayout::kChannelsFirst : GridLayout::kAnchorsFirst};
}

Result<void> YoloHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                             Size frame, std::vector<Detection>& out) {
  out.clear();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const ScoreGrid grid, Grid(outputs));
  invalid_ = FindCandidates(grid, conf_, candidates_);

  const bool first = grid.layout == GridLayout::kChannelsFirst;
  const auto anchor_step = static_cast<std::size_t>(first ? 1 : grid.leading + grid.classes);
  const auto channel_step = static_cast<std::size_t>(first ? grid.anchors : 1);
  selector_.Begin(static_cast<std::size_t>(grid.anchors));
  for (const Candidate& c : candidates_) {
    if (!selector_.Wants(c.class_id)) continue;
    const float* v = grid.data + static_cast<std::size_t>(c.anchor) * anchor_step;
    const float half_width = v[2 * channel_step] / 2, half_height = v[3 * channel_step] / 2;
    const float x = v[0], y = v[channel_step];
    selector_.Add({x - half_width, y - half_height, x + half_width, y + half_height, c.score,
                   c.class_id});
  }
  selector_.Select(input_to_frame, frame, out);
  return {};
}

}  // namespace retinue
