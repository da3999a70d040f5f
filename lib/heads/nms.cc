#include "retinue/heads/nms.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

#include "lib/heads/kept_boxes.h"
#include "retinue/base/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/heads/nms.cc"
#include <hwy/foreach_target.h>

#include "lib/heads/nms-inl.h"

#if HWY_ONCE
namespace retinue {
namespace {

HWY_EXPORT(OverlapsKept);

// Lanes of the widest vectors that Highway has for float, with a fixed size.
constexpr std::size_t kPadding = 64;

bool HasNan(const ScoredBox& b) {
  return std::isnan(b.x_min) || std::isnan(b.y_min) || std::isnan(b.x_max) ||
         std::isnan(b.y_max) || std::isnan(b.score);
}

float AreaOf(const ScoredBox& b) { return (b.x_max - b.x_min) * (b.y_max - b.y_min); }

// Smaller for higher scores, then for lower indices; so equal scores keep their order with any
// sorting algorithm. Bits of floats sort like integers once negative ones are flipped.
std::uint64_t OrderKey(float score, std::size_t index) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);  // -0 and 0 are the same
  const std::uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return (std::uint64_t{~ascending} << 32) | static_cast<std::uint32_t>(index);
}

std::size_t IndexOf(std::uint64_t key) { return static_cast<std::uint32_t>(key); }

}  // namespace

Suppression::Suppression(const SuppressionOptions& options) : options_(options) {
  RETINUE_CHECK(options.max_kept >= 1 && options.max_candidates >= 1);
  const auto most = static_cast<std::size_t>(options.max_kept);
  kept_.reserve(most);
  for (auto* values : {&x_min_, &y_min_, &x_max_, &y_max_, &area_}) {
    values->resize(most + kPadding, 0.0f);
  }
  class_.resize(most + kPadding, -1);
}

void Suppression::Reserve(std::size_t max_boxes) { order_.reserve(max_boxes); }

void Suppression::Sort(std::span<const ScoredBox> boxes) {
  order_.clear();
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!HasNan(boxes[i])) order_.push_back(OrderKey(boxes[i].score, i));
  }
  const auto limit = static_cast<std::size_t>(options_.max_candidates);
  if (order_.size() > limit) {
    std::nth_element(order_.begin(), order_.begin() + options_.max_candidates, order_.end());
    order_.resize(limit);
  }
  std::sort(order_.begin(), order_.end());
}

// What the last call left behind must not suppress anything.
void Suppression::Forget() {
  for (auto* values : {&x_min_, &y_min_, &x_max_, &y_max_, &area_}) {
    std::fill_n(values->begin(), kept_.size(), 0.0f);
  }
  std::fill_n(class_.begin(), kept_.size(), -1);
  kept_.clear();
}

void Suppression::Keep(const ScoredBox& box, float area) {
  const std::size_t n = kept_.size();
  x_min_[n] = box.x_min;
  y_min_[n] = box.y_min;
  x_max_[n] = box.x_max;
  y_max_[n] = box.y_max;
  area_[n] = area;
  class_[n] = box.class_id;
}

std::span<const int> Suppression::Run(std::span<const ScoredBox> boxes) {
  Sort(boxes);
  Forget();
  const auto overlaps_kept = HWY_DYNAMIC_DISPATCH(OverlapsKept);
  for (const std::uint64_t key : order_) {
    const std::size_t index = IndexOf(key);
    const ScoredBox& box = boxes[index];
    const float area = AreaOf(box);
    const KeptBoxes kept{x_min_.data(), y_min_.data(), x_max_.data(), y_max_.data(),
                         area_.data(),  class_.data(), kept_.size()};
    if (overlaps_kept(kept, box, area, options_.iou, options_.agnostic)) continue;
    Keep(box, area);
    kept_.push_back(static_cast<int>(index));
    if (kept_.size() == static_cast<std::size_t>(options_.max_kept)) break;
  }
  return kept_;
}

std::vector<int> SuppressScalar(std::span<const ScoredBox> boxes,
                                const SuppressionOptions& options) {
  std::vector<int> order;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!HasNan(boxes[i])) order.push_back(static_cast<int>(i));
  }
  const auto at = [&](int i) -> const ScoredBox& { return boxes[static_cast<std::size_t>(i)]; };
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return at(a).score != at(b).score ? at(a).score > at(b).score : a < b;
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(options.max_candidates)));

  std::vector<int> kept;
  for (const int candidate : order) {
    const ScoredBox& a = at(candidate);
    const bool suppressed = std::any_of(kept.begin(), kept.end(), [&](int k) {
      const ScoredBox& b = at(k);
      if (!options.agnostic && a.class_id != b.class_id) return false;
      const float width = std::max(0.0f, std::min(b.x_max, a.x_max) - std::max(b.x_min, a.x_min));
      const float height = std::max(0.0f, std::min(b.y_max, a.y_max) - std::max(b.y_min, a.y_min));
      const float shared = width * height;
      return shared / (AreaOf(b) + AreaOf(a) - shared) > options.iou;
    });
    if (suppressed) continue;
    kept.push_back(candidate);
    if (kept.size() == static_cast<std::size_t>(options.max_kept)) break;
  }
  return kept;
}

}  // namespace retinue
#endif  // HWY_ONCE
