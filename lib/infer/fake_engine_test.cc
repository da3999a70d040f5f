#include "retinue/infer/fake_engine.h"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelIo OneInOneOut() {
  return {.inputs = {{"in", ElementType::kF32, Shape{1, 2}}},
          .outputs = {{"out", ElementType::kF32, Shape{1, Shape::kDynamic}}},
          .metadata = {}};
}

FakeReply Says(std::vector<float> values) {
  FakeReply reply;
  reply.outputs = {
      RecordedTensor::F32(Shape{1, static_cast<std::int64_t>(values.size())}, values)};
  return reply;
}

FakeReply FailsInStart() {
  FakeReply reply;
  reply.start_error = Error{ErrorCode::kUnavailable, "gone"};
  return reply;
}

FakeReply FailsInWait() {
  FakeReply reply;
  reply.wait_error = Error{ErrorCode::kInternal, "broke"};
  return reply;
}

std::shared_ptr<FakeEngine> Engine(FakeEngineOptions options) {
  auto engine = FakeEngine::Create(OneInOneOut(), std::move(options));
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return *engine;
}

TEST(FakeEngine, RepliesInTheOrderOfStartsOverAllRequests) {
  const auto engine = Engine({.replies = {Says({1}), Says({2, 3})}});
  const auto a = *engine->NewRequest();
  const auto b = *engine->NewRequest();
  ASSERT_TRUE(b->Start() && a->Start());
  ASSERT_TRUE(a->Wait() && b->Wait());
  EXPECT_THAT(b->output(0).as<float>(), ElementsAre(1));
  EXPECT_THAT(a->output(0).as<float>(), ElementsAre(2, 3));
  EXPECT_EQ(a->output(0).shape, (Shape{1, 2}));
  ASSERT_TRUE(b->Start() && b->Wait());  // The script begins again.
  EXPECT_THAT(b->output(0).as<float>(), ElementsAre(1));
}

TEST(FakeEngine, RemembersInputsAsTheyWereAtStart) {
  const auto engine = Engine({.replies = {Says({1})}});
  const auto request = *engine->NewRequest();
  request->input(0).as<float>()[1] = 7;
  ASSERT_TRUE(request->Start() && request->Wait());
  request->input(0).as<float>()[1] = 8;
  ASSERT_EQ(engine->inputs(0).size(), 1u);
  EXPECT_THAT(engine->inputs(0)[0].view().as<float>(), ElementsAre(0, 7));
  EXPECT_TRUE(engine->inputs(1).empty());
  EXPECT_EQ(engine->starts(), 1);
}

TEST(FakeEngine, FailsWhereTheScriptSaysSoAndGoesOn) {
  const auto engine = Engine({.replies = {FailsInStart(), FailsInWait(), Says({5})}});
  const auto request = *engine->NewRequest();
  EXPECT_EQ(request->Start().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(request->Wait().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(request->Start());
  EXPECT_EQ(request->Wait().error().message, "broke");
  ASSERT_TRUE(request->Start() && request->Wait());
  EXPECT_THAT(request->output(0).as<float>(), ElementsAre(5));
}

TEST(FakeEngine, EndsAfterTheLastReplyWhenNotRepeating) {
  const auto engine = Engine({.replies = {Says({1})}, .repeat = false});
  const auto request = *engine->NewRequest();
  ASSERT_TRUE(request->Start() && request->Wait());
  EXPECT_EQ(request->Start().error().code, ErrorCode::kResourceExhausted);
}

TEST(FakeEngine, RefusesToStartTwiceAndToWaitForNothing) {
  const auto engine = Engine({.replies = {Says({1})}});
  const auto request = *engine->NewRequest();
  EXPECT_EQ(request->Wait().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(request->Start());
  EXPECT_EQ(request->Start().error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(request->Wait());
  EXPECT_TRUE(request->Wait());  // The same result again.
}

TEST(FakeEngine, FinishesInTheOrderOfReleases) {
  const auto engine =
      Engine({.replies = {Says({1}), Says({2})}, .completion = FakeCompletion::kOnRelease});
  const auto first = *engine->NewRequest();
  const auto second = *engine->NewRequest();
  ASSERT_TRUE(first->Start() && second->Start());
  engine->Release(1);
  ASSERT_TRUE(second->Wait());  // Would block for ever if it waited for the first.
  EXPECT_THAT(second->output(0).as<float>(), ElementsAre(2));
  std::thread other([&] { engine->Release(0); });
  ASSERT_TRUE(first->Wait());
  other.join();
  EXPECT_THAT(first->output(0).as<float>(), ElementsAre(1));
}

TEST(FakeEngine, ServesStreamsOnSeveralThreads) {
  const auto engine = Engine({.replies = {Says({1})}, .record_inputs = false});
  std::array<std::thread, 4> streams;
  for (std::thread& stream : streams) {
    stream = std::thread([&] {
      const auto request = *engine->NewRequest();
      for (int i = 0; i < 100; ++i) ASSERT_TRUE(request->Start() && request->Wait());
    });
  }
  for (std::thread& stream : streams) stream.join();
  EXPECT_EQ(engine->starts(), 400);
  EXPECT_EQ(engine->requests(), 0);
}

TEST(FakeEngine, RefusesAScriptThatDoesNotFitTheModel) {
  const auto why = [](std::vector<FakeReply> replies) {
    return FakeEngine::Create(OneInOneOut(), {.replies = std::move(replies)}).error().message;
  };
  EXPECT_THAT(why({}), HasSubstr("at least one reply"));
  EXPECT_THAT(why({FakeReply{}}), HasSubstr("must hold 1 outputs, got 0"));
  FakeReply wrong_rank;
  wrong_rank.outputs = {RecordedTensor::F32(Shape{2}, std::array<float, 2>{})};
  EXPECT_THAT(why({wrong_rank}), HasSubstr("must be f32 [1, ?], got f32 [2]"));
  FakeReply short_of_bytes = Says({1, 2});
  short_of_bytes.outputs[0].bytes.pop_back();
  EXPECT_THAT(why({short_of_bytes}), HasSubstr("must have 8 bytes, got 7"));
  ModelIo open = OneInOneOut();
  open.inputs[0].shape.set(0, Shape::kDynamic);
  EXPECT_EQ(FakeEngine::Create(open, {.replies = {Says({1})}}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(FakeRuntime, ReadsCompilesAndReshapes) {
  FakeRuntimeOptions options;
  options.engine.replies = {Says({4})};
  const auto runtime = MakeFakeRuntime(OneInOneOut(), options);
  EXPECT_EQ(runtime->Read("a.onnx").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(runtime->Read("fake").error().code, ErrorCode::kUnsupported);
  const auto model = *runtime->Read("folder/a.fake");
  CompileOptions compile;
  compile.device = "cuda:0";
  EXPECT_EQ(model->Compile(compile).error().code, ErrorCode::kUnavailable);
  compile = {};
  compile.input_shape = Shape{1, 5};
  const auto engine = *model->Compile(compile);
  EXPECT_EQ(engine->io().inputs[0].shape, (Shape{1, 5}));
  EXPECT_EQ((*engine->NewRequest())->input(0).as<float>().size(), 5u);
}

}  // namespace
}  // namespace retinue
