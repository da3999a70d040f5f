#include "retinue/heads/blaze.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

#include "lib/heads/output_rows.h"
#include "lib/heads/sigmoid.h"
#include "lib/heads/spec_check.h"
#include "retinue/heads/cell_grid.h"

namespace retinue {
namespace {

constexpr int kMaxKeypoints = 100;
constexpr int kMaxBoxesPerCell = 100;
constexpr int kBoxColumns = 4;

// The centre of the cell of each box, cell after cell in rows, layer after layer.
Result<std::vector<Point>> Centers(const BlazeSpec& spec) {
  std::vector<Point> centers;
  for (const BlazeLayer& layer : spec.layers) {
    if (layer.boxes < 1 || layer.boxes > kMaxBoxesPerCell) {
      return Fail(ErrorCode::kInvalidArgument, "a layer must have 1 to 100 boxes a cell, got " +
                                                   std::to_string(layer.boxes));
    }
    RETINUE_ASSIGN_OR_RETURN(const auto levels, CellLevels(spec.input, {&layer.stride, 1}));
    const CellLevel& level = levels.front();
    for (int cell = 0; cell < level.count(); ++cell) {
      const auto stride = static_cast<float>(level.stride);
      const Point center{(static_cast<float>(level.ColumnOf(cell)) + 0.5f) * stride,
                         (static_cast<float>(level.RowOf(cell)) + 0.5f) * stride};
      centers.insert(centers.end(), static_cast<std::size_t>(layer.boxes), center);
    }
  }
  if (centers.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "a detector must have at least 1 layer, got none");
  }
  return centers;
}

}  // namespace

Result<std::unique_ptr<BlazeHead>> BlazeHead::Create(const BlazeSpec& spec,
                                                     const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckTwoOutputs(spec.boxes_output, spec.scores_output));
  if (spec.class_count != 1) {
    return Fail(ErrorCode::kInvalidArgument, "such a detector has 1 class, got " +
                                                 std::to_string(spec.class_count));
  }
  if (spec.keypoints < 0 || spec.keypoints > kMaxKeypoints) {
    return Fail(ErrorCode::kInvalidArgument, "the number of keypoints must be 0 to 100, got " +
                                                 std::to_string(spec.keypoints));
  }
  RETINUE_ASSIGN_OR_RETURN(auto centers, Centers(spec));
  return std::unique_ptr<BlazeHead>(new BlazeHead(spec, options, std::move(centers)));
}

BlazeHead::BlazeHead(const BlazeSpec& spec, const HeadOptions& options,
                     std::vector<Point> centers)
    : spec_(spec),
      options_(options),
      centers_(std::move(centers)),
      columns_(static_cast<std::size_t>(kBoxColumns + 2 * spec.keypoints)),
      mean_(columns_) {
  scores_.reserve(centers_.size());
  boxes_.reserve(centers_.size() * columns_);
  order_.reserve(centers_.size());
}

bool BlazeHead::AddBox(const Candidate& candidate, const float* row) {
  if (!std::all_of(row, row + columns_, [](float v) { return std::isfinite(v); })) return false;
  const Point at = centers_[static_cast<std::size_t>(candidate.anchor)];
  const float x = row[0] + at.x, y = row[1] + at.y;
  const float half_width = row[2] / 2, half_height = row[3] / 2;
  scores_.push_back(Sigmoid(candidate.score));
  boxes_.insert(boxes_.end(), {x - half_width, y - half_height, x + half_width, y + half_height});
  for (std::size_t c = kBoxColumns; c < columns_; c += 2) {
    boxes_.insert(boxes_.end(), {row[c] + at.x, row[c + 1] + at.y});
  }
  return true;
}

// Takes `best` and all that overlap it out of order_; their weighted mean is mean_.
void BlazeHead::Merge(std::size_t best) {
  const auto box_of = [&](std::size_t index) {
    const float* v = boxes_.data() + index * columns_;
    return BoxFromCorners(v[0], v[1], v[2], v[3]);
  };
  const Box top = box_of(best);
  std::fill(mean_.begin(), mean_.end(), 0.0f);
  float total = 0;
  const auto goes = [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    if (i != best && !(IoU(box_of(i), top) > options_.iou)) return false;
    total += scores_[i];
    for (std::size_t c = 0; c < columns_; ++c) mean_[c] += scores_[i] * boxes_[i * columns_ + c];
    return true;
  };
  order_.erase(std::remove_if(order_.begin(), order_.end(), goes), order_.end());
  for (float& v : mean_) v /= total;
}

void BlazeHead::Keep(float score, const Affine& input_to_frame, FrameResult& into) const {
  const Box in_input = BoxFromCorners(mean_[0], mean_[1], mean_[2], mean_[3]);
  const Box box = Clip(MapBox(input_to_frame, in_input), into.size);
  if (!(box.width > 0 && box.height > 0)) return;
  const int detail = spec_.keypoints > 0 ? static_cast<int>(into.objects.size()) : -1;
  into.objects.push_back({.box = box, .score = score, .detail = detail});
  for (std::size_t c = kBoxColumns; c < columns_; c += 2) {
    const Point at = input_to_frame.Apply({mean_[c], mean_[c + 1]});
    into.keypoints.push_back({at.x, at.y, 1.0f});
  }
}

Result<void> BlazeHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                              FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  const auto count = static_cast<int>(centers_.size());
  RETINUE_ASSIGN_OR_RETURN(const OutputRows logits,
                           ReadRows(outputs, spec_.scores_output, count, 1, "the scores",
                                    converted_[0]));
  RETINUE_ASSIGN_OR_RETURN(const OutputRows boxes,
                           ReadRows(outputs, spec_.boxes_output, count,
                                    static_cast<int>(columns_), "the boxes", converted_[1]));
  invalid_ = FindCandidates({.data = logits.data,
                             .anchors = count,
                             .classes = 1,
                             .layout = GridLayout::kAnchorsFirst},
                            LogitThreshold(options_.conf), candidates_);
  scores_.clear();
  boxes_.clear();
  for (const Candidate& c : candidates_) {
    if (!(Sigmoid(c.score) > options_.conf)) continue;
    if (!AddBox(c, boxes.row(c.anchor))) ++invalid_;
  }
  order_.resize(scores_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](int l, int r) {
    const float left = scores_[static_cast<std::size_t>(l)];
    const float right = scores_[static_cast<std::size_t>(r)];
    return left != right ? left > right : l < r;
  });
  into.keypoint_count = spec_.keypoints;
  into.objects.reserve(static_cast<std::size_t>(options_.max_det));
  while (!order_.empty() && into.objects.size() < static_cast<std::size_t>(options_.max_det)) {
    const auto best = static_cast<std::size_t>(order_.front());
    Merge(best);
    Keep(scores_[best], input_to_frame, into);
  }
  return {};
}

}  // namespace retinue
