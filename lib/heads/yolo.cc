#include "retinue/heads/yolo.h"

#include <cstddef>
#include <limits>
#include <string>

#include "lib/heads/box_extra.h"
#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {
namespace {

constexpr int kBoxChannels = 4;

// [1, 4 + 80 + 32, N] with the dimensions of the layout.
std::string ExpectedShape(const YoloSpec& spec) {
  const int extra = ColumnCount(spec.extra);
  const std::string channels = "4 + " + std::to_string(spec.class_count) +
                               (extra > 0 ? " + " + std::to_string(extra) : std::string());
  return spec.layout == YoloLayout::kChannelsFirst ? "[1, " + channels + ", N]"
                                                   : "[1, N, " + channels + "]";
}

}  // namespace

Result<std::unique_ptr<YoloHead>> YoloHead::Create(const YoloSpec& spec,
                                                   const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  RETINUE_RETURN_IF_ERROR(CheckBoxExtra(spec.extra));
  return std::unique_ptr<YoloHead>(new YoloHead(spec, options));
}

YoloHead::YoloHead(const YoloSpec& spec, const HeadOptions& options)
    : spec_(spec),
      conf_(options.conf),
      multi_label_(options.multi_label && spec.class_count > 1),
      boxes_(std::make_unique<ExtraReader>(spec.extra, options, spec.class_count)) {}

YoloHead::~YoloHead() = default;

Result<ScoreGrid> YoloHead::Grid(std::span<const TensorView> outputs) {
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  const Shape& shape = tensor->shape;
  const bool first = spec_.layout == YoloLayout::kChannelsFirst;
  const int extra = ColumnCount(spec_.extra);
  const std::int64_t channels = std::int64_t{kBoxChannels} + spec_.class_count + extra;
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
                   .layout = first ? GridLayout::kChannelsFirst : GridLayout::kAnchorsFirst,
                   .trailing = extra};
}

void YoloHead::AddBoxes(const ScoreGrid& grid) {
  const std::ptrdiff_t step = grid.channel_step();
  for (const Candidate& c : candidates_) {
    const float* v = grid.data + c.anchor * grid.anchor_step();
    const float half_width = v[2 * step] / 2, half_height = v[3 * step] / 2;
    const float x = v[0], y = v[step];
    ScoredBox box{x - half_width, y - half_height, x + half_width,
                  y + half_height, c.score,        c.class_id};
    bool is_finite = true;
    if (!multi_label_) {
      if (boxes_->Wants(c.class_id)) is_finite = boxes_->Add(c.anchor, box);
    } else {
      for (int id = 0; id < spec_.class_count && is_finite; ++id) {
        box.score = v[(kBoxChannels + id) * step];
        box.class_id = id;
        if (box.score > conf_ && boxes_->Wants(id)) is_finite = boxes_->Add(c.anchor, box);
      }
    }
    if (!is_finite) ++invalid_;
  }
}

Result<void> YoloHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                             FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const ScoreGrid grid, Grid(outputs));
  RETINUE_RETURN_IF_ERROR(boxes_->Begin(outputs,
                                        {.data = grid.data,
                                         .anchor_step = grid.anchor_step(),
                                         .channel_step = grid.channel_step(),
                                         .first_extra = kBoxChannels + spec_.class_count},
                                        static_cast<std::size_t>(grid.anchors)));
  invalid_ = FindCandidates(grid, conf_, candidates_);
  AddBoxes(grid);
  return boxes_->Select(input_to_frame, into);
}

}  // namespace retinue
