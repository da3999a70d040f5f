#include "retinue/heads/landmarks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "lib/heads/sigmoid.h"
#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"
#include "retinue/heads/region_rule.h"
#include "retinue/results/face_refinement.h"

namespace retinue {
namespace {

constexpr int kMostPoints = 2000;
constexpr int kMostWindow = 63;
// @source MediaPipe RefineLandmarksFromHeatmapCalculatorOptions, min_confidence_to_refine
constexpr float kLeastHeat = 0.5f;

Result<void> CheckSpec(const LandmarkSpec& spec) {
  const bool counts = spec.points >= 1 && spec.hidden >= 0 && spec.points <= kMostPoints &&
                      spec.hidden <= kMostPoints && (spec.columns == 3 || spec.columns == 5);
  if (!counts) {
    return Fail(ErrorCode::kInvalidArgument,
                "landmarks must be 1 to 2000 points of 3 or 5 columns, got " +
                    std::to_string(spec.points) + " and " + std::to_string(spec.hidden) +
                    " hidden ones of " + std::to_string(spec.columns));
  }
  if (IsEmpty(spec.input)) {
    return Fail(ErrorCode::kInvalidArgument, "landmarks need the size of the model input");
  }
  const bool window = spec.heatmap_window >= 1 && spec.heatmap_window <= kMostWindow &&
                      spec.heatmap_window % 2 == 1;
  const bool is_refined = !spec.refined_outputs.empty();
  const bool fits = spec.is_face && spec.points + spec.hidden == static_cast<int>(kIrisLandmarks) &&
                    spec.columns == 3 && spec.more_output < 0 &&
                    spec.refined_outputs.size() == kFaceRefinements;
  if (is_refined && !fits) {
    return Fail(ErrorCode::kInvalidArgument,
                "a refined mesh must be 478 points of 3 columns and 5 refined parts, got " +
                    std::to_string(spec.points + spec.hidden) + " and " +
                    std::to_string(spec.refined_outputs.size()));
  }
  for (const int output : spec.refined_outputs) RETINUE_RETURN_IF_ERROR(CheckOutputIndex(output));
  if (spec.is_face && spec.heatmap_output >= 0) {
    return Fail(ErrorCode::kInvalidArgument, "landmarks of a face come without heat maps");
  }
  if (spec.heatmap_output >= 0 && !window) {
    return Fail(ErrorCode::kInvalidArgument,
                "a heat map's window must be odd and 1 to 63 samples wide, got " +
                    std::to_string(spec.heatmap_window));
  }
  return {};
}

using HeatMaps = internal::HeatMaps;

/// The output of that index as float32, if it has at least `least` elements.
Result<std::span<const float>> ReadFloats(std::span<const TensorView> outputs, int index,
                                          std::int64_t least, const char* what,
                                          std::vector<float>& converted) {
  RETINUE_ASSIGN_OR_RETURN(const TensorView* output, OutputAt(outputs, index));
  const std::int64_t count = output->shape.ElementCount();
  if (count < least) {
    return Fail(ErrorCode::kInvalidArgument, std::string(what) + " must have at least " +
                                                 std::to_string(least) + " values, got " +
                                                 ToString(output->shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(*output, what, converted));
  return std::span(data, static_cast<std::size_t>(count));
}

Result<HeatMaps> ReadHeatMaps(std::span<const TensorView> outputs, int index, int least_maps,
                              std::vector<float>& converted) {
  RETINUE_ASSIGN_OR_RETURN(const TensorView* output, OutputAt(outputs, index));
  const Shape& shape = output->shape;
  const auto is_side = [](std::int64_t n) { return n >= 1 && n <= 4096; };
  if (shape.rank() != 4 || shape[0] != 1 || !is_side(shape[1]) || !is_side(shape[2]) ||
      shape[3] < least_maps || shape[3] > 2 * kMostPoints) {
    return Fail(ErrorCode::kInvalidArgument, "the heat maps must be [1, H, W, " +
                                                 std::to_string(least_maps) + "], got " +
                                                 ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const auto floats, ReadFloats(outputs, index, 1, "the heat maps",
                                                         converted));
  return HeatMaps{floats.data(), static_cast<int>(shape[1]), static_cast<int>(shape[2]),
                  static_cast<int>(shape[3])};
}

/// Where map `index` has its weight around `at`, a point in fractions of the input.
Point Refined(const HeatMaps& maps, int index, int window, Point at) {
  const float column = at.x * static_cast<float>(maps.columns);
  const float row = at.y * static_cast<float>(maps.rows);
  const bool is_inside = column > -1 && row > -1 && column < static_cast<float>(maps.columns) &&
                         row < static_cast<float>(maps.rows);
  if (!is_inside) return at;
  const int reach = window / 2;
  const auto around = [&](float centre, int size) {
    const int middle = static_cast<int>(centre);
    return std::pair(std::max(0, middle - reach), std::min(size, middle + reach + 1));
  };
  const auto [first_column, end_column] = around(column, maps.columns);
  const auto [first_row, end_row] = around(row, maps.rows);
  float sum = 0, x = 0, y = 0, most = 0;
  for (int r = first_row; r < end_row; ++r) {
    for (int c = first_column; c < end_column; ++c) {
      const std::ptrdiff_t sample = std::ptrdiff_t{r} * maps.columns + c;
      const float heat = Sigmoid(maps.data[sample * maps.maps + index]);
      sum += heat;
      most = std::max(most, heat);
      x += heat * static_cast<float>(c);
      y += heat * static_cast<float>(r);
    }
  }
  if (!(most >= kLeastHeat)) return at;  // also where the map is no number
  return {x / sum / static_cast<float>(maps.columns), y / sum / static_cast<float>(maps.rows)};
}

}  // namespace

Result<std::unique_ptr<LandmarkHead>> LandmarkHead::Create(const LandmarkSpec& spec,
                                                           const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, 1));
  RETINUE_RETURN_IF_ERROR(spec.presence_output < 0
                              ? CheckOutputIndex(spec.landmarks_output)
                              : CheckTwoOutputs(spec.landmarks_output, spec.presence_output));
  RETINUE_RETURN_IF_ERROR(CheckSpec(spec));
  return std::unique_ptr<LandmarkHead>(new LandmarkHead(spec, options));
}

// Every point's columns, in order.
Result<std::span<const float>> LandmarkHead::ReadPoints(std::span<const TensorView> outputs) {
  if (!spec_.refined_outputs.empty()) return ReadRefined(outputs);
  const std::int64_t wanted = std::int64_t{spec_.points + spec_.hidden} * spec_.columns;
  const bool is_split = spec_.more_output >= 0;
  RETINUE_ASSIGN_OR_RETURN(const auto first,
                           ReadFloats(outputs, spec_.landmarks_output, is_split ? 1 : wanted,
                                      "the landmarks", converted_[1]));
  if (!is_split) return first.first(static_cast<std::size_t>(wanted));
  const auto rest = wanted - static_cast<std::int64_t>(first.size());
  RETINUE_ASSIGN_OR_RETURN(const auto more,
                           ReadFloats(outputs, spec_.more_output, std::max<std::int64_t>(0, rest),
                                      "the rest of the landmarks", converted_[3]));
  joined_.assign(first.begin(), first.end());
  joined_.insert(joined_.end(), more.begin(), more.end());
  return std::span<const float>(joined_).first(static_cast<std::size_t>(wanted));
}

Result<std::span<const float>> LandmarkHead::ReadRefined(std::span<const TensorView> outputs) {
  constexpr std::size_t kColumns = 3;
  RETINUE_ASSIGN_OR_RETURN(const auto mesh,
                           ReadFloats(outputs, spec_.landmarks_output, kMeshLandmarks * kColumns,
                                      "the landmarks", converted_[1]));
  joined_.assign(mesh.begin(), mesh.begin() + kMeshLandmarks * kColumns);
  joined_.resize(kIrisLandmarks * kColumns);
  for (std::size_t i = 0; i < kFaceRefinements; ++i) {
    const auto part = static_cast<FaceRefinement>(i);
    const auto places = RefinedLandmarks(part);
    RETINUE_ASSIGN_OR_RETURN(
        const auto refined,
        ReadFloats(outputs, spec_.refined_outputs[i], static_cast<std::int64_t>(2 * places.size()),
                   "a refined part", converted_[3]));
    for (std::size_t k = 0; k < places.size(); ++k) {
      float* const point = joined_.data() + kColumns * static_cast<std::size_t>(places[k]);
      point[0] = refined[2 * k];
      point[1] = refined[2 * k + 1];
    }
  }
  for (const auto& [iris, eye] : {std::pair(FaceRefinement::kLeftIris, FaceRefinement::kLeftEye),
                                  std::pair(FaceRefinement::kRightIris,
                                            FaceRefinement::kRightEye)}) {
    const auto depth = [&](std::int16_t point) -> float& {
      return joined_[kColumns * static_cast<std::size_t>(point) + 2];
    };
    float mean = 0;
    for (const auto lid : RefinedLandmarks(eye).first(kLidPoints)) mean += depth(lid) / kLidPoints;
    for (const auto point : RefinedLandmarks(iris)) depth(point) = mean;
  }
  return std::span<const float>(joined_);
}

Result<float> LandmarkHead::ReadPresence(std::span<const TensorView> outputs) {
  if (spec_.presence_output < 0) return 1.0f;
  RETINUE_ASSIGN_OR_RETURN(const auto presence, ReadFloats(outputs, spec_.presence_output, 1,
                                                           "the presence", converted_[0]));
  return spec_.presence == ScoreFunction::kSigmoid ? Sigmoid(presence[0]) : presence[0];
}

// Depth is in pixels of the input, which are the frame's but for their size.
void LandmarkHead::AddFace(std::span<const float> values, float score, const Affine& input_to_frame,
                           FrameResult& into) const {
  const float scale = std::hypot(input_to_frame.a, input_to_frame.d);
  into.landmark_count = spec_.points + spec_.hidden;
  for (int i = 0; i < into.landmark_count; ++i) {
    const float* v = values.data() + std::ptrdiff_t{i} * spec_.columns;
    const Point at = input_to_frame.Apply({v[0], v[1]});
    into.landmarks.push_back({at.x, at.y, v[2] * scale});
  }
  const Box box = Clip(BoundsOf(std::span<const Landmark>(into.landmarks)), into.size);
  if (box.width > 0 && box.height > 0) {
    into.faces.push_back({.score = std::min(score, 1.0f), .box = box, .detail = 0});
  } else {
    into.landmarks.clear();
  }
}

void LandmarkHead::AddObject(std::span<const float> values, const HeatMaps& maps, float score,
                             const Affine& input_to_frame, FrameResult& into) const {
  const auto width = static_cast<float>(spec_.input.width);
  const auto height = static_cast<float>(spec_.input.height);
  into.keypoint_count = spec_.points + spec_.hidden;
  for (int i = 0; i < into.keypoint_count; ++i) {
    const float* v = values.data() + std::ptrdiff_t{i} * spec_.columns;
    Point at{v[0] / width, v[1] / height};
    if (maps.data != nullptr) at = Refined(maps, i, spec_.heatmap_window, at);
    at = input_to_frame.Apply({at.x * width, at.y * height});
    into.keypoints.push_back({at.x, at.y, spec_.columns == 5 ? Sigmoid(v[3]) : 1.0f});
  }
  const auto shown = std::span(into.keypoints).first(static_cast<std::size_t>(spec_.points));
  const Box box = Clip(BoundsOf(shown), into.size);
  if (box.width > 0 && box.height > 0) {
    into.objects.push_back({.box = box, .score = std::min(score, 1.0f), .detail = 0});
  } else {
    into.keypoints.clear();
  }
}

Result<void> LandmarkHead::Parse(std::span<const TensorView> outputs,
                                 const Affine& input_to_frame, FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  (spec_.is_face ? into.landmark_count : into.keypoint_count) = spec_.points + spec_.hidden;
  RETINUE_ASSIGN_OR_RETURN(const float score, ReadPresence(outputs));
  RETINUE_ASSIGN_OR_RETURN(const auto values, ReadPoints(outputs));
  HeatMaps maps;
  if (spec_.heatmap_output >= 0) {
    RETINUE_ASSIGN_OR_RETURN(maps, ReadHeatMaps(outputs, spec_.heatmap_output,
                                                spec_.points + spec_.hidden, converted_[2]));
  }
  if (!std::isfinite(score) ||
      !std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    invalid_ = 1;
    return {};
  }
  if (!(score > options_.conf)) return {};
  if (spec_.is_face) {
    AddFace(values, score, input_to_frame, into);
  } else {
    AddObject(values, maps, score, input_to_frame, into);
  }
  return {};
}

}  // namespace retinue
