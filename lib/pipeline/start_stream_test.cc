// StartStream: several short streams under way on one thread, and batches made of their
// pictures. The toy model and its boxes are those of run_stream_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "lib/pipeline/test_streams.h"
#include "retinue/infer/batching_engine.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using testing::FrameNumbers;
using testing::kWide;
using testing::MovingBox;
using testing::PlanOf;
using testing::ScriptedSource;
using ::testing::SizeIs;
using testing::TellingSink;
using testing::ToyEngine;
using testing::ToyIo;
using testing::ToyModel;

/// A picture that is looked at.
struct Picture {
  explicit Picture(const std::shared_ptr<Engine>& engine, FrameFormat format = kWide)
      : plan(PlanOf(engine, model)) {
    source.mutable_info().is_image = true;
    source.AddFrame(format);
  }
  Result<void> Start() {
    RETINUE_ASSIGN_OR_RETURN(started, StartStream(source, plan, sinks));
    return {};
  }

  ModelSpec model = ToyModel();
  ScriptedSource source;
  CollectingSink collected;
  std::vector<Sink*> sinks = {&collected};
  StreamPlan plan;
  std::unique_ptr<StartedStream> started;
};

/// The engine of MovingBox(…), `batch` replies at a time.
std::shared_ptr<FakeEngine> EngineOfBatches(int batch, int batches) {
  ModelIo io = ToyIo();
  io.inputs[0].shape.set(0, batch);
  io.outputs[0].shape.set(0, batch);
  const std::vector<FakeReply> ones = MovingBox(batch * batches);
  std::vector<FakeReply> replies;
  for (int b = 0; b < batches; ++b) {
    RecordedTensor all = ones[static_cast<std::size_t>(b * batch)].outputs[0];
    all.shape.set(0, batch);
    for (int i = 1; i < batch; ++i) {
      const auto& more = ones[static_cast<std::size_t>(b * batch + i)].outputs[0].bytes;
      all.bytes.insert(all.bytes.end(), more.begin(), more.end());
    }
    replies.push_back({.outputs = {std::move(all)}});
  }
  return *FakeEngine::Create(io, {.replies = std::move(replies), .repeat = false});
}

TEST(StartStream, BeginsWithoutWaitingForAResult) {
  const auto engine =
      ToyEngine({.replies = MovingBox(3), .completion = FakeCompletion::kOnRelease});
  std::vector<std::unique_ptr<Picture>> pictures;
  for (int i = 0; i < 3; ++i) {
    pictures.push_back(std::make_unique<Picture>(engine));
    ASSERT_TRUE(pictures.back()->Start());  // would block for ever if it waited
  }
  EXPECT_EQ(engine->starts(), 3);
  engine->ReleaseAll();
  for (int i = 0; i < 3; ++i) {
    Picture& picture = *pictures[static_cast<std::size_t>(i)];
    EXPECT_THAT(picture.collected.results(), SizeIs(0));
    const auto summary = picture.started->Finish();
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->frames, 1);
    ASSERT_THAT(picture.collected.results(), SizeIs(1));
    // Centre 4 + i of the input at half size.
    EXPECT_EQ(picture.collected.results()[0].objects[0].box.x, static_cast<float>(2 * (4 + i) - 4));
  }
}

TEST(StartStream, BeginsNoMoreFramesThanItsDepth) {
  const auto engine = ToyEngine({.replies = MovingBox(5)});
  Picture video(engine);
  video.source.AddFrames(4);
  video.plan.depth = 2;
  ASSERT_TRUE(video.Start());
  EXPECT_EQ(engine->starts(), 2);
  EXPECT_EQ(video.source.pulls(), 2);
  ASSERT_TRUE(video.started->Finish());
  EXPECT_THAT(FrameNumbers(video.collected), ElementsAre(0, 1, 2, 3, 4));
}

TEST(StartStream, LeavesSinksUntouchedWhenItIsNotFinished) {
  const auto engine = ToyEngine({.replies = MovingBox(1)});
  TellingSink sink;
  Picture picture(engine);
  picture.sinks = {&sink};
  ASSERT_TRUE(picture.Start());
  picture.started.reset();
  EXPECT_EQ(sink.begins + sink.writes + sink.finishes, 0);
  EXPECT_EQ(engine->requests(), 0);
}

TEST(StartStream, TellsWhatWentWrongWhenItIsFinished) {
  FakeReply failing;
  failing.start_error = Error{ErrorCode::kInternal, "broke"};
  const auto engine = ToyEngine({.replies = {failing}});
  Picture picture(engine);
  ASSERT_TRUE(picture.Start());
  const auto summary = picture.started->Finish();
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().message, "broke");
}

TEST(StartStream, FillsBatchesWithPicturesOfAnySize) {
  const auto below = EngineOfBatches(3, 2);
  const auto engine = *BatchingEngine::Create(below);
  const FrameFormat formats[] = {
      kWide, {PixelFormat::kGray8, {32, 64}, {}}, {PixelFormat::kGray8, {100, 90}, {}}, kWide};
  std::vector<std::unique_ptr<Picture>> pictures;
  for (const FrameFormat& format : formats) {
    pictures.push_back(std::make_unique<Picture>(engine, format));
    ASSERT_TRUE(pictures.back()->Start());
  }
  EXPECT_EQ(below->starts(), 1);
  for (const auto& picture : pictures) ASSERT_TRUE(picture->started->Finish());
  EXPECT_EQ(below->starts(), 2);  // the fourth picture alone, as nothing else came

  // What one picture alone puts into the network and gets out of it.
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto alone = ToyEngine({.replies = {MovingBox(4)[i]}});
    Picture picture(alone, formats[i]);
    ASSERT_TRUE(picture.Start() && picture.started->Finish());
    EXPECT_EQ(pictures[i]->collected.results(), picture.collected.results()) << i;
    const auto inputs = alone->inputs(0);
    const auto batch = below->inputs(static_cast<int>(i / 3));
    const auto expected = inputs[0].view().as<float>();
    const auto slice =
        batch[0].view().as<float>().subspan(i % 3 * expected.size(), expected.size());
    EXPECT_TRUE(std::equal(slice.begin(), slice.end(), expected.begin())) << i;
  }
}

TEST(StartStream, RunsAVideoInBatchesWithTheSameResults) {
  constexpr int kFrames = 10;
  const auto below = EngineOfBatches(4, 3);
  Picture batched(*BatchingEngine::Create(below));
  Picture alone(ToyEngine({.replies = MovingBox(kFrames)}));
  for (Picture* video : {&batched, &alone}) {
    video->source.mutable_info().is_image = false;
    video->source.AddFrames(kFrames - 1);
    ASSERT_TRUE(video->Start() && video->started->Finish());
  }
  EXPECT_EQ(below->starts(), 3);
  EXPECT_THAT(alone.collected.results(), SizeIs(kFrames));
  EXPECT_EQ(batched.collected.results(), alone.collected.results());
}

}  // namespace
}  // namespace retinue
