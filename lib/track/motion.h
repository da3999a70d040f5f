#pragma once

// The motion models: the published 7- and 8-state Kalman filters, for steps of any length.
// Thread rule: plain values, pure functions.
//
// In both filters nothing couples one coordinate of the box with another: the
// transition joins a coordinate with its own velocity, and all noise is
// diagonal. So the big filter IS four filters of two states, and they are kept and
// computed as such, side by side; no matrix is ever inverted. A test compares with the
// dense matrices. Velocities and noise are per nominal frame; `steps` is how
// many of those pass, any number >= 0.

#include <Eigen/Core>

#include "retinue/geometry/geometry.h"

namespace retinue::internal {

using Four = Eigen::Array4d;

/// Four coordinates with their velocities; for each the 2x2 covariance.
struct MotionState {
  Four position, velocity;
  Four var_position, covariance, var_velocity;
};

/// Moves on by `steps` nominal frames.
///
/// @param q_position, q_velocity  Published process noise (variances) of one frame. White
///     noise of a density that adds up to exactly these in one frame gives for τ frames
///         [ q_p τ + q_v (τ/6 - τ²/2 + τ³/3)   q_v (τ² - τ)/2 ]
///         [ q_v (τ² - τ)/2                    q_v τ          ]
///     which is a covariance for every τ as long as q_p >= q_v/12.
void PredictMotion(double steps, const Four& q_position, const Four& q_velocity,
                   MotionState& state);

/// Corrects by a measured position with variances `r`.
void CorrectMotion(const Four& measured, const Four& r, MotionState& state);

/// SORT's model: centre, area, and an aspect ratio (w/h) that does not change.
struct AreaModel {
  static MotionState Start(const Box& box);
  static void Predict(double steps, MotionState& state);
  static void Correct(const Box& box, MotionState& state);
  /// Has no area when the state has none.
  static Box ToBox(const MotionState& state);
};

/// ByteTrack's model: centre, aspect ratio (w/h), height; noise in proportion to the height.
struct HeightModel {
  static MotionState Start(const Box& box);
  static void Predict(double steps, MotionState& state);
  static void Correct(const Box& box, MotionState& state);
  static Box ToBox(const MotionState& state);
};

}  // namespace retinue::internal
