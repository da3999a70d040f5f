#pragma once

// Where a second model looks: from the points of a detection, or from the
// landmarks that it placed in the frame before, to a turned square of the frame.
// Thread rule: plain values, pure functions.

#include <optional>
#include <span>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/results/results.h"

namespace retinue {

/// The box around points; empty for none.
Box BoundsOf(std::span<const Keypoint> points);
Box BoundsOf(std::span<const Landmark> points);

/// A square, turned so that the way from one point to another has a given direction in it.
struct RegionRule {
  /// What the square encloses.
  enum class Extent {
    kReach,  ///< The circle around point `from` that goes through point `to`.
    kBox,    ///< The object's box.
    kPoints, ///< The box around all points, turned as the region is.
  };
  Extent extent = Extent::kReach;
  int from = 0;             ///< Index of a point,
  int to = 1;               ///< and of another.
  float angle_degrees = 90; ///< Of the way from `from` to `to` in the region: 90 = up, 0 = right.
  float scale = 1;          ///< The square's side, as a multiple of what it encloses.

  friend bool operator==(const RegionRule&, const RegionRule&) = default;
};

/// The region that the rule makes of a box and points, all in pixels of the frame; nothing where
/// it would be empty, not finite or beyond 1e6 pixels.
///
/// @param points  Must have those that the rule names (RETINUE_CHECK).
/// @source MediaPipe `AlignmentPointsRectsCalculator`, `DetectionsToRectsCalculator` and
///         `RectTransformationCalculator` (square_long), but the box's long side is taken in
///         pixels, and the points' box is turned, where MediaPipe's grows as a head tilts
std::optional<Region> RegionOf(const RegionRule& rule, const Box& box,
                               std::span<const Keypoint> points);
std::optional<Region> RegionOf(const RegionRule& rule, const Box& box,
                               std::span<const Landmark> points);

/// @error kInvalidArgument  A point's index is not in [0, points), both are the same, or a number
///                          is out of range.
Result<void> CheckRegionRule(const RegionRule& rule, int points);

}  // namespace retinue
