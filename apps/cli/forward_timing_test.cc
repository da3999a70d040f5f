#include "apps/cli/forward_timing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "retinue/infer/fake_engine.h"

namespace retinue::cli {
namespace {

std::shared_ptr<FakeEngine> Engine(int requests, FakeReply reply) {
  ModelIo io;
  io.inputs = {{"x", ElementType::kF32, Shape{2, 3, 8, 8}}};
  io.outputs = {{"y", ElementType::kF32, Shape{1}}};
  FakeEngineOptions options;
  options.replies = {std::move(reply)};
  options.record_inputs = true;
  options.info.requests = requests;
  return FakeEngine::Create(io, options).value();
}

FakeReply Good() {
  const float one = 1;
  return {.outputs = {RecordedTensor::F32(Shape{1}, std::span(&one, 1))}};
}

const ForwardOptions kShort = {
    .warm_up_seconds = 0, .seconds = 0, .least_rounds = 5, .requests = 0, .fill = {}, .stop = {}};

TEST(MeasureForward, CountsRoundsOverAllRequests) {
  const auto engine = Engine(3, Good());
  const auto timing = MeasureForward(*engine, kShort);
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_EQ(timing->requests, 3);
  EXPECT_EQ(timing->batch, 2);
  EXPECT_EQ(timing->rounds_ms.size(), 5u);
  EXPECT_EQ(timing->passes, 15);
  EXPECT_GT(timing->wall_ms, 0);
  // 3 to begin with, a warm-up round of 3, and 15.
  EXPECT_EQ(engine->starts(), 21);
  std::vector<double> sorted = timing->rounds_ms;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(timing->wall_ms, sorted[2]);
}

TEST(MeasureForward, TakesAsManyRequestsAsItIsTold) {
  const auto engine = Engine(3, Good());
  ForwardOptions options = kShort;
  options.requests = 1;
  EXPECT_EQ(MeasureForward(*engine, options)->requests, 1);
}

TEST(MeasureForward, FillsEveryInput) {
  const auto engine = Engine(2, Good());
  ForwardOptions options = kShort;
  ASSERT_TRUE(MeasureForward(*engine, options));
  const auto inputs = engine->inputs(0);
  const auto noise = inputs[0].view().as<float>();
  EXPECT_NE(*std::max_element(noise.begin(), noise.end()),
            *std::min_element(noise.begin(), noise.end()));
  options.fill = [](Request& request) -> Result<void> {
    for (float& value : request.input(0).as<float>()) value = 7;
    return {};
  };
  const auto other = Engine(2, Good());
  ASSERT_TRUE(MeasureForward(*other, options));
  EXPECT_EQ(other->inputs(1)[0].view().as<float>()[5], 7);
}

TEST(MeasureForward, PassesErrorsOn) {
  FakeReply broken = Good();
  broken.wait_error = Error{ErrorCode::kInternal, "overheated"};
  const auto failed = MeasureForward(*Engine(2, broken), kShort);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, kExitModel);
  EXPECT_EQ(failed.error().message, "overheated");

  ForwardOptions unfilled = kShort;
  unfilled.fill = [](Request&) -> Result<void> { return Fail(ErrorCode::kDataLoss, "no picture"); };
  EXPECT_FALSE(MeasureForward(*Engine(2, Good()), unfilled));
}

TEST(MeasureForward, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  ForwardOptions options = kShort;
  options.stop = stop.get_token();
  const auto stopped = MeasureForward(*Engine(2, Good()), options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, kExitInterrupted);
}

}  // namespace
}  // namespace retinue::cli
