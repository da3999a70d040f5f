#pragma once

// The head of DETR detectors with focal scores: RT-DETR, D-FINE, RF-DETR,
// Deformable DETR. Threads: see Head.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads logits [1, Q, C] and boxes [1, Q, 4] of cx, cy, w, h in fractions of the model input; or
/// both in one tensor [1, Q, 4 + C] of boxes and scores (see DetrSpec). f32, f16 or bf16.
///
/// What it keeps: the `top` best (query, class) pairs of the wanted classes whose score,
/// sigmoid(logit), is > conf; best first, ties in the order of query and class, at most max_det,
/// mapped to the frame and clipped. A query may be several detections, one a class. Nothing is
/// suppressed: `iou`, `agnostic_nms` and `multi_label` have no effect. Queries with a NaN or an
/// infinity among the logits, or in the box where a score passes, are counted in invalid_count().
///
/// Cost: one pass over the logits.
/// @source RT-DETR `RTDETRPostProcessor`, RF-DETR `PostProcess`; checked against
///         lib/heads/golden/detr_head.json, which heads.py there writes with numpy
class DetrHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<DetrHead>> Create(const DetrSpec& spec,
                                                  const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  DetrHead(const DetrSpec& spec, const HeadOptions& options);
  bool AddQuery(const float* logits, const float* box);

  DetrSpec spec_;
  float conf_;
  float raw_threshold_;
  BoxSelector selector_;
  std::array<std::vector<float>, 2> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
