// RegionFollower and RegionModel over a replayed network of two points in 16x16 pixels.

#include "retinue/pipeline/region_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "lib/pipeline/test_streams.h"

namespace retinue {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr FrameFormat kFormat{
    PixelFormat::kGray8, {320, 200}, {ColorMatrix::kBt601, ColorRange::kFull}};

// A point in the middle and one above it, and a hidden pair of the same kind. The circle around the
// middle that reaches the point at a quarter of the side, twice as wide: the same square again.
ModelSpec Landmarks() {
  ModelSpec model;
  model.task = Task::kPose;
  model.input.size = {16, 16};
  model.input.fit = Fit::kStretch;
  model.head = LandmarkSpec{.points = 2, .hidden = 2, .columns = 3, .input = {16, 16}};
  model.names = {"person"};
  model.regions = RegionRules{.found = {.from = 0, .to = 1, .scale = 2},
                              .followed = {.from = 2, .to = 3, .scale = 2}};
  return model;
}

ModelIo LandmarkIo() {
  ModelIo io;
  io.inputs = {{"image", ElementType::kF32, {1, 3, 16, 16}}};
  io.outputs = {{"points", ElementType::kF32, {1, 12}}, {"presence", ElementType::kF32, {1, 1}}};
  return io;
}

/// The person stands `right` pixels of the input to the right of the middle.
FakeReply Seen(float right = 0, float presence = 0.9f) {
  const float x = 8 + right;
  const float points[] = {x, 8, 0, x + 2, 6, 0, x, 8, 0, x, 4, 0};
  return {.outputs = {RecordedTensor::F32({1, 12}, points),
                      RecordedTensor::F32({1, 1}, std::span(&presence, 1))}};
}
FakeReply Gone() { return Seen(0, 0.1f); }

/// A detection whose square is of that side around (x, y).
void AddDetection(FrameResult& result, float x, float y, float side) {
  result.keypoint_count = 2;
  result.objects.push_back({.box = {x - 5, y - 5, 10, 10},
                            .score = 0.8f,
                            .detail = static_cast<int>(result.objects.size())});
  result.keypoints.insert(result.keypoints.end(), {{x, y, 1}, {x, y - side / 4, 1}});
}

class Follower : public ::testing::Test {
 protected:
  void Make(std::vector<FakeReply> replies, RegionFollowerOptions options = {}, int requests = 1) {
    FakeEngineOptions fake{.replies = std::move(replies)};
    fake.info.requests = requests;
    auto engine = FakeEngine::Create(LandmarkIo(), std::move(fake));
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = *engine;
    auto follower = RegionFollower::Create({engine_, model_, {.conf = 0.5f}}, options);
    ASSERT_TRUE(follower) << follower.error().message;
    follower_ = *std::move(follower);
  }
  /// Looks at a frame, of which the detector has seen what `result_` holds.
  void Look(Nanoseconds pts, bool detected) {
    auto buffer = FrameBuffer::Create(kFormat);
    ASSERT_TRUE(buffer);
    const Frame frame = FrameBuffer::Publish(*std::move(buffer), {0, 7}, {pts, 40ms});
    result_.size = kFormat.size;
    const auto looked = follower_->Look(frame, detected, result_);
    ASSERT_TRUE(looked) << looked.error().message;
  }
  /// A frame with these squares, side 80, around the points.
  void Detect(Nanoseconds pts, std::vector<Point> at) {
    result_.ClearFound();
    for (const Point& p : at) AddDetection(result_, p.x, p.y, 80);
    Look(pts, true);
  }
  void Follow(Nanoseconds pts) {
    result_.ClearFound();
    Look(pts, false);
  }
  std::vector<float> CentresX() const {
    std::vector<float> xs;
    for (const Detection& object : result_.objects) xs.push_back(result_.KeypointsOf(object)[0].x);
    return xs;
  }

  ModelSpec model_ = Landmarks();
  std::shared_ptr<FakeEngine> engine_;
  std::unique_ptr<RegionFollower> follower_;
  FrameResult result_;
};

TEST_F(Follower, LooksWhereTheLandmarksWere) {
  // Each time a quarter of the square, 80 pixels wide, further to the right.
  Make({Seen(4)});
  EXPECT_TRUE(follower_->WantsDetections(0ms));
  Detect(0ms, {{100, 100}});
  ASSERT_EQ(result_.objects.size(), 1u);
  EXPECT_EQ(result_.keypoint_count, 2);
  EXPECT_THAT(result_.KeypointsOf(result_.objects[0]),
              ElementsAre(Keypoint{120, 100, 1}, Keypoint{130, 90, 1}));
  EXPECT_EQ(result_.objects[0].score, 0.9f);
  Follow(40ms);
  EXPECT_THAT(CentresX(), ElementsAre(::testing::FloatNear(140, 1e-3f)));
  Follow(80ms);
  EXPECT_THAT(CentresX(), ElementsAre(::testing::FloatNear(160, 1e-3f)));
  EXPECT_EQ(engine_->starts(), 3);
}

TEST_F(Follower, TheDetectorLooksForOthersNowAndThen) {
  Make({Seen()});
  Detect(0ms, {{60, 100}});
  for (const auto at : {40ms, 80ms, 249ms}) EXPECT_FALSE(follower_->WantsDetections(at));
  EXPECT_TRUE(follower_->WantsDetections(250ms));
  // Who is followed already is looked at once; the other is new.
  Detect(250ms, {{70, 104}, {240, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(60, 240));
  EXPECT_EQ(engine_->starts(), 3);
  EXPECT_FALSE(follower_->WantsDetections(260ms));
  EXPECT_TRUE(follower_->WantsDetections(100ms)) << "time went back: another recording";
  EXPECT_TRUE(follower_->WantsDetections(kNoTime)) << "nobody knows";
}

TEST_F(Follower, TheDetectorRestsWhenThereIsNoRoom) {
  Make({Seen()}, {.max_objects = 2});
  Detect(0ms, {{60, 100}, {160, 100}, {260, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(60, 160));
  EXPECT_FALSE(follower_->WantsDetections(10s));
}

TEST_F(Follower, WhoIsLostIsLookedForAtOnce) {
  Make({Seen(), Seen(), Gone(), Seen(), Seen()});
  Detect(0ms, {{60, 100}, {260, 100}});
  EXPECT_FALSE(follower_->WantsDetections(40ms));
  Follow(40ms);
  EXPECT_THAT(CentresX(), ElementsAre(260));
  EXPECT_TRUE(follower_->WantsDetections(80ms));
  Detect(80ms, {});
  EXPECT_FALSE(follower_->WantsDetections(120ms));
}

TEST_F(Follower, ADetectionWithoutLandmarksIsNobody) {
  Make({Gone()});
  Detect(0ms, {{60, 100}});
  EXPECT_TRUE(result_.objects.empty());
  EXPECT_TRUE(result_.keypoints.empty());
  EXPECT_EQ(result_.keypoint_count, 2);
  EXPECT_TRUE(follower_->WantsDetections(1ms));
  Detect(1ms, {});
  EXPECT_EQ(engine_->starts(), 1) << "nothing to look at";
}

// Two squares that were apart see the same person.
TEST_F(Follower, OneOfTwoOnTheSameSpotIsKept) {
  Make({Seen(6), Seen(-6)});
  Detect(0ms, {{100, 100}, {160, 100}});
  EXPECT_THAT(CentresX(), ElementsAre(130));
}

TEST_F(Follower, EachFrameForItself) {
  Make({Seen(4)}, {.follow = false});
  Detect(0ms, {{100, 100}});
  EXPECT_TRUE(follower_->WantsDetections(0ms));
  Detect(0ms, {});
  EXPECT_TRUE(result_.objects.empty());
}

// With fewer requests than regions, and with as many.
TEST_F(Follower, RegionsKeepTheirOrder) {
  for (const int requests : {1, 2, 8}) {
    Make({Seen(1), Seen(2), Seen(3)}, {}, requests);
    Detect(0ms, {{60, 100}, {160, 100}, {260, 100}});
    EXPECT_THAT(CentresX(), ElementsAre(65, 170, 275)) << requests;
    EXPECT_EQ(engine_->requests(), std::min(requests, 3));
  }
}

// What the network sees is the square of the frame, upright.
TEST_F(Follower, ShowsTheNetworkTheRegion) {
  Make({Seen()});
  auto buffer = FrameBuffer::Create(kFormat);
  ASSERT_TRUE(buffer);
  const MutablePlaneView plane = (*buffer)->plane(0);
  for (int y = 0; y < kFormat.size.height; ++y) {
    for (int x = 0; x < kFormat.size.width; ++x) {
      plane.data[y * plane.stride_bytes + x] =
          static_cast<std::uint8_t>(x / 2 + (y >= 100 ? 90 : 0));
    }
  }
  const Frame frame = FrameBuffer::Publish(*std::move(buffer), {0, 0}, {0ms, 40ms});
  // Head to the right: turned clockwise, so x of the frame runs up the input.
  result_.size = kFormat.size;
  result_.keypoint_count = 2;
  result_.objects = {{.box = {90, 90, 20, 20}, .detail = 0}};
  result_.keypoints = {{100, 100, 1}, {120, 100, 1}};
  ASSERT_TRUE(follower_->Look(frame, true, result_));
  const auto inputs = engine_->inputs(0);
  ASSERT_EQ(inputs.size(), 1u);
  const auto* input = reinterpret_cast<const float*>(inputs[0].bytes.data());
  const auto at = [&](int column, int row) { return input[row * 16 + column] * 255; };
  // Rows from the top are x = 140 … 60 in steps of 5; columns from the left are y = 60 … 140.
  EXPECT_NEAR(at(2, 0), 137 / 2.0, 1.0);
  EXPECT_NEAR(at(13, 0), 137 / 2.0 + 90, 1.0);
  EXPECT_NEAR(at(2, 15), 62 / 2.0, 1.0);
}

TEST_F(Follower, AnErrorOfTheNetworkIsToldAndNothingIsKept) {
  FakeReply broken{.outputs = {}, .wait_error = Error{ErrorCode::kInternal, "it broke"}};
  Make({Seen(), broken, Seen()}, {}, 2);
  result_.size = kFormat.size;
  AddDetection(result_, 60, 100, 80);
  AddDetection(result_, 260, 100, 80);
  auto buffer = FrameBuffer::Create(kFormat);
  const Frame frame = FrameBuffer::Publish(*std::move(buffer), {0, 0}, {0ms, 40ms});
  const auto looked = follower_->Look(frame, true, result_);
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().message, "it broke");
  EXPECT_TRUE(result_.objects.empty());
  EXPECT_TRUE(follower_->WantsDetections(40ms));
}

TEST_F(Follower, RefusesWhatMakesNoSense) {
  Make({Seen()});
  EXPECT_THAT(RegionFollower::Create({engine_, testing::ToyModel()}).error().message,
              HasSubstr("a model of a body's landmarks"));
  EXPECT_THAT(RegionFollower::Create({engine_, model_}, {.max_objects = 0}).error().message,
              HasSubstr("max_objects must be 1 to 64"));
  EXPECT_THAT(RegionFollower::Create({nullptr, model_}).error().message, HasSubstr("engine"));
  model_.input.size = {32, 32};
  EXPECT_THAT(RegionFollower::Create({engine_, model_}).error().message, HasSubstr("16"));
}

// A whole stream: the detector sees the first frame, then rests.
TEST_F(Follower, RunStreamLetsTheDetectorRest) {
  ModelSpec detector = testing::ToyModel();
  detector.head = YoloSpec{.class_count = 1, .extra = KeypointColumns{2, false}};
  detector.names = {"somebody"};
  ModelIo io;
  io.inputs = testing::ToyIo().inputs;
  io.outputs = {{"output0", ElementType::kF32, {1, 9, 1}}};
  // In pixels of the 32x32 input, which shows a frame of 320x320 at a tenth.
  const float seen[] = {16, 16, 8, 8, 0.9f, 16, 16, 16, 14};
  FakeEngineOptions fake{.replies = {{.outputs = {RecordedTensor::F32({1, 9, 1}, seen)}}}};
  fake.info.requests = 3;
  auto first = FakeEngine::Create(io, fake);
  ASSERT_TRUE(first) << first.error().message;
  Make({Seen(1)});
  StreamPlan plan = testing::PlanOf(*first, detector);
  plan.regions = follower_.get();
  testing::ScriptedSource source;
  source.AddFrames(9, {PixelFormat::kGray8, {320, 320}, {}});  // 0 … 320 ms
  CollectingSink sink;
  Sink* const sinks[] = {&sink};
  const auto summary = RunStream(source, plan, sinks);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->frames, 9);
  EXPECT_EQ(summary->objects, 9 + 2) << "the second detection is of another spot by now";
  EXPECT_EQ((*first)->starts(), 2) << "at 0 and 280 ms";
  EXPECT_EQ((*first)->requests(), 0);
  EXPECT_EQ(engine_->starts(), 9 + 2);
  EXPECT_THAT(sink.stream()->class_names, ElementsAre("person"));
  for (std::size_t i = 0; i < 9; ++i) {
    const FrameResult& result = sink.results()[i];
    EXPECT_NEAR(result.KeypointsOf(result.objects[0])[0].x, 160 + 5.0 * static_cast<double>(i + 1),
                1e-2);
  }
}

}  // namespace
}  // namespace retinue
