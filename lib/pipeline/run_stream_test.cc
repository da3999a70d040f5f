// The flow of RunStream: which frames, in which order, with which numbers. Boxes are
// expected by hand: a 64×32 frame is seen by the 32×32 toy model at half size, 8 rows down, so a
// box centred at (x, y) of the input lies at (2x, 2(y - 8)) of the frame, twice as large.

#include "retinue/pipeline/run_stream.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/pipeline/test_streams.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

using std::chrono::milliseconds;
using testing::FrameNumbers;
using testing::kWide;
using testing::MovingBox;
using testing::PlanOf;
using testing::Reply;
using testing::ScriptedSource;
using testing::ToyEngine;
using testing::ToyIo;
using testing::ToyModel;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// What MovingBox(…) means in frame `i` of 64×32.
Detection MovingBoxIn(int i) {
  const float center_x = 2 * (4 + static_cast<float>(i));
  return {.box = {center_x - 4, 12, 8, 8}, .score = 0.9f, .class_id = i % 2};
}

class RunStreamTest : public ::testing::Test {
 protected:
  Result<StreamSummary> Run(const StreamPlan& plan, std::stop_token stop = {}) {
    Sink* const sinks[] = {&sink_};
    return RunStream(source_, plan, sinks, std::move(stop));
  }

  const ModelSpec model_ = ToyModel();
  ScriptedSource source_;
  CollectingSink sink_;
};

class RunStreamDepthTest : public RunStreamTest, public ::testing::WithParamInterface<int> {};

// The engine finishes the last of each ring first; a pipeline that waited before its ring is
// full, or took what is done first, would hang or be out of order.
TEST_P(RunStreamDepthTest, GivesResultsInOrderWhateverOrderTheEngineFinishes) {
  const int depth = GetParam();
  constexpr int kFrames = 20;
  const auto engine = ToyEngine(
      {.replies = MovingBox(kFrames), .repeat = false, .completion = FakeCompletion::kOnRelease});
  source_.AddFrames(kFrames).OnPull([&](int pull) {
    const int last = pull == kFrames ? kFrames - 1 : pull;
    if (pull != kFrames && pull % depth != depth - 1) return;
    for (int i = last; i >= 0 && i > last - depth; --i) engine->Release(i);
  });
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = depth;
  int starts_at_first_result = 0;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 0) starts_at_first_result = engine->starts();
  };

  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  ASSERT_THAT(sink_.results(), SizeIs(kFrames));
  for (int i = 0; i < kFrames; ++i) {
    const FrameResult& result = sink_.results()[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.frame, i);
    EXPECT_EQ(result.pts, i * milliseconds(40));
    EXPECT_EQ(result.size, kWide.size);
    EXPECT_THAT(result.objects, ElementsAre(MovingBoxIn(i)));
  }
  EXPECT_EQ(starts_at_first_result, depth);
  EXPECT_EQ(summary->frames, kFrames);
  EXPECT_EQ(summary->objects, kFrames);
  EXPECT_EQ(summary->failed, 0);
  EXPECT_EQ(summary->passed_over, 0);
  EXPECT_EQ(summary->source.frames, kFrames);
  EXPECT_EQ(summary->source.warning, "a scripted one");
  EXPECT_FALSE(summary->interrupted);
  EXPECT_EQ(sink_.finish_count(), 1);
  EXPECT_EQ(engine->requests(), 0) << "requests must not outlive the run";
}

INSTANTIATE_TEST_SUITE_P(, RunStreamDepthTest, ::testing::Range(1, 6));

struct DepthCase {
  const char* name;
  bool is_live;
  bool is_image;
  int requests;
  int expected;
};

class RunStreamDefaultDepthTest : public RunStreamTest,
                                  public ::testing::WithParamInterface<DepthCase> {};

TEST_P(RunStreamDefaultDepthTest, SuitsSourceAndEngine) {
  const DepthCase& c = GetParam();
  const auto engine = ToyEngine(
      {.replies = MovingBox(8),
       .info = {.runtime = "fake", .device = "none", .requests = c.requests}});
  source_.AddFrames(8);
  source_.mutable_info().is_live = c.is_live;
  source_.mutable_info().is_image = c.is_image;
  StreamPlan plan = PlanOf(engine, model_);
  int starts_at_first_result = 0;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 0) starts_at_first_result = engine->starts();
  };
  ASSERT_TRUE(Run(plan).has_value());
  EXPECT_EQ(starts_at_first_result, c.expected);
}

INSTANTIATE_TEST_SUITE_P(, RunStreamDefaultDepthTest,
                         ::testing::Values(DepthCase{"FileKeepsTheEngineBusy", false, false, 3, 3},
                                           DepthCase{"LiveIsNeverHeldBack", true, false, 3, 1},
                                           DepthCase{"PictureIsAlone", false, true, 3, 1},
                                           DepthCase{"EngineOfNoRequests", false, false, 0, 1}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(RunStreamTest, AsksAgainWhileNothingIsThereYet) {
  const auto engine = ToyEngine({.replies = MovingBox(3)});
  source_.AddPending(2).AddFrames(1).AddPending(1).AddFrames(2).AddPending(3);
  const auto summary = Run(PlanOf(engine, model_));
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1, 2));
  EXPECT_EQ(source_.pulls(), 2 + 1 + 1 + 2 + 3 + 1);
}

TEST_F(RunStreamTest, DoesNotHoldResultsBackWhileTheSourcePauses) {
  const auto engine = ToyEngine({.replies = MovingBox(2)});
  std::vector<std::size_t> seen;
  source_.AddFrames(2).AddPending(3).OnPull([&](int) { seen.push_back(sink_.results().size()); });
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = 4;
  ASSERT_TRUE(Run(plan).has_value());
  // Pulls: frame, frame, pause, pause, pause, end; one result leaves in each of the first pauses.
  EXPECT_THAT(seen, ElementsAre(0, 0, 0, 1, 2, 2));
}

TEST_F(RunStreamTest, StopsWithWholeOutputsAfterTheFramesInFlight) {
  const auto engine = ToyEngine({.replies = MovingBox(20)});
  source_.AddFrames(20);
  std::stop_source stop;
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = 3;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 4) stop.request_stop();
  };
  const auto summary = Run(plan, stop.get_token());
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_TRUE(summary->interrupted);
  // Frame 4 was completed when 6 was in; 5 and 6 were in flight.
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(source_.pulls(), 7);
  EXPECT_EQ(summary->frames, 7);
  EXPECT_EQ(sink_.finish_count(), 1);
}

TEST_F(RunStreamTest, StoppedBeforeItsFirstFrameLeavesEmptyButWholeOutputs) {
  source_.AddFrames(3);
  std::stop_source stop;
  stop.request_stop();
  const auto summary = Run(PlanOf(ToyEngine({.replies = MovingBox(3)}), model_), stop.get_token());
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_TRUE(summary->interrupted);
  EXPECT_EQ(source_.pulls(), 0);
  EXPECT_TRUE(sink_.stream().has_value());
  EXPECT_EQ(sink_.finish_count(), 1);
}

TEST_F(RunStreamTest, IsNotInterruptedByAStopAfterTheLastFrameCame) {
  source_.AddFrames(3);
  std::stop_source stop;
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(3)}), model_);
  plan.depth = 3;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 1) stop.request_stop();
  };
  const auto summary = Run(plan, stop.get_token());
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1, 2));
  EXPECT_FALSE(summary->interrupted);
}

TEST_F(RunStreamTest, AnEmptyStreamGivesWholeOutputsToo) {
  const auto summary = Run(PlanOf(ToyEngine({.replies = MovingBox(1)}), model_));
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->frames, 0);
  EXPECT_TRUE(sink_.stream().has_value());
  EXPECT_EQ(sink_.finish_count(), 1);
}

TEST_F(RunStreamTest, LooksAtEveryNthFrame) {
  const auto engine = ToyEngine({.replies = MovingBox(4)});
  source_.AddFrames(10);
  StreamPlan plan = PlanOf(engine, model_);
  plan.vid_stride = 3;
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 3, 6, 9));
  EXPECT_EQ(summary->frames, 4);
  EXPECT_EQ(summary->passed_over, 6);
  EXPECT_EQ(engine->starts(), 4);
}

TEST_F(RunStreamTest, EndsAfterSoManyFramesLookedAt) {
  source_.AddFrames(50);
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(4)}), model_);
  plan.depth = 3;
  plan.vid_stride = 2;
  plan.max_frames = 4;
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 2, 4, 6));
  EXPECT_EQ(source_.pulls(), 7) << "nothing may be pulled in vain";
  EXPECT_FALSE(summary->interrupted);
}

struct RateCase {
  const char* name;
  double max_fps;
  std::vector<Nanoseconds> pts;
  std::vector<std::int64_t> taken;
};

class RunStreamRateTest : public RunStreamTest, public ::testing::WithParamInterface<RateCase> {};

TEST_P(RunStreamRateTest, PassesOverWhatComesSooner) {
  const RateCase& c = GetParam();
  for (const Nanoseconds pts : c.pts) source_.AddFrame(kWide, pts);
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(1)}), model_);
  plan.max_fps = c.max_fps;
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(FrameNumbers(sink_), c.taken);
  EXPECT_EQ(summary->passed_over, static_cast<std::int64_t>(c.pts.size() - c.taken.size()));
}

INSTANTIATE_TEST_SUITE_P(
    , RunStreamRateTest,
    ::testing::Values(
        RateCase{"AThird", 10,
                 {milliseconds(0), milliseconds(33), milliseconds(67), milliseconds(100),
                  milliseconds(133), milliseconds(167), milliseconds(200)},
                 {0, 3, 6}},
        RateCase{"TheSameRateRoundedByTheContainer", 30,
                 {milliseconds(0), milliseconds(33), milliseconds(67), milliseconds(100),
                  milliseconds(133), milliseconds(167), milliseconds(200)},
                 {0, 1, 2, 3, 4, 5, 6}},
        RateCase{"ASlowerInput", 10,
                 {milliseconds(0), milliseconds(500), milliseconds(1000)},
                 {0, 1, 2}},
        // Due at 0, 100, 200, 300: the lateness of 130 does not move what follows.
        RateCase{"AnUnevenInput", 10,
                 {milliseconds(0), milliseconds(60), milliseconds(130), milliseconds(190),
                  milliseconds(200), milliseconds(290), milliseconds(310)},
                 {0, 2, 4, 6}},
        RateCase{"ALoopedInput", 10,
                 {milliseconds(5000), milliseconds(5050), milliseconds(0), milliseconds(50),
                  milliseconds(100)},
                 {0, 2, 4}},
        RateCase{"AnInputWithoutTimes", 10, {kNoTime, kNoTime, kNoTime}, {0, 1, 2}},
        RateCase{"TimesAtTheEndsOfTheirType", 10,
                 {Nanoseconds::max(), Nanoseconds::max(), Nanoseconds::min() + Nanoseconds(1),
                  Nanoseconds::max()},
                 {0, 2, 3}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RunStreamTest, PlansAnewWhenTheFormatChanges) {
  // The same box of the input, seen through three mappings: half size 8 rows down, half size 8
  // columns in, and whole size.
  const auto engine =
      ToyEngine({.replies = {Reply({{.center_x = 16, .center_y = 12, .width = 4, .height = 8}})}});
  source_.AddFrame(kWide)
      .AddFrame({PixelFormat::kGray8, {32, 64}, {}})
      .AddFrame({PixelFormat::kRgb24, {32, 32}, {}})
      .AddFrame(kWide);
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = 2;  // so the plan has changed when the result comes
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  ASSERT_THAT(sink_.results(), SizeIs(4));
  const Box wide{28, 0, 8, 16}, tall{12, 16, 8, 16}, square{14, 8, 4, 8};
  const Box expected[] = {wide, tall, square, wide};
  const Size sizes[] = {{64, 32}, {32, 64}, {32, 32}, {64, 32}};
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_THAT(sink_.results()[i].objects, SizeIs(1));
    EXPECT_EQ(sink_.results()[i].objects[0].box, expected[i]) << "frame " << i;
    EXPECT_EQ(sink_.results()[i].size, sizes[i]);
  }
}

// A request's tensor holds the padding of the last plan that wrote it; formats of different bars
// alternate over a ring of requests, so a border kept by mistake shows.
TEST_F(RunStreamTest, TheBordersAreRightWhenFormatsAlternate) {
  const FrameFormat formats[] = {kWide,
                                 {PixelFormat::kGray8, {32, 64}, {}},
                                 {PixelFormat::kNv12, {48, 40}, {}},
                                 {PixelFormat::kI420, {33, 17}, {}}};
  const int order[] = {0, 0, 0, 0, 1, 1, 0, 2, 2, 2, 2, 3, 0, 3, 0, 1, 2, 3, 3, 3, 3, 0};
  for (const int format : order) source_.AddFrame(formats[format]);
  const auto engine = ToyEngine({.replies = MovingBox(1)});
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = 3;
  CollectingSink frames(Sink::Picture::kPlain);
  Sink* const sinks[] = {&frames};
  ASSERT_TRUE(RunStream(source_, plan, sinks).has_value());

  ASSERT_THAT(frames.frames(), SizeIs(std::size(order)));
  for (std::size_t i = 0; i < std::size(order); ++i) {
    const Frame& frame = frames.frames()[i];
    const auto fresh =
        PlanPreprocess(frame.format(), WholeFrame(frame.size()), model_.input);
    ASSERT_TRUE(fresh.has_value());
    std::vector<float> expected(3 * 32 * 32, std::numeric_limits<float>::quiet_NaN());
    Preprocess(*fresh, frame, {ElementType::kF32, fresh->output_shape(), expected.data()},
               Padding::kWrite);
    const auto recorded = engine->inputs(static_cast<int>(i));
    ASSERT_THAT(recorded, SizeIs(1));
    const auto actual = recorded[0].view().as<float>();
    EXPECT_EQ(std::vector<float>(actual.begin(), actual.end()), expected) << "frame " << i;
  }
}

TEST_F(RunStreamTest, TellsSinksWhatTheyNeed) {
  const auto engine = ToyEngine({.replies = MovingBox(2)});
  source_.AddFrames(2);
  StreamPlan plan = PlanOf(engine, model_);
  plan.stream_index = 7;
  CollectingSink plain(Sink::Picture::kPlain);
  Sink* const sinks[] = {&plain, &sink_};
  ASSERT_TRUE(RunStream(source_, plan, sinks).has_value());
  ASSERT_TRUE(plain.stream().has_value());
  EXPECT_EQ(plain.stream()->name, "script");
  EXPECT_EQ(plain.stream()->frame_rate, 25);
  EXPECT_THAT(plain.stream()->class_names, ElementsAre("person", "dog"));
  ASSERT_THAT(plain.frames(), SizeIs(2));
  EXPECT_EQ(plain.frames()[1].id(), (FrameId{7, 1}));
  EXPECT_EQ(plain.frames()[1].duration(), milliseconds(40));
  // (0 * 7 + 0 * 13 + 1 * 31) % 251: the script's first pixel of frame 1, so the frame as it came.
  EXPECT_EQ(plain.frames()[1].plane(0).data[0], 31);
  EXPECT_EQ(plain.results(), sink_.results());
}

TEST_F(RunStreamTest, RunsWithoutSinks) {
  source_.AddFrames(3);
  const auto summary = RunStream(source_, PlanOf(ToyEngine({.replies = MovingBox(3)}), model_), {});
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->frames, 3);
}

TEST_F(RunStreamTest, HeadOptionsReachTheHead) {
  const auto engine = ToyEngine(
      {.replies = {Reply({{.center_x = 6, .score = 0.9f},
                          {.center_x = 16, .score = 0.5f},
                          {.center_x = 26, .class_id = 1, .score = 0.9f}})}});
  source_.AddFrames(1);
  StreamPlan plan = PlanOf(engine, model_);
  plan.head.conf = 0.6f;
  plan.head.classes = {0};
  ASSERT_TRUE(Run(plan).has_value());
  EXPECT_THAT(sink_.results()[0].objects,
              ElementsAre(Detection{.box = {8, 12, 8, 8}, .score = 0.9f, .class_id = 0}));
}

struct BadPlan {
  const char* name;
  std::function<void(StreamPlan&)> spoil;
  const char* message;
};

class RunStreamBadPlanTest : public RunStreamTest, public ::testing::WithParamInterface<BadPlan> {};

TEST_P(RunStreamBadPlanTest, IsRefusedBeforeAnythingHappens) {
  source_.AddFrames(1);
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(1)}), model_);
  GetParam().spoil(plan);
  CollectingSink drawn(Sink::Picture::kDrawn);
  Sink* sinks[] = {&drawn};
  const bool wants_drawn = std::string_view(GetParam().name) == "DrawnWithoutOverlay";
  if (!wants_drawn) sinks[0] = &sink_;
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(summary.error().message, HasSubstr(GetParam().message));
  EXPECT_EQ(source_.pulls(), 0);
  EXPECT_FALSE(sink_.stream().has_value());
  EXPECT_EQ(sink_.finish_count() + drawn.finish_count(), 0);
}

// Another engine than the model: its input is 16×16, or it has two inputs or no output.
std::shared_ptr<Engine> OtherEngine(const std::function<void(ModelIo&)>& change) {
  ModelIo io = ToyIo();
  change(io);
  FakeReply reply;
  for (const TensorInfo& output : io.outputs) {
    reply.outputs.push_back(
        RecordedTensor::F32(output.shape, testing::ToyTensor({})));
  }
  auto engine = FakeEngine::Create(std::move(io), {.replies = {std::move(reply)}});
  RETINUE_CHECK(engine.has_value());
  return *std::move(engine);
}

INSTANTIATE_TEST_SUITE_P(
    , RunStreamBadPlanTest,
    ::testing::Values(
        BadPlan{"NoEngine", [](StreamPlan& p) { p.engine = nullptr; }, "needs an engine"},
        BadPlan{"NoModel", [](StreamPlan& p) { p.model = nullptr; }, "and a model"},
        BadPlan{"StrideOfZero", [](StreamPlan& p) { p.vid_stride = 0; }, "vid_stride"},
        BadPlan{"NegativeDepth", [](StreamPlan& p) { p.depth = -1; }, "depth"},
        BadPlan{"AbsurdDepth", [](StreamPlan& p) { p.depth = 1'000'000'000; }, "depth"},
        BadPlan{"NegativeRate", [](StreamPlan& p) { p.max_fps = -1; }, "max_fps"},
        BadPlan{"RateOfAFrameInTenThousandYears", [](StreamPlan& p) { p.max_fps = 1e-300; },
                "max_fps"},
        BadPlan{"RateThatIsNoNumber",
                [](StreamPlan& p) { p.max_fps = std::numeric_limits<double>::quiet_NaN(); },
                "max_fps"},
        BadPlan{"NegativeNumberOfFrames", [](StreamPlan& p) { p.max_frames = -1; }, "max_frames"},
        BadPlan{"ScoreOverOne", [](StreamPlan& p) { p.head.conf = 2; }, "conf"},
        BadPlan{"DrawnWithoutOverlay", [](StreamPlan&) {}, "overlay"},
        BadPlan{"EngineOfAnotherSize",
                [](StreamPlan& p) {
                  p.engine = OtherEngine([](ModelIo& io) { io.inputs[0].shape = {1, 3, 16, 16}; });
                },
                "takes f32 [1, 3, 16, 16], but the model was described as f32 [1, 3, 32, 32]"},
        BadPlan{"EngineOfAnotherType",
                [](StreamPlan& p) {
                  p.engine = OtherEngine([](ModelIo& io) { io.inputs[0].type = ElementType::kU8; });
                },
                "takes u8"},
        BadPlan{"EngineOfTwoInputs",
                [](StreamPlan& p) {
                  p.engine = OtherEngine([](ModelIo& io) { io.inputs.push_back(io.inputs[0]); });
                },
                "got 2 and 1"},
        BadPlan{"EngineWithoutOutputs",
                [](StreamPlan& p) {
                  p.engine = OtherEngine([](ModelIo& io) { io.outputs.clear(); });
                },
                "got 1 and 0"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RunStreamTest, ANullSinkIsRefused) {
  Sink* const sinks[] = {nullptr};
  const StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(1)}), model_);
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace retinue
