#include "retinue/eval/face_evaluator.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "lib/eval/box_fit.h"
#include "retinue/eval/face_points.h"

namespace retinue {
namespace {

constexpr double kMostSizeRatio = 3;

bool IsSound(const EvalObject& face) {
  const EvalBox& b = face.box;
  const bool is_box = std::isfinite(b.x) && std::isfinite(b.y) && std::isfinite(b.width) &&
                      std::isfinite(b.height) && b.width >= 0 && b.height >= 0;
  return is_box && std::all_of(face.keypoints.begin(), face.keypoints.end(), [](const auto& p) {
           return !p.is_labelled || (std::isfinite(p.x) && std::isfinite(p.y));
         });
}

bool HasCenterOf(const EvalBox& box, const EvalBox& other) {
  const double x = other.x + other.width / 2 - box.x, y = other.y + other.height / 2 - box.y;
  return x >= 0 && x <= box.width && y >= 0 && y <= box.height;
}

double AreaOf(const EvalBox& b) { return b.width * b.height; }

bool BelongTogether(const EvalBox& a, const EvalBox& b) {
  if (!HasCenterOf(a, b) && !HasCenterOf(b, a)) return false;
  const double least = std::min(AreaOf(a), AreaOf(b)), most = std::max(AreaOf(a), AreaOf(b));
  return most <= kMostSizeRatio * kMostSizeRatio * least;
}

bool IsLabelled(const EvalObject& face, std::size_t point) {
  return face.keypoints.size() == kFacePoints && face.keypoints[point].is_labelled;
}

double Distance(const EvalPoint& a, const EvalPoint& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// What errors are divided by; nothing where the face has no such corners.
std::optional<double> UnitOf(const EvalObject& labelled) {
  const auto [left, right] = kOuterEyeCorners;
  if (!IsLabelled(labelled, left) || !IsLabelled(labelled, right)) return std::nullopt;
  const double unit = Distance(labelled.keypoints[left], labelled.keypoints[right]);
  return unit > 0 ? std::optional(unit) : std::nullopt;
}

// -1 where no point from `first` on is labelled.
double ErrorFrom(std::size_t first, const EvalObject& labelled, const EvalObject& found,
                 double unit) {
  double sum = 0;
  int count = 0;
  for (std::size_t i = first; i < kFacePoints; ++i) {
    if (!labelled.keypoints[i].is_labelled) continue;
    sum += Distance(labelled.keypoints[i], found.keypoints[i]);
    ++count;
  }
  return count > 0 ? sum / count / unit : -1;
}

struct Pair {
  std::size_t labelled;
  std::size_t found;
  double iou;
};

// Best first.
std::vector<Pair> PairsOf(std::span<const EvalObject> labelled, std::span<const EvalObject> found) {
  std::vector<Pair> pairs;
  for (std::size_t l = 0; l < labelled.size(); ++l) {
    for (std::size_t f = 0; f < found.size(); ++f) {
      if (!BelongTogether(labelled[l].box, found[f].box)) continue;
      pairs.push_back({l, f, internal::BoxFit(found[f].box, labelled[l].box, false)});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.iou > b.iou; });
  return pairs;
}

double Ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : -1;
}

}  // namespace

bool FaceEvaluator::MustBeFound(const EvalObject& face) const {
  return !face.is_crowd && std::max(face.box.width, face.box.height) >= options_.least_side;
}

Result<void> FaceEvaluator::Add(std::int64_t image, std::span<const EvalObject> labelled,
                                std::span<const EvalObject> found) {
  if (!std::all_of(labelled.begin(), labelled.end(), IsSound) ||
      !std::all_of(found.begin(), found.end(), IsSound)) {
    return Fail(ErrorCode::kInvalidArgument,
                "expected faces of finite numbers and no negative size in picture " +
                    std::to_string(image));
  }
  if (!images_.insert(image).second) {
    return Fail(ErrorCode::kInvalidArgument,
                "expected each picture once, got " + std::to_string(image) + " again");
  }

  std::vector<int> found_of(labelled.size(), -1);
  std::vector<double> iou_of(labelled.size(), 0);
  enum class Use { kNone, kPassedOver, kTaken };
  std::vector<Use> uses(found.size(), Use::kNone);
  for (const Pair& pair : PairsOf(labelled, found)) {
    if (!MustBeFound(labelled[pair.labelled])) {
      if (uses[pair.found] == Use::kNone) uses[pair.found] = Use::kPassedOver;
      continue;
    }
    if (uses[pair.found] == Use::kTaken || found_of[pair.labelled] >= 0) continue;
    uses[pair.found] = Use::kTaken;
    found_of[pair.labelled] = static_cast<int>(pair.found);
    iou_of[pair.labelled] = pair.iou;
  }
  wrong_ += std::count(uses.begin(), uses.end(), Use::kNone);

  for (std::size_t i = 0; i < labelled.size(); ++i) {
    if (!MustBeFound(labelled[i])) continue;
    FaceFit fit{.image = image, .labelled = i, .found = found_of[i], .iou = iou_of[i]};
    const auto unit = UnitOf(labelled[i]);
    if (unit) ++with_points_;
    if (unit && fit.found >= 0) {
      const EvalObject& face = found[static_cast<std::size_t>(fit.found)];
      if (face.keypoints.size() == kFacePoints) {
        fit.nme = ErrorFrom(0, labelled[i], face, *unit);
        fit.nme_inner = ErrorFrom(kFirstInnerFacePoint, labelled[i], face, *unit);
      }
    }
    faces_.push_back(fit);
  }
  return {};
}

FaceScores FaceEvaluator::Scores() const {
  FaceScores scores;
  scores.images = static_cast<std::int64_t>(images_.size());
  scores.labelled = static_cast<std::int64_t>(faces_.size());
  scores.wrong = wrong_;
  scores.faces = faces_;
  double sum = 0, sum_inner = 0;
  std::int64_t within_08 = 0, within_10 = 0;
  for (const FaceFit& face : faces_) {
    if (face.found >= 0) ++scores.found;
    if (face.nme < 0) continue;
    ++scores.compared;
    sum += face.nme;
    sum_inner += face.nme_inner;
    if (face.nme <= 0.08) ++within_08;
    if (face.nme <= 0.10) ++within_10;
  }
  scores.missed = scores.labelled - scores.found;
  if (scores.compared > 0) {
    scores.nme = sum / static_cast<double>(scores.compared);
    scores.nme_inner = sum_inner / static_cast<double>(scores.compared);
  }
  scores.failures_08 = Ratio(with_points_ - within_08, with_points_);
  scores.failures_10 = Ratio(with_points_ - within_10, with_points_);
  return scores;
}

}  // namespace retinue
