#pragma once

// From what a network says of an anchor to the boxes that compete. Thread rule:
// plain values, pure functions.

#include <cmath>

#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/heads/nms.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// A box by its centre and size.
inline ScoredBox BoxAround(float x, float y, float width, float height) {
  const float half_width = width / 2, half_height = height / 2;
  return {x - half_width, y - half_height, x + half_width, y + half_height, 0, 0};
}

/// Whether all four corners are numbers.
inline bool HasFiniteCorners(const ScoredBox& b) {
  return std::isfinite(b.x_min) && std::isfinite(b.y_min) && std::isfinite(b.x_max) &&
         std::isfinite(b.y_max);
}

/// For boxes of which the network itself chose: no overlap is above 1, so nothing is suppressed.
inline HeadOptions WithoutSuppression(HeadOptions options) {
  options.iou = 1;
  return options;
}

/// Which classes of an anchor become boxes: the best, or with multi_label each above conf.
class LabelRule {
 public:
  LabelRule(float conf, bool multi_label, int class_count)
      : conf_(conf), class_count_(multi_label ? class_count : 0) {}

  /// Calls `visit(class_id, score)`; `scores` are those of the anchor, of which each counts
  /// `factor` times.
  template <typename Visit>
  void ForEach(const Candidate& best, const float* scores, float factor, Visit visit) const {
    if (class_count_ == 0) visit(best.class_id, best.score);
    for (int id = 0; id < class_count_; ++id) {
      const float score = factor * scores[id];
      if (score > conf_) visit(id, score);
    }
  }

  /// Adds `box` with each of these labels that the user wants. False, and nothing is added, when
  /// the box is not finite.
  bool AddTo(BoxSelector& selector, const Candidate& best, const float* scores, float factor,
             ScoredBox box) const {
    if (!HasFiniteCorners(box)) return false;
    ForEach(best, scores, factor, [&](int class_id, float score) {
      box.class_id = class_id;
      box.score = score;
      if (selector.Wants(class_id)) selector.Add(box);
    });
    return true;
  }

 private:
  float conf_;
  int class_count_;  // 0: only the best
};

}  // namespace retinue
