#include "retinue/results/face_refinement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "retinue/results/face_contours.h"

namespace retinue {
namespace {

TEST(FaceRefinement, PartsAreThoseOfTheModelEachPointOnce) {
  const std::size_t counts[kFaceRefinements] = {80, 71, 71, 5, 5};
  std::set<std::int16_t> all;
  for (std::size_t i = 0; i < kFaceRefinements; ++i) {
    const auto points = RefinedLandmarks(static_cast<FaceRefinement>(i));
    EXPECT_EQ(points.size(), counts[i]);
    for (const auto point : points) {
      EXPECT_TRUE(all.insert(point).second) << point << " twice";
      EXPECT_EQ(point >= 468 && point < 478, i >= 3) << point;
    }
  }
  EXPECT_GE(*all.begin(), 0);
}

// Both tables are MediaPipe's, from different files of it.
TEST(FaceRefinement, HoldsTheRingsThatAreDrawn) {
  const auto holds = [](FaceRefinement part, FaceRing ring) {
    const auto points = RefinedLandmarks(part);
    const auto drawn = FaceContour(ring);
    return std::all_of(drawn.begin(), drawn.end(), [&](std::int16_t one) {
      return std::find(points.begin(), points.end(), one) != points.end();
    });
  };
  EXPECT_TRUE(holds(FaceRefinement::kLips, FaceRing::kLips));
  EXPECT_TRUE(holds(FaceRefinement::kLips, FaceRing::kInnerLips));
  EXPECT_TRUE(holds(FaceRefinement::kLeftEye, FaceRing::kLeftEye));
  EXPECT_TRUE(holds(FaceRefinement::kLeftEye, FaceRing::kLeftBrow));
  EXPECT_TRUE(holds(FaceRefinement::kRightEye, FaceRing::kRightEye));
  EXPECT_TRUE(holds(FaceRefinement::kRightEye, FaceRing::kRightBrow));
  EXPECT_TRUE(holds(FaceRefinement::kLeftIris, FaceRing::kLeftIris));
  EXPECT_TRUE(holds(FaceRefinement::kRightIris, FaceRing::kRightIris));
  const auto lids = RefinedLandmarks(FaceRefinement::kLeftEye).first(kLidPoints);
  const auto ring = FaceContour(FaceRing::kLeftEye);
  EXPECT_TRUE(std::is_permutation(lids.begin(), lids.end(), ring.begin(), ring.end()));
}

}  // namespace
}  // namespace retinue
