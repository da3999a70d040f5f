#include "retinue/infer/batching_engine.h"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/infer/fake_engine.h"

namespace retinue {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kBatch = 3;

ModelIo BatchIo() {
  return {.inputs = {{"in", ElementType::kF32, Shape{kBatch, 2}}},
          .outputs = {{"out", ElementType::kF32, Shape{kBatch, 1}},
                      {"more", ElementType::kF32, Shape{kBatch, 2, 1}}},
          .metadata = {}};
}

// Slice i of inference n answers 10 n + i, and both halves of that.
FakeReply ReplyNumber(int n) {
  std::vector<float> out, more;
  for (int i = 0; i < kBatch; ++i) {
    out.push_back(static_cast<float>(10 * n + i));
    more.insert(more.end(), {out.back() / 2, out.back() / 2});
  }
  FakeReply reply;
  reply.outputs = {RecordedTensor::F32(Shape{kBatch, 1}, out),
                   RecordedTensor::F32(Shape{kBatch, 2, 1}, more)};
  return reply;
}

FakeReply Fails(bool in_start) {
  FakeReply reply;
  (in_start ? reply.start_error : reply.wait_error) = Error{ErrorCode::kInternal, "broke"};
  return reply;
}

struct Engines {
  std::shared_ptr<FakeEngine> below;
  std::shared_ptr<BatchingEngine> engine;
};

Engines Make(std::vector<FakeReply> replies = {ReplyNumber(0), ReplyNumber(1), ReplyNumber(2)}) {
  Engines made;
  made.below = *FakeEngine::Create(
      BatchIo(), {.replies = std::move(replies),
                  .info = {.runtime = "fake", .device = "none", .requests = 2}});
  made.engine = *BatchingEngine::Create(made.below);
  return made;
}

using Requests = std::vector<std::unique_ptr<Request>>;

Requests NewRequests(Engine& engine, int count) {
  Requests requests;
  for (int i = 0; i < count; ++i) requests.push_back(*engine.NewRequest());
  return requests;
}

Result<void> FillAndStart(Request& request, float value) {
  for (float& element : request.input(0).as<float>()) element = value;
  return request.Start();
}

std::vector<float> InputsOf(const FakeEngine& engine, int start) {
  const auto recorded = engine.inputs(start);
  if (recorded.empty()) return {};
  const auto values = recorded[0].view().as<float>();
  return {values.begin(), values.end()};
}

float Answer(Request& request) {
  const auto waited = request.Wait();
  return waited ? request.output(0).as<float>()[0] : -1.0f;
}

TEST(BatchingEngine, LooksLikeAnEngineOfOnePicture) {
  const auto [below, engine] = Make();
  EXPECT_EQ(engine->batch(), kBatch);
  EXPECT_EQ(engine->io().inputs[0].shape, (Shape{1, 2}));
  EXPECT_EQ(engine->io().outputs[1].shape, (Shape{1, 2, 1}));
  EXPECT_EQ(engine->info().requests, 2 * kBatch);
  const auto request = *engine->NewRequest();
  EXPECT_EQ(request->input(0).shape, (Shape{1, 2}));
}

TEST(BatchingEngine, RunsOnceForAFullBatchAndGivesEachItsSlice) {
  const auto [below, engine] = Make();
  const Requests requests = NewRequests(*engine, kBatch);
  for (int i = 0; i < kBatch; ++i) {
    EXPECT_EQ(below->starts(), 0);
    ASSERT_TRUE(FillAndStart(*requests[static_cast<std::size_t>(i)], static_cast<float>(i + 1)));
  }
  EXPECT_EQ(below->starts(), 1);
  EXPECT_THAT(InputsOf(*below, 0), ElementsAre(1, 1, 2, 2, 3, 3));
  EXPECT_EQ(Answer(*requests[1]), 1.0f);
  EXPECT_EQ(Answer(*requests[0]), 0.0f);
  EXPECT_EQ(Answer(*requests[2]), 2.0f);
  EXPECT_EQ(requests[2]->output(1).shape, (Shape{1, 2, 1}));
  EXPECT_THAT(requests[2]->output(1).as<float>(), ElementsAre(1, 1));
  EXPECT_TRUE(requests[2]->Wait());  // The same result again.
  EXPECT_EQ(below->starts(), 1);
}

TEST(BatchingEngine, KeepsSeveralBatchesInFlightInARing) {
  const auto [below, engine] = Make();
  const Requests ring = NewRequests(*engine, 2 * kBatch);
  EXPECT_EQ(below->requests(), 2);
  for (int frame = 0; frame < 6 * kBatch; ++frame) {
    Request& request = *ring[static_cast<std::size_t>(frame) % ring.size()];
    if (frame >= 2 * kBatch) {
      const int done = frame - 2 * kBatch;
      EXPECT_EQ(Answer(request), static_cast<float>(10 * (done / kBatch % 3) + done % kBatch));
    }
    ASSERT_TRUE(FillAndStart(request, static_cast<float>(frame)));
  }
  EXPECT_EQ(below->starts(), 6);
  EXPECT_THAT(InputsOf(*below, 5), ElementsAre(15, 15, 16, 16, 17, 17));
}

TEST(BatchingEngine, RunsAnIncompleteBatchWhenSomebodyWaits) {
  const auto [below, engine] = Make();
  const Requests requests = NewRequests(*engine, kBatch);
  ASSERT_TRUE(FillAndStart(*requests[0], 4));
  EXPECT_EQ(Answer(*requests[0]), 0.0f);
  EXPECT_THAT(InputsOf(*below, 0), ElementsAre(4, 4, 0, 0, 0, 0));  // not what memory held
  // Those that missed it are in the next one.
  ASSERT_TRUE(FillAndStart(*requests[1], 5) && FillAndStart(*requests[2], 6));
  EXPECT_EQ(Answer(*requests[1]), 11.0f);
  EXPECT_EQ(Answer(*requests[2]), 12.0f);
  EXPECT_EQ(below->starts(), 2);
}

TEST(BatchingEngine, NeverOverwritesWhatNobodyHasWaitedFor) {
  const auto [below, engine] = Make();
  const Requests requests = NewRequests(*engine, kBatch);
  for (const auto& request : requests) ASSERT_TRUE(FillAndStart(*request, 1));
  EXPECT_EQ(Answer(*requests[0]), 0.0f);
  ASSERT_TRUE(FillAndStart(*requests[0], 2));
  EXPECT_THAT(requests[0]->Wait().error().message, HasSubstr("in the order of their starts"));
  EXPECT_EQ(Answer(*requests[1]), 1.0f);
  EXPECT_EQ(Answer(*requests[2]), 2.0f);
  EXPECT_EQ(Answer(*requests[0]), 10.0f);
}

TEST(BatchingEngine, RefusesToStartTwiceAndToWaitForNothing) {
  const auto [below, engine] = Make();
  const Requests requests = NewRequests(*engine, kBatch);
  EXPECT_EQ(requests[0]->Wait().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(requests[0]->Start());
  EXPECT_EQ(requests[0]->Start().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(requests[1]->Start() && requests[2]->Start());
  EXPECT_EQ(requests[0]->Start().error().code, ErrorCode::kInvalidArgument);
}

TEST(BatchingEngine, TellsEachRequestThatItsBatchFailedAndGoesOn) {
  const auto [below, engine] = Make({Fails(true), Fails(false), ReplyNumber(2)});
  const Requests requests = NewRequests(*engine, kBatch);
  for (int round = 0; round < 2; ++round) {
    for (const auto& request : requests) ASSERT_TRUE(request->Start());
    for (const auto& request : requests) {
      const auto waited = request->Wait();
      ASSERT_FALSE(waited);
      EXPECT_EQ(waited.error().message, "broke");
    }
  }
  for (const auto& request : requests) ASSERT_TRUE(request->Start());
  EXPECT_EQ(Answer(*requests[1]), 21.0f);
}

TEST(BatchingEngine, FillsTheSliceOfARequestThatWent) {
  const auto [below, engine] = Make();
  Requests requests = NewRequests(*engine, kBatch);
  for (const auto& request : requests) ASSERT_TRUE(FillAndStart(*request, 1));
  EXPECT_EQ(Answer(*requests[0]), 0.0f);
  requests.erase(requests.begin());  // A picture that is done; its batch's others are not.
  requests.push_back(*engine->NewRequest());
  EXPECT_EQ(below->requests(), 1);
  ASSERT_TRUE(FillAndStart(*requests.back(), 2));
  requests.pop_back();  // Started, then given up.
  EXPECT_EQ(Answer(*requests[0]), 1.0f);
  EXPECT_EQ(Answer(*requests[1]), 2.0f);
  ASSERT_TRUE(FillAndStart(*requests[0], 3) && FillAndStart(*requests[1], 4));
  EXPECT_EQ(below->starts(), 1);
  requests.push_back(*engine->NewRequest());
  ASSERT_TRUE(FillAndStart(*requests.back(), 5));
  EXPECT_THAT(InputsOf(*below, 1), ElementsAre(5, 5, 3, 3, 4, 4));
}

TEST(BatchingEngine, WaitsForTheBatchOfARequestThatGoes) {
  const auto [below, engine] = Make();
  Requests requests = NewRequests(*engine, kBatch);
  for (const auto& request : requests) ASSERT_TRUE(FillAndStart(*request, 1));
  requests.erase(requests.begin());
  EXPECT_EQ(Answer(*requests[0]), 1.0f);
  EXPECT_EQ(Answer(*requests[1]), 2.0f);
}

TEST(BatchingEngine, ServesStreamsThatHaveOneEachOverTheSameEngine) {
  const auto below = *FakeEngine::Create(BatchIo(), {.replies = {ReplyNumber(1)}});
  std::array<std::vector<float>, 4> answers;
  std::array<std::thread, 4> streams;
  for (std::size_t s = 0; s < streams.size(); ++s) {
    streams[s] = std::thread([&, s] {
      const auto engine = *BatchingEngine::Create(below);
      const Requests requests = NewRequests(*engine, kBatch);
      for (int i = 0; i < 50; ++i) {
        for (const auto& request : requests) (void)FillAndStart(*request, static_cast<float>(s));
        for (const auto& request : requests) answers[s].push_back(Answer(*request) >= 10 ? 1 : 0);
      }
    });
  }
  for (std::thread& stream : streams) stream.join();
  for (const auto& of_stream : answers) {
    EXPECT_EQ(of_stream.size(), 50u * kBatch);
    EXPECT_THAT(of_stream, Each(1.0f));
  }
  for (int start = 0; start < 4 * 50; ++start) {
    const auto inputs = InputsOf(*below, start);
    EXPECT_THAT(inputs, Each(inputs.front()));  // no picture of another stream
  }
}

TEST(BatchingEngine, RefusesTensorsThatHoldNoPicturesInARow) {
  struct Case {
    const char* name;
    TensorInfo input, output;
  };
  const Case cases[] = {
      {"output without a batch",
       {"in", ElementType::kF32, Shape{3, 2}},
       {"out", ElementType::kF32, Shape{1, 6}}},
      {"open output",
       {"in", ElementType::kF32, Shape{3, 2}},
       {"out", ElementType::kF32, Shape{3, Shape::kDynamic}}},
      {"output of no dimension",
       {"in", ElementType::kF32, Shape{3, 2}},
       {"out", ElementType::kF32, Shape{}}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    FakeReply reply;
    reply.start_error = Error{};
    const auto below = *FakeEngine::Create(
        {.inputs = {one.input}, .outputs = {one.output}, .metadata = {}}, {.replies = {reply}});
    const auto engine = BatchingEngine::Create(below);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(engine.error().message, HasSubstr("output out is"));
  }
}

}  // namespace
}  // namespace retinue
