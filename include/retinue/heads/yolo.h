#pragma once

// The head of anchor-free YOLO detectors (v8, v11 and their kin).
// Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads one tensor [1, 4 + C, N] (or [1, N, 4 + C], as the spec says) of f32, f16
/// or bf16: cx, cy, w, h in model-input pixels, then C scores in [0, 1].
///
/// What it keeps, in this order:
///   1. of each anchor the class with the best score; ties go to the lower class id;
///   2. anchors whose score is > conf, whose class is wanted, and whose values are all finite
///      (those with a NaN or an infinity are counted in invalid_count());
///   3. of these the 30000 best, ties in the order of the lower anchor index;
///   4. what suppression leaves (see Suppression), at most max_det;
///   5. boxes mapped to the frame and clipped; those wholly outside are dropped.
///
/// Cost: one pass over the tensor, at the speed of memory (84 × 8400 f32: 0.07 ms
/// on one core of an EPYC Milan; docs/measurements.md), plus the suppression.
/// f16 and bf16 are converted to scratch first.
/// @source Ultralytics export layout and `non_max_suppression` (multi_label=False); checked
///         against lib/heads/golden/yolo_head.json, which heads.py there writes with numpy
class YoloHead final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, or options out
  ///                          of range.
  static Result<std::unique_ptr<YoloHead>> Create(const YoloSpec& spec,
                                                  const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame, Size frame,
                     std::vector<Detection>& out) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloHead(const YoloSpec& spec, const HeadOptions& options);
  Result<ScoreGrid> Grid(std::span<const TensorView> outputs);

  YoloSpec spec_;
  float conf_;
  BoxSelector selector_;
  std::vector<float> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
