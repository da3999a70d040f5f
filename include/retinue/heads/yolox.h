#pragma once

// The head of YOLOX detectors. Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/cell_grid.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads one tensor [1, N, 5 + C] of f32, f16 or bf16, where N is the number of cells of the
/// spec's strides: dx, dy, log w, log h, objectness, C scores, all scores in [0, 1]. At the cell
/// in column x and row y of a grid of stride s:
///   centre = ((dx + x) · s, (dy + y) · s), size = (exp(log w) · s, exp(log h) · s)
/// in model-input pixels. What it keeps is as YoloV5Head says; a row is invalid also when its box
/// overflows.
///
/// Cost: one cache line a row, the classes of what passes, plus the suppression.
/// @source YOLOX `demo_postprocess`; checked against lib/heads/golden/yolox_head.json, which
///         heads.py there writes with numpy
class YoloXHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<YoloXHead>> Create(const YoloXSpec& spec,
                                                   const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  YoloXHead(const YoloXSpec& spec, const HeadOptions& options, std::vector<CellLevel> levels);

  YoloXSpec spec_;
  float conf_;
  bool multi_label_;
  std::vector<CellLevel> levels_;
  BoxSelector selector_;
  std::vector<float> converted_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
