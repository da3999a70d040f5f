#pragma once

// Oriented boxes: their overlap, their suppression, and their way into the frame.
// Threads: a TurnedSelector belongs to one thread; the rest are pure functions.

#include <cstddef>
#include <span>
#include <vector>

#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/results/results.h"

namespace retinue {

/// How alike two oriented boxes are, as two Gaussian distributions: 1 - Hellinger distance.
/// @source "ProbIoU", Llerena and others, arXiv 2106.06072; Ultralytics `batch_probiou`
float ProbabilisticIou(const Region& a, const Region& b);

/// The same rectangle with width ≥ height and its angle in [0, π).
Region Regularised(const Region& region);

/// Collects oriented boxes and suppresses: a box goes when any better one of its class (of any,
/// when agnostic) overlaps it by `iou` or more, whether that one stays or not.
/// @source Ultralytics `TorchNMS.fast_nms` with `batch_probiou`
class TurnedSelector {
 public:
  explicit TurnedSelector(const HeadOptions& options) : options_(options) {}

  void Begin(std::size_t max_boxes);
  void Add(const Region& region, float score, int class_id);
  /// Replaces `into.objects` and `into.turned`, in frame pixels, best first; a box of which
  /// nothing is inside the frame is dropped.
  void Select(const Affine& input_to_frame, FrameResult& into);

 private:
  struct Entry {
    Region region;
    float score = 0;
    int class_id = 0;
  };
  HeadOptions options_;
  std::vector<Entry> entries_;
  std::vector<int> order_;
};

}  // namespace retinue
