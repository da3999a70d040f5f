#include "retinue/eval/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace retinue {
namespace {

constexpr float kVisible = 0.5f;

/// Indices of two objects that may be the same.
struct Pair {
  float iou;
  std::size_t reference;
  std::size_t other;
};

std::vector<Pair> PossiblePairs(const FrameResult& reference, const FrameResult& other,
                                float least_iou) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < reference.objects.size(); ++i) {
    for (std::size_t j = 0; j < other.objects.size(); ++j) {
      if (reference.objects[i].class_id != other.objects[j].class_id) continue;
      const float iou = IoU(reference.objects[i].box, other.objects[j].box);
      if (iou >= least_iou) pairs.push_back({iou, i, j});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.iou > b.iou; });
  return pairs;
}

float FarthestEdge(const Box& a, const Box& b) {
  return std::max({std::abs(a.x - b.x), std::abs(a.y - b.y), std::abs(a.right() - b.right()),
                   std::abs(a.bottom() - b.bottom())});
}

float ScoreOf(const FrameResult& result, int class_id) {
  for (const ClassScore& one : result.classes) {
    if (one.class_id == class_id) return one.score;
  }
  return std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

void AgreementCounter::Sum::Add(double value) {
  total += value;
  max = std::max(max, value);
  ++count;
}

Spread AgreementCounter::Sum::spread() const {
  return {count == 0 ? 0 : total / static_cast<double>(count), max};
}

void AgreementCounter::Add(const FrameResult& reference, const FrameResult& other) {
  ++counts_.frames;
  std::vector<bool> reference_used(reference.objects.size(), false);
  std::vector<bool> other_used(other.objects.size(), false);
  const auto is_sure = [&](const Detection& object) { return object.score >= options_.conf; };
  for (const Pair& pair : PossiblePairs(reference, other, options_.least_iou)) {
    if (reference_used[pair.reference] || other_used[pair.other]) continue;
    reference_used[pair.reference] = other_used[pair.other] = true;
    const Detection& a = reference.objects[pair.reference];
    const Detection& b = other.objects[pair.other];
    if (is_sure(a) || is_sure(b)) AddPair(reference, a, other, b);
  }
  for (std::size_t i = 0; i < reference.objects.size(); ++i) {
    if (!is_sure(reference.objects[i])) continue;
    ++counts_.objects;
    if (!reference_used[i]) ++counts_.missing;
  }
  for (std::size_t j = 0; j < other.objects.size(); ++j) {
    if (is_sure(other.objects[j]) && !other_used[j]) ++counts_.extra;
  }
  AddClasses(reference, other);
}

void AgreementCounter::AddPair(const FrameResult& reference, const Detection& a,
                               const FrameResult& other, const Detection& b) {
  ++counts_.matched;
  iou_loss_.Add(1.0 - static_cast<double>(IoU(a.box, b.box)));
  edge_px_.Add(FarthestEdge(a.box, b.box));
  score_.Add(std::abs(a.score - b.score));
  const auto points = reference.KeypointsOf(a);
  const auto other_points = other.KeypointsOf(b);
  for (std::size_t k = 0; k < std::min(points.size(), other_points.size()); ++k) {
    if (points[k].score < kVisible || other_points[k].score < kVisible) continue;
    keypoint_px_.Add(std::hypot(points[k].x - other_points[k].x, points[k].y - other_points[k].y));
  }
  const auto mask = reference.MaskOf(a);
  const auto other_mask = other.MaskOf(b);
  if (mask.empty() && other_mask.empty()) return;
  const auto both = static_cast<double>(MaskOverlap(mask, other_mask));
  const double any = static_cast<double>(MaskArea(mask) + MaskArea(other_mask)) - both;
  mask_loss_.Add(any > 0 ? 1 - both / any : 0);
}

void AgreementCounter::AddClasses(const FrameResult& reference, const FrameResult& other) {
  // A class that one of the two does not list is below all that it lists.
  const auto difference = [](const ClassScore& one, const FrameResult& result) {
    const float found = ScoreOf(result, one.class_id);
    if (!std::isnan(found)) return std::abs(one.score - found);
    const float least = result.classes.empty() ? 0 : result.classes.back().score;
    return std::max(0.0f, one.score - least);
  };
  for (const ClassScore& one : reference.classes) class_score_.Add(difference(one, other));
  for (const ClassScore& one : other.classes) {
    if (std::isnan(ScoreOf(reference, one.class_id))) class_score_.Add(difference(one, reference));
  }
}

Agreement AgreementCounter::Total() const {
  Agreement total = counts_;
  total.iou_loss = iou_loss_.spread();
  total.edge_px = edge_px_.spread();
  total.score = score_.spread();
  total.keypoint_px = keypoint_px_.spread();
  total.mask_loss = mask_loss_.spread();
  total.class_score = class_score_.spread();
  return total;
}

ValueDifference CompareValues(std::span<const float> reference, std::span<const float> other) {
  ValueDifference difference;
  const std::size_t count = std::min(reference.size(), other.size());
  difference.not_finite =
      static_cast<std::int64_t>(std::max(reference.size(), other.size()) - count);
  double squares = 0;
  double squared_differences = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool finite = std::isfinite(reference[i]);
    if (finite != std::isfinite(other[i])) ++difference.not_finite;
    if (!finite || !std::isfinite(other[i])) continue;
    const double a = reference[i];
    const double d = a - static_cast<double>(other[i]);
    squares += a * a;
    squared_differences += d * d;
    difference.max = std::max(difference.max, std::abs(d));
  }
  if (squared_differences > 0) difference.relative = std::sqrt(squared_differences / squares);
  return difference;
}

}  // namespace retinue
