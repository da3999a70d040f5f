#pragma once

// The head of NanoDet detectors. Threads: see Head.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/cell_grid.h"
#include "retinue/heads/head.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Reads, of every stride s, scores [1, cells, C] in [0, 1] and distances [1, cells, 4 · B] (the
/// logits of four distributions over 0 … B - 1: left, top, right, bottom), or all of them in one
/// tensor [1, N, C + 4 · B]; f32, f16 or bf16. At the cell in column x and row y:
///   centre   = ((x + offset) · s, (y + offset) · s)
///   distance = s · Σ k · softmax(logits)_k
/// A box reaches so far from the centre, and is clipped to the model input before suppression.
///
/// What it keeps is as YoloHead says (the repository itself looks at every class above its
/// threshold: multi_label). Distances are looked at where a score passes, so a NaN among the
/// others is not counted.
///
/// Cost: one pass over the scores, 4 · B exponentials for what passes, plus the suppression.
/// @source RangiLyu/nanodet, `GFLHead.get_bboxes_single` and `NanoDetPlusHead.get_bboxes`; checked
///         against lib/heads/golden/nanodet_head.json, which heads.py there writes with numpy
class NanoDetHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<NanoDetHead>> Create(const NanoDetSpec& spec,
                                                     const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  // The cells of one level, wherever they lie.
  struct Cells {
    ScoreGrid scores;
    const float* distances = nullptr;
    int distance_step = 0;
  };

  NanoDetHead(const NanoDetSpec& spec, const HeadOptions& options, std::vector<CellLevel> levels);
  Result<void> FindCells(std::span<const TensorView> outputs);
  ScoredBox BoxAt(const CellLevel& level, int cell, const float* logits) const;

  NanoDetSpec spec_;
  float conf_;
  bool multi_label_;
  std::vector<CellLevel> levels_;
  BoxSelector selector_;
  std::vector<std::array<std::vector<float>, 2>> converted_;  // of each level
  std::vector<Cells> cells_;
  std::vector<Candidate> candidates_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
