// What RunStream does when something goes wrong: what is counted, what ends the run, and in
// which state the outputs are left.

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/pipeline/test_streams.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue {
namespace {

using testing::FrameNumbers;
using testing::MovingBox;
using testing::PlanOf;
using testing::Reply;
using testing::ScriptedSource;
using testing::TellingSink;
using testing::ToyEngine;
using testing::ToyIo;
using testing::ToyModel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RunStreamFailureTest : public ::testing::Test {
 protected:
  Result<StreamSummary> Run(const StreamPlan& plan) {
    Sink* const sinks[] = {&sink_};
    return RunStream(source_, plan, sinks);
  }

  const ModelSpec model_ = ToyModel();
  ScriptedSource source_;
  CollectingSink sink_;
};

enum class FailsAt { kStart, kWait };

struct FailingFrame {
  const char* name;
  FailsAt where;
  int depth;
};

FakeReply Failing(FailsAt where) {
  const Error error{ErrorCode::kUnavailable, "the device is on fire"};
  if (where == FailsAt::kStart) return {.outputs = {}, .start_error = error};
  return {.outputs = {}, .wait_error = error};
}

class RunStreamFailingFrameTest : public RunStreamFailureTest,
                                  public ::testing::WithParamInterface<FailingFrame> {};

TEST_P(RunStreamFailingFrameTest, TheFirstEndsTheRunAndLeavesTheOutputsAlone) {
  std::vector<FakeReply> replies = MovingBox(6);
  replies[0] = Failing(GetParam().where);
  const auto engine = ToyEngine({.replies = std::move(replies)});
  source_.AddFrames(6);
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = GetParam().depth;
  const auto summary = Run(plan);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(summary.error().message, "the device is on fire");
  EXPECT_FALSE(sink_.stream().has_value()) << "no output may look as if it held results";
  EXPECT_EQ(sink_.finish_count(), 0);
}

TEST_P(RunStreamFailingFrameTest, ALaterOneIsCountedAndTheStreamGoesOn) {
  std::vector<FakeReply> replies = MovingBox(8);
  replies[3] = Failing(GetParam().where);
  replies[7] = Failing(FailsAt::kWait);
  replies[7].wait_error->message = "another failure";
  source_.AddFrames(8);
  StreamPlan plan = PlanOf(ToyEngine({.replies = std::move(replies)}), model_);
  plan.depth = GetParam().depth;
  std::vector<std::int64_t> told;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    told.push_back(result.frame);
  };
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1, 2, 4, 5, 6));
  EXPECT_EQ(told, FrameNumbers(sink_));
  EXPECT_EQ(summary->frames, 6);
  EXPECT_EQ(summary->failed, 2);
  EXPECT_EQ(summary->first_failure, "the device is on fire");
  EXPECT_EQ(sink_.finish_count(), 1);
  // The frame after the failed one has its own boxes: input x 4 + 4, twice that in the frame.
  EXPECT_EQ(sink_.results()[3].objects[0].box.center().x, 16);
}

INSTANTIATE_TEST_SUITE_P(, RunStreamFailingFrameTest,
                         ::testing::Values(FailingFrame{"InStart", FailsAt::kStart, 1},
                                           FailingFrame{"InWait", FailsAt::kWait, 1},
                                           FailingFrame{"InStartOfThree", FailsAt::kStart, 3},
                                           FailingFrame{"InWaitOfThree", FailsAt::kWait, 3}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(RunStreamFailureTest, OutputsThatTheHeadDoesNotUnderstandAreAnError) {
  ModelIo io = ToyIo();
  io.outputs[0].shape = {1, 5, 3};  // not 4 + 2 channels
  const std::vector<float> values(15, 0.5f);
  auto engine = FakeEngine::Create(
      io, {.replies = {{.outputs = {RecordedTensor::F32(io.outputs[0].shape, values)}}}});
  ASSERT_TRUE(engine.has_value());
  source_.AddFrames(3);
  const auto summary = Run(PlanOf(*engine, model_));
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(sink_.finish_count(), 0);
}

TEST_F(RunStreamFailureTest, CountsFramesWhoseOutputsHoldNaN) {
  std::vector<FakeReply> replies = MovingBox(4);
  for (const std::size_t i : {1u, 3u}) {
    std::vector<float> values = testing::ToyTensor(std::vector<testing::ToyBox>{{}, {}});
    values[1] = std::numeric_limits<float>::quiet_NaN();  // centre x of the second anchor
    replies[i].outputs = {RecordedTensor::F32(ToyIo().outputs[0].shape, values)};
  }
  source_.AddFrames(4);
  const auto summary = Run(PlanOf(ToyEngine({.replies = std::move(replies)}), model_));
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->frames, 4);
  EXPECT_EQ(summary->frames_with_invalid, 2);
  EXPECT_THAT(sink_.results()[1].objects, SizeIs(1)) << "the first anchor is good";
}

TEST_F(RunStreamFailureTest, WhatCameBeforeTheSourceBrokeIsKept) {
  source_.AddFrames(5).AddError(ErrorCode::kDataLoss, "the line is dead");
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(5)}), model_);
  plan.depth = 4;
  const auto summary = Run(plan);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(summary.error().message, "the line is dead");
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(sink_.finish_count(), 1);
}

TEST_F(RunStreamFailureTest, ASourceThatBreaksAtOnceLeavesTheOutputsAlone) {
  source_.AddError(ErrorCode::kUnavailable, "nobody there");
  const auto summary = Run(PlanOf(ToyEngine({.replies = MovingBox(1)}), model_));
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().message, "nobody there");
  EXPECT_FALSE(sink_.stream().has_value());
  EXPECT_EQ(sink_.finish_count(), 0);
}

struct SinkCase {
  const char* name;
  TellingSink::FailsIn fails;
  const char* message;
  // Of the sinks before and behind the failing one: begun, written, finished.
  int before[3];
  int itself_finished;
  int behind[3];
};

class RunStreamFailingSinkTest : public RunStreamFailureTest,
                                 public ::testing::WithParamInterface<SinkCase> {};

TEST_P(RunStreamFailingSinkTest, TheOthersAreFinishedAndTheErrorIsTold) {
  const SinkCase& c = GetParam();
  source_.AddFrames(6);
  StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(6)}), model_);
  plan.depth = 3;
  TellingSink before, failing(c.fails, 2), behind;
  Sink* const sinks[] = {&before, &failing, &behind};
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(summary.error().message, c.message);
  EXPECT_THAT((std::vector{before.begins, before.writes, before.finishes}),
              ::testing::ElementsAreArray(c.before));
  EXPECT_EQ(failing.finishes, c.itself_finished);
  EXPECT_THAT((std::vector{behind.begins, behind.writes, behind.finishes}),
              ::testing::ElementsAreArray(c.behind));
}

INSTANTIATE_TEST_SUITE_P(
    , RunStreamFailingSinkTest,
    ::testing::Values(
        SinkCase{"InBegin", TellingSink::FailsIn::kBegin, "no room to begin",
                 {1, 0, 1}, 0, {0, 0, 0}},
        SinkCase{"InWrite", TellingSink::FailsIn::kWrite, "no room to write",
                 {1, 3, 1}, 1, {1, 2, 1}},
        SinkCase{"InFinish", TellingSink::FailsIn::kFinish, "no room to finish",
                 {1, 6, 1}, 1, {1, 6, 1}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RunStreamFailureTest, TheFirstOfSeveralFailuresIsTold) {
  source_.AddFrames(3);
  TellingSink writes(TellingSink::FailsIn::kWrite, 1), finishes(TellingSink::FailsIn::kFinish);
  Sink* const sinks[] = {&finishes, &writes};
  const StreamPlan plan = PlanOf(ToyEngine({.replies = MovingBox(3)}), model_);
  const auto summary = RunStream(source_, plan, sinks);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().message, "no room to write");
  EXPECT_EQ(finishes.finishes, 1);
  EXPECT_EQ(writes.finishes, 1);
}

/// Remembers whether a request was let go of, or given a new input, while it was running.
class StrictEngine final : public Engine {
 public:
  explicit StrictEngine(std::vector<FakeReply> replies)
      : inner_(ToyEngine({.replies = std::move(replies)})) {}
  const ModelIo& io() const override { return inner_->io(); }
  const EngineInfo& info() const override { return inner_->info(); }
  Result<std::unique_ptr<Request>> NewRequest() override {
    RETINUE_ASSIGN_OR_RETURN(auto inner, inner_->NewRequest());
    return std::make_unique<StrictRequest>(*this, std::move(inner));
  }
  const std::vector<std::string>& misuses() const { return misuses_; }

 private:
  class StrictRequest final : public Request {
   public:
    StrictRequest(StrictEngine& engine, std::unique_ptr<Request> inner)
        : engine_(engine), inner_(std::move(inner)) {}
    ~StrictRequest() override { Check(!running_, "destroyed while running"); }
    MutableTensorView input(int index) override {
      Check(!running_, "input of a running request");
      return inner_->input(index);
    }
    Result<void> Start() override {
      Check(!running_, "started twice");
      auto started = inner_->Start();
      running_ = started.has_value();
      return started;
    }
    Result<void> Wait() override {
      Check(running_, "waited for what does not run");
      running_ = false;
      return inner_->Wait();
    }
    TensorView output(int index) const override { return inner_->output(index); }

   private:
    void Check(bool good, const char* misuse) {
      if (!good) engine_.misuses_.emplace_back(misuse);
    }
    StrictEngine& engine_;
    std::unique_ptr<Request> inner_;
    bool running_ = false;
  };

  std::shared_ptr<FakeEngine> inner_;
  std::vector<std::string> misuses_;
};

// Engines may wait for ever for what never began, and write into what is gone.
TEST_F(RunStreamFailureTest, RequestsAreAlwaysUsedInTheirOrder) {
  for (int depth = 1; depth <= 4; ++depth) {
    std::vector<FakeReply> replies = MovingBox(9);
    replies[2] = Failing(FailsAt::kStart);
    replies[4] = Failing(FailsAt::kWait);
    const auto engine = std::make_shared<StrictEngine>(replies);
    StreamPlan plan = PlanOf(engine, model_);
    plan.depth = depth;

    ScriptedSource whole, broken, torn;
    whole.AddFrames(9);
    broken.AddFrames(6).AddError(ErrorCode::kDataLoss, "gone");
    torn.AddFrames(9);
    TellingSink good, full(TellingSink::FailsIn::kWrite, 3);
    Sink* const good_sinks[] = {&good};
    Sink* const full_sinks[] = {&full};
    EXPECT_TRUE(RunStream(whole, plan, good_sinks).has_value());
    EXPECT_FALSE(RunStream(broken, plan, {}).has_value());
    EXPECT_FALSE(RunStream(torn, plan, full_sinks).has_value());
    EXPECT_THAT(engine->misuses(), IsEmpty()) << "depth " << depth;
  }
}

/// Gives one frame of the usual kind, then one that no plan can be made for.
class BrokenFrameSource final : public Source {
 public:
  const StreamInfo& info() const override { return inner_.info(); }
  SourceStats stats() const override { return inner_.stats(); }
  Result<Pull> Next(Frame& out) override {
    if (pulls_++ == 2) {
      out = Frame();
      return Pull::kFrame;
    }
    return inner_.Next(out);
  }

 private:
  ScriptedSource inner_ = ScriptedSource().AddFrames(5);
  int pulls_ = 0;
};

TEST_F(RunStreamFailureTest, AFrameThatCannotBePlannedForEndsTheRunInOrder) {
  const auto engine = std::make_shared<StrictEngine>(MovingBox(5));
  StreamPlan plan = PlanOf(engine, model_);
  plan.depth = 3;
  BrokenFrameSource source;
  Sink* const sinks[] = {&sink_};
  const auto summary = RunStream(source, plan, sinks);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(FrameNumbers(sink_), ElementsAre(0, 1));
  EXPECT_EQ(sink_.finish_count(), 1);
  EXPECT_THAT(engine->misuses(), IsEmpty());
}

}  // namespace
}  // namespace retinue
