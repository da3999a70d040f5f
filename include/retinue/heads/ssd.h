#pragma once

// The head of SSD detectors with raw outputs, and the anchors that they are
// relative to. Threads: see Head; SsdAnchors is a pure function.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// One prior box, in fractions of the model input.
struct SsdAnchor {
  float center_y = 0;
  float center_x = 0;
  float height = 0;
  float width = 0;
};

/// The prior boxes in the order of the model's outputs: layer after layer, in each the cells
/// in rows from the top left, in each cell the aspect ratios in their order, then the
/// interpolated box. Centres are the middles of the cells.
///
/// Layer i of n has size s(i) = min_scale + (max_scale - min_scale) · i / (n - 1), for n = 1
/// the mean of the two, and s(n) = 1. A box of size s and ratio r is s·√r wide and s/√r high.
/// @error kInvalidArgument  No layer, a layer outside 1…1024, more than 1000000 anchors, a
///                          scale or ratio that is not finite and positive.
/// @source MediaPipe `SsdAnchorsCalculator`
Result<std::vector<SsdAnchor>> SsdAnchors(const SsdAnchorSpec& spec);

/// Reads boxes [1, N, 4] and classes [1, N, B + C] of f32, f16 or bf16, where N is the
/// number of generated anchors and B is 1 with a background column, else 0.
///
/// A box (y, x, h, w) at anchor a means, with scales s:
///   centre = a.centre + (y / s0, x / s1) · (a.height, a.width)
///   size   = (exp(h / s2), exp(w / s3)) · (a.height, a.width)
/// in fractions of the input. Selection is that of YoloHead: the best class (never the
/// background) over conf, suppression, clipping. An anchor is invalid when one of its
/// values, or its box, is NaN or infinite.
///
/// Cost: one pass over both tensors plus the suppression; `exp` only for what passes conf.
/// @source TensorFlow Object Detection API box coder; checked against
///         lib/heads/golden/ssd_head.json, which heads.py there writes with numpy
class SsdHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<SsdHead>> Create(const SsdSpec& spec,
                                                 const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  SsdHead(const SsdSpec& spec, const HeadOptions& options, std::vector<SsdAnchor> anchors);
  Result<void> CheckShapes(std::span<const TensorView> outputs) const;
  void CountInvalidBoxes(const float* boxes, const float* classes);
  bool AddBox(const float* encoded, const Candidate& candidate);

  SsdSpec spec_;
  float conf_;
  float raw_threshold_;
  std::vector<SsdAnchor> anchors_;
  BoxSelector selector_;
  std::array<std::vector<float>, 2> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
