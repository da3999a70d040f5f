// Which faces a program draws, and how its drawings move. Expected faces and places are by hand
// from sections 2 and 5 of the language's specification.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/effects/drawing_test_support.h"
#include "retinue/effects/effects.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using internal::Apply;
using internal::Drawn;
using internal::ExpectNear;
using internal::Faces;
using internal::Picture;
using internal::Program;
using internal::Rgb8;

// Four faces of one plain colour each, in a row; what is drawn can be told by colour.
class Row {
 public:
  static constexpr int kFaces = 4;
  static Picture Colors() {
    return Picture(80, 20, [](int x, int) { return Rgb8{50 + 50 * (x / 20), 0, 0}; });
  }
  static FrameResult Boxes(int count = kFaces) {
    std::vector<Box> boxes;
    // Not in order, to see that they are put in order.
    for (const int i : {2, 0, 3, 1}) {
      if (i < count) boxes.push_back({static_cast<float>(i) * 20 + 5, 5, 10, 10});
    }
    return Faces(boxes);
  }
  // The number of the face whose colour each face has now; -1 for black.
  static std::vector<int> After(const std::string& program, int count = kFaces) {
    const Picture drawn = Drawn(program, Colors(), Boxes(count));
    std::vector<int> shown;
    for (int i = 0; i < kFaces; ++i) shown.push_back(drawn.At(i * 20 + 10, 10)[0] / 50 - 1);
    return shown;
  }
};

TEST(FaceChoice, FollowsTheSpecification) {
  EXPECT_THAT(Row::After("face: fill(0, 0, 0)"), ElementsAre(-1, -1, -1, -1));
  EXPECT_THAT(Row::After("face#2: fill(0, 0, 0)"), ElementsAre(0, 1, -1, 3));
  EXPECT_THAT(Row::After("face: copy_to(face+1)"), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(Row::After("face: copy_to(face-1)"), ElementsAre(1, 2, 3, 0));
  EXPECT_THAT(Row::After("face: copy_to(face+6)"), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(Row::After("face: copy_to(face-2147483647)"), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(Row::After("face#1: copy_to(face+1)"), ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(Row::After("face#0: swap_with(face#3)"), ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(Row::After("face: copy_to(face#1)"), ElementsAre(0, 3, 2, 3));
  // Face i is a source for face i - 1.
  EXPECT_THAT(Row::After("face+1: copy_to(face)"), ElementsAre(1, 2, 3, 0));
  EXPECT_THAT(Row::After("face-1: copy_to(face)"), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(Row::After("face+1: copy_to(face+2)"), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(Row::After("rect(20, 0, 20, 20): copy_to(face)"), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(Row::After("rect(20, 0, 20, 20): copy_to(face#3)"), ElementsAre(0, 1, 2, 1));
  EXPECT_THAT(Row::After("face: fill(50 * (4 - i), 0, 0)"), ElementsAre(3, 2, 1, 0));
  // A source without a face sees the variables of the face it is drawn onto.
  EXPECT_THAT(Row::After("rect(0, 0, 2, 2): copy_to(face), channels(4 - i, 1, 1)"),
              ElementsAre(3, 2, 1, 0));
}

TEST(FaceChoice, WithoutTheFaceTheStatementDoesNothing) {
  EXPECT_THAT(Row::After("face#3: copy_to(face#0)", 3), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Row::After("face: copy_to(face#0, face#3)", 3), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Row::After("face+1: copy_to(face)", 0), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Row::After("rect(20, 0, 20, 20): copy_to(face+1)", 0), ElementsAre(0, 1, 2, 3));
}

TEST(FaceChoice, WarnsOncePerSecond) {
  auto effects = Program("frame:\nface#1: tile");
  Picture picture = Row::Colors();
  std::vector<double> warned;
  for (int i = 0; i < 25; ++i) {
    const double seconds = 7 + i * 0.1;
    FrameResult faces = Row::Boxes(1);
    faces.pts = FromSeconds(seconds);
    const EffectsReport report = Apply(*effects, faces, picture);
    EXPECT_EQ(report.skipped, 1);
    if (report.absent.empty()) continue;
    EXPECT_THAT(report.absent, ElementsAre(AbsentFace{2, 1}));
    warned.push_back(i * 0.1);
  }
  ASSERT_EQ(warned.size(), 3u);
  EXPECT_NEAR(warned[1], 1, 0.11);
}

TEST(FaceChoice, MayGoByTrack) {
  FrameResult faces = Faces({{45, 5, 10, 10}, {5, 5, 10, 10}});  // ids 1 and 2
  Picture picture = Row::Colors();
  Apply(*Program("face#0: fill(0, 0, 0)", {.order = FaceOrder::kTrack}), faces, picture);
  EXPECT_EQ(picture.At(50, 10)[0], 0);
  EXPECT_EQ(picture.At(10, 10)[0], 50);
}

// A white square of 10 x 10 on black; where it is drawn is where its copy is white.
class Mover {
 public:
  explicit Mover(const std::string& program) : effects_(Program(program)) {}

  // The centre of the white pixels after a frame at this time with the face at (x, y).
  std::array<double, 2> At(double seconds, double x = 20, double y = 20, bool is_there = true) {
    Picture picture = Picture::Plain(100, 80, {0, 0, 0});
    FrameResult faces = Faces({{static_cast<float>(x) - 5, static_cast<float>(y) - 5, 10, 10}},
                              seconds);
    if (!is_there) faces.faces.clear();
    Apply(*effects_, faces, picture);
    double sum_x = 0, sum_y = 0, count = 0;
    for (int j = 0; j < 80; ++j) {
      for (int i = 0; i < 100; ++i) {
        if (picture.At(i, j)[0] < 128) continue;
        sum_x += i + 0.5;
        sum_y += j + 0.5;
        count += 1;
      }
    }
    return {sum_x / count, sum_y / count};
  }
  Effects& effects() { return *effects_; }

 private:
  std::unique_ptr<Effects> effects_;
};

TEST(Motion, DriftsByTheAngleAndKeepsFractions) {
  const struct {
    const char* program;
    double dx, dy;  // after 2 s
  } cases[] = {
      {"face: fill(255, 255, 255), drift(10, 0)", 0, 20},
      {"face: fill(255, 255, 255), drift(10, 90)", 20, 0},
      {"face: fill(255, 255, 255), drift(5, 180)", 0, -10},
      {"face: fill(255, 255, 255), drift(10, 45)", 14.142, 14.142},
      {"face: fill(255, 255, 255), drift(10, 90), translate(-3, 4)", 17, 4},
      {"face: fill(255, 255, 255), drift", 0.707, 0.707},
  };
  for (const auto& c : cases) {
    Mover mover(c.program);
    std::array<double, 2> at{};
    // A frame every 10 ms: at most a tenth of a pixel each.
    for (int i = 0; i <= 200; ++i) at = mover.At(3 + i * 0.01);
    EXPECT_NEAR(at[0], 20 + c.dx, 0.51) << c.program;  // whole pixels are seen
    EXPECT_NEAR(at[1], 20 + c.dy, 0.51) << c.program;
  }
}

TEST(Motion, BouncesOffTheEdges) {
  Mover mover("face: fill(255, 255, 255), drift(30, 90)");
  EXPECT_NEAR(mover.At(0)[0], 20, 0.01);
  EXPECT_NEAR(mover.At(2)[0], 80, 0.01);
  EXPECT_NEAR(mover.At(3)[0], 90, 0.51);  // 110 is 10 beyond 100
  EXPECT_NEAR(mover.At(4)[0], 60, 0.01);
  EXPECT_NEAR(mover.At(7)[0], 30, 0.01);  // through 0
  EXPECT_NEAR(mover.At(8)[0], 60, 0.01);
}

TEST(Motion, IsFrozenWhileTheFaceIsAway) {
  Mover mover("face: fill(255, 255, 255), drift(10, 90)");
  mover.At(0);
  EXPECT_NEAR(mover.At(1)[0], 30, 0.01);
  mover.At(2, 20, 20, false);
  mover.At(30, 20, 20, false);
  EXPECT_NEAR(mover.At(31)[0], 30, 0.01);
  EXPECT_NEAR(mover.At(32)[0], 40, 0.01);
}

TEST(Motion, TakesNoTimeBackwards) {
  Mover mover("face: fill(255, 255, 255), drift(10, 90)");
  mover.At(5);
  EXPECT_NEAR(mover.At(6)[0], 30, 0.01);
  EXPECT_NEAR(mover.At(1)[0], 30, 0.01);
  EXPECT_NEAR(mover.At(2)[0], 40, 0.01);
}

TEST(Motion, StaysWithStatementsThatStay) {
  Mover mover("face: fill(255, 255, 255), drift(10, 90)");
  mover.At(0);
  mover.At(1);
  mover.effects().SetPlan(
      ReadEffects("nose: tile // new\nface:fill(255,255,255), drift( 10,90 )").value());
  EXPECT_NEAR(mover.At(2)[0], 40, 0.01);
  mover.effects().SetPlan(ReadEffects("face: fill(255, 255, 255), drift(20, 90)").value());
  EXPECT_NEAR(mover.At(3)[0], 20, 0.01);
  mover.effects().SetPlan(ReadEffects("face: fill(255, 255, 255), drift(10, 90)").value());
  EXPECT_NEAR(mover.At(4)[0], 20, 0.01);
}

TEST(Motion, SpinsClockwiseFromItsStart) {
  const Picture picture = Picture::Noise(40, 40);
  auto spinning = Program("rect(10, 10, 20, 20): spin(0.25), rotate(90)");
  FrameResult frame;
  Picture drawn = picture;
  Apply(*spinning, frame, drawn);
  ExpectNear(drawn, Drawn("rect(10, 10, 20, 20): rotate(90)", picture), 0, "at the start");
  frame.pts = FromSeconds(1);
  drawn = picture;
  Apply(*spinning, frame, drawn);
  ExpectNear(drawn, Drawn("rect(10, 10, 20, 20): rotate(180)", picture), 0, "a second on");
}

TEST(Motion, TimeIsThatOfTheFrames) {
  auto effects = Program("frame: fill(10 * t, 0, 0)");
  for (const double seconds : {100.0, 102.0, 103.5}) {
    Picture picture = Picture::Plain(4, 4, {0, 0, 0});
    Apply(*effects, Faces({}, seconds), picture);
    EXPECT_EQ(picture.At(1, 1)[0], static_cast<int>(10 * (seconds - 100)));
  }
}

}  // namespace
}  // namespace retinue
