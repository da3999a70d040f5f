#pragma once

// The head of anchor-free YOLO models (v8, v9, 11, 12 and their kin): boxes, and with them
// keypoints, masks or angles. Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

class ExtraReader;

/// Reads one tensor [1, 4 + C + extra, N] (or [1, N, 4 + C + extra], as the spec says) of f32, f16
/// or bf16: cx, cy, w, h in model-input pixels, then C scores in [0, 1], then what the spec's
/// `extra` says; for masks a second one with the prototypes.
///
/// What it keeps, in this order:
///   1. of each anchor the class with the best score, ties go to the lower class id; with
///      multi_label every class over conf;
///   2. those whose score is > conf, whose class is wanted, and whose values are all finite
///      (anchors with a NaN or an infinity are counted in invalid_count(); of `extra` only where
///      the score passes);
///   3. of these the 30000 best, ties in the order of the lower anchor index;
///   4. what suppression leaves (see Suppression; of turned boxes the one in
///      lib/heads/turned_selector.h), at most max_det;
///   5. boxes mapped to the frame and clipped, those wholly outside dropped; keypoints mapped;
///      masks sampled at the pixels of the frame inside the box.
///
/// Cost: one pass over the tensor, at the speed of memory (84 × 8400 f32: 0.07 ms
/// on one core of an EPYC Milan; docs/measurements.md), plus the suppression.
/// f16 and bf16 are converted to scratch first.
/// @source Ultralytics export layout and `non_max_suppression`; checked
///         against lib/heads/golden/yolo_head.json, which heads.py there writes with numpy
class YoloHead final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, an `extra` of
  ///                          impossible size, or options out of range.
  static Result<std::unique_ptr<YoloHead>> Create(const YoloSpec& spec,
                                                  const HeadOptions& options = {});
  ~YoloHead() override;

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloHead(const YoloSpec& spec, const HeadOptions& options);
  Result<ScoreGrid> Grid(std::span<const TensorView> outputs);
  void AddBoxes(const ScoreGrid& grid);

  YoloSpec spec_;
  float conf_;
  bool multi_label_;
  std::unique_ptr<ExtraReader> boxes_;
  std::vector<float> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
