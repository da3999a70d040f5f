#include <gtest/gtest.h>

#include "retinue/results/results.h"

namespace retinue {
namespace {

FrameResult TwoFaces() {
  FrameResult result;
  result.faces = {{.id = 7, .detail = 1}, {.id = 3, .detail = 0}};
  result.landmark_count = 2;
  result.landmarks = {{1, 2, 0}, {3, 4, 0}, {5, 6, 0}, {7, 8, 0}};
  return result;
}

TEST(Faces, KeepTheirLandmarksWhenTheyAreSorted) {
  FrameResult result = TwoFaces();
  ASSERT_EQ(result.LandmarksOf(result.faces[0]).size(), 2u);
  EXPECT_EQ(result.LandmarksOf(result.faces[0])[0], (Landmark{5, 6, 0}));
  std::swap(result.faces[0], result.faces[1]);
  EXPECT_EQ(result.LandmarksOf(result.faces[1])[1], (Landmark{7, 8, 0}));
}

TEST(Faces, HaveNoLandmarksBeyondTheList) {
  FrameResult result = TwoFaces();
  result.faces[0].detail = 2;
  result.faces[1].detail = -1;
  EXPECT_TRUE(result.LandmarksOf(result.faces[0]).empty());
  EXPECT_TRUE(result.LandmarksOf(result.faces[1]).empty());
  result.faces[1].detail = 0;
  result.landmark_count = 0;
  EXPECT_TRUE(result.LandmarksOf(result.faces[1]).empty());
}

TEST(Faces, AreForgottenButKeepTheirMemory) {
  FrameResult result = TwoFaces();
  const auto* memory = result.landmarks.data();
  result.ClearFound();
  EXPECT_EQ(result, FrameResult());
  result.landmarks.push_back({});
  EXPECT_EQ(result.landmarks.data(), memory);
}

}  // namespace
}  // namespace retinue
