// FaceFollower over replayed networks: a mesh in 16x16 pixels, eyes in 64x64 (test_faces.h). A
// detection's square is 80 pixels wide, so a pixel of the mesh's input is five of the frame, and
// the face in it 40 wide.

#include "retinue/pipeline/face_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "lib/pipeline/test_faces.h"
#include "lib/pipeline/test_streams.h"

namespace retinue {
namespace {

using namespace std::chrono_literals;
using testing::IrisReply;
using testing::MeshReply;
using testing::NoMesh;
using testing::ToyFace;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr FrameFormat kFormat{
    PixelFormat::kGray8, {320, 200}, {ColorMatrix::kBt601, ColorRange::kFull}};

// How often a still picture's face is looked at (lib/pipeline/face_follower.cc).
constexpr int kLooks = 5;

::testing::Matcher<const Box&> IsBox(float x, float y, float width, float height) {
  const auto near = [](float value) { return FloatNear(value, 1e-2f); };
  return AllOf(Field("x", &Box::x, near(x)), Field("y", &Box::y, near(y)),
               Field("width", &Box::width, near(width)),
               Field("height", &Box::height, near(height)));
}

std::shared_ptr<FakeEngine> EngineOf(const ModelIo& io, std::vector<FakeReply> replies) {
  auto engine = FakeEngine::Create(io, {.replies = std::move(replies)});
  RETINUE_CHECK(engine.has_value());
  return *std::move(engine);
}

Frame BlankFrame(Nanoseconds pts, std::int64_t number) {
  auto buffer = FrameBuffer::Create(kFormat);
  RETINUE_CHECK(buffer.has_value());
  return FrameBuffer::Publish(*std::move(buffer), {0, number}, {pts, 40ms});
}

class Faces : public ::testing::Test {
 protected:
  void Make(std::vector<FakeReply> replies, FaceFollowerOptions options = {}) {
    engine_ = EngineOf(testing::ToyMeshIo(), std::move(replies));
    models_.mesh = {engine_, testing::ToyMesh(), {.conf = 0.5f}, batched_};
    auto follower = FaceFollower::Create(models_, options);
    ASSERT_TRUE(follower) << follower.error().message;
    follower_ = *std::move(follower);
  }
  Result<void> TryToLook(const Frame& frame, bool detected) {
    result_.frame = frame.id().number;
    result_.pts = frame.pts();
    result_.size = frame.size();
    return follower_->Look(frame, detected, result_);
  }
  /// A frame with these detections.
  void Detect(Nanoseconds pts, const std::vector<Point>& at, float side = 80) {
    result_.ClearFound();
    for (const Point& p : at) testing::AddFaceDetection(result_, p.x, p.y, side);
    const auto looked = TryToLook(BlankFrame(pts, number_++), true);
    ASSERT_TRUE(looked) << looked.error().message;
  }
  void Follow(Nanoseconds pts) {
    result_.ClearFound();
    const auto looked = TryToLook(BlankFrame(pts, number_++), false);
    ASSERT_TRUE(looked) << looked.error().message;
  }
  std::vector<std::int64_t> Ids() const {
    std::vector<std::int64_t> ids;
    for (const Face& face : result_.faces) ids.push_back(face.id);
    return ids;
  }
  std::vector<float> CentresX() const {
    std::vector<float> xs;
    for (const Face& face : result_.faces) xs.push_back(face.box.center().x);
    return xs;
  }

  std::shared_ptr<Engine> batched_;
  FaceModels models_;
  std::shared_ptr<FakeEngine> engine_;
  std::unique_ptr<FaceFollower> follower_;
  FrameResult result_;
  std::int64_t number_ = 0;
};

TEST_F(Faces, HaveLandmarksAndAreObjectsToo) {
  Make({MeshReply({.right = 2, .presence = 0.9f})});
  Detect(0ms, {{100, 100}});
  ASSERT_THAT(result_.faces, SizeIs(1));
  const Face& face = result_.faces[0];
  EXPECT_EQ(face.id, 1);
  EXPECT_EQ(face.score, 0.9f);
  EXPECT_THAT(face.box, IsBox(90, 80, 40, 40));
  EXPECT_EQ(result_.landmark_count, 468);
  const auto landmarks = result_.LandmarksOf(face);
  ASSERT_THAT(landmarks, SizeIs(468));
  EXPECT_NEAR(landmarks[33].x, 100 + (5 + 2 - 8) * 5, 1e-3);
  EXPECT_NEAR(landmarks[33].y, 100 + (7 - 8) * 5, 1e-3);
  EXPECT_NEAR(landmarks[33].z, 5, 1e-3) << "in pixels of the frame as x and y";
  ASSERT_THAT(result_.objects, SizeIs(1));
  const Detection object = result_.objects[0];
  EXPECT_EQ(object, (Detection{.box = face.box, .score = 0.9f, .class_id = 0, .track_id = 1}));
  EXPECT_THAT(result_.keypoints, IsEmpty());
  EXPECT_THAT(follower_->names(), ElementsAre("face"));
}

// Five pixels a frame to the right, from the landmarks alone.
TEST_F(Faces, AreLookedAtWhereTheyWere) {
  Make({MeshReply({.right = 1})}, {.smooth = false});
  Detect(0ms, {{100, 100}});
  for (int i = 1; i < 4; ++i) {
    EXPECT_FALSE(follower_->WantsDetections(i * 40ms));
    Follow(i * 40ms);
    EXPECT_THAT(CentresX(), ElementsAre(FloatNear(105.0f + 5.0f * static_cast<float>(i), 1e-2f)));
    EXPECT_THAT(Ids(), ElementsAre(1));
  }
}

TEST_F(Faces, KeepTheirIdWhenLostAndFoundOnTheSpotWithinASecond) {
  struct Case {
    const char* name;
    Nanoseconds found_again;
    Point at;
    std::int64_t id;
  };
  const Case cases[] = {
      {"a second later", 1040ms, {60, 100}, 1},
      {"a little beside it", 200ms, {85, 100}, 1},
      {"too late", 1041ms, {60, 100}, 3},
      {"elsewhere", 200ms, {120, 100}, 3},
      {"time went back", 10ms, {60, 100}, 3},
      {"nobody knows when", kNoTime, {60, 100}, 3},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    // Two at 0 and at 40 ms; then the first is not seen, and once more it is.
    Make({MeshReply(), MeshReply(), MeshReply(), MeshReply(), NoMesh(), MeshReply(), MeshReply(),
          MeshReply()});
    Detect(0ms, {{60, 100}, {260, 100}});
    EXPECT_THAT(Ids(), ElementsAre(1, 2));
    Follow(40ms);
    EXPECT_FALSE(follower_->WantsDetections(80ms));
    Follow(80ms);
    EXPECT_THAT(Ids(), ElementsAre(2));
    EXPECT_TRUE(follower_->WantsDetections(81ms)) << "something was lost";
    Detect(one.found_again, {one.at});
    EXPECT_THAT(Ids(), ElementsAre(2, one.id)) << "longest followed first";
  }
}

// One that is held for long must not hide another on the same spot from being known again.
TEST_F(Faces, AreKnownAgainBesideOneThatWasLostLongAgo) {
  Make({MeshReply(), NoMesh(), MeshReply(), NoMesh(), MeshReply()}, {.hold = 10s});
  Detect(0ms, {{60, 100}});
  Follow(40ms);
  Detect(2000ms, {{60, 100}});
  EXPECT_EQ(Ids().front(), 2) << "after more than a second it is another";
  Follow(2040ms);
  Detect(2080ms, {{60, 100}});
  EXPECT_EQ(Ids().front(), 2);
}

TEST_F(Faces, AreSmoothedWhileTheyAreFollowed) {
  for (const bool smooth : {true, false}) {
    SCOPED_TRACE(smooth);
    // The face shakes: half a pixel of the input to the right and back.
    Make({MeshReply(), MeshReply({.right = 0.5f})}, {.smooth = smooth});
    Detect(0ms, {{100, 100}});
    const std::vector<Landmark> before = result_.landmarks;
    LandmarkSmoother smoother;
    std::vector<Landmark> expected = before;
    smoother.Smooth(expected, 0ms);
    EXPECT_EQ(expected, before) << "the first comes as it is";
    for (Landmark& landmark : expected) landmark.x += 2.5f;
    const float raw = expected[33].x;
    smoother.Smooth(expected, 40ms);
    Follow(40ms);
    const auto landmarks = result_.LandmarksOf(result_.faces[0]);
    EXPECT_NEAR(landmarks[33].x, smooth ? expected[33].x : raw, 1e-3);
    EXPECT_NEAR(result_.faces[0].box.x, landmarks[0].x, 1e-3) << "the box of what is shown";
    if (smooth) {
      EXPECT_LT(landmarks[33].x, raw - 0.2f);
    }
  }
}

// A face that was lost starts afresh: what was smoothed before is of another place.
TEST_F(Faces, AreNotSmoothedOverALoss) {
  Make({MeshReply(), NoMesh(), MeshReply()});
  Detect(0ms, {{100, 100}});
  Follow(40ms);
  Detect(80ms, {{110, 100}});
  EXPECT_THAT(Ids(), ElementsAre(1));
  EXPECT_THAT(CentresX(), ElementsAre(FloatNear(110, 1e-3f)));
}

// A pixel of the input further with each look: five of the frame.
TEST_F(Faces, OfStillPicturesAreLookedAtAgainAndAgain) {
  Make({MeshReply({.right = 1})}, {.regions = {.follow = false}});
  Detect(0ms, {{100, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(FloatNear(100 + 5 * kLooks, 1e-2f)));
  EXPECT_EQ(engine_->starts(), kLooks);
  EXPECT_THAT(Ids(), ElementsAre(0)) << "nothing is followed";
  EXPECT_TRUE(follower_->WantsDetections(1ms));
  Detect(40ms, {});
  EXPECT_THAT(result_.faces, IsEmpty());
}

// Batches of two: of five faces four go in two passes, the second of each two 2 pixels of the input
// to the right; the fifth goes alone, as far to the left.
TEST_F(Faces, AsManyAsFillBatchesAreLookedAtInOnePassEach) {
  ModelIo io = testing::ToyMeshIo();
  io.inputs[0].shape = {2, 3, 16, 16};
  for (TensorInfo& output : io.outputs) output.shape = {2, output.shape[1]};
  std::vector<float> points = testing::ToyMeshPoints({});
  const std::vector<float> second = testing::ToyMeshPoints({.right = 2});
  points.insert(points.end(), second.begin(), second.end());
  const std::vector<float> presence = {0.9f, 0.9f};
  const auto batched = EngineOf(io, {{.outputs = {RecordedTensor::F32({2, 468 * 3}, points),
                                                  RecordedTensor::F32({2, 1}, presence)}}});
  batched_ = batched;
  Make({MeshReply({.right = -2})}, {.smooth = false});
  Detect(0ms, {{40, 100}, {100, 100}, {160, 100}, {220, 100}, {280, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(FloatNear(40, 1e-2f), FloatNear(110, 1e-2f),
                                      FloatNear(160, 1e-2f), FloatNear(230, 1e-2f),
                                      FloatNear(270, 1e-2f)));
  EXPECT_EQ(batched->starts(), 2);
  EXPECT_EQ(engine_->starts(), 1);
  // The model itself may be a batch of it: what is not there is not looked at.
  models_.mesh = {batched, testing::ToyMesh(), {.conf = 0.5f}};
  auto follower = FaceFollower::Create(models_, {.smooth = false});
  ASSERT_TRUE(follower) << follower.error().message;
  follower_ = *std::move(follower);
  Detect(0ms, {{40, 100}, {100, 100}, {160, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(FloatNear(40, 1e-2f), FloatNear(110, 1e-2f),
                                      FloatNear(160, 1e-2f)));
  EXPECT_EQ(batched->starts(), 4);
}

// Two that are followed; then the first one's mesh sees the second one's face: that one stays who
// it was, the first is lost, counted and held where it was.
TEST_F(Faces, OneThatGoesOverToAnotherIsLost) {
  Make({MeshReply(), MeshReply(), MeshReply({.right = 12}), MeshReply()},
       {.smooth = false, .hold = 500ms});
  Detect(0ms, {{100, 100}, {160, 100}});
  EXPECT_THAT(Ids(), ElementsAre(1, 2));
  Follow(40ms);
  EXPECT_THAT(Ids(), ElementsAre(2, 1));
  EXPECT_EQ(result_.faces[0].detail, 0);
  EXPECT_NEAR(result_.faces[0].box.center().x, 160, 1e-2);
  EXPECT_EQ(result_.faces[1].detail, -1) << "held";
  EXPECT_NEAR(result_.faces[1].box.center().x, 100, 1e-2);
  EXPECT_EQ(follower_->losses().frames, 1);
  EXPECT_TRUE(follower_->WantsDetections(80ms));
}

TEST_F(Faces, TwoOnOneSpotAreOne) {
  // Apart when detected, then both see the one between them: who was there first is kept.
  Make({MeshReply({.right = 6}), MeshReply({.right = -6})}, {.smooth = false});
  Detect(0ms, {{100, 100}, {160, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(FloatNear(130, 1e-2f)));
  // Likewise one within the other, whichever is larger.
  Make({MeshReply({.size = 0.4f}), MeshReply()}, {.smooth = false});
  Detect(0ms, {{100, 100}, {150, 100}}, 100);
  Follow(40ms);
  EXPECT_THAT(result_.faces, SizeIs(2)) << "beside each other";
  Make({MeshReply({.size = 0.4f}), MeshReply({.right = -8})}, {.smooth = false});
  Detect(0ms, {{100, 100}, {150, 100}}, 100);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_THAT(result_.faces[0].box, IsBox(90, 90, 20, 20));
  // In still pictures the larger is kept: here the second.
  std::vector<FakeReply> replies(2 * kLooks, MeshReply());
  replies[0] = MeshReply({.size = 0.4f});
  replies[1] = MeshReply({.right = -8});
  Make(replies, {.regions = {.follow = false}});
  Detect(0ms, {{100, 100}, {150, 100}}, 100);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_THAT(result_.faces[0].box, IsBox(75, 75, 50, 50));
}

TEST_F(Faces, LostOnesAreHeldAsWiderBoxes) {
  Make({MeshReply(), MeshReply(), NoMesh()}, {.hold = 100ms});
  Detect(0ms, {{60, 100}});
  Follow(40ms);
  for (const auto at : {80ms, 140ms}) {
    Follow(at);
    ASSERT_THAT(result_.faces, SizeIs(1));
    const Face& held = result_.faces[0];
    // The face was 40 wide around (60, 100).
    const Face expected{.id = 1, .score = 0, .box = held.box, .detail = -1};
    EXPECT_EQ(held, expected) << "nothing else is known of it";
    EXPECT_THAT(held.box, IsBox(30, 70, 60, 60));
    EXPECT_THAT(result_.LandmarksOf(held), IsEmpty());
    EXPECT_THAT(result_.objects, IsEmpty());
  }
  Follow(141ms);
  EXPECT_THAT(result_.faces, IsEmpty());
  // It is clipped at the frame's edge.
  Make({MeshReply(), NoMesh()}, {.hold = 100ms});
  Detect(0ms, {{15, 15}});
  Follow(40ms);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_LE(result_.faces[0].box.width, 60);
  EXPECT_EQ(result_.faces[0].box.x, 0);
  // Without `hold` there is none.
  Make({MeshReply(), NoMesh()});
  Detect(0ms, {{60, 100}});
  Follow(40ms);
  EXPECT_THAT(result_.faces, IsEmpty());
}

// Its points are a million pixels apart: there is no next square.
TEST_F(Faces, ThoseThatCannotBeFollowedAreLost) {
  Make({MeshReply(), MeshReply(), MeshReply({.size = 1e6f}), MeshReply()}, {.hold = 100ms});
  Detect(0ms, {{60, 100}, {260, 100}});
  Follow(40ms);
  EXPECT_THAT(Ids(), ElementsAre(2, 1)) << "the second is held";
  EXPECT_TRUE(follower_->WantsDetections(80ms));
}

TEST_F(Faces, WhatOnlyTheDetectorSeesIsABoxToo) {
  Make({NoMesh()}, {.keep_unsure = true});
  Detect(0ms, {{100, 100}});
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_THAT(result_.faces[0].box, IsBox(68, 68, 64, 64)) << "0.8 of what the mesh was shown";
  EXPECT_EQ(result_.faces[0].detail, -1);
  EXPECT_EQ(result_.faces[0].score, 0);
  EXPECT_THAT(result_.objects, IsEmpty());
  Follow(40ms);
  EXPECT_THAT(result_.faces, IsEmpty());
  Make({NoMesh()});
  Detect(0ms, {{100, 100}});
  EXPECT_THAT(result_.faces, IsEmpty());
}

// Of a still picture's two the first is seen in no look, the first one only, or all but the last.
TEST_F(Faces, WhatOnlyTheDetectorSeesInAStillPictureIsABoxToo) {
  for (const int seen : {0, 1, kLooks - 1}) {
    std::vector<FakeReply> replies(static_cast<std::size_t>(kLooks + seen + 1), MeshReply());
    replies[static_cast<std::size_t>(2 * seen)] = NoMesh();
    Make(replies, {.regions = {.follow = false}, .keep_unsure = true});
    Detect(0ms, {{100, 100}, {240, 100}});
    EXPECT_EQ(engine_->starts(), kLooks + seen + 1);
    EXPECT_THAT(CentresX(), ElementsAre(FloatNear(240, 1e-2f), FloatNear(100, 1e-2f)))
        << "seen in " << seen << " looks";
    EXPECT_THAT(result_.objects, SizeIs(1));
  }
}

TEST_F(Faces, LossesAreCountedByFrame) {
  // Frame 0 and 1 seen, 2 and 3 not, 4 seen, 5 not.
  Make({MeshReply(), MeshReply(), NoMesh(), MeshReply(), NoMesh(), MeshReply()});
  Detect(0ms, {{60, 100}});
  Follow(40ms);
  Follow(80ms);
  Detect(120ms, {});
  Detect(160ms, {{60, 100}});
  EXPECT_THAT(follower_->losses().runs, ElementsAre(Pair(2, 3)));
  Follow(200ms);
  EXPECT_THAT(follower_->losses().runs, ElementsAre(Pair(2, 3), Pair(5, 5)));
  EXPECT_EQ(follower_->losses().frames, 3);
  // A second after it was seen it is gone, not lost.
  Detect(1160ms, {});
  Detect(1161ms, {});
  EXPECT_THAT(follower_->losses().runs, ElementsAre(Pair(2, 3), Pair(5, 6)));
}

// Three turns of 30 degrees further the mesh is surest: the face lies on its side.
TEST_F(Faces, TurnedByAnyAngleAreFound) {
  std::vector<FakeReply> replies(1 + 12 + kLooks, MeshReply({.presence = 0.99f}));
  for (std::size_t i = 0; i < 1 + 12; ++i) replies[i] = NoMesh();  // once, and in all directions
  replies[1 + 3] = MeshReply({.presence = 0.97f});
  replies[1 + 5] = MeshReply({.presence = 0.90f});
  models_.detector = {EngineOf(testing::ToyDetectorIo(), {testing::NoFace()}),
                      testing::ToyDetector(), {}};
  Make(replies, {.regions = {.follow = false}, .turned = true});
  Detect(0ms, {{100, 100}});
  EXPECT_EQ(engine_->starts(), 1 + 12 + kLooks);
  ASSERT_THAT(result_.faces, SizeIs(1));
  // Landmark 33 is (-15, -5) from the middle of an upright face, a quarter turn makes it (5, -15).
  const auto landmarks = result_.LandmarksOf(result_.faces[0]);
  EXPECT_NEAR(landmarks[33].x, 105, 1e-2);
  EXPECT_NEAR(landmarks[33].y, 85, 1e-2);
  // A face that is surely upright is looked at no more than others;
  Make({MeshReply({.presence = 0.999999f})}, {.regions = {.follow = false}, .turned = true});
  Detect(0ms, {{100, 100}});
  EXPECT_EQ(engine_->starts(), 1 + kLooks);
  // and one that is not five times surer than 0.5 is none.
  for (const auto& [presence, faces] : {std::pair(0.91f, 1u), std::pair(0.89f, 0u)}) {
    Make({MeshReply({.presence = presence})}, {.regions = {.follow = false}, .turned = true});
    Detect(0ms, {{100, 100}});
    EXPECT_THAT(result_.faces, SizeIs(faces)) << presence;
  }
}

// The eye's square is 2.3 times its 10 pixels wide, shown in 64: so (16, 32) is a quarter of it, or
// 5.75 pixels, left of the eye's middle; and, as its crop is mirrored, right of that of the other.
TEST_F(Faces, WithIrisesHave478Landmarks) {
  const auto eyes = EngineOf(testing::ToyIrisIo(), {IrisReply({32, 16}, {16, 32})});
  models_.iris = {eyes, testing::ToyIris(), {.conf = 0}};
  Make({MeshReply()});
  auto buffer = FrameBuffer::Create(kFormat);
  ASSERT_TRUE(buffer);
  const MutablePlaneView plane = (*buffer)->plane(0);
  for (int y = 0; y < kFormat.size.height; ++y) {
    for (int x = 0; x < kFormat.size.width; ++x) {
      plane.data[y * plane.stride_bytes + x] = static_cast<std::uint8_t>(x);
    }
  }
  testing::AddFaceDetection(result_, 100, 100);
  ASSERT_TRUE(TryToLook(FrameBuffer::Publish(*std::move(buffer), {0, 0}, {0ms, 40ms}), true));
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_EQ(result_.landmark_count, 478);
  const auto landmarks = result_.LandmarksOf(result_.faces[0]);
  ASSERT_THAT(landmarks, SizeIs(478));
  // Eyes' corners: 85 to 95 and 105 to 115 at y = 95; landmark 159 is on the left eye's upper lid.
  EXPECT_NEAR(landmarks[468].x, 90 - 5.75, 1e-2);
  EXPECT_NEAR(landmarks[468].y, 95, 1e-2);
  EXPECT_NEAR(landmarks[473].x, 110 + 5.75, 1e-2);
  EXPECT_NEAR(landmarks[159].x, 90, 1e-2);
  EXPECT_NEAR(landmarks[159].y, 95 - 5.75, 1e-2);
  EXPECT_NEAR(landmarks[468].z, 5, 1e-2) << "the lids'";
  // What the network saw: grey grows to the right, in the mirrored crop to the left.
  ASSERT_EQ(eyes->starts(), 2);
  for (int eye = 0; eye < 2; ++eye) {
    const auto inputs = eyes->inputs(eye);
    const auto* row = reinterpret_cast<const float*>(inputs[0].bytes.data());
    const float left = row[32 * 64 + 4] * 255, right = row[32 * 64 + 59] * 255;
    EXPECT_NEAR(left, eye == 0 ? 79.6 : 119.4, 0.6);
    EXPECT_NEAR(right, eye == 0 ? 99.4 : 99.6, 0.6);
  }
}

// What the mesh sees 10 pixels beside the middle the refined one has 20 beside it, and its irises.
TEST_F(Faces, AreFoundByTheMeshAndFollowedByTheRefinedOne) {
  const auto refined = [&](std::vector<FakeReply> replies) {
    models_.refined = {EngineOf(testing::ToyRefinedIo(), std::move(replies)),
                       testing::ToyRefinedMesh(), {.conf = 0.5f}};
  };
  const auto middle = [&] {
    const auto row = result_.LandmarksOf(result_.faces[0]);
    return (row[33].x + row[263].x) / 2;
  };
  const FakeReply there = testing::RefinedReply({.right = 4});
  refined({there, there, testing::RefinedReply({.presence = 0.2f}), there});
  Make({MeshReply({.right = 2}), MeshReply({.right = 2})});
  Detect(0ms, {{100, 100}});
  ASSERT_THAT(result_.faces, SizeIs(1));
  ASSERT_THAT(result_.LandmarksOf(result_.faces[0]), SizeIs(478));
  // Found around 110, looked at again there, seen 20 pixels beside it.
  EXPECT_NEAR(middle(), 130, 1e-2);
  EXPECT_EQ(result_.LandmarksOf(result_.faces[0])[468], (Landmark{middle(), 95, 5}));
  Follow(40ms);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_EQ(result_.faces[0].id, 1);
  Follow(80ms);
  EXPECT_THAT(result_.faces, IsEmpty()) << "the refined mesh says so";
  EXPECT_TRUE(follower_->WantsDetections(120ms));

  // Where it does not see what the mesh found, the mesh's points stay.
  refined({testing::RefinedReply({.presence = 0.2f})});
  Make({MeshReply({.right = 2})}, {.regions = {.follow = false}});
  Detect(0ms, {{100, 100}});
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_GT(middle(), 100);
  const auto row = result_.LandmarksOf(result_.faces[0]);
  ASSERT_THAT(row, SizeIs(478));
  EXPECT_NEAR(row[468].x, (row[33].x + row[133].x) / 2, 1e-3);
  EXPECT_NEAR(row[473].x, (row[362].x + row[263].x) / 2, 1e-3);
}

// The eyes' network answers with no number: the mesh's points stay, the iris is the eye's middle.
TEST_F(Faces, IrisesThatAreNoNumbersAreTheMiddleOfTheEyes) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  const auto eyes = EngineOf(testing::ToyIrisIo(), {IrisReply({32, 16}, {none, 32})});
  models_.iris = {eyes, testing::ToyIris(), {.conf = 0}};
  Make({MeshReply()});
  Detect(0ms, {{100, 100}});
  const auto landmarks = result_.LandmarksOf(result_.faces.at(0));
  EXPECT_NEAR(landmarks[468].x, 90, 1e-2);
  EXPECT_NEAR(landmarks[477].x, 110, 1e-2);
  EXPECT_EQ(follower_->invalid_count(), 2);
}

TEST_F(Faces, AfterAnErrorNothingIsFoundNorFollowedAndIdsAreKept) {
  const FakeReply broken{.outputs = {}, .wait_error = Error{ErrorCode::kInternal, "it broke"}};
  const auto look = [&](bool detected) {
    result_.ClearFound();
    if (detected) testing::AddFaceDetection(result_, 100, 100);
    return TryToLook(BlankFrame(40ms, 1), detected);
  };
  const auto expect_nothing = [&](const Result<void>& looked) {
    ASSERT_FALSE(looked);
    EXPECT_EQ(looked.error().message, "it broke");
    EXPECT_THAT(result_.faces, IsEmpty());
    EXPECT_THAT(result_.objects, IsEmpty());
    EXPECT_TRUE(follower_->WantsDetections(80ms));
    Detect(80ms, {{100, 100}});
    EXPECT_THAT(Ids(), ElementsAre(1)) << "it is still there";
  };
  {
    SCOPED_TRACE("the mesh");
    Make({MeshReply(), broken, MeshReply()});
    Detect(0ms, {{100, 100}});
    expect_nothing(look(false));
  }
  {
    SCOPED_TRACE("the eyes");
    const FakeReply iris = IrisReply({32, 32}, {32, 32});
    models_.iris = {EngineOf(testing::ToyIrisIo(), {iris, iris, iris, broken, iris, iris}),
                    testing::ToyIris(), {.conf = 0}};
    Make({MeshReply()});
    Detect(0ms, {{100, 100}});
    expect_nothing(look(false));
    models_.iris.reset();
  }
  {
    SCOPED_TRACE("the near detector");
    const FakeReply none = testing::NoFace();
    models_.near = {EngineOf(testing::ToyDetectorIo(), {none, broken, none}),
                    testing::ToyDetector(), {}};
    Make({MeshReply()});
    Detect(0ms, {{100, 100}});
    expect_nothing(look(true));
  }
}

TEST_F(Faces, RefusesWhatMakesNoSense) {
  Make({MeshReply()});
  const auto message = [&](const FaceModels& models, FaceFollowerOptions options = {}) {
    const auto made = FaceFollower::Create(models, options);
    EXPECT_FALSE(made);
    if (made) return std::string();
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    return made.error().message;
  };
  EXPECT_THAT(message(models_, {.regions = {.max_objects = 65}}), HasSubstr("1 to 64"));
  EXPECT_THAT(message(models_, {.regions = {.detect_every = -1ms}}), HasSubstr("detect_every"));
  EXPECT_THAT(message(models_, {.hold = -1ns}), HasSubstr("hold must not be negative"));
  for (const FaceFollowerOptions& options :
       {FaceFollowerOptions{.tiles = true}, FaceFollowerOptions{.turned = true}}) {
    EXPECT_THAT(message(models_, options), HasSubstr("need the detector"));
  }
  FaceModels wrong = models_;
  wrong.mesh.engine = nullptr;
  EXPECT_THAT(message(wrong), HasSubstr("engine"));
  wrong = models_;
  wrong.mesh.model.regions.reset();
  EXPECT_THAT(message(wrong), HasSubstr("a model of 468 or 478 landmarks"));
  wrong = models_;
  std::get<LandmarkSpec>(wrong.mesh.model.head).points = 467;
  EXPECT_THAT(message(wrong), HasSubstr("a model of 468 or 478 landmarks"));
  wrong = models_;
  std::get<LandmarkSpec>(wrong.mesh.model.head).is_face = false;
  EXPECT_THAT(message(wrong), HasSubstr("a model of 468 or 478 landmarks"));
  wrong = models_;
  wrong.mesh.model = testing::ToyModel();
  EXPECT_THAT(message(wrong), HasSubstr("a model of 468 or 478 landmarks"));
  wrong = models_;
  wrong.iris = wrong.mesh;
  EXPECT_THAT(message(wrong), HasSubstr("76 landmarks"));
  wrong = models_;
  wrong.refined = wrong.mesh;
  EXPECT_THAT(message(wrong), HasSubstr("a model of 478 landmarks"));
  wrong.iris = wrong.mesh;
  EXPECT_THAT(message(wrong), HasSubstr("no more than one model of irises"));
}

}  // namespace
}  // namespace retinue
