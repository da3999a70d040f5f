// RunStream with a tracker, and what it measures.

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/pipeline/test_streams.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/io/memory_source.h"
#include "retinue/overlay/overlay.h"
#include "retinue/pipeline/run_stream.h"
#include "retinue/track/options.h"

namespace retinue {
namespace {

using std::chrono::milliseconds;
using testing::kWide;
using testing::MovingBox;
using testing::PlanOf;
using testing::Reply;
using testing::ScriptedSource;
using testing::ToyBox;
using testing::ToyEngine;
using testing::ToyModel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Answers from a script and remembers what it was asked.
class ScriptedTracker final : public Tracker {
 public:
  explicit ScriptedTracker(std::vector<std::vector<Assignment>> answers)
      : answers_(std::move(answers)) {}

  void Update(Nanoseconds now, std::span<const Detection> detections, TrackUpdate& out) override {
    times.push_back(now);
    inputs.emplace_back(detections.begin(), detections.end());
    out.of_detection = answers_[times.size() - 1];
    out.ended.clear();
    if (on_update) on_update();
  }
  void Reset() override {}

  std::function<void()> on_update;
  std::vector<Nanoseconds> times;
  std::vector<std::vector<Detection>> inputs;

 private:
  std::vector<std::vector<Assignment>> answers_;
};

constexpr ToyBox kLeft{.center_x = 6, .class_id = 0, .score = 0.9f};
constexpr ToyBox kMiddle{.center_x = 16, .class_id = 1, .score = 0.8f};
constexpr ToyBox kRight{.center_x = 26, .class_id = 1, .score = 0.7f};
// 64×32 frames are seen at half size, 8 rows down.
constexpr Box kLeftInFrame{8, 12, 8, 8}, kMiddleInFrame{28, 12, 8, 8}, kRightInFrame{48, 12, 8, 8};

class RunStreamTrackTest : public ::testing::Test {
 protected:
  const ModelSpec model_ = ToyModel();
  ScriptedSource source_;
  CollectingSink sink_;
};

TEST_F(RunStreamTrackTest, ObjectsKeepBoxAndScoreAndGainIdAndClass) {
  source_.AddFrame(kWide, milliseconds(500)).AddFrame(kWide, milliseconds(533));
  const auto engine =
      ToyEngine({.replies = {Reply({kLeft, kMiddle, kRight}), Reply({kLeft, kRight})}});
  ScriptedTracker tracker({{{1, 0, Reason::kNewTrack},
                            {kNoTrack, 1, Reason::kTentative},
                            {2, 0, Reason::kNewTrack}},  // the track is a person by majority
                           {{kNoTrack, 0, Reason::kLowScore}, {3, 1, Reason::kNewTrack}}});
  StreamPlan plan = PlanOf(engine, model_);
  plan.tracker = &tracker;
  Sink* const sinks[] = {&sink_};
  std::vector<std::int64_t> tracks_so_far;
  plan.on_result = [&](const FrameResult&, const StreamSummary& summary) {
    tracks_so_far.push_back(summary.tracks);
  };
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;

  EXPECT_THAT(tracker.times, ElementsAre(milliseconds(500), milliseconds(533)));
  EXPECT_THAT(tracker.inputs[0],
              ElementsAre(Detection{kLeftInFrame, 0.9f, 0}, Detection{kMiddleInFrame, 0.8f, 1},
                          Detection{kRightInFrame, 0.7f, 1}));
  EXPECT_THAT(sink_.results()[0].objects, ElementsAre(Detection{kLeftInFrame, 0.9f, 0, 1},
                                                      Detection{kRightInFrame, 0.7f, 0, 2}));
  EXPECT_THAT(sink_.results()[1].objects, ElementsAre(Detection{kRightInFrame, 0.7f, 1, 3}));
  EXPECT_EQ(summary->objects, 3);
  EXPECT_EQ(summary->tracks, 3);
  EXPECT_THAT(tracks_so_far, ElementsAre(2, 3));
}

TEST_F(RunStreamTrackTest, ATrackSeenInManyFramesCountsOnce) {
  source_.AddFrames(300);
  std::vector<std::vector<Assignment>> answers;
  for (TrackId i = 0; i < 300; ++i) answers.push_back({{1 + i / 30, 0, Reason::kTracked}});
  ScriptedTracker tracker(std::move(answers));
  StreamPlan plan = PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_);
  plan.tracker = &tracker;
  const auto summary = RunStream(source_, plan, {});
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->objects, 300);
  EXPECT_EQ(summary->tracks, 10);
}

TEST_F(RunStreamTrackTest, FramesThatWereNotLookedAtDoNotReachTheTracker) {
  source_.AddFrames(6);
  std::vector<FakeReply> replies(3, Reply({kLeft}));
  replies[1].wait_error = Error{ErrorCode::kUnavailable, "not now"};
  ScriptedTracker tracker(std::vector<std::vector<Assignment>>(2, {{1, 0, Reason::kTracked}}));
  StreamPlan plan = PlanOf(ToyEngine({.replies = std::move(replies)}), model_);
  plan.tracker = &tracker;
  plan.vid_stride = 2;
  const auto summary = RunStream(source_, plan, {});
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->failed, 1);
  EXPECT_THAT(tracker.times, ElementsAre(milliseconds(0), milliseconds(160)));
}

TEST_F(RunStreamTrackTest, WithoutATrackerObjectsHaveNoId) {
  source_.AddFrames(1);
  Sink* const sinks[] = {&sink_};
  const auto summary =
      RunStream(source_, PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_), sinks);
  ASSERT_TRUE(summary.has_value());
  EXPECT_THAT(sink_.results()[0].objects, ElementsAre(Detection{kLeftInFrame, 0.9f, 0, kNoTrack}));
  EXPECT_EQ(summary->tracks, 0);
}

// Two that walk towards each other in their own halves of the picture: who is who is plain.
TEST_F(RunStreamTrackTest, ByteTrackFollowsTwoWalkers) {
  constexpr int kFrames = 12;
  std::vector<FakeReply> replies;
  for (int i = 0; i < kFrames; ++i) {
    const auto step = static_cast<float>(i) * 0.5f;
    replies.push_back(Reply({{.center_x = 4 + step, .center_y = 11, .width = 6, .score = 0.9f},
                             {.center_x = 28 - step, .center_y = 20, .width = 6, .class_id = 1,
                              .score = 0.8f}}));
  }
  source_.AddFrames(kFrames);
  const auto tracker = MakeTracker({});
  ASSERT_TRUE(tracker.has_value());
  StreamPlan plan = PlanOf(ToyEngine({.replies = std::move(replies)}), model_);
  plan.tracker = tracker->get();
  Sink* const sinks[] = {&sink_};
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->tracks, 2);
  ASSERT_THAT(sink_.results(), SizeIs(kFrames));
  for (const FrameResult& result : sink_.results()) {
    ASSERT_THAT(result.objects, SizeIs(2)) << "frame " << result.frame;
    EXPECT_EQ(result.objects[0].track_id, 1);
    EXPECT_EQ(result.objects[0].class_id, 0);
    EXPECT_EQ(result.objects[1].track_id, 2);
    EXPECT_EQ(result.objects[1].class_id, 1);
  }
}

TEST_F(RunStreamTrackTest, OnlySinksThatAskForItGetTheDrawnPicture) {
  source_.AddFrames(2);
  auto overlay = Overlay::Create({.show_labels = false, .line_width = 1});
  ASSERT_TRUE(overlay.has_value());
  FakeClock clock;
  StreamPlan plan = PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_);
  plan.overlay = overlay->get();
  plan.clock = &clock;
  CollectingSink drawn(Sink::Picture::kDrawn), plain(Sink::Picture::kPlain);
  Sink* const sinks[] = {&drawn, &plain, &sink_};
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->stages.of(Stage::kDraw).count(), 2);
  ASSERT_THAT(drawn.frames(), SizeIs(2));
  ASSERT_THAT(plain.frames(), SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto luma = [&](const CollectingSink& sink, int x, int y) {
      const PlaneView plane = sink.frames()[i].plane(0);
      return int{plane.data[y * plane.stride_bytes + x]};
    };
    EXPECT_EQ(drawn.frames()[i].id(), plain.frames()[i].id());
    EXPECT_EQ(drawn.frames()[i].pts(), plain.frames()[i].pts());
    // The object's box is x 8…16, y 12…20: its line is new, a corner of the picture is as it was.
    EXPECT_EQ(luma(plain, 60, 2), (60 * 7 + 2 * 13 + static_cast<int>(i) * 31) % 251);
    EXPECT_EQ(luma(drawn, 60, 2), luma(plain, 60, 2));
    int changed = 0;
    for (int x = 8; x < 16; ++x) changed += luma(drawn, x, 12) != luma(plain, x, 12) ? 1 : 0;
    EXPECT_GT(changed, 4);
  }
  EXPECT_THAT(sink_.frames(), IsEmpty());
}

// What a program with pictures of its own writes: every twin that ships, none of this test's.
TEST_F(RunStreamTrackTest, RunsOnTheTwinsThatShip) {
  std::vector<Frame> pictures;
  FramePool pool;
  for (int i = 0; i < 3; ++i) {
    auto buffer = pool.Get(kWide);
    ASSERT_TRUE(buffer.has_value());
    pictures.push_back(FrameBuffer::Publish(*std::move(buffer), {}, {i * milliseconds(100)}));
  }
  MemorySource source(std::move(pictures), {}, {.pending_before_each = 2});
  Sink* const sinks[] = {&sink_};
  const StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(3)}), model_);
  const auto summary = RunStream(source, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->source.frames, 3);
  ASSERT_THAT(sink_.results(), SizeIs(3));
  EXPECT_EQ(sink_.results()[2].frame, 2);
  EXPECT_EQ(sink_.results()[2].pts, milliseconds(200));
}

class SlowSink final : public Sink {
 public:
  SlowSink(FakeClock& clock, Nanoseconds per_frame) : clock_(clock), per_frame_(per_frame) {}
  Picture picture() const override { return Picture::kNone; }
  Result<void> Begin(const StreamInfo&) override { return {}; }
  Result<void> Write(const Frame&, const FrameResult&) override {
    clock_.Advance(per_frame_);
    return {};
  }
  Result<void> Finish() override {
    clock_.Advance(milliseconds(1000));
    return {};
  }

 private:
  FakeClock& clock_;
  Nanoseconds per_frame_;
};

// Each pull costs 5 ms, a track update 2 ms, a write 3 ms; the rest of the pipeline stands still
// on this clock. Frame 1 takes two pulls, as one says "pending"; the end of the stream is no frame.
TEST_F(RunStreamTrackTest, MeasuresEachStageOncePerFrame) {
  FakeClock clock;
  source_.AddFrames(1).AddPending(1).AddFrames(2).OnPull(
      [&](int) { clock.Advance(milliseconds(5)); });
  ScriptedTracker tracker(std::vector<std::vector<Assignment>>(3, {{1, 0, Reason::kTracked}}));
  tracker.on_update = [&] { clock.Advance(milliseconds(2)); };
  SlowSink slow(clock, milliseconds(3));
  StreamPlan plan = PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_);
  plan.tracker = &tracker;
  plan.clock = &clock;
  plan.depth = 1;
  Sink* const sinks[] = {&slow};
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;

  const StageStats& stages = summary->stages;
  for (const Stage stage : {Stage::kDecodeWait, Stage::kPreprocess, Stage::kInference, Stage::kHead,
                            Stage::kTrack, Stage::kEncodeWait, Stage::kLatency}) {
    EXPECT_EQ(stages.of(stage).count(), 3) << ToString(stage);
  }
  EXPECT_EQ(stages.of(Stage::kDraw).count(), 0) << "nobody wants the drawn picture";
  EXPECT_NEAR(stages.of(Stage::kDecodeWait).MeanMs(), (5 + 10 + 5) / 3.0, 1e-9);
  EXPECT_DOUBLE_EQ(stages.of(Stage::kDecodeWait).MaxMs(), 10);
  EXPECT_DOUBLE_EQ(stages.of(Stage::kTrack).MeanMs(), 2);
  EXPECT_DOUBLE_EQ(stages.of(Stage::kEncodeWait).MeanMs(), 3);
  EXPECT_DOUBLE_EQ(stages.of(Stage::kLatency).MeanMs(), 5);
  EXPECT_EQ(stages.of(Stage::kHead).MaxMs(), 0);
  // 5 pulls, 3 updates, 3 writes, 1 finish.
  EXPECT_EQ(summary->elapsed, milliseconds(5 * 5 + 3 * 2 + 3 * 3 + 1000));
}

TEST_F(RunStreamTrackTest, LatencyIsFromArrivalToTheResultsBeingOut) {
  FakeClock clock;
  source_.AddFrames(4).OnPull([&](int) { clock.Advance(milliseconds(10)); });
  StreamPlan plan = PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_);
  plan.clock = &clock;
  plan.depth = 3;
  const auto summary = RunStream(source_, plan, {});
  ASSERT_TRUE(summary.has_value());
  // Frames 0 and 1 wait for two more frames, 2 for one and the end, 3 for the end alone.
  EXPECT_DOUBLE_EQ(summary->stages.of(Stage::kLatency).MaxMs(), 20);
  EXPECT_DOUBLE_EQ(summary->stages.of(Stage::kLatency).MeanMs(), (20 + 20 + 20 + 10) / 4.0);
}

TEST_F(RunStreamTrackTest, MeasuresNothingWithoutAClock) {
  source_.AddFrames(3);
  const auto summary =
      RunStream(source_, PlanOf(ToyEngine({.replies = {Reply({kLeft})}}), model_), {});
  ASSERT_TRUE(summary.has_value());
  for (int i = 0; i < kStageCount; ++i) {
    EXPECT_EQ(summary->stages.of(static_cast<Stage>(i)).count(), 0);
  }
  EXPECT_EQ(summary->elapsed, Nanoseconds(0));
}

}  // namespace
}  // namespace retinue
