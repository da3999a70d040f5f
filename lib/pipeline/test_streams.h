#pragma once

// Twins for the tests of RunStream: a small model whose answers are written by
// hand, a source that follows a script, a sink that fails when told.
// Thread rule: as the interfaces they implement.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/image/frame.h"
#include "retinue/infer/fake_engine.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/io/stream.h"
#include "retinue/model/model_spec.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue::testing {

inline constexpr int kToyInput = 32;    ///< The toy model looks at 32×32 pixels,
inline constexpr int kToyAnchors = 8;   ///< sees up to 8 boxes,
inline constexpr int kToyClasses = 2;   ///< persons and dogs.

/// What the toy model says about one object: centre and size in input pixels.
struct ToyBox {
  float center_x = 16;
  float center_y = 16;
  float width = 4;
  float height = 4;
  int class_id = 0;
  float score = 0.9f;
};

inline ModelSpec ToyModel() {
  ModelSpec model;
  model.input.size = {kToyInput, kToyInput};
  model.input_name = "images";
  model.head = YoloSpec{.class_count = kToyClasses};
  model.names = {"person", "dog"};
  return model;
}

inline ModelIo ToyIo() {
  ModelIo io;
  io.inputs = {{"images", ElementType::kF32, {1, 3, kToyInput, kToyInput}}};
  io.outputs = {{"output0", ElementType::kF32, {1, 4 + kToyClasses, kToyAnchors}}};
  return io;
}

/// The output tensor [1, 4 + 2, 8] that means `boxes`.
inline std::vector<float> ToyTensor(std::span<const ToyBox> boxes) {
  RETINUE_CHECK(boxes.size() <= kToyAnchors);
  std::vector<float> values(static_cast<std::size_t>((4 + kToyClasses) * kToyAnchors), 0.0f);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const ToyBox& box = boxes[i];
    const auto at = [&](int channel) -> float& {
      return values[static_cast<std::size_t>(channel * kToyAnchors) + i];
    };
    at(0) = box.center_x, at(1) = box.center_y, at(2) = box.width, at(3) = box.height;
    at(4 + box.class_id) = box.score;
  }
  return values;
}

inline FakeReply Reply(std::span<const ToyBox> boxes) {
  return {.outputs = {RecordedTensor::F32(ToyIo().outputs[0].shape, ToyTensor(boxes))}};
}
inline FakeReply Reply(std::initializer_list<ToyBox> boxes) {
  return Reply(std::span(boxes.begin(), boxes.size()));
}

/// One box that moves by an input pixel a frame, so that each frame is told from the others.
inline std::vector<FakeReply> MovingBox(int frames) {
  std::vector<FakeReply> replies;
  for (int i = 0; i < frames; ++i) {
    replies.push_back(Reply({{.center_x = 4 + static_cast<float>(i), .class_id = i % 2}}));
  }
  return replies;
}

inline std::shared_ptr<FakeEngine> ToyEngine(FakeEngineOptions options) {
  auto engine = FakeEngine::Create(ToyIo(), std::move(options));
  RETINUE_CHECK(engine.has_value());
  return *std::move(engine);
}

inline StreamPlan PlanOf(std::shared_ptr<Engine> engine, const ModelSpec& model) {
  StreamPlan plan;
  plan.engine = std::move(engine);
  plan.model = &model;
  return plan;
}

/// Answers from tensors made beforehand, over and over, without touching the heap (FakeEngine
/// copies and records). All inputs and outputs are of f32 and fixed.
class PreparedEngine final : public Engine {
 public:
  using Reply = std::vector<std::vector<float>>;  ///< One for each output.

  PreparedEngine(ModelIo io, std::vector<Reply> replies, int requests)
      : io_(std::move(io)), replies_(std::move(replies)) {
    info_.requests = requests;
  }
  const ModelIo& io() const override { return io_; }
  const EngineInfo& info() const override { return info_; }
  Result<std::unique_ptr<Request>> NewRequest() override {
    return std::make_unique<PreparedRequest>(*this);
  }

 private:
  class PreparedRequest final : public Request {
   public:
    explicit PreparedRequest(PreparedEngine& engine)
        : engine_(engine),
          input_(static_cast<std::size_t>(engine.io_.inputs[0].shape.ElementCount())) {}
    MutableTensorView input(int) override {
      return {ElementType::kF32, engine_.io_.inputs[0].shape, input_.data()};
    }
    Result<void> Start() override {
      reply_ = &engine_.replies_[engine_.starts_++ % engine_.replies_.size()];
      return {};
    }
    Result<void> Wait() override { return {}; }
    TensorView output(int index) const override {
      const auto i = static_cast<std::size_t>(index);
      return {ElementType::kF32, engine_.io_.outputs[i].shape, (*reply_)[i].data()};
    }

   private:
    PreparedEngine& engine_;
    std::vector<float> input_;
    const Reply* reply_ = nullptr;
  };

  const ModelIo io_;
  EngineInfo info_;
  std::vector<Reply> replies_;
  std::size_t starts_ = 0;
};

/// What this thread has taken from the heap so far; counted in run_stream_steady_test.cc.
std::int64_t AllocationsOfThisThread();

/// The usual frame of these tests: 64×32, so that the toy model sees it at half size with bars of
/// 8 rows above and below.
inline constexpr FrameFormat kWide{PixelFormat::kGray8, {64, 32}, {}};

/// Gives what its script says, then the end of the stream. Frames are numbered from 0 and, unless
/// said otherwise, 40 ms apart; their pixels depend on the number alone.
class ScriptedSource final : public Source {
 public:
  ScriptedSource() {
    info_.name = "script";
    info_.size = kWide.size;
    info_.frame_rate = 25;
  }

  ScriptedSource& AddFrame(const FrameFormat& format, std::optional<Nanoseconds> pts = {}) {
    steps_.push_back({.frame = format, .pts = pts});
    return *this;
  }
  ScriptedSource& AddFrames(int count, const FrameFormat& format = kWide) {
    for (int i = 0; i < count; ++i) AddFrame(format);
    return *this;
  }
  ScriptedSource& AddPending(int count = 1) {
    for (int i = 0; i < count; ++i) steps_.push_back({});
    return *this;
  }
  ScriptedSource& AddError(ErrorCode code, const std::string& message) {
    steps_.push_back({.error = Error{code, message}});
    return *this;
  }
  /// Calls `hook` with the number of the pull at the beginning of each, the last included.
  ScriptedSource& OnPull(std::function<void(int)> hook) {
    hook_ = std::move(hook);
    return *this;
  }

  StreamInfo& mutable_info() { return info_; }
  const StreamInfo& info() const override { return info_; }
  SourceStats stats() const override { return {.frames = number_, .warning = "a scripted one"}; }
  int pulls() const { return pulls_; }

  Result<Pull> Next(Frame& out) override {
    const int pull = pulls_++;
    if (hook_) hook_(pull);
    if (static_cast<std::size_t>(pull) >= steps_.size()) return Pull::kEndOfStream;
    const Step& step = steps_[static_cast<std::size_t>(pull)];
    if (step.error) return Fail(*step.error);
    if (!step.frame) return Pull::kPending;
    const Nanoseconds period = std::chrono::milliseconds(40);
    out = Paint(*step.frame, number_, {step.pts.value_or(number_ * period), period});
    ++number_;
    return Pull::kFrame;
  }

 private:
  struct Step {
    std::optional<FrameFormat> frame = std::nullopt;
    std::optional<Nanoseconds> pts = std::nullopt;
    std::optional<Error> error = std::nullopt;
  };

  static Frame Paint(const FrameFormat& format, std::int64_t number, FrameTiming timing) {
    auto buffer = FrameBuffer::Create(format);
    RETINUE_CHECK(buffer.has_value());
    for (int p = 0; p < PlaneCount(format.pixels); ++p) {
      const MutablePlaneView plane = (*buffer)->plane(p);
      const std::ptrdiff_t width = RowBytes(format.pixels, format.size, p);
      for (int y = 0; y < RowCount(format.pixels, format.size, p); ++y) {
        for (std::ptrdiff_t x = 0; x < width; ++x) {
          plane.data[y * plane.stride_bytes + x] =
              static_cast<std::uint8_t>((x * 7 + y * 13 + number * 31 + p * 101) % 251);
        }
      }
    }
    return FrameBuffer::Publish(*std::move(buffer), {0, number}, timing);
  }

  StreamInfo info_;
  std::vector<Step> steps_;
  std::function<void(int)> hook_;
  int pulls_ = 0;
  std::int64_t number_ = 0;
};

/// Counts its calls and fails where told.
class TellingSink final : public Sink {
 public:
  enum class FailsIn { kNothing, kBegin, kWrite, kFinish };

  explicit TellingSink(FailsIn fails = FailsIn::kNothing, std::int64_t at_frame = 0)
      : fails_(fails), at_frame_(at_frame) {}

  Picture picture() const override { return Picture::kNone; }
  Result<void> Begin(const StreamInfo&) override {
    ++begins;
    return Answer(FailsIn::kBegin, "begin");
  }
  Result<void> Write(const Frame& frame, const FrameResult&) override {
    if (frame.id().number != at_frame_) {
      ++writes;
      return {};
    }
    auto answer = Answer(FailsIn::kWrite, "write");
    if (answer) ++writes;
    return answer;
  }
  Result<void> Finish() override {
    ++finishes;
    return Answer(FailsIn::kFinish, "finish");
  }

  int begins = 0;
  int writes = 0;  ///< That succeeded.
  int finishes = 0;

 private:
  Result<void> Answer(FailsIn where, const char* word) const {
    if (fails_ != where) return {};
    return Fail(ErrorCode::kResourceExhausted, std::string("no room to ") + word);
  }

  FailsIn fails_;
  std::int64_t at_frame_;
};

/// Which frames came, in their order.
inline std::vector<std::int64_t> FrameNumbers(const CollectingSink& sink) {
  std::vector<std::int64_t> numbers;
  for (const FrameResult& result : sink.results()) numbers.push_back(result.frame);
  return numbers;
}

}  // namespace retinue::testing
