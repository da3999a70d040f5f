#pragma once

// The head of YOLO models that suppress inside the network (v10, v26, and
// exports with nms=True). Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"

namespace retinue {

class ExtraReader;

/// Reads one tensor [1, K, 6 + extra] of f32, f16 or bf16: a row a box of x_min, y_min,
/// x_max, y_max in model-input pixels (cx, cy, w, h where the box has an angle), the score in
/// [0, 1], the class id, and what the spec's `extra` says.
///
/// What it keeps: rows whose score is > conf and whose class is wanted, best first, ties in
/// the order of the rows, at most max_det, mapped to the frame and clipped. Nothing is
/// suppressed here: `iou`, `agnostic_nms` and `multi_label` have no effect. Rows of score 0 fill
/// up the tensor and mean nothing; of the others, those with a NaN or an infinity, or a class
/// that the model does not have, are counted in invalid_count().
///
/// Cost: K rows are looked at.
/// @source Ultralytics `non_max_suppression` for end-to-end tensors; checked against
///         lib/heads/golden/yolo_end2end_head.json, which heads.py there writes with numpy
class YoloEnd2EndHead final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, an `extra` of
  ///                          impossible size, or options out of range.
  static Result<std::unique_ptr<YoloEnd2EndHead>> Create(const YoloEnd2EndSpec& spec,
                                                         const HeadOptions& options = {});
  ~YoloEnd2EndHead() override;

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloEnd2EndHead(const YoloEnd2EndSpec& spec, const HeadOptions& options);
  void AddRow(int row, const float* values);

  YoloEnd2EndSpec spec_;
  float conf_;
  std::unique_ptr<ExtraReader> boxes_;
  std::vector<float> converted_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
