#include "retinue/heads/nanodet.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "lib/heads/candidate_box.h"
#include "lib/heads/output_rows.h"
#include "lib/heads/spec_check.h"

namespace retinue {
namespace {

constexpr int kMaxBins = 1024;

// The mean of the distribution softmax(logits) over 0 … bins - 1.
float MeanOf(const float* logits, int bins) {
  const float largest = *std::max_element(logits, logits + bins);
  float sum = 0, weighted = 0;
  for (int k = 0; k < bins; ++k) {
    const float weight = std::exp(logits[k] - largest);
    sum += weight;
    weighted += weight * static_cast<float>(k);
  }
  return weighted / sum;
}

Result<void> CheckOutputs(const NanoDetSpec& spec) {
  const std::size_t levels = spec.strides.size();
  const bool single = spec.scores.size() == 1 && spec.distances.empty();
  if (!single && (spec.scores.size() != levels || spec.distances.size() != levels)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a NanoDet head must have an output of scores and one of distances for each of " +
                    std::to_string(levels) + " strides, or a single one for all, got " +
                    std::to_string(spec.scores.size()) + " and " +
                    std::to_string(spec.distances.size()));
  }
  for (const int index : spec.scores) RETINUE_RETURN_IF_ERROR(CheckOutputIndex(index));
  for (const int index : spec.distances) RETINUE_RETURN_IF_ERROR(CheckOutputIndex(index));
  return {};
}

}  // namespace

Result<std::unique_ptr<NanoDetHead>> NanoDetHead::Create(const NanoDetSpec& spec,
                                                         const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputs(spec));
  if (spec.bins < 2 || spec.bins > kMaxBins) {
    return Fail(ErrorCode::kInvalidArgument, "the bins of a NanoDet head must be 2 to " +
                                                 std::to_string(kMaxBins) + ", got " +
                                                 std::to_string(spec.bins));
  }
  if (!(spec.cell_offset >= 0 && spec.cell_offset <= 1)) {
    return Fail(ErrorCode::kInvalidArgument, "the cell offset of a NanoDet head must be 0 to 1, "
                                             "got " + std::to_string(spec.cell_offset));
  }
  RETINUE_ASSIGN_OR_RETURN(auto levels, CellLevels(spec.input, spec.strides));
  return std::unique_ptr<NanoDetHead>(new NanoDetHead(spec, options, std::move(levels)));
}

NanoDetHead::NanoDetHead(const NanoDetSpec& spec, const HeadOptions& options,
                         std::vector<CellLevel> levels)
    : spec_(spec),
      conf_(options.conf),
      multi_label_(options.multi_label),
      levels_(std::move(levels)),
      selector_(options, spec.class_count),
      converted_(levels_.size()) {
  cells_.reserve(levels_.size());
}

Result<void> NanoDetHead::FindCells(std::span<const TensorView> outputs) {
  cells_.clear();
  const int classes = spec_.class_count, columns = 4 * spec_.bins;
  if (spec_.distances.empty()) {
    const int all = levels_.back().first + levels_.back().count();
    RETINUE_ASSIGN_OR_RETURN(const OutputRows rows,
                             ReadRows(outputs, spec_.scores[0], all, classes + columns,
                                      "the detections", converted_[0][0]));
    for (const CellLevel& level : levels_) {
      const float* first = rows.row(level.first);
      cells_.push_back({.scores = {.data = first,
                                   .anchors = level.count(),
                                   .classes = classes,
                                   .layout = GridLayout::kAnchorsFirst,
                                   .trailing = columns},
                        .distances = first + classes,
                        .distance_step = rows.columns});
    }
    return {};
  }
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    RETINUE_ASSIGN_OR_RETURN(const OutputRows scores,
                             ReadRows(outputs, spec_.scores[i], levels_[i].count(), classes,
                                      "the scores", converted_[i][0]));
    RETINUE_ASSIGN_OR_RETURN(const OutputRows distances,
                             ReadRows(outputs, spec_.distances[i], levels_[i].count(), columns,
                                      "the distances", converted_[i][1]));
    cells_.push_back({.scores = {.data = scores.data,
                                 .anchors = scores.count,
                                 .classes = classes,
                                 .layout = GridLayout::kAnchorsFirst},
                      .distances = distances.data,
                      .distance_step = columns});
  }
  return {};
}

ScoredBox NanoDetHead::BoxAt(const CellLevel& level, int cell, const float* logits) const {
  const auto stride = static_cast<float>(level.stride);
  const float x = (static_cast<float>(level.ColumnOf(cell)) + spec_.cell_offset) * stride;
  const float y = (static_cast<float>(level.RowOf(cell)) + spec_.cell_offset) * stride;
  std::array<float, 4> reach;
  for (std::size_t side = 0; side < 4; ++side) {
    reach[side] = MeanOf(logits + side * static_cast<std::size_t>(spec_.bins), spec_.bins) * stride;
  }
  // std::clamp hands NaN on, for HasFiniteCorners to see.
  const auto width = static_cast<float>(spec_.input.width);
  const auto height = static_cast<float>(spec_.input.height);
  return {std::clamp(x - reach[0], 0.0f, width), std::clamp(y - reach[1], 0.0f, height),
          std::clamp(x + reach[2], 0.0f, width), std::clamp(y + reach[3], 0.0f, height),
          0,                                     0};
}

Result<void> NanoDetHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                                FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_RETURN_IF_ERROR(FindCells(outputs));
  selector_.Begin(static_cast<std::size_t>(levels_.back().first + levels_.back().count()));
  const LabelRule labels(conf_, multi_label_, spec_.class_count);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const Cells& cells = cells_[i];
    invalid_ += FindCandidates(cells.scores, conf_, candidates_);
    for (const Candidate& c : candidates_) {
      const float* logits = cells.distances + std::ptrdiff_t{c.anchor} * cells.distance_step;
      const float* scores = cells.scores.data + c.anchor * cells.scores.anchor_step();
      const ScoredBox box = BoxAt(levels_[i], levels_[i].first + c.anchor, logits);
      if (!labels.AddTo(selector_, c, scores, 1.0f, box)) ++invalid_;
    }
  }
  selector_.Select(input_to_frame, into);
  return {};
}

}  // namespace retinue
