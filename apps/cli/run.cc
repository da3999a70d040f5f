// `detect`, `track`, `faces` and `effect`: options → sources, models, outputs; a stream each; a
// summary.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "apps/cli/auto_choice.h"
#include "apps/cli/commands.h"
#include "apps/cli/effect_job.h"
#include "apps/cli/effect_program.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/log.h"
#include "apps/cli/machine.h"
#include "apps/cli/media.h"
#include "apps/cli/models.h"
#include "apps/cli/outputs.h"
#include "apps/cli/progress.h"
#include "apps/cli/report.h"
#include "apps/cli/second_model.h"
#include "apps/cli/source_list.h"
#include "apps/cli/stream_job.h"
#include "apps/cli/trackers.h"
#include "retinue/files/files.h"
#include "retinue/overlay/overlay.h"
#include "retinue/pipeline/face_follower.h"

namespace retinue::cli {
namespace {

/// One source on its way.
struct Stream {
  SourceEntry entry;
  std::optional<StreamInfo> info;  // once it has been opened
  std::unique_ptr<Source> source;  // while it is open
  StreamOutputs outputs;
  std::unique_ptr<StreamJob> job;  // while it is under way
  StreamReport report;
  ExitCode exit_code = kExitDone;
};

/// What the streams of one thread share.
struct ThreadParts {
  std::shared_ptr<Engine> engine;
  std::shared_ptr<Overlay> overlay;
};

class LookRun {
 public:
  LookRun(Verb verb, const Options& options)
      : verb_(verb),
        options_(options),
        log_(LogOptions(options)) {}

  int Run() {
    const auto prepared = Prepare();
    if (!prepared) {
      log_.Error(prepared.error().message);
      return prepared.error().code;
    }
    if (options_.dry_run) {
      PrintPlan();
      return kExitDone;
    }
    if (const auto ready = MakeSinks(); !ready) {
      log_.Error(ready.error().message);
      return ready.error().code;
    }
    RunStreams();
    return Conclude();
  }

 private:
  Outcome<void> Prepare();
  void OpenEarly();
  bool Open(Stream& stream);
  std::optional<Size> CommonSize() const;
  Goal ChooseGoal(bool has_regions) const;
  Effort ChooseEffort() const;
  void PrintPlan();
  Outcome<void> MakeSinks();
  void RunStreams();
  void Work(std::atomic<std::size_t>& next);
  Outcome<ThreadParts> PartsOfThread() const;
  bool Start(std::size_t index, const Outcome<ThreadParts>& parts);
  Outcome<void> Begin(std::size_t index, const ThreadParts& parts);
  void Finish(std::size_t index);
  Outcome<StreamSummary> Summary(Stream& stream);
  int Conclude();
  void WriteStats(RunReport& report, int& code);
  void Fail(Stream& stream, const Failure& failure);

  const Verb verb_;
  Options options_;  // as Prepare() completes them
  InterruptWatch interrupt_;  // before anything that starts threads
  Log log_;
  SteadyClock clock_;
  std::vector<Stream> streams_;
  std::unique_ptr<Outputs> outputs_;
  ReadyModel model_;
  std::optional<RegionModels> regions_;
  HeadOptions head_;
  TrackerSpec tracker_;
  std::optional<EffectProgramFile> program_;
  std::unique_ptr<Progress> progress_;
  Nanoseconds started_{0};
};

const char* VerbName(Verb verb) {
  switch (verb) {
    case Verb::kTrack: return "track";
    case Verb::kFaces: return "faces";
    case Verb::kEffect: return "effect";
    default: return "detect";
  }
}

// They share the machine.
std::size_t VideosAtOnce() { return static_cast<std::size_t>(Cores()); }

bool IsLive(const Stream& stream) {
  return stream.entry.kind == SourceKind::kLive || (stream.info && stream.info->is_live);
}

Outcome<void> LookRun::Prepare() {
  if (verb_ == Verb::kEffect) {
    auto program = ReadProgram(options_);
    if (!program) return PassOn(program);
    for (const std::string& doubt : DoubtsOf(options_, program->plan)) log_.Warning(doubt);
    options_ = ForProgram(std::move(options_), program->plan);
    program_ = *std::move(program);
  }
  auto entries = ListSources(options_.sources);
  if (!entries) return PassOn(entries);
  auto outputs = Outputs::Create(options_, verb_, *entries, interrupt_.token(),
                                 [this] { interrupt_.RequestEnd(); });
  if (!outputs) return PassOn(outputs);
  outputs_ = *std::move(outputs);
  if (verb_ == Verb::kTrack) {
    auto tracker = ChooseTracker(options_);
    if (!tracker) return PassOn(tracker);
    tracker_ = *std::move(tracker);
  }
  for (const SourceEntry& entry : *entries) {
    Stream& stream = streams_.emplace_back();
    stream.entry = entry;
    stream.report.name = entry.name;
  }

  // The model is read before the first frame, so that a wrong one costs nothing.
  auto chosen = ChooseModels(verb_, options_);
  if (!chosen) return PassOn(chosen);
  auto head = MakeHeadOptions(options_, chosen->first.spec);
  if (!head) return PassOn(head);
  head_ = *std::move(head);
  // What the tracker can use below conf are the detections of a lone model.
  if (verb_ == Verb::kTrack && !chosen->second)
    head_.conf = LowestUsefulScore(tracker_, head_.conf);

  OpenEarly();
  if (std::all_of(streams_.begin(), streams_.end(),
                  [](const Stream& s) { return s.exit_code != kExitDone; })) {
    return Exit(streams_.front().exit_code,
                streams_.size() == 1 ? streams_.front().report.failure
                                     : std::string("none of the sources could be opened"));
  }
  if (options_.batch > 1 && std::any_of(streams_.begin(), streams_.end(), IsLive)) {
    return Exit(kExitUsage,
                "batch is for files: the frames of a live source are wanted one by one");
  }
  const Goal goal = ChooseGoal(chosen->second.has_value());
  auto model =
      PrepareModel(std::move(chosen->first), options_, CommonSize(), goal, ChooseEffort(), log_);
  if (!model) return PassOn(model);
  model_ = *std::move(model);
  if (chosen->second) {
    auto regions = CompileRegions(*chosen, options_);
    if (!regions) return PassOn(regions);
    regions_ = *std::move(regions);
  }
  if (const auto engine = EngineOfThread(model_.engine); !engine) return PassOn(engine);
  if (!model_.note.empty()) log_.Detail(model_.note);
  log_.Detail(fmt::format("{} on {}", model_.name, model_.Description()));
  if (regions_) log_.Detail(regions_->Description());
  if (!model_.why.empty()) log_.Detail("choice: " + model_.why.substr(0, model_.why.find('\n')));
  return {};
}

OverlayOptions OverlayOf(const Options& options) {
  return {.show_boxes = options.show_boxes,
          .show_labels = options.show_labels,
          .show_conf = options.show_conf,
          .show_landmarks = options.show_landmarks,
          .line_width = options.line_width};
}

void LookRun::Fail(Stream& stream, const Failure& failure) {
  stream.exit_code = failure.code;
  stream.report.failure = failure.message;
  // A lone source's failure is the run's, printed once at its end.
  if (streams_.size() > 1) log_.Error(failure.message);
}

bool LookRun::Open(Stream& stream) {
  if (stream.source != nullptr) return true;
  if (!stream.entry.problem.empty()) {
    Fail(stream, {kExitSource, stream.entry.problem});
    return false;
  }
  auto source = OpenSource(stream.entry, options_);
  if (!source) {
    Fail(stream, {kExitSource, source.error().message});
    return false;
  }
  stream.source = *std::move(source);
  stream.info = stream.source->info();
  return true;
}

// Videos and cameras are opened before the model is compiled, because its input
// may be cut to their shape, and so that a bad one is named at once. Pictures can
// be thousands: each when its turn comes, except for a lone one. Videos can be many:
// those that will have to wait are closed again.
void LookRun::OpenEarly() {
  std::size_t videos = 0;
  for (Stream& stream : streams_) {
    const bool late = stream.entry.kind == SourceKind::kImage && streams_.size() > 1;
    if (late && stream.entry.problem.empty()) continue;
    if (!Open(stream) || stream.entry.kind != SourceKind::kVideo || stream.info->is_live) continue;
    if (++videos > VideosAtOnce()) stream.source.reset();
  }
}

std::optional<Size> LookRun::CommonSize() const {
  std::optional<Size> size;
  for (const Stream& stream : streams_) {
    if (!stream.info) {
      if (stream.exit_code != kExitDone) continue;
      return std::nullopt;
    }
    const Size one = stream.info->size;
    if (size && *size != one) return std::nullopt;
    size = one;
  }
  return size && !IsEmpty(*size) ? size : std::nullopt;
}

// @param has_regions  Frames are looked at one after another, see RegionFollower.
Goal LookRun::ChooseGoal(bool has_regions) const {
  const bool follows =
      has_regions && std::any_of(streams_.begin(), streams_.end(), [](const Stream& s) {
        return s.entry.kind != SourceKind::kImage;
      });
  const bool all_live = std::all_of(streams_.begin(), streams_.end(), IsLive);
  const bool one_picture =
      streams_.size() == 1 && streams_.front().entry.kind == SourceKind::kImage;
  return all_live || one_picture || follows ? Goal::kLatency : Goal::kThroughput;
}

// Whether the work is long enough to find out first how it goes fastest.
Effort LookRun::ChooseEffort() const {
  std::int64_t frames = 0;
  for (const Stream& stream : streams_) {
    if (stream.exit_code != kExitDone) continue;
    const bool is_picture = stream.entry.kind == SourceKind::kImage;
    std::int64_t count = is_picture ? 1 : kFramesWorthMeasuring;  // Where nobody knows.
    if (stream.info && !stream.info->is_live && stream.info->frame_count > 0) {
      count = stream.info->frame_count;
    }
    if (options_.max_frames > 0) count = std::min(count, options_.max_frames);
    frames += count;
  }
  return frames >= kFramesWorthMeasuring ? Effort::kMeasured : Effort::kRemembered;
}

void LookRun::PrintPlan() {
  std::string text;
  for (const Stream& stream : streams_) {
    if (!stream.info) {
      text += fmt::format("source   {}{}\n", stream.entry.name,
                          stream.report.failure.empty() ? "" : " (" + stream.report.failure + ")");
      continue;
    }
    const StreamInfo& info = *stream.info;
    text += fmt::format("source   {} ({}x{}", info.name, info.size.width, info.size.height);
    if (info.frame_rate > 0) text += fmt::format(", {:.3g} fps", info.frame_rate);
    if (info.frame_count > 0) text += fmt::format(", about {} frames", info.frame_count);
    text += info.is_live ? ", live)\n" : ")\n";
  }
  text += fmt::format("model    {} ({} classes)\n", model_.name, model_.spec.names.size());
  text += fmt::format("runtime  {}\n", model_.Description());
  if (!model_.why.empty()) text += fmt::format("choice   {}", model_.why);
  if (!model_.note.empty()) text += fmt::format("note     {}\n", model_.note);
  if (regions_) text += fmt::format("regions  {}\n", regions_->Description());
  text += fmt::format("boxes    conf {} iou {} max_det {}\n", head_.conf, head_.iou, head_.max_det);
  if (program_) {
    text += fmt::format("program  {} ({} statements)\n",
                        program_->path.empty() ? "given with e=" : program_->path,
                        program_->plan.statements.size());
  }
  if (verb_ == Verb::kTrack) text += fmt::format("tracker  {}\n", Describe(tracker_));
  for (const std::string& output : outputs_->Plan()) text += fmt::format("output   {}\n", output);
  fmt::print("{}", text);
}

Outcome<void> LookRun::MakeSinks() {
  if (auto opened = outputs_->Open(); !opened) return opened;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i].exit_code != kExitDone) continue;
    auto outputs = outputs_->SinksFor(i);
    if (!outputs) return PassOn(outputs);
    streams_[i].outputs = *std::move(outputs);
  }
  return {};
}

void LookRun::RunStreams() {
  log_.Detail("running");
  started_ = clock_.Now();
  std::vector<std::int64_t> totals;
  std::size_t videos = 0, live = 0;
  for (Stream& stream : streams_) {
    totals.push_back(stream.info                               ? stream.info->frame_count
                     : stream.entry.kind == SourceKind::kImage ? 1
                                                               : -1);
    if (stream.info && stream.info->is_live) {
      ++live;
    } else if (stream.entry.kind != SourceKind::kImage) {
      ++videos;
    }
  }
  progress_ = std::make_unique<Progress>(log_, clock_, std::move(totals));

  // Live streams cannot wait for each other; videos share the machine; pictures
  // are finished one after another, so that their results come in order.
  const std::size_t side_by_side =
      std::max<std::size_t>(1, live + std::min(videos, VideosAtOnce()));
  std::atomic<std::size_t> next{0};
  const auto work = [&] { Work(next); };
  std::vector<std::jthread> workers;
  for (std::size_t i = 1; i < std::min(side_by_side, streams_.size()); ++i)
    workers.emplace_back(work);
  work();
}

// One stream after another, on this thread. Of pictures so many are under way that the engine
// need not wait for the next to be decoded.
void LookRun::Work(std::atomic<std::size_t>& next) {
  const auto parts = PartsOfThread();
  const int at_once = parts ? parts->engine->info().requests : 1;
  StreamQueue pictures(static_cast<std::size_t>(std::max(1, at_once)));
  for (std::size_t i = next++; i < streams_.size(); i = next++) {
    const bool is_picture = streams_[i].entry.kind == SourceKind::kImage;
    is_picture ? pictures.MakeRoom() : pictures.FinishAll();
    if (!Start(i, parts)) continue;
    pictures.Add([this, i] { Finish(i); });
    if (!is_picture) pictures.FinishAll();
  }
  pictures.FinishAll();
}

Outcome<ThreadParts> LookRun::PartsOfThread() const {
  auto engine = EngineOfThread(model_.engine);
  if (!engine) return PassOn(engine);
  if (program_ && !options_.effect_landmarks && !options_.effect_parts) {
    return ThreadParts{*std::move(engine), nullptr};
  }
  auto overlay = Overlay::Create(program_ ? OverlayOfEffects(options_) : OverlayOf(options_));
  if (!overlay) return Exit(kExitUsage, overlay.error());
  return ThreadParts{*std::move(engine), *std::move(overlay)};
}

bool LookRun::Start(std::size_t index, const Outcome<ThreadParts>& parts) {
  Stream& stream = streams_[index];
  if (stream.exit_code != kExitDone || interrupt_.token().stop_requested()) return false;
  if (!Open(stream)) return false;
  const Outcome<void> begun = parts ? Begin(index, *parts) : PassOn(parts);
  if (begun) return true;
  Fail(stream, begun.error());
  stream.source.reset();
  stream.outputs = {};
  return false;
}

void LookRun::Finish(std::size_t index) {
  Stream& stream = streams_[index];
  auto summary = Summary(stream);
  for (const std::string& word : WordsOnEffects(*stream.job, options_)) {
    log_.Warning(fmt::format("{}: {}", stream.entry.name, word));
  }
  stream.job.reset();
  if (!summary) {
    Fail(stream, summary.error());
  } else {
    stream.report.summary = *std::move(summary);
    const std::string& warning = stream.report.summary.source.warning;
    if (!warning.empty()) log_.Warning(fmt::format("{}: {}", stream.entry.name, warning));
  }
  stream.source.reset();
  if (stream.outputs.notes) {
    for (const std::string& note : stream.outputs.notes()) {
      log_.Warning(fmt::format("{}: {}", stream.entry.name, note));
    }
  }
  stream.outputs = {};
  if (stream.entry.kind != SourceKind::kImage) ReturnFreeMemory();
}

Outcome<void> LookRun::Begin(std::size_t index, const ThreadParts& parts) {
  Stream& stream = streams_[index];
  auto job = std::make_unique<StreamJob>();
  if (verb_ == Verb::kTrack) {
    auto made = MakeTracker(tracker_);
    if (!made) return Exit(kExitUsage, made.error());
    job->tracker = *std::move(made);
  }
  if (regions_) {
    const bool is_video = stream.entry.kind != SourceKind::kImage;
    auto follower = NewFollower(*regions_, {model_, head_}, options_, is_video);
    if (!follower) return PassOn(follower);
    job->regions = *std::move(follower);
    job->faces = dynamic_cast<const FaceFollower*>(job->regions.get());
  }
  if (program_) {
    const EffectContext context{*program_, options_, stream.entry, clock_, log_};
    if (auto added = AddEffects(context, *regions_, *job); !added) return added;
  }
  StreamPlan& plan = job->plan;
  plan.model = &model_.spec;
  plan.head = head_;
  plan.overlay = parts.overlay.get();
  plan.clock = &clock_;
  plan.stream_index = static_cast<int>(index);
  plan.vid_stride = options_.vid_stride;
  plan.max_fps = options_.max_fps;
  plan.max_frames = options_.max_frames;
  plan.on_result = [this, index](const FrameResult&, const StreamSummary& so_far) {
    progress_->Update(index, so_far);
  };
  for (const auto& sink : stream.outputs.sinks) job->sinks.push_back(sink.get());
  const auto started = job->Start(*stream.source, parts.engine, interrupt_.token());
  if (!started) {
    return Exit(kExitFailed, fmt::format("{}: {}", stream.entry.name, started.error().message));
  }
  stream.job = std::move(job);
  return {};
}

Outcome<StreamSummary> LookRun::Summary(Stream& stream) {
  const std::string& name = stream.entry.name;
  auto summary = stream.job->started->Finish();
  if (!summary) return Exit(kExitFailed, fmt::format("{}: {}", name, summary.error().message));
  if (summary->frames == 0 && !summary->interrupted) {
    return Exit(kExitSource, fmt::format("{}: no frame could be decoded", name));
  }
  return *std::move(summary);
}

int LookRun::Conclude() {
  int code = kExitDone;
  RunReport report;
  report.verb = VerbName(verb_);
  report.model = regions_ ? model_.name + ", " + regions_->Names() : model_.name;
  report.engine = model_.Description();
  if (const auto closed = outputs_->Close(); !closed) {
    log_.Error(closed.error().message);
    code = kExitFailed;
  }
  for (const Stream& stream : streams_) {
    report.streams.push_back(stream.report);
    // A failed run says more than a source that was not there.
    if (stream.exit_code != kExitDone && code != kExitFailed) code = stream.exit_code;
  }
  report.files = outputs_->files();
  report.elapsed_seconds = ToSeconds(clock_.Now() - started_);
  report.cpu_seconds = CpuSeconds();
  report.peak_mb = PeakMb();
  for (const Stream& stream : streams_) {
    const StreamSummary& one = stream.report.summary;
    if (one.failed > 0) {
      log_.Warning(fmt::format("{}: {} frames failed, the first with: {}", stream.entry.name,
                               one.failed, one.first_failure));
    }
    if (one.frames_with_invalid > 0) {
      log_.Warning(
          fmt::format("{}: the model gave NaN or infinity in {} of {} frames; those "
                      "values were left out",
                      stream.entry.name, one.frames_with_invalid, one.frames));
    }
  }
  WriteStats(report, code);
  if (streams_.size() == 1 && code != kExitDone && !streams_[0].report.failure.empty()) {
    log_.Error(streams_[0].report.failure);
  } else {
    log_.Text(SummaryText(report));
  }
  return interrupt_.interrupted() ? static_cast<int>(kExitInterrupted) : code;
}

void LookRun::WriteStats(RunReport& report, int& code) {
  if (options_.stats.empty()) return;
  report.files.push_back(options_.stats);
  const auto written = WriteWholeFile(
      options_.stats,
      SummaryJson(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
      options_.overwrite ? Existing::kReplace : Existing::kRefuse);
  if (written) return;
  report.files.pop_back();
  log_.Error(written.error().message);
  code = kExitFailed;
}

}  // namespace

int RunLook(Verb verb, const Options& options) { return LookRun(verb, options).Run(); }

std::string Version() { return RETINUE_VERSION; }

}  // namespace retinue::cli
