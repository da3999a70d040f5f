// SIMD bodies of FindCandidates; included once per instruction set. The scalar twin is
// FindCandidatesScalar in score_scan.cc.

#if defined(RETINUE_LIB_HEADS_SCORE_SCAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_LIB_HEADS_SCORE_SCAN_INL_H_
#undef RETINUE_LIB_HEADS_SCORE_SCAN_INL_H_
#else
#define RETINUE_LIB_HEADS_SCORE_SCAN_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "retinue/heads/score_scan.h"

HWY_BEFORE_NAMESPACE();
namespace retinue {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A value times 0 is 0, unless it is NaN or infinite; then it is NaN, and a sum keeps that.
// One multiply-add a value, where testing for NaN takes a compare and an "or".
template <class D, class V>
HWY_INLINE V Finiteness(D d, V value, V so_far) {
  return hn::MulAdd(value, hn::Zero(d), so_far);
}

// Per anchor of a block the best score and its finiteness.
struct BlockState {
  // 4 KiB: a run of one page in each row, and both arrays stay in the first-level cache.
  static constexpr std::size_t kAnchors = 1024;
  HWY_ALIGN float best[kAnchors];
  HWY_ALIGN float finite[kAnchors];  // 0, or NaN
};

// Folds `rows` (1…4) rows from `row` on into the state; `count` is a multiple of the lanes.
template <int kRows, bool kScores>
HWY_INLINE void FoldRows(const float* HWY_RESTRICT row, std::size_t stride, std::size_t count,
                         BlockState& state) {
  const hn::ScalableTag<float> d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto best = hn::Load(d, state.best + i);
    auto finite = hn::Load(d, state.finite + i);
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto value = hn::LoadU(d, row + r * stride + i);
      if (kScores) best = hn::Max(best, value);
      finite = Finiteness(d, value, finite);
    }
    if (kScores) hn::Store(best, d, state.best + i);
    hn::Store(finite, d, state.finite + i);
  }
}

template <bool kScores>
HWY_INLINE void FoldAllRows(const float* first, std::size_t stride, std::size_t rows,
                            std::size_t count, BlockState& state) {
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4) FoldRows<4, kScores>(first + r * stride, stride, count, state);
  for (; r < rows; ++r) FoldRows<1, kScores>(first + r * stride, stride, count, state);
}

// The best class of each of one vector of anchors; appends those in `found`.
template <class D, class M>
HWY_INLINE void AppendGroup(D d, M found, const float* scores, std::size_t stride,
                            std::size_t classes, std::size_t anchor, std::vector<Candidate>& out) {
  const hn::RebindToSigned<D> di;
  HWY_ALIGN float best_of[HWY_MAX_BYTES / sizeof(float)];
  HWY_ALIGN std::int32_t class_of[HWY_MAX_BYTES / sizeof(float)];
  std::uint8_t bits[(HWY_MAX_BYTES / sizeof(float) + 7) / 8 + 8] = {};

  auto best = hn::LoadU(d, scores);
  auto best_class = hn::Zero(di);
  for (std::size_t c = 1; c < classes; ++c) {
    const auto value = hn::LoadU(d, scores + c * stride);
    const auto better = hn::Gt(value, best);
    best = hn::IfThenElse(better, value, best);
    best_class = hn::IfThenElse(hn::RebindMask(di, better),
                                hn::Set(di, static_cast<std::int32_t>(c)), best_class);
  }
  hn::Store(best, d, best_of);
  hn::Store(best_class, di, class_of);
  hn::StoreMaskBits(d, found, bits);
  for (std::size_t lane = 0; lane < hn::Lanes(d); ++lane) {
    if ((bits[lane / 8] >> (lane % 8)) & 1) {
      out.push_back({static_cast<int>(anchor + lane), class_of[lane], best_of[lane]});
    }
  }
}

// Anchors [0, result) of a grid [leading + classes + trailing][anchors]; the rest, less than a
// vector, is left to the scalar twin.
std::size_t ScanChannelsFirst(const ScoreGrid& grid, float threshold,
                              std::vector<Candidate>& out, std::int64_t& invalid) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto stride = static_cast<std::size_t>(grid.anchors);
  const auto leading = static_cast<std::size_t>(grid.leading);
  const auto classes = static_cast<std::size_t>(grid.classes);
  const std::size_t whole = stride / lanes * lanes;
  const auto limit = hn::Set(d, threshold);
  const auto zero = hn::Zero(d);

  BlockState state;
  for (std::size_t start = 0; start < whole; start += BlockState::kAnchors) {
    const std::size_t count = std::min(BlockState::kAnchors, whole - start);
    const float* boxes = grid.data + start;
    const float* scores = boxes + leading * stride;
    std::copy(scores, scores + count, state.best);
    std::fill(state.finite, state.finite + count, 0.0f);
    FoldAllRows<false>(boxes, stride, leading, count, state);
    FoldAllRows<true>(scores, stride, classes, count, state);

    for (std::size_t i = 0; i < count; i += lanes) {
      const auto finite = hn::Eq(hn::Load(d, state.finite + i), zero);
      const auto found = hn::And(hn::Gt(hn::Load(d, state.best + i), limit), finite);
      if (HWY_UNLIKELY(!hn::AllTrue(d, finite))) {
        invalid += static_cast<std::int64_t>(lanes - hn::CountTrue(d, finite));
      }
      if (HWY_UNLIKELY(!hn::AllFalse(d, found))) {
        AppendGroup(d, found, scores + i, stride, classes, start + i, out);
      }
    }
  }
  return whole;
}

// Whether the best of the scores of one anchor passes, in vectors that overlap at the end.
enum class RowState { kNothing, kFound, kInvalid };

HWY_INLINE RowState ScanRow(const float* HWY_RESTRICT row, std::size_t leading,
                            std::size_t classes, float threshold) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  float leading_finite = 0;
  for (std::size_t i = 0; i < leading; ++i) leading_finite += row[i] * 0.0f;

  const float* scores = row + leading;
  auto best = hn::LoadU(d, scores);
  auto finite = Finiteness(d, best, hn::Set(d, leading_finite));
  for (std::size_t c = lanes; c < classes; c += lanes) {
    const auto value = hn::LoadU(d, scores + std::min(c, classes - lanes));
    best = hn::Max(best, value);
    finite = Finiteness(d, value, finite);
  }
  if (HWY_UNLIKELY(!hn::AllTrue(d, hn::Eq(finite, hn::Zero(d))))) return RowState::kInvalid;
  if (HWY_LIKELY(hn::AllFalse(d, hn::Gt(best, hn::Set(d, threshold))))) return RowState::kNothing;
  return RowState::kFound;
}

// Anchors [0, result) of a grid [anchors][leading + classes + trailing]: all of them, or none when
// there are fewer classes than lanes.
std::size_t ScanAnchorsFirst(const ScoreGrid& grid, float threshold, std::vector<Candidate>& out,
                             std::int64_t& invalid) {
  const hn::ScalableTag<float> d;
  const auto anchors = static_cast<std::size_t>(grid.anchors);
  const auto leading = static_cast<std::size_t>(grid.leading);
  const auto classes = static_cast<std::size_t>(grid.classes);
  const auto step = static_cast<std::size_t>(grid.anchor_step());
  if (classes < hn::Lanes(d)) return 0;
  for (std::size_t anchor = 0; anchor < anchors; ++anchor) {
    const float* row = grid.data + anchor * step;
    const RowState state = ScanRow(row, leading, classes, threshold);
    if (state == RowState::kInvalid) ++invalid;
    if (state != RowState::kFound) continue;
    const float* scores = row + leading;
    const float* best = std::max_element(scores, scores + classes);
    out.push_back({static_cast<int>(anchor), static_cast<int>(best - scores), *best});
  }
  return anchors;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace retinue
HWY_AFTER_NAMESPACE();

#endif  // RETINUE_LIB_HEADS_SCORE_SCAN_INL_H_
