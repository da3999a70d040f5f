#include "retinue/faces/landmark_smoother.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "retinue/faces/face_measures.h"
#include "tests/support/count_allocations.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using std::chrono::milliseconds;
using Mesh = std::vector<Landmark>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr milliseconds kStep(40);

Landmark LandmarkOf(const nlohmann::json& xyz) {
  return {xyz[0].get<float>(), xyz[1].get<float>(), xyz[2].get<float>()};
}

Mesh MeshOf(const nlohmann::json& points) {
  Mesh mesh;
  for (const auto& point : points) mesh.push_back(LandmarkOf(point));
  return mesh;
}

// A square of 100 px, its corners and a point that is somewhere else in every frame.
Mesh SquareAnd(float x) { return {{0, 0, 0}, {100, 0, 0}, {100, 100, 0}, {0, 100, 0}, {x, 50, 8}}; }

Mesh Smoothed(LandmarkSmoother& smoother, Mesh mesh, Nanoseconds pts) {
  smoother.Smooth(mesh, pts);
  return mesh;
}

TEST(LandmarkSmoother, IsTheReferencesFilter) {
  const auto golden = nlohmann::json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/faces/golden/smoother.json")));
  ASSERT_EQ(golden.size(), 3u);
  for (const auto& c : golden) {
    LandmarkSmoother smoother({.min_cutoff_hz = c["options"][0].get<float>(),
                               .beta = c["options"][1].get<float>(),
                               .derivative_cutoff_hz = c["options"][2].get<float>()});
    Nanoseconds pts = std::chrono::hours(3);
    for (std::size_t i = 0; i < c["frames"].size(); ++i) {
      if (i > 0) pts += FromSeconds(c["steps_s"][i - 1].get<double>());
      const Mesh mesh = Smoothed(smoother, MeshOf(c["frames"][i]), pts);
      for (std::size_t k = 0; k < mesh.size(); ++k) {
        const Landmark expected = LandmarkOf(c["expected"][i][k]);
        // Floats of some hundred pixels over 25 frames.
        ASSERT_NEAR(mesh[k].x, expected.x, 2e-3) << i << " " << k;
        ASSERT_NEAR(mesh[k].y, expected.y, 2e-3) << i << " " << k;
        ASSERT_NEAR(mesh[k].z, expected.z, 2e-3) << i << " " << k;
      }
    }
  }
}

TEST(LandmarkSmoother, DoesNotDependOnTheFacesSize) {
  LandmarkSmoother small, large;
  testing::Random random(4);
  for (int i = 0; i < 40; ++i) {
    Mesh mesh = SquareAnd(static_cast<float>(random.Uniform(20, 80)));
    Mesh doubled = mesh;
    for (Landmark& l : doubled) l = {l.x * 8, l.y * 8, l.z * 8};
    small.Smooth(mesh, kStep * i);
    large.Smooth(doubled, kStep * i);
    // Powers of two: the very same roundings.
    for (std::size_t k = 0; k < mesh.size(); ++k) ASSERT_EQ(mesh[k].x * 8, doubled[k].x);
  }
}

// RMS of what is left of white noise, and how late a face is that starts to move: the figures of
// landmark_smoother.h, within what other noise does to them.
TEST(LandmarkSmoother, DefaultsHaveTheDocumentedFigures) {
  testing::Random random(8);
  const auto noise = [&] {  // about normal: Irwin-Hall, variance 1
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.Uniform();
    return static_cast<float>(sum);
  };
  Mesh still;
  for (int i = 0; i < 468; ++i) {
    still.push_back(
        {static_cast<float>(i % 22) * 70 / 21, static_cast<float>(i / 22) * 70 / 21, 0});
  }
  LandmarkSmoother smoother;
  double squares = 0, latest_ms = 0, late_ms = 0;
  for (int i = 0; i < 120; ++i) {
    const float moved = i < 60 ? 0.0f : static_cast<float>(i - 59) * 10;
    Mesh mesh = still;
    for (Landmark& l : mesh) l = {l.x + moved + 0.3f * noise(), l.y + 0.3f * noise(), l.z};
    smoother.Smooth(mesh, Nanoseconds(33'333'333) * i);
    double behind = 0;
    for (std::size_t k = 0; k < mesh.size(); ++k) {
      const double x = static_cast<double>(mesh[k].x - still[k].x - moved);
      if (i >= 30 && i < 60) squares += x * x;
      behind -= x / 468;
    }
    late_ms = behind / 300 * 1000;
    if (i >= 60) latest_ms = std::max(latest_ms, late_ms);
  }
  EXPECT_NEAR(std::sqrt(squares / (30 * 468)) / 0.3, 0.34, 0.03);
  EXPECT_NEAR(latest_ms, 8, 1);
  EXPECT_NEAR(late_ms, 2, 1);
}

TEST(LandmarkSmoother, FirstLandmarksComeOutUnchanged) {
  LandmarkSmoother smoother;
  EXPECT_EQ(Smoothed(smoother, SquareAnd(50), milliseconds(7)), SquareAnd(50));
  EXPECT_NE(Smoothed(smoother, SquareAnd(60), milliseconds(47)), SquareAnd(60));
  smoother.Reset();
  EXPECT_EQ(Smoothed(smoother, SquareAnd(70), milliseconds(87)), SquareAnd(70));
  // Another number of landmarks is another mesh.
  Mesh more = SquareAnd(20);
  more.push_back({40, 40, 4});
  EXPECT_EQ(Smoothed(smoother, more, milliseconds(127)), more);
}

TEST(LandmarkSmoother, MissingAndRepeatedTimesAreOneMoreOfTheLastStep) {
  for (const bool is_repeated : {false, true}) {
    LandmarkSmoother even, odd;
    for (int i = 0; i < 3; ++i) {
      const Mesh mesh = SquareAnd(50 + static_cast<float>(i));
      ASSERT_EQ(Smoothed(even, mesh, kStep * i), Smoothed(odd, mesh, kStep * i));
    }
    const Nanoseconds time = is_repeated ? Nanoseconds(kStep * 2) : kNoTime;
    EXPECT_EQ(Smoothed(even, SquareAnd(60), kStep * 3), Smoothed(odd, SquareAnd(60), time));
  }
}

TEST(LandmarkSmoother, WithoutAnyTimesFramesAreAThirtiethApart) {
  LandmarkSmoother timed, untimed;
  for (int i = 0; i < 5; ++i) {
    const Mesh mesh = SquareAnd(50 + static_cast<float>(i * i));
    EXPECT_EQ(Smoothed(timed, mesh, Nanoseconds(33'333'333) * i), Smoothed(untimed, mesh, kNoTime));
  }
}

TEST(LandmarkSmoother, StartsAfreshAfterASeek) {
  for (const Nanoseconds to : {Nanoseconds(0), Nanoseconds(milliseconds(9999)),
                               Nanoseconds(milliseconds(11041)), Nanoseconds(std::chrono::hours(9)),
                               Nanoseconds::min() + Nanoseconds(1), Nanoseconds::max()}) {
    LandmarkSmoother smoother;
    Smoothed(smoother, SquareAnd(50), milliseconds(10'000));
    Smoothed(smoother, SquareAnd(52), milliseconds(10'040));
    EXPECT_EQ(Smoothed(smoother, SquareAnd(70), to), SquareAnd(70)) << to.count();
    const Mesh next = Smoothed(smoother, SquareAnd(80), kNoTime);
    EXPECT_GT(next[4].x, 70);
    EXPECT_LT(next[4].x, 80);
  }
}

TEST(LandmarkSmoother, TimesMayBeAsFarApartAsTheyCan) {
  constexpr Nanoseconds kLatest = Nanoseconds::max(), kEarliest = kNoTime + Nanoseconds(1);
  LandmarkSmoother smoother;
  for (const Nanoseconds pts : {kEarliest, kLatest, kEarliest, kLatest - milliseconds(1500)}) {
    EXPECT_EQ(Smoothed(smoother, SquareAnd(50), pts), SquareAnd(50));
    smoother.Reset();
    Smoothed(smoother, SquareAnd(60), pts);
    EXPECT_EQ(Smoothed(smoother, SquareAnd(50), pts == kLatest ? kEarliest : kLatest),
              SquareAnd(50));
  }
  Smoothed(smoother, SquareAnd(50), kLatest - milliseconds(500));
  EXPECT_NE(Smoothed(smoother, SquareAnd(60), kLatest), SquareAnd(60))
      << "half a second is no seek";
}

TEST(LandmarkSmoother, KeepsWhatItKnowsOverAGapOfASecond) {
  LandmarkSmoother smoother({.min_cutoff_hz = 0.1f, .beta = 0, .derivative_cutoff_hz = 1});
  Smoothed(smoother, SquareAnd(50), milliseconds(10'000));
  // By hand: 2 pi · 0.1 Hz · 1 s = 0.62832, and 50 + 10 · 0.62832 / 1.62832.
  EXPECT_NEAR(Smoothed(smoother, SquareAnd(60), milliseconds(11'000))[4].x, 53.8587, 1e-3);
}

TEST(LandmarkSmoother, ALandmarkThatIsNoPlaceStartsAfreshByItself) {
  LandmarkSmoother smoother, other;
  for (const float bad : {kNan, std::numeric_limits<float>::infinity(), 1e8f}) {
    smoother.Reset();
    other.Reset();
    Mesh mesh = SquareAnd(50);
    smoother.Smooth(mesh, kStep * 0);
    mesh = SquareAnd(50);
    other.Smooth(mesh, kStep * 0);
    const Mesh broken = Smoothed(smoother, SquareAnd(bad), kStep);
    EXPECT_TRUE(broken[4].x == bad || std::isnan(bad));
    EXPECT_EQ(broken[0], SquareAnd(0)[0]);
    const Mesh back = Smoothed(smoother, SquareAnd(70), kStep * 2);
    EXPECT_EQ(back, SquareAnd(70));
  }
}

TEST(LandmarkSmoother, WithoutAnExtentNothingIsSmoothed) {
  LandmarkSmoother smoother;
  const Mesh point(5, {3, 4, 5}), nowhere(5, {kNan, 0, 0});
  EXPECT_EQ(Smoothed(smoother, point, kStep * 0), point);
  EXPECT_EQ(Smoothed(smoother, SquareAnd(50), kStep * 1), SquareAnd(50));
  EXPECT_EQ(Smoothed(smoother, point, kStep * 2), point);
  EXPECT_TRUE(std::isnan(Smoothed(smoother, nowhere, kStep * 3)[0].x));
  EXPECT_EQ(Smoothed(smoother, SquareAnd(60), kStep * 4), SquareAnd(60));
  EXPECT_TRUE(Smoothed(smoother, {}, kStep * 5).empty());
}

TEST(LandmarkSmoother, OptionsOutOfRangeAreTheDefaults) {
  LandmarkSmoother defaults, odd({.min_cutoff_hz = 0, .beta = -1, .derivative_cutoff_hz = kNan});
  for (int i = 0; i < 5; ++i) {
    const Mesh mesh = SquareAnd(50 + static_cast<float>(i * i));
    EXPECT_EQ(Smoothed(defaults, mesh, kStep * i), Smoothed(odd, mesh, kStep * i));
  }
  constexpr float kMost = std::numeric_limits<float>::max();
  LandmarkSmoother huge({.min_cutoff_hz = kMost, .beta = kMost, .derivative_cutoff_hz = kMost});
  for (int i = 0; i < 5; ++i) {
    const Mesh mesh = SquareAnd(50 + static_cast<float>(i * i));
    EXPECT_NEAR(Smoothed(huge, mesh, kStep * i)[4].x, mesh[4].x, 1e-4);
  }
}

TEST(LandmarkSmoother, AllocatesNothingAfterTheFirstFace) {
  LandmarkSmoother smoother;
  Mesh mesh(kIrisLandmarks);
  for (std::size_t i = 0; i < mesh.size(); ++i) mesh[i] = {static_cast<float>(i), 2, 3};
  smoother.Smooth(mesh, kStep * 0);
  const long before = testing::allocations;
  Face face;
  for (int i = 1; i < 10; ++i) {
    if (i == 5) smoother.Reset();
    smoother.Smooth(mesh, kStep * i);
    MeasureFace(mesh, face);
  }
  EXPECT_EQ(testing::allocations, before);
  const Mesh copy = mesh;
  EXPECT_GT(testing::allocations, before) << "nothing is counted";
}

}  // namespace
}  // namespace retinue
