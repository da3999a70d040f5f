// Expected numbers: dense 7- and 8-state matrices in numpy (F·P·Fᵀ + Q with Q integrated by
// Gauss-Legendre quadrature; K = P·Hᵀ·S⁻¹), and for whole frames the published filters
// themselves: filterpy's KalmanFilter as set up by SORT's sort.py, and
// KalmanFilterXYAH of Ultralytics 8.4.190.

#include "lib/track/motion.h"

#include <gtest/gtest.h>

namespace retinue::internal {
namespace {

constexpr Box kFirst{100, 200, 40, 80};
constexpr Box kSecond{103, 202, 45, 84};
constexpr Box kThird{107, 201, 43, 82};

// Relative to the numbers' size: both sides are double, in another order of operations.
void ExpectNear(const Four& actual, const Four& expected, const char* what) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1e-9 * (std::abs(expected[i]) + 1e-6)) << what << i;
  }
}

void ExpectNear(const MotionState& actual, const MotionState& expected) {
  ExpectNear(actual.position, expected.position, "position ");
  ExpectNear(actual.velocity, expected.velocity, "velocity ");
  ExpectNear(actual.var_position, expected.var_position, "var_position ");
  ExpectNear(actual.covariance, expected.covariance, "covariance ");
  ExpectNear(actual.var_velocity, expected.var_velocity, "var_velocity ");
}

TEST(HeightModel, EqualsDenseMatricesForStepsOfAnyLength) {
  MotionState s = HeightModel::Start(kFirst);
  HeightModel::Predict(1.0, s);
  ExpectNear(s, {.position = {120, 240, 0.5, 80},
                 .velocity = {0, 0, 0, 0},
                 .var_position = {105, 105, 0.0002000001, 105},
                 .covariance = {25, 25, 1e-10, 25},
                 .var_velocity = {25.25, 25.25, 2e-10, 25.25}});
  HeightModel::Correct(kSecond, s);
  HeightModel::Predict(2.5, s);
  ExpectNear(s, {.position = {127.61363636363636, 245.53719008264463, 0.5007002813306695,
                              85.53719008264463},
                 .velocity = {1.1363636363636365, 0.8264462809917356, 3.501400525896632e-10,
                              0.8264462809917356},
                 .var_position = {200.16945403746328, 200.16945403746328, 0.0004460805176854937,
                                  200.16945403746328},
                 .covariance = {54.02787108441192, 54.02787108441192, 7.855392122741255e-10,
                                54.02787108441192},
                 .var_velocity = {20.76512287838945, 20.76512287838945, 4.4999999901960796e-10,
                                  20.76512287838945}});
  HeightModel::Correct(kThird, s);
  ExpectNear(s, {.position = {128.42578562777442, 242.29616551340376, 0.5017119172978701,
                              82.29616551340376},
                 .velocity = {1.355571386892537, -0.04834082601403644, 2.1316115342545032e-09,
                              -0.04834082601403644},
                 .var_position = {16.759995289377116, 16.759995289377116, 0.00042703147551875314,
                                  16.759995289377116},
                 .covariance = {4.523701526909022, 4.523701526909022, 7.519942153845997e-10,
                                4.523701526909022},
                 .var_velocity = {7.403419396433296, 7.403419396433296, 4.499999399475136e-10,
                                  7.403419396433296}});
}

TEST(HeightModel, EqualsThePublishedFilterFrameByFrame) {
  MotionState s = HeightModel::Start(kFirst);
  HeightModel::Predict(1, s);
  HeightModel::Correct(kSecond, s);
  for (int i = 0; i < 3; ++i) HeightModel::Predict(1, s);
  HeightModel::Correct(kThird, s);
  ExpectNear(s, {.position = {128.4795685426832, 242.25366848305, 0.5018199517539725,
                              82.25366848305},
                 .velocity = {1.2075876923197062, -0.05784199815117408, 2.602743711148513e-09,
                              -0.05784199815117408},
                 .var_position = {17.28275143885452, 17.28275143885452, 0.00047263487779496577,
                                  17.28275143885452},
                 .covariance = {4.134160079536663, 4.134160079536663, 9.508683976943215e-10,
                                4.134160079536663},
                 .var_velocity = {6.505825738255684, 6.505825738255684, 4.999999041192132e-10,
                                  6.505825738255684}});
}

TEST(AreaModel, EqualsDenseMatricesForStepsOfAnyLength) {
  MotionState s = AreaModel::Start(kFirst);
  AreaModel::Predict(1.0, s);
  AreaModel::Correct(kSecond, s);
  ExpectNear(s, {.position = {125.49945065920895, 243.99960047942469, 3779.42121544756,
                              0.5187074829931972},
                 .velocity = {5.493407910507391, 3.9952057530962843, 578.7845524398763, 0},
                 .var_position = {0.9999001198565678, 0.9999001198565678, 9.990020955992547,
                                  5.238095238095239},
                 .covariance = {0.9988014382744659, 0.9988014382744659, 9.979044007584204, 0},
                 .var_velocity = {11.995617259290157, 11.995617259290157, 20.956092415925013, 0}});
  AreaModel::Predict(2.5, s);
  AreaModel::Correct(kThird, s);
  ExpectNear(s, {.position = {128.62703015696172, 242.14187951105353, 3609.61396841136,
                              0.5211865397656853},
                 .velocity = {1.5546353333356073, -0.4039947262716339, 57.288725312731685, 0},
                 .var_position = {0.9881644920457637, 0.9881644920457637, 9.508263795564915,
                                  4.362416107382551},
                 .covariance = {0.36697879686245666, 0.36697879686245666, 3.066932278571236, 0},
                 .var_velocity = {0.6418544831345923, 0.6418544831345923, 1.8280506275502546, 0}});
}

TEST(AreaModel, OneStepOfThreeFramesEqualsThreeOfThePublishedFilter) {
  MotionState s = AreaModel::Start(kFirst);
  AreaModel::Predict(1, s);
  AreaModel::Correct(kSecond, s);
  AreaModel::Predict(3, s);
  AreaModel::Correct(kThird, s);
  ExpectNear(s, {.position = {128.61327146775838, 242.11751961466322, 3599.2964114594633,
                              0.5212743697746564},
                 .velocity = {1.3005905406798455, -0.35485954937264985, 44.83763030226112, 0},
                 .var_position = {0.9915968691472058, 0.9915968691472058, 9.63163465142401,
                                  4.516971279373369},
                 .covariance = {0.3110473775769102, 0.3110473775769102, 2.683453939666314, 0},
                 .var_velocity = {0.511995397112057, 0.511995397112057, 1.4080687906239167, 0}});
}

TEST(PredictMotion, AnySplitOfATimeGivesTheSame) {
  const Four q_position{1, 16, 1e-4, 16};
  const Four q_velocity{1e-2, 0.25, 1e-10, 12 * 16};  // the last one as large as it may be
  const MotionState start{.position = {1, 2, 3, 4},
                          .velocity = {-1, 0.5, 0, 2},
                          .var_position = {1, 2, 3, 4},
                          .covariance = {0.1, -0.2, 0, 0.5},
                          .var_velocity = {1, 1, 0.1, 2}};
  MotionState whole = start;
  PredictMotion(2.7, q_position, q_velocity, whole);
  MotionState parts = start;
  for (const double step : {0.3, 1.0, 0.0, 1.15, 0.25}) {
    PredictMotion(step, q_position, q_velocity, parts);
  }
  ExpectNear(parts, whole);
}

TEST(PredictMotion, NoTimeChangesNothing) {
  MotionState s = HeightModel::Start(kFirst);
  const MotionState before = s;
  HeightModel::Predict(0, s);
  ExpectNear(s, before);
}

TEST(Models, AShrinkingBoxDoesNotTurnInsideOut) {
  MotionState height = HeightModel::Start(kFirst);
  height.velocity[3] = -10;
  HeightModel::Predict(20, height);
  EXPECT_EQ(HeightModel::ToBox(height), kFirst);
  MotionState area = AreaModel::Start(kFirst);
  area.velocity[2] = -400;
  AreaModel::Predict(20, area);
  EXPECT_NEAR(Area(AreaModel::ToBox(area)), 3200, 1e-2);  // float's rounding
}

TEST(Models, TurnABoxIntoAStateAndBack) {
  const Box box{-7.5f, 3.25f, 12, 31};
  for (const Box& back : {HeightModel::ToBox(HeightModel::Start(box)),
                          AreaModel::ToBox(AreaModel::Start(box))}) {
    EXPECT_NEAR(back.x, box.x, 1e-5);
    EXPECT_NEAR(back.y, box.y, 1e-5);
    EXPECT_NEAR(back.width, box.width, 1e-5);
    EXPECT_NEAR(back.height, box.height, 1e-5);
  }
}

}  // namespace
}  // namespace retinue::internal
