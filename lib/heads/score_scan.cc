#include "retinue/heads/score_scan.h"

#include <cmath>
#include <cstddef>

#include "retinue/base/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/heads/score_scan.cc"
#include <hwy/foreach_target.h>

#include "lib/heads/score_scan-inl.h"

#if HWY_ONCE
namespace retinue {
namespace {

HWY_EXPORT(ScanChannelsFirst);
HWY_EXPORT(ScanAnchorsFirst);

// Anchors from `first` on, value by value.
std::int64_t ScanScalar(const ScoreGrid& grid, int first, float threshold,
                        std::vector<Candidate>& out) {
  const std::ptrdiff_t channels = grid.leading + grid.classes;
  const std::ptrdiff_t anchor_step = grid.anchor_step();
  const std::ptrdiff_t channel_step = grid.channel_step();
  std::int64_t invalid = 0;
  for (int anchor = first; anchor < grid.anchors; ++anchor) {
    const float* values = grid.data + anchor * anchor_step;
    bool finite = true;
    for (std::ptrdiff_t c = 0; c < channels; ++c) {
      finite = finite && std::isfinite(values[c * channel_step]);
    }
    if (!finite) {
      ++invalid;
      continue;
    }
    Candidate best{anchor, 0, values[grid.leading * channel_step]};
    for (int c = 1; c < grid.classes; ++c) {
      const float score = values[(grid.leading + c) * channel_step];
      if (score > best.score) best = {anchor, c, score};
    }
    if (best.score > threshold) out.push_back(best);
  }
  return invalid;
}

void Begin(const ScoreGrid& grid, std::vector<Candidate>& out) {
  RETINUE_CHECK(grid.anchors >= 0 && grid.leading >= 0 && grid.trailing >= 0 &&
                grid.classes >= 1);
  out.clear();
  out.reserve(static_cast<std::size_t>(grid.anchors));
}

}  // namespace

std::int64_t FindCandidates(const ScoreGrid& grid, float threshold, std::vector<Candidate>& out) {
  Begin(grid, out);
  std::int64_t invalid = 0;
  const std::size_t done =
      grid.layout == GridLayout::kChannelsFirst
          ? HWY_DYNAMIC_DISPATCH(ScanChannelsFirst)(grid, threshold, out, invalid)
          : HWY_DYNAMIC_DISPATCH(ScanAnchorsFirst)(grid, threshold, out, invalid);
  return invalid + ScanScalar(grid, static_cast<int>(done), threshold, out);
}

std::int64_t FindCandidatesScalar(const ScoreGrid& grid, float threshold,
                                  std::vector<Candidate>& out) {
  Begin(grid, out);
  return ScanScalar(grid, 0, threshold, out);
}

}  // namespace retinue
#endif  // HWY_ONCE
