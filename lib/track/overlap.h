#pragma once

// Overlaps of one box with many, column by column so that the compiler can use
// vector instructions. Thread rule: one table per thread.

#include <span>
#include <vector>

#include "retinue/geometry/geometry.h"

namespace retinue::internal {

/// Finite, within ±1e7, and with an area: what a tracker can work with. The
/// bound keeps areas and variances far from overflow; frames end at 16384.
bool IsUsable(const Box& box);

/// The boxes that others are compared with.
class OverlapTable {
 public:
  void Clear();
  void Add(const Box& box);

  /// IoU of `box` with each box added, as IoU() in geometry.h computes it; valid until
  /// the next call. Linear; no allocation once the table has been as large.
  std::span<const float> With(const Box& box);

 private:
  std::vector<float> left_, top_, right_, bottom_, area_, overlap_;
};

}  // namespace retinue::internal
