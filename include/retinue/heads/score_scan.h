#pragma once

// The hot loop of every detection head: which anchors have a class score above a
// threshold. Threads: pure functions over the caller's memory.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace retinue {

/// An anchor whose best score passed the threshold.
struct Candidate {
  int anchor = 0;
  int class_id = 0;  ///< Of the best score; the lowest id where several are equal.
  float score = 0;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// How a ScoreGrid lies in memory.
enum class GridLayout {
  kChannelsFirst,  ///< [leading + classes + trailing][anchors]
  kAnchorsFirst,   ///< [anchors][leading + classes + trailing]
};

/// Float32 values of all anchors, dense. Each anchor has `leading` channels that are no class
/// scores (a box, a background), then `classes` scores, then `trailing` channels that nobody
/// looks at here (keypoints, mask coefficients).
struct ScoreGrid {
  const float* data = nullptr;  ///< All channels of all anchors; any alignment to 4 bytes.
  int anchors = 0;
  int leading = 0;
  int classes = 0;  ///< At least 1.
  GridLayout layout = GridLayout::kChannelsFirst;
  int trailing = 0;

  /// Values from one anchor to the next.
  std::ptrdiff_t anchor_step() const {
    return layout == GridLayout::kAnchorsFirst ? leading + classes + trailing : 1;
  }
  /// Values from one channel of an anchor to the next.
  std::ptrdiff_t channel_step() const {
    return layout == GridLayout::kAnchorsFirst ? 1 : anchors;
  }
};

/// Finds the anchors whose best class score is > `threshold`.
///
/// @param threshold  Any value; NaN finds nothing.
/// @param out        Cleared, then filled in the order of the anchors.
/// @return  Number of anchors that hold a value (leading channels included) which is NaN
///          or infinite; these are never found.
///
/// SIMD (Highway, best instruction set of the machine). Cost: one pass at the speed of memory;
/// groups of anchors without a find are never looked at twice.
std::int64_t FindCandidates(const ScoreGrid& grid, float threshold, std::vector<Candidate>& out);

/// The slow twin of FindCandidates: same results, value by value. For tests.
std::int64_t FindCandidatesScalar(const ScoreGrid& grid, float threshold,
                                  std::vector<Candidate>& out);

}  // namespace retinue
