#pragma once

// The head of YOLO models with prior boxes and objectness (v5, v7), as their
// exporters leave it: boxes in pixels already. Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

class ExtraReader;

/// Reads one tensor [1, N, 5 + C + extra] of f32, f16 or bf16: cx, cy, w, h in model-input
/// pixels, objectness, C scores, all scores in [0, 1], then what the spec's `extra` says; for
/// masks a second one with the prototypes. YOLOv6, and YOLOX exported with
/// `decode_in_inference`, have the same form.
///
/// What it keeps: rows whose objectness is > conf and whose best class's score times objectness
/// is > conf (with multi_label every class of which that holds), then as YoloHead from its second
/// step on. Of rows below that the classes are never looked at, so a NaN there is not counted.
///
/// Cost: one cache line a row, the classes of what passes, plus the suppression (85 × 25200 f32:
/// docs/measurements.md). f16 and bf16 are converted to scratch first.
/// @source YOLOv5 `non_max_suppression`; checked against lib/heads/golden/yolov5_head.json, which
///         heads.py there writes with numpy
class YoloV5Head final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, an `extra` of
  ///                          impossible size, or options out of range.
  static Result<std::unique_ptr<YoloV5Head>> Create(const YoloV5Spec& spec,
                                                    const HeadOptions& options = {});
  ~YoloV5Head() override;

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloV5Head(const YoloV5Spec& spec, const HeadOptions& options);

  YoloV5Spec spec_;
  float conf_;
  bool multi_label_;
  std::unique_ptr<ExtraReader> boxes_;
  std::vector<float> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
