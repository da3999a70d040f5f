#pragma once

// Non-maximum suppression: of boxes that overlap, the best stays.
// Threads: a Suppression belongs to one thread; the scalar twin is a pure function.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "retinue/heads/head.h"

namespace retinue {

/// A box before suppression, by its corners, in any one unit.
struct ScoredBox {
  float x_min = 0;
  float y_min = 0;
  float x_max = 0;
  float y_max = 0;
  float score = 0;
  int class_id = 0;
};

struct SuppressionOptions {
  float iou = 0.7f;                        ///< Overlap above which the weaker box goes.
  bool agnostic = false;                   ///< Also between different classes.
  int max_kept = 300;                      ///< Stop after so many, at least 1.
  int max_candidates = kMaxNmsCandidates;  ///< Only the best so many compete.
};

/// Greedy suppression with reused scratch memory.
class Suppression {
 public:
  /// Takes the memory for max_kept boxes. `options` within the ranges above (RETINUE_CHECK).
  explicit Suppression(const SuppressionOptions& options);

  /// Takes the memory for Run() with up to `max_boxes`, so that none of these allocates.
  void Reserve(std::size_t max_boxes);

  /// The indices of the boxes that stay, best score first; valid until the next call.
  ///
  /// From the best box to the worst (equal scores: lower index first) a box is kept unless its
  /// intersection over union with one already kept of the same class (or of any, when agnostic)
  /// is > iou. Only the max_candidates best compete. Defined for every input: boxes with a NaN
  /// among coordinates or score are never kept; a pair whose union is 0 or overflows does not
  /// overlap; a box of negative extent overlaps nothing.
  ///
  /// SIMD over the kept boxes. Cost O(K log K) for the K boxes plus O(K · kept) in the worst case.
  /// @source torchvision `nms`, Ultralytics `non_max_suppression` (which separates classes by an
  ///         offset of 7680 pixels; here they are compared by id, without its rounding)
  std::span<const int> Run(std::span<const ScoredBox> boxes);

 private:
  void Sort(std::span<const ScoredBox> boxes);
  void Forget();
  void Keep(const ScoredBox& box, float area);

  SuppressionOptions options_;
  std::vector<std::uint64_t> order_;  // score, inverted, above the index: ascending is the order
  std::vector<int> kept_;
  std::vector<float> x_min_, y_min_, x_max_, y_max_, area_;  // of the kept, padded for vectors
  std::vector<int> class_;
};

/// The slow twin of Suppression::Run, as one would write it down first. For tests.
std::vector<int> SuppressScalar(std::span<const ScoredBox> boxes,
                                const SuppressionOptions& options);

}  // namespace retinue
