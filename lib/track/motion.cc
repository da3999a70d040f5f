#include "lib/track/motion.h"

#include <cmath>

namespace retinue::internal {
namespace {

Box BoxAround(double x, double y, double width, double height) {
  return {static_cast<float>(x - width * 0.5), static_cast<float>(y - height * 0.5),
          static_cast<float>(width), static_cast<float>(height)};
}

Four CenterAspectHeight(const Box& box) {
  const double width = box.width;
  const double height = box.height;
  return {box.x + width * 0.5, box.y + height * 0.5, width / height, height};
}

Four CenterAreaAspect(const Box& box) {
  const double width = box.width;
  const double height = box.height;
  return {box.x + width * 0.5, box.y + height * 0.5, width * height, width / height};
}

// Standard deviations of the published ByteTrack filter (DeepSORT's): in
// proportion to the height, except those of the aspect ratio.
constexpr double kPositionWeight = 1.0 / 20;
constexpr double kVelocityWeight = 1.0 / 160;

Four HeightVariances(double weight, double height, double aspect_deviation) {
  const double s = weight * height;
  return {s * s, s * s, aspect_deviation * aspect_deviation, s * s};
}

}  // namespace

void PredictMotion(double steps, const Four& q_position, const Four& q_velocity,
                   MotionState& state) {
  const double t = steps;
  state.position += t * state.velocity;
  state.var_position += t * (2 * state.covariance + t * state.var_velocity) + t * q_position +
                        (t / 6 - t * t / 2 + t * t * t / 3) * q_velocity;
  state.covariance += t * state.var_velocity + (t * t - t) / 2 * q_velocity;
  state.var_velocity += t * q_velocity;
}

void CorrectMotion(const Four& measured, const Four& r, MotionState& state) {
  const Four gain_position = state.var_position / (state.var_position + r);
  const Four gain_velocity = state.covariance / (state.var_position + r);
  const Four innovation = measured - state.position;
  state.position += gain_position * innovation;
  state.velocity += gain_velocity * innovation;
  state.var_velocity -= gain_velocity * state.covariance;
  state.covariance -= gain_position * state.covariance;
  state.var_position -= gain_position * state.var_position;
}

MotionState AreaModel::Start(const Box& box) {
  return {.position = CenterAreaAspect(box),
          .velocity = Four::Zero(),
          .var_position = Four::Constant(10),
          .covariance = Four::Zero(),
          .var_velocity = {1e4, 1e4, 1e4, 0}};
}

void AreaModel::Predict(double steps, MotionState& state) {
  // As published, for steps of any length: an area does not shrink through 0.
  if (state.position[2] + steps * state.velocity[2] <= 0) state.velocity[2] = 0;
  PredictMotion(steps, {1, 1, 1, 1}, {1e-2, 1e-2, 1e-4, 0}, state);
}

void AreaModel::Correct(const Box& box, MotionState& state) {
  CorrectMotion(CenterAreaAspect(box), {1, 1, 10, 10}, state);
}

Box AreaModel::ToBox(const MotionState& state) {
  const double area = state.position[2];
  const double aspect = state.position[3];
  if (!(area > 0 && aspect > 0)) return {};
  const double width = std::sqrt(area * aspect);
  return BoxAround(state.position[0], state.position[1], width, area / width);
}

MotionState HeightModel::Start(const Box& box) {
  const Four position = CenterAspectHeight(box);
  return {.position = position,
          .velocity = Four::Zero(),
          .var_position = HeightVariances(2 * kPositionWeight, position[3], 1e-2),
          .covariance = Four::Zero(),
          .var_velocity = HeightVariances(10 * kVelocityWeight, position[3], 1e-5)};
}

void HeightModel::Predict(double steps, MotionState& state) {
  // Only long steps come here: a height or aspect ratio does not shrink through 0.
  for (const int i : {2, 3}) {
    if (state.position[i] + steps * state.velocity[i] <= 0) state.velocity[i] = 0;
  }
  const double height = state.position[3];
  PredictMotion(steps, HeightVariances(kPositionWeight, height, 1e-2),
                HeightVariances(kVelocityWeight, height, 1e-5), state);
}

void HeightModel::Correct(const Box& box, MotionState& state) {
  CorrectMotion(CenterAspectHeight(box),
                HeightVariances(kPositionWeight, state.position[3], 1e-1), state);
}

Box HeightModel::ToBox(const MotionState& state) {
  const double height = state.position[3];
  return BoxAround(state.position[0], state.position[1], state.position[2] * height, height);
}

}  // namespace retinue::internal
