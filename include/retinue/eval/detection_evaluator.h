#pragma once

// Average precision as COCO defines it: how well found objects fit labelled ones,
// by boxes, masks or keypoints. Thread rule: one evaluator belongs to one thread;
// everything else is plain values.
//
//   retinue::DetectionEvaluator evaluator({.shape = retinue::EvalShape::kBox,
//                                          .categories = {0, 1, 2}});
//   for each picture: evaluator.Add(image, labelled, found);
//   evaluator.Scores().ap
//
// The numbers are those of pycocotools 2.0 to within rounding (1e-12; checked against golden
// values in lib/eval/golden and lib/eval/detection_evaluator_test.cc). Where several
// definitions exist in the field this is the one:
//   * found objects are matched greedily, best score first, to the labelled object of their
//     category that they fit best, at ten thresholds from 0.50 to 0.95;
//   * crowds, and labelled objects outside of the range of areas that is asked for, neither
//     count as missed nor their finders as wrong;
//   * precision is read at 101 recalls after it was made to fall steadily;
//   * averages are taken over categories that have a labelled object.
// The one intended difference: pycocotools takes whatever matched a label with the id 0 for
// unmatched; here labels have no ids.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"

namespace retinue {

/// What is compared.
enum class EvalShape {
  kBox,        ///< Intersection over union of boxes. pycocotools: `bbox`.
  kMask,       ///< The same of masks. `segm`.
  kKeypoints,  ///< Object keypoint similarity. `keypoints`.
};

/// "bbox", "segm", "keypoints": COCO's words.
std::string_view ToString(EvalShape shape);

/// A box in double precision, as files give it; pixels.
struct EvalBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  friend bool operator==(const EvalBox&, const EvalBox&) = default;
};

struct EvalPoint {
  double x = 0;
  double y = 0;
  bool is_labelled = true;  ///< Of a labelled object: its visibility is above 0. Else unused.
  friend bool operator==(const EvalPoint&, const EvalPoint&) = default;
};

/// Something that is in a picture, whether somebody labelled it or a model found it.
struct EvalObject {
  std::int64_t category = 0;
  EvalBox box;
  std::vector<std::uint32_t> mask{};   ///< Run lengths as retinue/results/mask.h has them.
  std::vector<EvalPoint> keypoints{};
  /// Decides between small, medium and large. Labelled: as the label file says. Found: that of
  /// the box wherever there is one, whatever is compared, as pycocotools has it (labels.h).
  double area = 0;
  bool is_crowd = false;               ///< Labelled only: stands for many; see above.
  double score = 0;                    ///< Found only.
  friend bool operator==(const EvalObject&, const EvalObject&) = default;
};

/// The 17 keypoints of COCO: how far people disagree about each, as a fraction of the square root
/// of the area. @source cocodataset.org/#keypoints-eval
inline constexpr std::array<double, 17> kCocoKeypointSigmas = {
    .026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087,
    .089, .089};

/// What is evaluated.
struct DetectionEvaluatorOptions {
  EvalShape shape = EvalShape::kBox;
  /// These only, in this order in the scores; whatever is of another is passed over.
  std::vector<std::int64_t> categories{};
  /// One a keypoint. Empty: COCO's for 17, else 1 / count for all.
  std::vector<double> keypoint_sigmas{};
};

/// How one category did; -1 where it has no labelled object.
struct CategoryScores {
  std::int64_t category = 0;
  std::int64_t labelled = 0;  ///< Crowds left out.
  std::int64_t found = 0;     ///< At most 100 (keypoints: 20) a picture are looked at.
  double ap = -1;
  double ap50 = -1;
  double ap75 = -1;
  double ar = -1;
};

/// Averages over categories, in [0, 1]; -1 where there is no labelled object, as pycocotools has
/// it. Small is below 32² pixels of area, large above 96².
struct DetectionScores {
  double ap = -1;         ///< Over the ten thresholds.
  double ap50 = -1;
  double ap75 = -1;
  double ap_small = -1;   ///< Not of keypoints: -1.
  double ap_medium = -1;
  double ap_large = -1;
  double ar = -1;         ///< Recall with at most 100 found a picture and category (keypoints: 20).
  double ar1 = -1;        ///< With at most 1. Not of keypoints.
  double ar10 = -1;       ///< With at most 10. Not of keypoints.
  double ar50 = -1;       ///< `ar` at the threshold 0.50.
  double ar75 = -1;
  double ar_small = -1;   ///< Not of keypoints.
  double ar_medium = -1;
  double ar_large = -1;
  std::int64_t images = 0;
  std::vector<CategoryScores> categories;  ///< In the order of the options.
};

/// Gathers pictures, then scores them.
class DetectionEvaluator {
 public:
  explicit DetectionEvaluator(DetectionEvaluatorOptions options);

  /// One picture.
  ///
  /// @param image     Each once. Equal scores in different pictures are taken in the order of
  ///                  these numbers, so the order of the calls does not matter.
  /// @param labelled  Everything that is there. Ties go to the later.
  /// @param found     Any order; of equal scores the first comes first.
  /// @error kInvalidArgument  The picture was there already; a number is NaN or infinite or a
  ///                          size negative; masks of different sums, or numbers of keypoints that
  ///                          differ from each other's or the sigmas'. The picture does not
  ///                          count then.
  ///
  /// Cost: labelled × found of each category; masks by their counts. Keeps about 50 bytes for each
  /// found object.
  Result<void> Add(std::int64_t image, std::span<const EvalObject> labelled,
                   std::span<const EvalObject> found);

  /// Of all pictures so far. Cost: sorts all found objects once.
  DetectionScores Scores() const;

 private:
  static constexpr std::size_t kAreas = 4;  // all, small, medium, large

  /// A found object and what became of it in each range of areas, one bit a threshold.
  struct Fate {
    double score = 0;
    std::int64_t image = 0;
    int rank = 0;  // within its picture and category
    std::array<std::uint16_t, kAreas> matched{};
    std::array<std::uint16_t, kAreas> ignored{};
  };
  struct Category {
    std::array<std::int64_t, kAreas> labelled{};  // that count
    std::vector<Fate> found;
  };
  /// The objects of one picture and category.
  struct Contest {
    std::vector<const EvalObject*> labelled;
    std::vector<const EvalObject*> found;
  };
  struct Condition {
    std::int64_t labelled;
    std::size_t area;
    int threshold;
    int most;  // found objects a picture
  };
  struct Curve;
  struct Means;
  enum class Kind { kLabelled, kFound };

  Result<void> Sort(std::span<const EvalObject> objects, Kind kind,
                    std::optional<std::uint64_t>& details,
                    std::map<std::size_t, Contest>& contests) const;
  void Decide(std::int64_t image, Contest& contest, Category& into) const;
  std::vector<double> Fits(const Contest& contest) const;
  std::int64_t Match(const Contest& contest, std::span<const double> fits, std::size_t area,
                     std::span<Fate> fates) const;
  static Curve MakeCurve(std::span<const Fate> sorted, const Condition& condition);
  CategoryScores Score(const Category& category, Means& means) const;
  int most_found() const { return options_.shape == EvalShape::kKeypoints ? 20 : 100; }

  DetectionEvaluatorOptions options_;
  std::map<std::int64_t, std::size_t> place_of_;  // category -> index
  std::vector<Category> categories_;
  std::set<std::int64_t> images_;
};

}  // namespace retinue
