#pragma once

// How far two engines that run the same model are apart: their boxes, scores,
// keypoints and masks, and their raw outputs. There is no truth here, only a
// reference; detection_evaluator.h is the one for accuracy.
// Thread rule: plain values; a counter belongs to one thread.

#include <cstdint>
#include <span>
#include <vector>

#include "retinue/results/results.h"

namespace retinue {

/// Mean and largest of some differences, all 0 or more.
struct Spread {
  double mean = 0;
  double max = 0;
};

/// What was found to differ, over all frames.
struct Agreement {
  std::int64_t frames = 0;
  std::int64_t objects = 0;  ///< The reference's, of at least `conf`.
  std::int64_t matched = 0;  ///< Pairs, of which at least one reaches `conf`.
  std::int64_t missing = 0;  ///< The reference's, of at least `conf`, without a counterpart.
  std::int64_t extra = 0;    ///< The other's, likewise.
  Spread iou_loss;           ///< 1 - IoU of the boxes of a pair.
  Spread edge_px;            ///< The edge that lies farthest from the other's, frame pixels.
  Spread score;              ///< Difference of the scores of a pair.
  Spread keypoint_px;        ///< Distance of the keypoints of which both scores reach 0.5.
  Spread mask_loss;          ///< 1 - IoU of the masks of a pair; of masks that are both empty 0.
  Spread class_score;        ///< Of classifiers: of each class that one of the two lists.
};

struct AgreementOptions {
  float conf = 0.25f;      ///< Objects as sure as this must be found by both.
  float least_iou = 0.5f;  ///< Boxes that overlap less are not the same object.
};

/// Counts over frames.
///
/// Objects are matched one to one within their class, the pair that overlaps most first (ties: the
/// reference's earlier object, then the other's). An object is missing or extra only when it
/// reaches `conf` and has no counterpart at all, so give both lists down to well below `conf`:
/// a score that crosses it by a hair is then a difference of scores, not an object too few.
class AgreementCounter {
 public:
  explicit AgreementCounter(const AgreementOptions& options = {}) : options_(options) {}

  /// Compares what the two found in one frame.
  void Add(const FrameResult& reference, const FrameResult& other);
  Agreement Total() const;

 private:
  struct Sum {
    double total = 0;
    double max = 0;
    std::int64_t count = 0;
    void Add(double value);
    Spread spread() const;
  };
  void AddPair(const FrameResult& reference, const Detection& a, const FrameResult& other,
               const Detection& b);
  void AddClasses(const FrameResult& reference, const FrameResult& other);

  const AgreementOptions options_;
  Agreement counts_;
  Sum iou_loss_, edge_px_, score_, keypoint_px_, mask_loss_, class_score_;
};

/// How far two tensors are apart.
struct ValueDifference {
  /// Root of (sum of squared differences / sum of squares of the reference); 0 when both are 0,
  /// infinite when only the latter is.
  double relative = 0;
  double max = 0;               ///< Largest difference.
  std::int64_t not_finite = 0;  ///< NaN or infinite in exactly one of the two; left out above.
};

/// Compares element by element; of different lengths, all that has no counterpart counts as
/// not finite. In double precision.
ValueDifference CompareValues(std::span<const float> reference, std::span<const float> other);

}  // namespace retinue
