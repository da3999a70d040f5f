// RunStream over time: no heap allocation per frame, flat memory, the same results every time, and
// several streams on one engine. This file counts the heap for the whole test program.

#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <stop_token>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/pipeline/test_streams.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/overlay/overlay.h"
#include "retinue/pipeline/run_stream.h"
#include "retinue/track/options.h"
#include "tests/support/testing.h"

namespace {

thread_local std::int64_t allocations_of_this_thread = 0;
std::atomic<std::int64_t> live_bytes{0};

void* Allocate(std::size_t size, std::size_t alignment) {
  ++allocations_of_this_thread;
  const std::size_t rounded =
      alignment == 0 ? size : (size + alignment - 1) / alignment * alignment;
  void* memory = alignment == 0 ? std::malloc(std::max<std::size_t>(size, 1))
                                : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) std::abort();
  live_bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
  return memory;
}

void Release(void* memory) {
  if (memory == nullptr) return;
  live_bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

// The array and sized forms of the standard library end in these; the nothrow form too, but not
// that of AddressSanitizer. Not inlined, or gcc takes new and free for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) { return Allocate(size, 0); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size, 0);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { Release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { Release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { Release(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  Release(memory);
}

namespace retinue {

std::int64_t testing::AllocationsOfThisThread() { return allocations_of_this_thread; }

namespace {

using std::chrono::milliseconds;
using testing::PlanOf;
using testing::PreparedEngine;
using testing::Reply;
using testing::ScriptedSource;
using testing::ToyBox;
using testing::ToyEngine;
using testing::ToyIo;
using testing::ToyModel;
using ::testing::SizeIs;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// Three objects that walk about, of which the third comes and goes.
std::vector<std::vector<float>> WalkingTensors(int count) {
  std::vector<std::vector<float>> tensors;
  for (int i = 0; i < count; ++i) {
    const auto phase = 0.1f * static_cast<float>(i);
    std::vector<ToyBox> boxes = {
        {.center_x = 8 + 3 * std::sin(phase), .center_y = 12, .width = 6, .height = 6},
        {.center_x = 22 + 3 * std::cos(phase), .center_y = 14, .width = 6, .height = 8,
         .class_id = 1, .score = 0.7f}};
    if (i % 5 != 0) boxes.push_back({.center_x = 16, .center_y = 20, .score = 0.5f});
    tensors.push_back(testing::ToyTensor(boxes));
  }
  return tensors;
}

std::shared_ptr<Engine> PreparedToy(int count) {
  std::vector<PreparedEngine::Reply> replies;
  for (std::vector<float>& tensor : WalkingTensors(count)) replies.push_back({std::move(tensor)});
  return std::make_shared<PreparedEngine>(ToyIo(), std::move(replies), 3);
}

/// Frames of recycled memory, as a decoder gives them.
class RecyclingSource final : public Source {
 public:
  explicit RecyclingSource(std::int64_t frames) : frames_(frames) { info_.size = {96, 54}; }
  const StreamInfo& info() const override { return info_; }
  SourceStats stats() const override { return {.frames = next_, .warning = {}}; }
  Result<Pull> Next(Frame& out) override {
    if (next_ == frames_) return Pull::kEndOfStream;
    RETINUE_ASSIGN_OR_RETURN(
        auto buffer, pool_.Get({.pixels = PixelFormat::kNv12, .size = info_.size, .color = {}}));
    buffer->plane(0).data[0] = static_cast<std::uint8_t>(next_);
    const Nanoseconds period = milliseconds(40);
    out = FrameBuffer::Publish(std::move(buffer), {0, next_}, {next_ * period, period});
    ++next_;
    return Pull::kFrame;
  }

 private:
  StreamInfo info_;
  FramePool pool_;
  std::int64_t frames_;
  std::int64_t next_ = 0;
};

struct SteadyCase {
  const char* name;
  int depth;
  TrackerKind tracker;
  Sink::Picture picture;
};

class RunStreamSteadyTest : public ::testing::TestWithParam<SteadyCase> {
 protected:
  void SetUp() override {
    TrackerSpec spec;
    spec.kind = GetParam().tracker;
    auto tracker = MakeTracker(spec);
    ASSERT_TRUE(tracker.has_value());
    tracker_ = *std::move(tracker);
    auto overlay = Overlay::Create();
    ASSERT_TRUE(overlay.has_value());
    overlay_ = *std::move(overlay);
  }

  StreamPlan Plan() {
    StreamPlan plan = PlanOf(PreparedToy(50), model_);
    plan.tracker = tracker_.get();
    plan.overlay = overlay_.get();
    plan.clock = &clock_;
    plan.depth = GetParam().depth;
    return plan;
  }

  const ModelSpec model_ = ToyModel();
  const SteadyClock clock_;
  std::unique_ptr<Tracker> tracker_;
  std::unique_ptr<Overlay> overlay_;
  NullSink sink_{GetParam().picture};
};

TEST_P(RunStreamSteadyTest, AllocatesNothingPerFrame) {
  RecyclingSource source(400);
  StreamPlan plan = Plan();
  std::int64_t before = -1, after = -1;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 100) before = allocations_of_this_thread;
    if (result.frame == 300) after = allocations_of_this_thread;
  };
  Sink* const sinks[] = {&sink_};
  const auto summary = RunStream(source, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  ASSERT_EQ(summary->frames, 400);
  EXPECT_GT(summary->objects, 2 * 400 - 10) << "there must have been work to allocate for";
  EXPECT_GT(before, 0);
  EXPECT_EQ(after - before, 0);
}

TEST_P(RunStreamSteadyTest, TenThousandFramesLeaveMemoryFlat) {
  RecyclingSource source(10'000);
  StreamPlan plan = Plan();
  std::array<std::int64_t, 2> heap{}, resident{};
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame != 1'000 && result.frame != 9'990) return;
    const std::size_t i = result.frame == 1'000 ? 0 : 1;
    heap[i] = live_bytes.load();
    std::ifstream statm("/proc/self/statm");  // pages: size, resident, ...
    statm >> resident[i] >> resident[i];
  };
  Sink* const sinks[] = {&sink_};
  const auto summary = RunStream(source, plan, sinks);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(sink_.frames(), 10'000);
  EXPECT_GT(heap[0], 0);
  EXPECT_NEAR(static_cast<double>(heap[1]), static_cast<double>(heap[0]),
              0.02 * static_cast<double>(heap[0]));
  if (!kSanitized) {  // sanitizers keep what was freed
    EXPECT_GT(resident[0], 0);
    EXPECT_LE(static_cast<double>(resident[1]), 1.02 * static_cast<double>(resident[0]));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RunStreamSteadyTest,
    ::testing::Values(
        SteadyCase{"ByteTrack", 1, TrackerKind::kByteTrack, Sink::Picture::kNone},
        SteadyCase{"ByteTrackThreeInFlight", 3, TrackerKind::kByteTrack, Sink::Picture::kPlain},
        SteadyCase{"SortThreeInFlight", 3, TrackerKind::kSort, Sink::Picture::kNone},
        SteadyCase{"ByteTrackAndOverlay", 2, TrackerKind::kByteTrack, Sink::Picture::kDrawn}),
    [](const auto& test) { return std::string(test.param.name); });

// The counter itself: a sink that allocates once a frame is seen doing so.
TEST(RunStreamHeapCounter, CountsWhatASinkAllocates) {
  class Allocating final : public Sink {
   public:
    Picture picture() const override { return Picture::kNone; }
    Result<void> Begin(const StreamInfo&) override { return {}; }
    Result<void> Write(const Frame&, const FrameResult&) override {
      held_ = std::make_unique<std::array<char, 100>>();
      return {};
    }
    Result<void> Finish() override { return {}; }

   private:
    std::unique_ptr<std::array<char, 100>> held_;
  };
  const ModelSpec model = ToyModel();
  RecyclingSource source(100);
  StreamPlan plan = PlanOf(PreparedToy(50), model);
  std::int64_t before = 0, after = 0;
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (result.frame == 50) before = allocations_of_this_thread;
    if (result.frame == 80) after = allocations_of_this_thread;
  };
  Allocating allocating;
  Sink* const sinks[] = {&allocating};
  ASSERT_TRUE(RunStream(source, plan, sinks).has_value());
  EXPECT_EQ(after - before, 30);
}

std::vector<FrameResult> TrackedResults(int depth) {
  const ModelSpec model = ToyModel();
  std::vector<FakeReply> replies;
  for (const std::vector<float>& tensor : WalkingTensors(60)) {
    replies.push_back({.outputs = {RecordedTensor::F32(ToyIo().outputs[0].shape, tensor)}});
  }
  ScriptedSource source;
  source.AddFrames(30).AddPending(2).AddFrames(30);
  const auto tracker = MakeTracker({});
  RETINUE_CHECK(tracker.has_value());
  StreamPlan plan = PlanOf(ToyEngine({.replies = std::move(replies)}), model);
  plan.tracker = tracker->get();
  plan.depth = depth;
  CollectingSink sink;
  Sink* const sinks[] = {&sink};
  RETINUE_CHECK(RunStream(source, plan, sinks).has_value());
  return sink.results();
}

TEST(RunStreamRepeated, GivesTheSameResultsWhateverTheDepth) {
  const std::vector<FrameResult> first = TrackedResults(1);
  ASSERT_THAT(first, SizeIs(60));
  EXPECT_GT(first.back().objects.size(), 1u);
  for (const int depth : {1, 2, 5}) EXPECT_EQ(TrackedResults(depth), first) << "depth " << depth;
}

// The engine finishes requests of all streams in a shuffled order, from a thread of its own.
TEST(RunStreamThreads, SeveralStreamsShareOneEngine) {
  constexpr int kStreams = 4;
  constexpr int kFrames = 60;
  const auto engine = ToyEngine({.replies = {Reply({{.center_x = 6}, {.center_x = 26}})},
                                 .completion = FakeCompletion::kOnRelease});
  const ModelSpec model = ToyModel();
  std::array<CollectingSink, kStreams> sinks;
  std::array<Result<StreamSummary>, kStreams> summaries;
  {
    std::vector<std::jthread> threads;
    for (int s = 0; s < kStreams; ++s) {
      threads.emplace_back([&, s] {
        const auto index = static_cast<std::size_t>(s);
        ScriptedSource source;
        source.AddFrames(kFrames / 2).AddPending(3).AddFrames(kFrames / 2);
        const auto tracker = MakeTracker({});
        StreamPlan plan = PlanOf(engine, model);
        plan.tracker = tracker->get();
        plan.stream_index = s;
        plan.depth = 1 + s;
        Sink* const own[] = {&sinks[index]};
        summaries[index] = RunStream(source, plan, own);
      });
    }
    std::vector<int> order(kStreams * kFrames);
    std::iota(order.begin(), order.end(), 0);
    testing::Random random(3);
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[static_cast<std::size_t>(random.Below(static_cast<int>(i) + 1))]);
    }
    for (const int start : order) engine->Release(start);
  }
  for (std::size_t s = 0; s < kStreams; ++s) {
    ASSERT_TRUE(summaries[s].has_value()) << summaries[s].error().message;
    ASSERT_THAT(sinks[s].results(), SizeIs(kFrames));
    for (std::int64_t i = 0; i < kFrames; ++i) {
      const FrameResult& result = sinks[s].results()[static_cast<std::size_t>(i)];
      EXPECT_EQ(result.frame, i);
      EXPECT_THAT(result.objects, SizeIs(2));
    }
    // Each stream has ids of its own, whatever the others do.
    EXPECT_EQ(sinks[s].results(), sinks[0].results());
    EXPECT_EQ(summaries[s]->tracks, 2);
  }
  EXPECT_EQ(engine->starts(), kStreams * kFrames);
}

TEST(RunStreamThreads, AStopFromAnotherThreadEndsTheRun) {
  const ModelSpec model = ToyModel();
  const auto engine = ToyEngine(
      {.replies = {Reply({{.center_x = 6}})}, .record_inputs = false});
  RecyclingSource source(std::numeric_limits<std::int64_t>::max());
  std::stop_source stop;
  std::atomic<bool> runs{false};
  StreamPlan plan = PlanOf(engine, model);
  plan.depth = 3;
  plan.on_result = [&](const FrameResult&, const StreamSummary&) {
    runs = true;
    runs.notify_all();
  };
  CollectingSink sink;
  Sink* const sinks[] = {&sink};
  Result<StreamSummary> summary;
  {
    std::jthread thread([&] { summary = RunStream(source, plan, sinks, stop.get_token()); });
    runs.wait(false);
    stop.request_stop();
  }
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_TRUE(summary->interrupted);
  EXPECT_EQ(summary->frames, static_cast<std::int64_t>(sink.results().size()));
  EXPECT_EQ(summary->source.frames, summary->frames) << "no frame that was given is lost";
  EXPECT_EQ(sink.finish_count(), 1);
}

/// Reads and drops frames on a thread of its own, as encoders and windows do.
class ReadingSink final : public Sink {
 public:
  Picture picture() const override { return Picture::kPlain; }
  Result<void> Begin(const StreamInfo&) override {
    reader_ = std::jthread([this](std::stop_token stop) { Read(stop); });
    return {};
  }
  Result<void> Write(const Frame& frame, const FrameResult& result) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({frame, static_cast<std::uint8_t>(result.frame)});
    return {};
  }
  Result<void> Finish() override {
    reader_.request_stop();
    reader_.join();
    return {};
  }
  int read() const { return read_; }
  int wrong() const { return wrong_; }

 private:
  struct Waiting {
    Frame frame;
    std::uint8_t expected;
  };

  void Read(const std::stop_token& stop) {
    std::vector<Waiting> taken;
    for (bool last = false; !last;) {
      last = stop.stop_requested();
      {
        const std::lock_guard lock(mutex_);
        taken.swap(waiting_);
      }
      for (Waiting& one : taken) {
        ++read_;
        if (one.frame.plane(0).data[0] != one.expected) ++wrong_;
        one.frame = Frame();
      }
      taken.clear();
      std::this_thread::yield();
    }
  }

  std::mutex mutex_;
  std::vector<Waiting> waiting_;
  int read_ = 0;
  int wrong_ = 0;
  std::jthread reader_;
};

// What a pool takes back must have been read to the end (ThreadSanitizer sees it when not).
TEST(RunStreamThreads, FramesMayBeDroppedOnAnotherThread) {
  const ModelSpec model = ToyModel();
  RecyclingSource source(2000);
  StreamPlan plan = PlanOf(PreparedToy(50), model);
  ReadingSink sink;
  Sink* const sinks[] = {&sink};
  ASSERT_TRUE(RunStream(source, plan, sinks).has_value());
  EXPECT_EQ(sink.read(), 2000);
  EXPECT_EQ(sink.wrong(), 0);
}

}  // namespace
}  // namespace retinue
