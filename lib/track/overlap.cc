#include "lib/track/overlap.h"

#include <cmath>

#include <Eigen/Core>

namespace retinue::internal {

bool IsUsable(const Box& box) {
  constexpr float kLimit = 1e7f;
  // Each comparison is false for NaN.
  return std::abs(box.x) <= kLimit && std::abs(box.y) <= kLimit && box.width > 0 &&
         box.width <= kLimit && box.height > 0 && box.height <= kLimit;
}

void OverlapTable::Clear() {
  for (auto* column : {&left_, &top_, &right_, &bottom_, &area_}) column->clear();
}

void OverlapTable::Add(const Box& box) {
  left_.push_back(box.x);
  top_.push_back(box.y);
  right_.push_back(box.right());
  bottom_.push_back(box.bottom());
  area_.push_back(Area(box));
}

std::span<const float> OverlapTable::With(const Box& box) {
  overlap_.resize(left_.size());
  const auto size = static_cast<Eigen::Index>(left_.size());
  const auto column = [size](const std::vector<float>& values) {
    return Eigen::Map<const Eigen::ArrayXf>(values.data(), size);
  };
  Eigen::Map<Eigen::ArrayXf> overlap(overlap_.data(), size);
  overlap = (column(right_).min(box.right()) - column(left_).max(box.x)).max(0.0f) *
            (column(bottom_).min(box.bottom()) - column(top_).max(box.y)).max(0.0f);
  // Boxes here have an area, so the union is never 0; except when rounding ate
  // a box far from the origin, which the maximum turns into an overlap of 0.
  overlap /= (column(area_) + Area(box) - overlap).max(1e-30f);
  return overlap_;
}

}  // namespace retinue::internal
