#pragma once

// How well found faces and their 68 points fit labelled ones: the normalised mean error of face
// benchmarks. Thread rule: one evaluator belongs to one thread; everything else is plain values.
//
//   retinue::FaceEvaluator evaluator;
//   for each picture: evaluator.Add(image, labelled, found);
//   evaluator.Scores().nme
//
// The error of a face is the mean distance of its points to the labelled ones over the distance of
// the labelled eyes' outer corners (points 36 and 45): 0.05 is 5 %. Points that nobody labelled are
// left out.
// @source 300-W: Sagonas et al., "300 Faces In-The-Wild Challenge", 2016, section 4
//
// Boxes of faces mean different things in different files and models (around the points, the head,
// from the brows to the chin), so a found face belongs to a labelled one when the centre of either
// box lies in the other box and the square roots of their areas differ by a factor of at most
// three. Of all such pairs the one of the highest intersection over union is taken, then the next
// of those that are left; of equal ones the first labelled, then the first found.

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/eval/detection_evaluator.h"

namespace retinue {

struct FaceEvaluatorOptions {
  /// Labelled faces whose box's longer side is below this are as those with `is_crowd`: nobody
  /// needs to find them, and who does is not wrong. Pixels.
  double least_side = 0;
};

/// What became of one labelled face.
struct FaceFit {
  std::int64_t image = 0;
  std::size_t labelled = 0;  ///< Its place among the labelled of its picture.
  int found = -1;            ///< That of the found one; -1: it was missed.
  double iou = 0;            ///< Of their boxes.
  double nme = -1;           ///< -1: missed, or without points to compare.
  double nme_inner = -1;     ///< The same of points 17 to 67, without the jaw.
  friend bool operator==(const FaceFit&, const FaceFit&) = default;
};

struct FaceScores {
  std::int64_t images = 0;
  std::int64_t labelled = 0;  ///< Faces that had to be found.
  std::int64_t found = 0;     ///< Of these.
  std::int64_t missed = 0;    ///< Of these.
  std::int64_t wrong = 0;     ///< Found where nothing is labelled.
  std::int64_t compared = 0;  ///< Faces with an error: found, with points on both sides.
  double nme = -1;            ///< Mean over the compared faces; -1: there are none.
  double nme_inner = -1;
  /// Of the labelled faces with points: what part was missed, or has an error over 0.08 and 0.10;
  /// -1: there are none.
  double failures_08 = -1;
  double failures_10 = -1;
  std::vector<FaceFit> faces;  ///< Every one that had to be found, as pictures were added.
};

/// Gathers pictures, then scores them.
class FaceEvaluator {
 public:
  explicit FaceEvaluator(const FaceEvaluatorOptions& options = {}) : options_(options) {}

  /// One picture.
  ///
  /// @param image     Each once.
  /// @param labelled  Box and, where they are, keypoints; 68 of them are compared. Category, mask
  /// and
  ///                  area are not looked at. `is_crowd`: see FaceEvaluatorOptions.
  /// @param found     Box and keypoints (FacePointsOf of a mesh); any order. A found face with
  ///                  another number of points than 68 counts, but has no error.
  /// @error kInvalidArgument  The picture was there already, or a number is NaN or infinite or a
  ///                          size negative. The picture does not count then.
  ///
  /// Cost: labelled × found. Keeps 48 bytes for each labelled face.
  Result<void> Add(std::int64_t image, std::span<const EvalObject> labelled,
                   std::span<const EvalObject> found);

  /// Of all pictures so far.
  FaceScores Scores() const;

 private:
  bool MustBeFound(const EvalObject& face) const;

  FaceEvaluatorOptions options_;
  std::set<std::int64_t> images_;
  std::vector<FaceFit> faces_;
  std::int64_t with_points_ = 0;
  std::int64_t wrong_ = 0;
};

}  // namespace retinue
