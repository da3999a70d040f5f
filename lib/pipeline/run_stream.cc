#include "retinue/pipeline/run_stream.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "lib/pipeline/engine_check.h"
#include "retinue/base/check.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

constexpr int kMaxDepth = 1024;

// Containers round timestamps, Matroska to a millisecond; max_fps=30 must not pass over frames of
// a 30 fps file for that.
constexpr Nanoseconds kTimestampRounding = std::chrono::milliseconds(1);

/// A frame on its way through the engine.
struct Slot {
  std::unique_ptr<Request> request;
  Frame frame;
  bool is_detected = true;  ///< Shown to the model; not where regions are followed instead.
  Affine input_to_frame;
  Nanoseconds arrived{0};
  Nanoseconds starting{0};   ///< Spent in Start().
  int plan_generation = -1;  ///< The plan whose padding this request's tensor holds.
  std::optional<Error> failure;
};

/// The parts of one running stream; Fill() and Finish() put them in order.
class StreamRun final : public StartedStream {
 public:
  static Result<std::unique_ptr<StreamRun>> Create(Source& source, const StreamPlan& plan,
                                                   std::span<Sink* const> sinks,
                                                   std::stop_token stop);
  void Fill();
  Result<StreamSummary> Finish() override;

 private:
  StreamRun(Source& source, const StreamPlan& plan, std::span<Sink* const> sinks,
            std::stop_token stop)
      : source_(source), plan_(plan), sinks_(sinks), stop_(std::move(stop)), started_(Now()) {}

  bool done() const { return plan_.max_frames > 0 && submitted_ >= plan_.max_frames; }
  bool full() const { return in_flight_ == slots_.size(); }
  bool idle() const { return in_flight_ == 0; }
  /// Of the model whose findings are the results.
  const std::vector<std::string>& class_names() const {
    return plan_.regions != nullptr ? plan_.regions->names() : plan_.model->names;
  }
  /// Whether more may be pulled: neither broken nor at an end.
  bool IsOpen();
  Result<Pull> PullFrame();
  bool Wants(const Frame& frame);
  Result<void> Submit(Frame frame);
  Result<void> CompleteOldest();
  Result<StreamSummary> Conclude();
  bool IsDue(Nanoseconds pts);
  Result<void> PlanFor(const FrameFormat& format);
  Result<void> Infer(Slot& slot);
  Result<void> WaitAndParse(Slot& slot);
  Result<void> LookAtRegions(const Slot& slot, const Frame& frame);
  void Track(Nanoseconds pts);
  void CountTrack(TrackId id);
  Result<void> BeginSinks();
  Result<void> WriteSinks(const Frame& frame);
  Result<void> FinishSinks();

  Nanoseconds Now() const { return plan_.clock != nullptr ? plan_.clock->Now() : Nanoseconds{0}; }
  void Count(Stage stage, Nanoseconds spent) {
    if (plan_.clock != nullptr) summary_.stages.Add(stage, spent);
  }
  /// Counts the time to the end of the caller's block.
  std::optional<StageTimer> Time(Stage stage) {
    if (plan_.clock == nullptr) return std::nullopt;
    return std::optional<StageTimer>(std::in_place, *plan_.clock, summary_.stages, stage);
  }

  Source& source_;
  const StreamPlan& plan_;
  std::span<Sink* const> sinks_;
  std::stop_token stop_;
  std::size_t sinks_begun_ = 0;
  bool has_begun_sinks_ = false;
  bool wants_drawn_ = false;

  std::unique_ptr<Head> head_;
  std::vector<Slot> slots_;  // a ring: submit at the back, complete at the front
  std::size_t front_ = 0;
  std::size_t in_flight_ = 0;

  std::optional<PreprocessPlan> preprocess_;
  FrameFormat planned_format_;
  int plan_generation_ = 0;

  FrameResult result_;
  TrackUpdate track_update_;
  std::int64_t submitted_ = 0;
  std::int64_t seen_ = 0;
  Nanoseconds next_due_ = kNoTime;
  Frame pulled_;
  Result<void> in_;   // what kept frames from coming,
  Result<void> out_;  // or results from leaving
  bool ended_ = false;
  Nanoseconds started_;
  Nanoseconds waited_{0};         // for the source, since the last frame that was looked at
  std::vector<bool> track_seen_;  // by id; ids are small and dense
  StreamSummary summary_;
};

Result<void> CheckNumbers(const StreamPlan& plan) {
  if (plan.vid_stride < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "vid_stride must be at least 1, got " + std::to_string(plan.vid_stride));
  }
  if (plan.depth < 0 || plan.depth > kMaxDepth) {
    return Fail(ErrorCode::kInvalidArgument, "depth must be 0 to " + std::to_string(kMaxDepth) +
                                                 ", got " + std::to_string(plan.depth));
  }
  if (!(plan.max_fps == 0 || plan.max_fps >= 1e-6)) {  // so NaN is out too
    return Fail(ErrorCode::kInvalidArgument,
                "max_fps must be 0 or at least 0.000001, got " + std::to_string(plan.max_fps));
  }
  if (plan.max_frames < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "max_frames must be at least 0, got " + std::to_string(plan.max_frames));
  }
  return {};
}

Result<void> CheckPlan(const StreamPlan& plan, std::span<Sink* const> sinks) {
  if (plan.engine == nullptr || plan.model == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "a stream needs an engine and a model");
  }
  RETINUE_RETURN_IF_ERROR(CheckNumbers(plan));
  RETINUE_RETURN_IF_ERROR(CheckEngine(plan.engine->io(), plan.model->input));
  for (const Sink* sink : sinks) {
    if (sink == nullptr) return Fail(ErrorCode::kInvalidArgument, "a sink is null");
    if (sink->picture() == Sink::Picture::kDrawn && plan.overlay == nullptr &&
        plan.effects == nullptr) {
      return Fail(ErrorCode::kInvalidArgument,
                  "a sink wants the drawn picture, but there are neither effects nor an overlay");
    }
  }
  return {};
}

Result<std::unique_ptr<StreamRun>> StreamRun::Create(Source& source, const StreamPlan& plan,
                                                     std::span<Sink* const> sinks,
                                                     std::stop_token stop) {
  RETINUE_RETURN_IF_ERROR(CheckPlan(plan, sinks));
  std::unique_ptr<StreamRun> run(new StreamRun(source, plan, sinks, std::move(stop)));
  RETINUE_ASSIGN_OR_RETURN(run->head_, MakeHead(plan.model->head, plan.head));

  int depth = plan.depth;
  if (plan.regions != nullptr && plan.regions->follows()) {
    depth = 1;  // Where to look depends on the frame before.
  } else if (depth == 0) {
    const bool one_at_a_time = source.info().is_live || source.info().is_image;
    depth = one_at_a_time ? 1 : std::max(1, plan.engine->info().requests);
  }
  run->slots_.resize(static_cast<std::size_t>(depth));
  for (Slot& slot : run->slots_) {
    RETINUE_ASSIGN_OR_RETURN(slot.request, plan.engine->NewRequest());
  }
  run->wants_drawn_ = std::any_of(sinks.begin(), sinks.end(), [](const Sink* sink) {
    return sink->picture() == Sink::Picture::kDrawn;
  });
  return run;
}

Result<Pull> StreamRun::PullFrame() {
  const Nanoseconds start = Now();
  Result<Pull> pull = source_.Next(pulled_);
  waited_ += Now() - start;
  return pull;
}

bool StreamRun::Wants(const Frame& frame) {
  const bool wants = seen_++ % plan_.vid_stride == 0 && IsDue(frame.pts());
  if (!wants) ++summary_.passed_over;
  return wants;
}

bool StreamRun::IsDue(Nanoseconds pts) {
  if (plan_.max_fps <= 0 || pts == kNoTime) return true;
  // So far from the ends of the type that no sum below overflows, whatever a container says.
  pts = std::clamp(pts, Nanoseconds::min() / 4, Nanoseconds::max() / 4);
  const Nanoseconds period = FromSeconds(1.0 / plan_.max_fps);
  const Nanoseconds early = std::min(kTimestampRounding, period / 2);
  const bool went_back = pts + 2 * period < next_due_;  // a looped file, a restarted camera
  if (next_due_ == kNoTime || went_back) {
    next_due_ = pts + period;
    return true;
  }
  if (pts + early < next_due_) return false;
  // From the due time, not from this frame: an uneven input must not lower the rate.
  next_due_ = std::max(next_due_ + period, pts);
  return true;
}

Result<void> StreamRun::PlanFor(const FrameFormat& format) {
  if (preprocess_ && planned_format_ == format) return {};
  RETINUE_ASSIGN_OR_RETURN(
      preprocess_, PlanPreprocess(format, WholeFrame(format.size), plan_.model->input));
  planned_format_ = format;
  ++plan_generation_;
  return {};
}

Result<void> StreamRun::Submit(Frame frame) {
  RETINUE_RETURN_IF_ERROR(PlanFor(frame.format()));
  Count(Stage::kDecodeWait, std::exchange(waited_, Nanoseconds{0}));
  Slot& slot = slots_[(front_ + in_flight_) % slots_.size()];
  slot.arrived = Now();
  slot.frame = frame.WithId({plan_.stream_index, frame.id().number});
  slot.failure.reset();
  slot.is_detected = plan_.regions == nullptr || plan_.regions->WantsDetections(frame.pts());
  ++in_flight_;
  ++submitted_;
  if (!slot.is_detected) return {};
  if (auto inferred = Infer(slot); !inferred) slot.failure = std::move(inferred).error();
  return {};
}

Result<void> StreamRun::Infer(Slot& slot) {
  {
    const auto timer = Time(Stage::kPreprocess);
    const bool padded = slot.plan_generation == plan_generation_;
    Preprocess(*preprocess_, slot.frame, slot.request->input(0),
               padded ? Padding::kKeep : Padding::kWrite);
    slot.plan_generation = plan_generation_;
    slot.input_to_frame = preprocess_->input_to_frame();
  }
  const Nanoseconds start = Now();
  auto started = slot.request->Start();
  slot.starting = Now() - start;
  return started;
}

// Reads into result_, which knows the frame already.
Result<void> StreamRun::WaitAndParse(Slot& slot) {
  if (slot.failure) return Fail(*slot.failure);
  if (!slot.is_detected) return {};
  const Nanoseconds start = Now();
  RETINUE_RETURN_IF_ERROR(slot.request->Wait());
  Count(Stage::kInference, slot.starting + (Now() - start));

  const auto timer = Time(Stage::kHead);
  const Outputs outputs(*slot.request, plan_.engine->io().outputs.size());
  RETINUE_RETURN_IF_ERROR(head_->Parse(outputs.all(), slot.input_to_frame, result_));
  if (head_->invalid_count() > 0) ++summary_.frames_with_invalid;
  return {};
}

// What the first model found becomes what the second finds there.
Result<void> StreamRun::LookAtRegions(const Slot& slot, const Frame& frame) {
  const auto timer = Time(Stage::kRegions);
  RETINUE_RETURN_IF_ERROR(plan_.regions->Look(frame, slot.is_detected, result_));
  if (plan_.regions->invalid_count() > 0) ++summary_.frames_with_invalid;
  return {};
}

// Objects keep the detector's box and score; they gain an id and the track's
// class. Those that the tracker gave no id are not shown: they are guesses that
// only it needed.
void StreamRun::Track(Nanoseconds pts) {
  const auto timer = Time(Stage::kTrack);
  plan_.tracker->Update(pts, result_.objects, track_update_);
  RETINUE_CHECK(track_update_.of_detection.size() == result_.objects.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < result_.objects.size(); ++i) {
    const Assignment& assignment = track_update_.of_detection[i];
    if (assignment.id == kNoTrack) continue;
    Detection& object = result_.objects[i];
    object.track_id = assignment.id;
    object.class_id = assignment.class_id;
    CountTrack(assignment.id);
    result_.objects[kept++] = object;
  }
  result_.objects.resize(kept);
}

void StreamRun::CountTrack(TrackId id) {
  RETINUE_CHECK(id > 0);
  const auto index = static_cast<std::size_t>(id);
  if (index >= track_seen_.size()) track_seen_.resize(index * 2 + 1, false);
  if (!track_seen_[index]) ++summary_.tracks;
  track_seen_[index] = true;
}

Result<void> StreamRun::BeginSinks() {
  has_begun_sinks_ = true;
  StreamInfo info = source_.info();
  info.class_names = class_names();
  for (Sink* sink : sinks_) {
    RETINUE_RETURN_IF_ERROR(sink->Begin(info));
    ++sinks_begun_;
  }
  return {};
}

Result<void> StreamRun::WriteSinks(const Frame& frame) {
  Frame drawn = frame;
  if (wants_drawn_ && plan_.effects != nullptr) {
    const auto timer = Time(Stage::kEffects);
    RETINUE_ASSIGN_OR_RETURN(drawn, plan_.effects->Draw(frame, result_));
  }
  if (wants_drawn_ && plan_.overlay != nullptr) {
    const auto timer = Time(Stage::kDraw);
    RETINUE_ASSIGN_OR_RETURN(drawn, plan_.overlay->Draw(drawn, result_, class_names()));
  }
  const auto timer = Time(Stage::kEncodeWait);
  if (!has_begun_sinks_) RETINUE_RETURN_IF_ERROR(BeginSinks());
  for (Sink* sink : sinks_) {
    const bool takes_drawn = sink->picture() == Sink::Picture::kDrawn;
    RETINUE_RETURN_IF_ERROR(sink->Write(takes_drawn ? drawn : frame, result_));
  }
  return {};
}

// Every sink that began is finished, whatever the others say; the first error is told.
Result<void> StreamRun::FinishSinks() {
  Result<void> all;
  for (Sink* sink : sinks_.first(sinks_begun_)) {
    auto finished = sink->Finish();
    if (!finished && all) all = std::move(finished);
  }
  return all;
}

Result<void> StreamRun::CompleteOldest() {
  Slot& slot = slots_[front_];
  front_ = (front_ + 1) % slots_.size();
  --in_flight_;
  const Frame frame = std::exchange(slot.frame, Frame());

  result_.Clear();
  result_.frame = frame.id().number;
  result_.pts = frame.pts();
  result_.size = frame.size();
  auto parsed = WaitAndParse(slot);
  if (parsed && plan_.regions != nullptr) parsed = LookAtRegions(slot, frame);
  if (!parsed) {
    if (summary_.frames == 0) return parsed;
    if (summary_.failed++ == 0) summary_.first_failure = parsed.error().message;
    return {};
  }
  if (plan_.tracker != nullptr) Track(frame.pts());
  RETINUE_RETURN_IF_ERROR(WriteSinks(frame));

  ++summary_.frames;
  summary_.objects += static_cast<std::int64_t>(result_.objects.size());
  Count(Stage::kLatency, Now() - slot.arrived);
  if (plan_.on_result) plan_.on_result(result_, summary_);
  return {};
}

Result<StreamSummary> StreamRun::Conclude() {
  Result<void> flow = in_ ? std::move(out_) : std::move(in_);
  // Requests still in flight after an error must not outlive their frames.
  for (; in_flight_ > 0; --in_flight_, front_ = (front_ + 1) % slots_.size()) {
    Slot& slot = slots_[front_];
    if (slot.is_detected && !slot.failure) (void)slot.request->Wait();
  }
  // Results of no frames are results too: empty, but whole.
  if (flow && !has_begun_sinks_) flow = BeginSinks();
  auto finished = FinishSinks();
  if (!flow) return Fail(std::move(flow).error());
  if (!finished) return Fail(std::move(finished).error());
  summary_.source = source_.stats();
  summary_.elapsed = Now() - started_;
  return std::move(summary_);
}

bool StreamRun::IsOpen() {
  if (!in_ || !out_ || ended_ || done()) return false;
  summary_.interrupted = stop_.stop_requested();
  return !summary_.interrupted;
}

// Up to a full ring, without waiting for a result.
void StreamRun::Fill() {
  while (!full() && IsOpen()) {
    const Result<Pull> pull = PullFrame();
    if (!pull) {
      in_ = Fail(pull.error());
    } else if (*pull == Pull::kEndOfStream) {
      ended_ = true;
    } else if (*pull == Pull::kPending) {
      return;
    } else if (Wants(pulled_)) {
      in_ = Submit(std::exchange(pulled_, Frame()));
    }
  }
}

Result<StreamSummary> StreamRun::Finish() {
  while (IsOpen()) {
    // The ring is full, or there is nothing to feed the engine with: then nothing is gained by
    // keeping a result waiting.
    if (!idle()) out_ = CompleteOldest();
    Fill();
  }
  // Also when the source broke: what it gave before is good.
  while (out_ && !idle()) out_ = CompleteOldest();
  return Conclude();
}

}  // namespace

Result<std::unique_ptr<StartedStream>> StartStream(Source& source, const StreamPlan& plan,
                                                   std::span<Sink* const> sinks,
                                                   std::stop_token stop) {
  RETINUE_ASSIGN_OR_RETURN(auto run, StreamRun::Create(source, plan, sinks, std::move(stop)));
  run->Fill();
  return run;
}

Result<StreamSummary> RunStream(Source& source, const StreamPlan& plan,
                                std::span<Sink* const> sinks, std::stop_token stop) {
  RETINUE_ASSIGN_OR_RETURN(const auto run, StartStream(source, plan, sinks, std::move(stop)));
  return run->Finish();
}

}  // namespace retinue
