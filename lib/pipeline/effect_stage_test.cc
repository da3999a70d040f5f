// EffectStage, alone and as a step of RunStream: copies, its deadline, a new program, what is said
// of faces that are not there.

#include "retinue/pipeline/effect_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "lib/pipeline/test_streams.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/overlay/overlay.h"

namespace retinue {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedSource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

EffectPlan PlanOf(std::string_view text) {
  auto plan = ReadEffects(text);
  RETINUE_CHECK(plan.has_value());
  return *std::move(plan);
}

std::unique_ptr<EffectStage> StageOf(std::string_view text, EffectStageOptions options = {}) {
  auto stage = EffectStage::Create(PlanOf(text), std::move(options));
  RETINUE_CHECK(stage.has_value());
  return *std::move(stage);
}

constexpr Size kSize{64, 32};

Frame GreyFrame(Nanoseconds pts = 0ms, std::uint8_t level = 90) {
  auto buffer = FrameBuffer::Create({PixelFormat::kGray8, kSize, {}});
  RETINUE_CHECK(buffer.has_value());
  for (int y = 0; y < kSize.height; ++y) {
    std::memset((*buffer)->plane(0).data + y * (*buffer)->plane(0).stride_bytes, level,
                static_cast<std::size_t>(kSize.width));
  }
  return FrameBuffer::Publish(*std::move(buffer), {0, 0}, {pts, 40ms});
}

int At(const Frame& frame, int x, int y) {
  return frame.plane(0).data[y * frame.plane(0).stride_bytes + x];
}

FrameResult ResultOf(const Frame& frame) {
  FrameResult result;
  result.pts = frame.pts();
  result.size = frame.size();
  return result;
}

/// Draws and answers the luma of the pixel at (8, 8).
int Drawn(EffectStage& stage, const Frame& frame) {
  const auto drawn = stage.Draw(frame, ResultOf(frame));
  RETINUE_CHECK(drawn.has_value());
  return At(*drawn, 8, 8);
}

// White in limited range is 235.
constexpr const char* kWhite = "rect(0, 0, 16, 16): fill(255, 255, 255)";

TEST(EffectStage, DrawsIntoACopy) {
  const auto stage = StageOf(kWhite);
  auto buffer = FrameBuffer::Create({PixelFormat::kNv12, kSize, {}});
  ASSERT_TRUE(buffer);
  for (int p = 0; p < 2; ++p) {
    const MutablePlaneView plane = (*buffer)->plane(p);
    std::memset(plane.data, 128 - 30 * (1 - p),
                static_cast<std::size_t>(plane.stride_bytes * (kSize.height >> p)));
  }
  const Frame frame = FrameBuffer::Publish(*std::move(buffer), {3, 7}, {80ms, 40ms});
  const auto drawn = stage->Draw(frame, ResultOf(frame));
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_EQ(At(*drawn, 8, 8), 235);
  EXPECT_EQ(At(*drawn, 40, 8), 98) << "outside nothing changes";
  EXPECT_EQ(drawn->id(), (FrameId{3, 7}));
  EXPECT_EQ(drawn->pts(), 80ms);
  EXPECT_EQ(drawn->size(), kSize);
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) ASSERT_EQ(At(frame, x, y), 98) << "the input stays";
  }
  EXPECT_EQ(stage->summary().frames, 1);
}

TEST(EffectStage, WhatIsLateIsSkippedAndCounted) {
  /// Each look at it takes that long.
  class SlowClock final : public Clock {
   public:
    Nanoseconds Now() const override { return now_ += step; }
    Nanoseconds step{0};

   private:
    mutable Nanoseconds now_{0};
  };
  SlowClock clock;
  const auto stage = StageOf(std::string(kWhite) + "\nframe: invert\nframe: brighten(0.5)",
                             {.max_lag = 10ms, .clock = &clock});
  const Frame frame = GreyFrame();
  clock.step = 1ms;
  const int whole = Drawn(*stage, frame);
  EXPECT_EQ(stage->summary().frames_late, 0);
  // Looked at when it begins and before each statement: the second comes too late.
  clock.step = 6ms;
  EXPECT_EQ(Drawn(*stage, frame), 235);
  EXPECT_NE(whole, 235);
  EXPECT_EQ(stage->summary().frames, 2);
  EXPECT_EQ(stage->summary().frames_late, 1);
  EXPECT_EQ(stage->summary().statements_late, 2);
  // Without max_lag a clock is of no account.
  const auto patient = StageOf(kWhite, {.clock = &clock});
  clock.step = 10s;
  EXPECT_EQ(Drawn(*patient, frame), 235);
  EXPECT_EQ(patient->summary().frames_late, 0);
}

TEST(EffectStage, GoesOnWithAnotherProgram) {
  std::optional<EffectPlan> next;
  int asked = 0;
  const auto stage = StageOf(kWhite, {.next_plan = [&] {
                               ++asked;
                               return std::exchange(next, std::nullopt);
                             }});
  EXPECT_EQ(Drawn(*stage, GreyFrame()), 235);
  next = PlanOf("rect(0, 0, 16, 16): fill(0, 0, 0)");
  EXPECT_EQ(Drawn(*stage, GreyFrame(40ms)), 16);
  EXPECT_EQ(Drawn(*stage, GreyFrame(80ms)), 16) << "it stays";
  EXPECT_EQ(asked, 3);
  EXPECT_THAT(stage->plan().statements, SizeIs(1));
  EXPECT_THAT(stage->plan().statements[0].text, HasSubstr("fill(0, 0, 0)"));
}

TEST(EffectStage, TellsOfAbsentFacesOnceASecondOfTheMediasTime) {
  std::vector<AbsentFace> told;
  const auto stage = StageOf("face#1: invert\nmouth#3: invert",
                             {.on_absent = [&](const AbsentFace& face) { told.push_back(face); }});
  const AbsentFace first{1, 1}, second{2, 3};
  for (const auto at : {0ms, 40ms, 999ms}) Drawn(*stage, GreyFrame(at));
  EXPECT_THAT(told, ElementsAre(first, second));
  Drawn(*stage, GreyFrame(1000ms));
  EXPECT_THAT(told, SizeIs(4));
  // Where time goes back the second goes on behind it.
  for (const auto at : {500ms, 1499ms}) Drawn(*stage, GreyFrame(at));
  EXPECT_THAT(told, SizeIs(4));
  Drawn(*stage, GreyFrame(1500ms));
  EXPECT_THAT(told, SizeIs(6));
}

// Nobody knows when a second is over: once is enough.
TEST(EffectStage, TellsOfAbsentFacesOnceWhereFramesHaveNoTime) {
  int told = 0;
  const auto stage =
      StageOf("face#1: invert", {.on_absent = [&](const AbsentFace&) { ++told; }});
  for (int i = 0; i < 3; ++i) Drawn(*stage, GreyFrame(kNoTime));
  EXPECT_EQ(told, 1);
}

TEST(EffectStage, RefusesWhatMakesNoSense) {
  const auto message = [](EffectStageOptions options) {
    const auto made = EffectStage::Create(PlanOf(kWhite), std::move(options));
    EXPECT_FALSE(made);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message({.max_lag = -1ns}), "max_lag must not be negative");
  EXPECT_EQ(message({.max_lag = 1ms}), "max_lag needs a clock");
  const auto drawn = StageOf(kWhite)->Draw(Frame(), {});
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().code, ErrorCode::kInvalidArgument);
  FrameResult other = ResultOf(GreyFrame());
  other.size.width += 1;
  EXPECT_FALSE(StageOf(kWhite)->Draw(GreyFrame(), other));
}

/// A stream whose only object is a box over the middle half of the frame, with both kinds of sink.
class EffectsInStream : public ::testing::Test {
 protected:
  StreamSummary Run(EffectStage* effects, Overlay* overlay) {
    const auto engine = testing::ToyEngine({.replies = {testing::Reply({{}})}});
    StreamPlan plan = testing::PlanOf(engine, model_);
    plan.effects = effects;
    plan.overlay = overlay;
    plan.clock = &clock_;
    ScriptedSource source;
    source.AddFrames(3);
    Sink* const sinks[] = {&drawn_, &plain_};
    auto summary = RunStream(source, plan, sinks);
    RETINUE_CHECK(summary.has_value());
    return *std::move(summary);
  }
  const ModelSpec model_ = testing::ToyModel();
  const SteadyClock clock_;
  CollectingSink drawn_{Sink::Picture::kDrawn}, plain_{Sink::Picture::kPlain};
};

TEST_F(EffectsInStream, AreTheDrawnPictureWithoutAnOverlay) {
  const auto stage = StageOf("frame: fill(255, 255, 255)");
  const StreamSummary summary = Run(stage.get(), nullptr);
  ASSERT_THAT(drawn_.frames(), SizeIs(3));
  for (const Frame& frame : drawn_.frames()) EXPECT_EQ(At(frame, 30, 16), 235);
  EXPECT_EQ(At(plain_.frames()[0], 3, 0), 3 * 7) << "as ScriptedSource paints it";
  EXPECT_EQ(summary.stages.of(Stage::kEffects).count(), 3);
  EXPECT_EQ(summary.stages.of(Stage::kDraw).count(), 0);
  EXPECT_EQ(ToString(Stage::kEffects), "effects");
  EXPECT_EQ(stage->summary().frames, 3);
}

TEST_F(EffectsInStream, LieUnderTheOverlay) {
  auto overlay = Overlay::Create({.show_labels = false, .line_width = 2});
  ASSERT_TRUE(overlay);
  const auto stage = StageOf("frame: fill(255, 255, 255)");
  const StreamSummary summary = Run(stage.get(), overlay->get());
  const Frame& frame = drawn_.frames().at(0);
  EXPECT_EQ(At(frame, 2, 2), 235);
  int lines = 0;
  for (int x = 0; x < kSize.width; ++x) lines += At(frame, x, 16) != 235 ? 1 : 0;
  EXPECT_GE(lines, 2) << "the box's sides, over the white";
  EXPECT_EQ(summary.stages.of(Stage::kEffects).count(), 3);
  EXPECT_EQ(summary.stages.of(Stage::kDraw).count(), 3);
}

// Nobody wants the drawn picture: the program does not run.
TEST_F(EffectsInStream, CostNothingWhenNobodyWantsThem) {
  const auto stage = StageOf(kWhite);
  const auto engine = testing::ToyEngine({.replies = {testing::Reply({})}});
  StreamPlan plan = testing::PlanOf(engine, model_);
  plan.effects = stage.get();
  ScriptedSource source;
  source.AddFrames(2);
  Sink* const sinks[] = {&plain_};
  ASSERT_TRUE(RunStream(source, plan, sinks));
  EXPECT_EQ(stage->summary().frames, 0);
}

}  // namespace
}  // namespace retinue
