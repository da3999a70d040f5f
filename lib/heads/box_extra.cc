#include "lib/heads/box_extra.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>

namespace retinue {
namespace {

constexpr int kMaxKeypoints = 1000;
constexpr int kMaxCoefficients = 1000;
constexpr int kMaxMaskStride = 64;

}  // namespace

int ColumnCount(const BoxExtra& extra) {
  if (const auto* keypoints = std::get_if<KeypointColumns>(&extra)) {
    return keypoints->count * (keypoints->has_score ? 3 : 2);
  }
  if (const auto* masks = std::get_if<MaskColumns>(&extra)) return masks->coefficients;
  return std::holds_alternative<AngleColumn>(extra) ? 1 : 0;
}

Result<void> CheckBoxExtra(const BoxExtra& extra) {
  const auto check = [](const char* what, int value, int least, int most) -> Result<void> {
    if (value >= least && value <= most) return {};
    return Fail(ErrorCode::kInvalidArgument,
                std::string(what) + " must be " + std::to_string(least) + " to " +
                    std::to_string(most) + ", got " + std::to_string(value));
  };
  if (const auto* keypoints = std::get_if<KeypointColumns>(&extra)) {
    return check("the number of keypoints", keypoints->count, 1, kMaxKeypoints);
  }
  if (const auto* masks = std::get_if<MaskColumns>(&extra)) {
    RETINUE_RETURN_IF_ERROR(
        check("the number of mask coefficients", masks->coefficients, 1, kMaxCoefficients));
    RETINUE_RETURN_IF_ERROR(
        check("the index of the prototypes' output", masks->prototypes_output, 0, 1000));
    return check("the stride of the prototypes", masks->stride, 1, kMaxMaskStride);
  }
  return {};
}

ExtraReader::ExtraReader(const BoxExtra& extra, const HeadOptions& options, int class_count)
    : extra_(extra),
      columns_(ColumnCount(extra)),
      max_det_(static_cast<std::size_t>(options.max_det)),
      selector_(options, class_count) {
  if (std::holds_alternative<AngleColumn>(extra)) turned_.emplace(options);
  if (const auto* masks = std::get_if<MaskColumns>(&extra)) masks_.emplace(*masks);
}

Result<void> ExtraReader::Begin(std::span<const TensorView> outputs, const BoxChannels& channels,
                                std::size_t max_boxes) {
  channels_ = channels;
  anchors_.clear();
  anchors_.reserve(max_boxes);
  coefficients_.reserve(static_cast<std::size_t>(columns_));
  selector_.Begin(max_boxes);
  if (turned_) turned_->Begin(max_boxes);
  if (masks_) return masks_->Begin(outputs);
  return {};
}

bool ExtraReader::Add(int anchor, const ScoredBox& box) {
  const float* extra = channels_.data + anchor * channels_.anchor_step +
                       channels_.first_extra * channels_.channel_step;
  for (int c = 0; c < columns_; ++c) {
    if (!std::isfinite(extra[c * channels_.channel_step])) return false;
  }
  if (turned_) {
    const Box upright = BoxFromCorners(box.x_min, box.y_min, box.x_max, box.y_max);
    turned_->Add({upright.center(), upright.width, upright.height, extra[0]}, box.score,
                 box.class_id);
  } else {
    anchors_.push_back(anchor);
    selector_.Add(box);
  }
  return true;
}

Result<void> ExtraReader::Select(const Affine& input_to_frame, FrameResult& into) {
  if (turned_) {
    turned_->Select(input_to_frame, into);
    return {};
  }
  selector_.Select(input_to_frame, into);
  kept_ = selector_.kept();
  if (const auto* keypoints = std::get_if<KeypointColumns>(&extra_)) {
    ReadKeypoints(*keypoints, input_to_frame, into);
  } else if (masks_) {
    return ReadMasks(input_to_frame, into);
  }
  return {};
}

const float* ExtraReader::ExtraOf(std::size_t object) const {
  const int anchor = anchors_[static_cast<std::size_t>(kept_[object])];
  return channels_.data + anchor * channels_.anchor_step +
         channels_.first_extra * channels_.channel_step;
}

void ExtraReader::ReadKeypoints(const KeypointColumns& columns, const Affine& input_to_frame,
                                FrameResult& into) const {
  into.keypoint_count = columns.count;
  into.keypoints.reserve(max_det_ * static_cast<std::size_t>(columns.count));
  const std::ptrdiff_t step = channels_.channel_step;
  for (std::size_t i = 0; i < into.objects.size(); ++i) {
    into.objects[i].detail = static_cast<int>(i);
    const float* value = ExtraOf(i);
    for (int k = 0; k < columns.count; ++k) {
      const Point at = input_to_frame.Apply({value[0], value[step]});
      into.keypoints.push_back({at.x, at.y, columns.has_score ? value[2 * step] : 1.0f});
      value += (columns.has_score ? 3 : 2) * step;
    }
  }
}

Result<void> ExtraReader::ReadMasks(const Affine& input_to_frame, FrameResult& into) {
  if (input_to_frame.b != 0 || input_to_frame.d != 0) {
    into.ClearFound();
    return Fail(ErrorCode::kInvalidArgument, "masks must be mapped without turning");
  }
  for (std::size_t i = 0; i < into.objects.size(); ++i) {
    Detection& object = into.objects[i];
    object.detail = static_cast<int>(i);
    const float* value = ExtraOf(i);
    coefficients_.clear();
    for (int c = 0; c < columns_; ++c) coefficients_.push_back(value[c * channels_.channel_step]);
    masks_->Append(coefficients_, object.box, input_to_frame, into.size, into.masks);
  }
  return {};
}

}  // namespace retinue
