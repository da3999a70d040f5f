#pragma once

// The head of MediaPipe's small detectors (BlazeFace, BlazePose). Threads: see Head.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"
#include "retinue/heads/nms.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads boxes with keypoints [1, N, 4 + 2 · K] and logits [1, N, 1], of f32, f16 or bf16.
///
/// What it keeps: boxes whose score, the sigmoid of the logit, is > conf. From the best to the
/// worst, each takes with it all that are left and overlap it by more than `iou` (intersection
/// over union); box and keypoints become the mean of these, weighted by their scores, and the
/// score is the best one's. At most max_det, mapped to the frame; boxes are clipped to it, those
/// wholly outside dropped, keypoints mapped (score 1: the model has none). `agnostic_nms`,
/// `multi_label` and `classes` have nothing to choose from. A box with a value that is NaN or
/// infinite is counted in invalid_count() where its logit passes, or is no number itself.
///
/// Cost: one pass over the logits, and O(K²) for the K that pass.
/// @source MediaPipe `NonMaxSuppressionCalculator` (algorithm: WEIGHTED); checked against
///         lib/heads/golden/blaze_head.json, which blaze.py there writes with numpy
class BlazeHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<BlazeHead>> Create(const BlazeSpec& spec,
                                                   const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  BlazeHead(const BlazeSpec& spec, const HeadOptions& options, std::vector<Point> centers);
  bool AddBox(const Candidate& candidate, const float* row);
  void Merge(std::size_t best);
  void Keep(float score, const Affine& input_to_frame, FrameResult& into) const;

  BlazeSpec spec_;
  HeadOptions options_;
  std::vector<Point> centers_;        // of the cells, one a box
  std::size_t columns_;               // of a box: 4 corners, then the keypoints
  std::vector<Candidate> candidates_;
  std::vector<float> scores_;         // of the boxes, best first once sorted
  std::vector<float> boxes_;          // [scores_][columns_]: corners and keypoints, input pixels
  std::vector<int> order_;            // the boxes that are left, best first
  std::vector<float> mean_;           // [columns_]
  std::array<std::vector<float>, 2> converted_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
