#pragma once

// The head of YOLO detectors that suppress inside the network (v10, v26, and
// exports with nms=True). Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"

namespace retinue {

/// Reads one tensor [1, K, 6] of f32, f16 or bf16: a row a box of x_min, y_min,
/// x_max, y_max in model-input pixels, the score in [0, 1], and the class id.
///
/// What it keeps: rows whose score is > conf and whose class is wanted, best first, ties in
/// the order of the rows, at most max_det, mapped to the frame and clipped. Nothing is
/// suppressed here: `iou` and `agnostic_nms` have no effect. Rows of score 0 fill up
/// the tensor and mean nothing; of the others, those with a NaN or an infinity, or a class that
/// the model does not have, are counted in invalid_count().
///
/// Cost: K rows are looked at.
/// @source Ultralytics `non_max_suppression` for tensors of 6 columns; checked against
///         lib/heads/golden/yolo_end2end_head.json, which heads.py there writes with numpy
class YoloEnd2EndHead final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, or options out
  ///                          of range.
  static Result<std::unique_ptr<YoloEnd2EndHead>> Create(const YoloEnd2EndSpec& spec,
                                                         const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame, Size frame,
                     std::vector<Detection>& out) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloEnd2EndHead(const YoloEnd2EndSpec& spec, const HeadOptions& options);

  YoloEnd2EndSpec spec_;
  float conf_;
  BoxSelector selector_;
  std::vector<float> converted_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
