#include "lib/heads/turned_selector.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace retinue {
namespace {

constexpr double kEpsilon = 1e-7;

// The covariance of a box as a Gaussian: [a c; c b].
struct Covariance {
  double a, b, c;
};

Covariance CovarianceOf(const Region& r) {
  const double w = double{r.width} * r.width / 12, h = double{r.height} * r.height / 12;
  const double cosine = std::cos(double{r.angle_rad}), sine = std::sin(double{r.angle_rad});
  return {w * cosine * cosine + h * sine * sine, w * sine * sine + h * cosine * cosine,
          (w - h) * cosine * sine};
}

}  // namespace

float ProbabilisticIou(const Region& first, const Region& second) {
  const Covariance p = CovarianceOf(first), q = CovarianceOf(second);
  const double dx = double{first.center.x} - second.center.x;
  const double dy = double{first.center.y} - second.center.y;
  const double a = p.a + q.a, b = p.b + q.b, c = p.c + q.c;
  const double determinant = a * b - c * c;
  const double distance = (a * dy * dy + b * dx * dx) / (determinant + kEpsilon) * 0.25 -
                          c * dx * dy / (determinant + kEpsilon) * 0.5;
  const double own = std::max(0.0, p.a * p.b - p.c * p.c) * std::max(0.0, q.a * q.b - q.c * q.c);
  const double spread =
      0.5 * std::log(determinant / (4 * std::sqrt(own) + kEpsilon) + kEpsilon);
  const double bhattacharyya = std::clamp(distance + spread, kEpsilon, 100.0);
  return static_cast<float>(1 - std::sqrt(1 - std::exp(-bhattacharyya) + kEpsilon));
}

Region Regularised(const Region& region) {
  constexpr double kPi = std::numbers::pi;
  Region r = region;
  double angle = double{r.angle_rad};
  if (r.width < r.height) {
    std::swap(r.width, r.height);
    angle += kPi / 2;
  }
  angle = std::fmod(angle, kPi);
  if (angle < 0) angle += kPi;
  r.angle_rad = static_cast<float>(angle);
  return r;
}

void TurnedSelector::Begin(std::size_t max_boxes) {
  entries_.clear();
  entries_.reserve(max_boxes);
  order_.reserve(max_boxes);
}

void TurnedSelector::Add(const Region& region, float score, int class_id) {
  entries_.push_back({Regularised(region), score, class_id});
}

void TurnedSelector::Select(const Affine& input_to_frame, FrameResult& into) {
  const auto max_det = static_cast<std::size_t>(options_.max_det);
  into.objects.reserve(max_det);
  into.turned.reserve(max_det);
  order_.resize(entries_.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto entry = [&](int index) -> const Entry& {
    return entries_[static_cast<std::size_t>(index)];
  };
  // Not a stable sort, which would allocate: equal scores fall back to the index.
  std::sort(order_.begin(), order_.end(), [&](int l, int r) {
    return entry(l).score != entry(r).score ? entry(l).score > entry(r).score : l < r;
  });
  if (order_.size() > kMaxNmsCandidates) order_.resize(kMaxNmsCandidates);
  for (std::size_t i = 0; i < order_.size() && into.objects.size() < max_det; ++i) {
    const Entry& one = entry(order_[i]);
    const bool goes = options_.iou < 1 &&
                      std::any_of(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(i),
                                  [&](int better) {
                                    const Entry& other = entry(better);
                                    return (options_.agnostic_nms ||
                                            other.class_id == one.class_id) &&
                                           ProbabilisticIou(other.region, one.region) >=
                                               options_.iou;
                                  });
    if (goes) continue;
    const Region in_frame = Regularised(MapRegion(input_to_frame, one.region));
    const Box bounds = Clip(BoundsOf(in_frame), into.size);
    if (!(bounds.width > 0 && bounds.height > 0)) continue;
    into.objects.push_back({.box = bounds,
                            .score = one.score,
                            .class_id = one.class_id,
                            .detail = static_cast<int>(into.turned.size())});
    into.turned.push_back(in_frame);
  }
}

}  // namespace retinue
