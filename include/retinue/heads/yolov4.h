#pragma once

// The head of YOLOv4 (and v3) detectors with two outputs, as converters to
// TensorFlow Lite leave them. Threads: see Head.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads boxes [1, N, 4] of cx, cy, w, h in model-input pixels, and scores [1, N, C] in [0, 1],
/// objectness multiplied in; f32, f16 or bf16.
///
/// What it keeps is as YoloHead says. Of the boxes only those of anchors whose score passes are
/// looked at, so a NaN among the others is not counted.
///
/// Cost: one pass over the scores plus the suppression.
/// @source hunglc007/tensorflow-yolov4-tflite, `decode_tflite` and `filter_boxes`; checked against
///         lib/heads/golden/yolov4_head.json, which heads.py there writes with numpy
class YoloV4Head final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<YoloV4Head>> Create(const YoloV4Spec& spec,
                                                    const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloV4Head(const YoloV4Spec& spec, const HeadOptions& options);

  YoloV4Spec spec_;
  float conf_;
  bool multi_label_;
  BoxSelector selector_;
  std::array<std::vector<float>, 2> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
