#include "retinue/heads/ssd.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "lib/heads/sigmoid.h"
#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {
namespace {

constexpr std::size_t kMaxAnchors = 1'000'000;
constexpr int kMaxCells = 1024;
constexpr std::size_t kMaxRatios = 64;

bool IsPositive(float v) { return std::isfinite(v) && v > 0; }

Result<void> CheckAnchorSpec(const SsdAnchorSpec& spec) {
  const auto fail = [](const std::string& what) { return Fail(ErrorCode::kInvalidArgument, what); };
  if (spec.layers.empty()) return fail("the anchors must have at least one layer, got none");
  for (const int cells : spec.layers) {
    if (cells < 1 || cells > kMaxCells) {
      return fail("a layer of anchors must have 1 to " + std::to_string(kMaxCells) +
                  " cells in a row, got " + std::to_string(cells));
    }
  }
  if (!IsPositive(spec.min_scale) || !IsPositive(spec.max_scale)) {
    return fail("the scales of the anchors must be above 0, got " +
                std::to_string(spec.min_scale) + " and " + std::to_string(spec.max_scale));
  }
  const bool ratios_ok = std::all_of(spec.aspect_ratios.begin(), spec.aspect_ratios.end(),
                                     [](float r) { return IsPositive(r); });
  const bool extra = spec.interpolated_aspect_ratio != 0;
  if (!ratios_ok || (extra && !IsPositive(spec.interpolated_aspect_ratio)) ||
      spec.aspect_ratios.size() > kMaxRatios || (spec.aspect_ratios.empty() && !extra)) {
    return fail("the anchors must have 1 to " + std::to_string(kMaxRatios) +
                " aspect ratios, each above 0");
  }
  return {};
}

// Size and width over height of one box of a cell.
struct BoxShape {
  float scale;
  float ratio;
};

float LayerScale(const SsdAnchorSpec& spec, std::size_t layer) {
  const std::size_t count = spec.layers.size();
  if (layer == count) return 1.0f;
  if (count == 1) return (spec.min_scale + spec.max_scale) * 0.5f;
  return spec.min_scale + (spec.max_scale - spec.min_scale) * static_cast<float>(layer) /
                              static_cast<float>(count - 1);
}

std::vector<BoxShape> ShapesOfLayer(const SsdAnchorSpec& spec, std::size_t layer) {
  const float scale = LayerScale(spec, layer);
  if (layer == 0 && spec.reduce_lowest) return {{0.1f, 1.0f}, {scale, 2.0f}, {scale, 0.5f}};
  std::vector<BoxShape> shapes;
  for (const float ratio : spec.aspect_ratios) shapes.push_back({scale, ratio});
  if (spec.interpolated_aspect_ratio > 0) {
    shapes.push_back({std::sqrt(scale * LayerScale(spec, layer + 1)),
                      spec.interpolated_aspect_ratio});
  }
  return shapes;
}

Result<void> CheckShape(const TensorView& tensor, const char* what, std::int64_t anchors,
                        std::int64_t channels) {
  const Shape& s = tensor.shape;
  if (s.rank() == 3 && s[0] == 1 && s[1] == anchors && s[2] == channels) return {};
  return Fail(ErrorCode::kInvalidArgument, std::string(what) + " must be [1, " +
                                               std::to_string(anchors) + ", " +
                                               std::to_string(channels) + "], got " + ToString(s));
}

}  // namespace

Result<std::vector<SsdAnchor>> SsdAnchors(const SsdAnchorSpec& spec) {
  RETINUE_RETURN_IF_ERROR(CheckAnchorSpec(spec));
  std::vector<SsdAnchor> anchors;
  for (std::size_t layer = 0; layer < spec.layers.size(); ++layer) {
    const int cells = spec.layers[layer];
    const auto shapes = ShapesOfLayer(spec, layer);
    const std::size_t more = static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells);
    if (anchors.size() + more * shapes.size() > kMaxAnchors) {
      return Fail(ErrorCode::kInvalidArgument, "there must be at most " +
                                                   std::to_string(kMaxAnchors) +
                                                   " anchors, got more");
    }
    for (int y = 0; y < cells; ++y) {
      for (int x = 0; x < cells; ++x) {
        const float center_y = (static_cast<float>(y) + 0.5f) / static_cast<float>(cells);
        const float center_x = (static_cast<float>(x) + 0.5f) / static_cast<float>(cells);
        for (const BoxShape& s : shapes) {
          const float root = std::sqrt(s.ratio);
          anchors.push_back({center_y, center_x, s.scale / root, s.scale * root});
        }
      }
    }
  }
  return anchors;
}

Result<std::unique_ptr<SsdHead>> SsdHead::Create(const SsdSpec& spec, const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  if (IsEmpty(spec.input)) {
    return Fail(ErrorCode::kInvalidArgument, "the input of an SSD head must have a size, got " +
                                                 std::to_string(spec.input.width) + "x" +
                                                 std::to_string(spec.input.height));
  }
  if (!std::all_of(spec.box_scales.begin(), spec.box_scales.end(), IsPositive)) {
    return Fail(ErrorCode::kInvalidArgument, "the box scales of an SSD head must be above 0");
  }
  RETINUE_RETURN_IF_ERROR(CheckTwoOutputs(spec.boxes_output, spec.classes_output));
  RETINUE_ASSIGN_OR_RETURN(auto anchors, SsdAnchors(spec.anchors));
  return std::unique_ptr<SsdHead>(new SsdHead(spec, options, std::move(anchors)));
}

SsdHead::SsdHead(const SsdSpec& spec, const HeadOptions& options, std::vector<SsdAnchor> anchors)
    : spec_(spec),
      conf_(options.conf),
      raw_threshold_(spec.score == ScoreFunction::kNone ? options.conf
                                                        : LogitThreshold(options.conf)),
      anchors_(std::move(anchors)),
      selector_(options, spec.class_count) {}

Result<void> SsdHead::CheckShapes(std::span<const TensorView> outputs) const {
  const auto last = static_cast<std::size_t>(std::max(spec_.boxes_output, spec_.classes_output));
  if (last >= outputs.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "an SSD head reads output " + std::to_string(last) +
                    ", got a model with outputs " + std::to_string(outputs.size()));
  }
  const auto anchors = static_cast<std::int64_t>(anchors_.size());
  RETINUE_RETURN_IF_ERROR(
      CheckShape(outputs[static_cast<std::size_t>(spec_.boxes_output)], "the boxes", anchors, 4));
  return CheckShape(outputs[static_cast<std::size_t>(spec_.classes_output)], "the classes",
                    anchors, spec_.class_count + (spec_.has_background ? 1 : 0));
}

// Anchors with an infinity or a NaN among the classes are counted by then; this adds those
// with one among the boxes only.
void SsdHead::CountInvalidBoxes(const float* boxes, const float* classes) {
  // A value times 0 is NaN when it is not finite; four sums, so that they need not wait.
  std::array<float, 4> sums{};
  for (std::size_t a = 0; a < anchors_.size(); ++a) {
    for (std::size_t i = 0; i < 4; ++i) sums[i] += boxes[a * 4 + i] * 0.0f;
  }
  if (sums == std::array<float, 4>{}) return;  // nearly always
  const auto columns = static_cast<std::size_t>(spec_.class_count + (spec_.has_background ? 1 : 0));
  const auto finite = [](float v) { return std::isfinite(v); };
  for (std::size_t a = 0; a < anchors_.size(); ++a) {
    const bool box_ok = std::all_of(boxes + a * 4, boxes + a * 4 + 4, finite);
    const float* row = classes + a * columns;
    if (!box_ok && std::all_of(row, row + columns, finite)) ++invalid_;
  }
}

// False when the box is not finite.
bool SsdHead::AddBox(const float* encoded, const Candidate& candidate) {
  const SsdAnchor& a = anchors_[static_cast<std::size_t>(candidate.anchor)];
  const auto& s = spec_.box_scales;
  const auto width = static_cast<float>(spec_.input.width);
  const auto height = static_cast<float>(spec_.input.height);
  const float y = (encoded[0] / s[0] * a.height + a.center_y) * height;
  const float x = (encoded[1] / s[1] * a.width + a.center_x) * width;
  const float half_height = std::exp(encoded[2] / s[2]) * a.height * height / 2;
  const float half_width = std::exp(encoded[3] / s[3]) * a.width * width / 2;
  const ScoredBox box{x - half_width, y - half_height,  x + half_width,
                      y + half_height, candidate.score, candidate.class_id};
  for (const float v : {box.x_min, box.y_min, box.x_max, box.y_max}) {
    if (!std::isfinite(v)) return false;
  }
  selector_.Add(box);
  return true;
}

Result<void> SsdHead::Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                            FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_RETURN_IF_ERROR(CheckShapes(outputs));
  RETINUE_ASSIGN_OR_RETURN(const float* boxes,
                           ToFloat(outputs[static_cast<std::size_t>(spec_.boxes_output)],
                                   "the boxes", converted_[0]));
  RETINUE_ASSIGN_OR_RETURN(const float* classes,
                           ToFloat(outputs[static_cast<std::size_t>(spec_.classes_output)],
                                   "the classes", converted_[1]));
  const ScoreGrid grid{.data = classes,
                       .anchors = static_cast<int>(anchors_.size()),
                       .leading = spec_.has_background ? 1 : 0,
                       .classes = spec_.class_count,
                       .layout = GridLayout::kAnchorsFirst};
  invalid_ = FindCandidates(grid, raw_threshold_, candidates_);
  CountInvalidBoxes(boxes, classes);

  selector_.Begin(anchors_.size());
  for (Candidate c : candidates_) {
    if (!selector_.Wants(c.class_id)) continue;
    const float* encoded = boxes + static_cast<std::size_t>(c.anchor) * 4;
    if (spec_.score == ScoreFunction::kSigmoid) c.score = Sigmoid(c.score);
    if (!(c.score > conf_)) continue;
    const bool encoded_finite = std::all_of(encoded, encoded + 4,
                                            [](float v) { return std::isfinite(v); });
    if (!AddBox(encoded, c) && encoded_finite) ++invalid_;
  }
  selector_.Select(input_to_frame, into);
  return {};
}

}  // namespace retinue
