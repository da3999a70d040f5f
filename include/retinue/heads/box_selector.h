#pragma once

// The second half of every detection head: from candidate boxes in model-input
// pixels to detections in the frame. Threads: belongs to one thread.

#include <cstddef>
#include <span>
#include <vector>

#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/heads/nms.h"
#include "retinue/results/results.h"

namespace retinue {

/// Collects boxes, suppresses, maps to the frame and clips. Reuses its memory.
class BoxSelector {
 public:
  /// `options` must have passed CheckHeadOptions; `classes` within `class_count`.
  BoxSelector(const HeadOptions& options, int class_count);

  /// Whether the user wants this class; `class_id` in [0, class_count).
  bool Wants(int class_id) const { return wanted_[static_cast<std::size_t>(class_id)] != 0; }
  /// Forgets the boxes of the last frame and makes room for `max_boxes`, so that a busy
  /// frame later on allocates nothing.
  void Begin(std::size_t max_boxes);
  /// Adds a box in model-input pixels, in the order of the anchors.
  void Add(const ScoredBox& box) { boxes_.push_back(box); }
  /// Replaces `into.objects` with what suppression leaves of the added boxes: mapped by
  /// `input_to_frame`, clipped to `into.size`, best first; boxes wholly outside are dropped.
  void Select(const Affine& input_to_frame, FrameResult& into);
  /// Of each object of the last Select, in its order, which of the added boxes it was, from 0.
  std::span<const int> kept() const { return kept_; }

 private:
  std::vector<unsigned char> wanted_;
  std::vector<ScoredBox> boxes_;
  std::size_t max_det_;
  Suppression suppression_;
  std::vector<int> kept_;
};

}  // namespace retinue
