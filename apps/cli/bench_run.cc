// `bench run`: a whole run beside its bound. The bound is what the machine would
// do if nothing but the forward pass, decoding and (with save=) encoding cost
// anything: cores / CPU seconds of these for one frame, each measured alone here.

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/auto_choice.h"
#include "apps/cli/bench_series.h"
#include "apps/cli/bench_verb.h"
#include "apps/cli/commands.h"
#include "apps/cli/forward_timing.h"
#include "apps/cli/log.h"
#include "apps/cli/machine.h"
#include "apps/cli/media.h"
#include "apps/cli/model_commands.h"
#include "apps/cli/models.h"
#include "apps/cli/report.h"
#include "apps/cli/source_list.h"
#include "apps/cli/stream_job.h"
#include "apps/cli/trackers.h"
#include "retinue/files/files.h"
#include "retinue/io/result_output.h"
#include "retinue/overlay/overlay.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A part of a run, measured alone, or the run: one value a round.
struct Figures {
  Series fps;
  Series cpu_ms;  // a frame, all threads
  Series others;  // the share of the machine's cores that other programs took meanwhile

  void Add(double frames_per_second, double cpu_ms_a_frame, const OtherPrograms& other) {
    fps.Add(frames_per_second);
    cpu_ms.Add(cpu_ms_a_frame);
    others.Add(other.Share());
  }
};

class RunBenchmark {
 public:
  RunBenchmark(const Options& options, std::vector<SourceEntry> entries, ReadyModel model,
               HeadOptions head, TrackerSpec tracker)
      : options_(options),
        entries_(std::move(entries)),
        model_(std::move(model)),
        head_(std::move(head)),
        tracker_(std::move(tracker)) {}

  Outcome<void> Run(Log& log, std::stop_token stop);
  std::string Text() const;
  Json ToJson() const;

 private:
  using Work = std::function<Result<std::int64_t>()>;  // returns how many frames it did

  bool encodes() const { return !options_.save.empty(); }
  bool are_pictures() const { return entries_.front().kind == SourceKind::kImage; }
  Outcome<void> Round(std::stop_token stop);
  Outcome<void> Measure(Figures& figures, const Work& work) const;
  Outcome<void> MeasureForwardPass(std::stop_token stop);
  Result<void> Fill(Request& request) const;
  Result<std::int64_t> Decode() const;
  Result<std::int64_t> DecodeAndEncode() const;
  Result<std::int64_t> Whole(std::stop_token stop);
  Result<std::unique_ptr<StreamJob>> NewJob(std::span<Sink* const> sinks) const;
  Result<Frame> FirstFrame() const;

  double EncodeCpuMs() const {
    return encodes() ? std::max(0.0, encode_.cpu_ms.Median() - decode_.cpu_ms.Median()) : 0.0;
  }
  double BoundMs() const {
    return forward_.cpu_ms.Median() + decode_.cpu_ms.Median() + EncodeCpuMs();
  }
  double BoundFps() const { return 1000 * Cores() / BoundMs(); }
  double Ratio() const { return whole_.fps.Median() / BoundFps(); }
  double CpuRatio() const { return BoundMs() / whole_.cpu_ms.Median(); }
  double OthersShare() const;
  std::string WhyNoRatio() const;

  const Options& options_;
  std::vector<SourceEntry> entries_;
  ReadyModel model_;
  HeadOptions head_;
  TrackerSpec tracker_;
  SteadyClock clock_;
  std::unique_ptr<Overlay> overlay_;
  StageStats stages_;  // of the last round
  Figures forward_, decode_, encode_, whole_;
};

// Pulls all frames of a source; `each` may be empty.
Result<std::int64_t> PullAll(Source& source, std::int64_t most,
                             const std::function<Result<void>(const Frame&)>& each = {}) {
  std::int64_t frames = 0;
  for (Frame frame;;) {
    RETINUE_ASSIGN_OR_RETURN(const Pull pull, source.Next(frame));
    if (pull == Pull::kEndOfStream) return frames;
    if (pull != Pull::kFrame) continue;
    if (each) RETINUE_RETURN_IF_ERROR(each(frame));
    if (++frames == most) return frames;
  }
}

Result<Frame> RunBenchmark::FirstFrame() const {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entries_.front(), options_));
  Frame first;
  RETINUE_ASSIGN_OR_RETURN(const std::int64_t frames,
                           PullAll(*source, 1, [&](const Frame& frame) -> Result<void> {
                             first = frame;
                             return {};
                           }));
  if (frames == 0) return Fail(ErrorCode::kDataLoss, "no frame could be decoded");
  return first;
}

// A real frame in the place of every picture: some networks are slower on noise.
Result<void> RunBenchmark::Fill(Request& request) const {
  RETINUE_ASSIGN_OR_RETURN(const Frame frame, FirstFrame());
  RETINUE_ASSIGN_OR_RETURN(const auto plan, PlanPreprocess(frame.format(), WholeFrame(frame.size()),
                                                           model_.spec.input));
  MutableTensorView input = request.input(0);
  const std::int64_t pictures = input.shape[0];
  const auto bytes = static_cast<std::size_t>(input.shape.ElementCount() / pictures) *
                     SizeOf(input.type);
  input.shape.set(0, 1);
  for (std::int64_t i = 0; i < pictures; ++i) {
    Preprocess(plan, frame, input);
    input.data = static_cast<std::byte*>(input.data) + bytes;
  }
  return {};
}

Outcome<void> RunBenchmark::MeasureForwardPass(std::stop_token stop) {
  ForwardOptions forward;
  forward.seconds = options_.seconds;
  forward.fill = [this](Request& request) { return Fill(request); };
  forward.stop = std::move(stop);
  const OtherPrograms others;
  const auto timing = MeasureForward(*model_.engine, forward);
  if (!timing) return PassOn(timing);
  const double images = timing->batch;
  forward_.Add(timing->passes_per_second() * images, timing->cpu_ms / images, others);
  return {};
}

Outcome<void> RunBenchmark::Measure(Figures& figures, const Work& work) const {
  const OtherPrograms others;
  const double cpu = CpuSeconds();
  const Nanoseconds start = clock_.Now();
  const auto done = work();
  const double seconds = ToSeconds(clock_.Now() - start);
  if (!done) return Exit(kExitFailed, done.error());
  if (*done == 0) return Exit(kExitSource, "no frame could be decoded");
  const auto frames = static_cast<double>(*done);
  figures.Add(frames / seconds, (CpuSeconds() - cpu) * 1000 / frames, others);
  return {};
}

Result<std::int64_t> RunBenchmark::Decode() const {
  std::int64_t frames = 0;
  for (const SourceEntry& entry : entries_) {
    RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entry, options_));
    RETINUE_ASSIGN_OR_RETURN(const std::int64_t more, PullAll(*source, options_.max_frames));
    frames += more;
  }
  return frames;
}

Result<std::int64_t> RunBenchmark::DecodeAndEncode() const {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entries_.front(), options_));
  RETINUE_ASSIGN_OR_RETURN(const auto save, MakeSaveSink(options_.save, entries_.front()));
  RETINUE_RETURN_IF_ERROR(save.sink->Begin(source->info()));
  RETINUE_ASSIGN_OR_RETURN(
      const std::int64_t frames,
      PullAll(*source, options_.max_frames,
              [&](const Frame& frame) { return save.sink->Write(frame, {}); }));
  RETINUE_RETURN_IF_ERROR(save.sink->Finish());
  return frames;
}

Result<std::unique_ptr<StreamJob>> RunBenchmark::NewJob(std::span<Sink* const> sinks) const {
  auto job = std::make_unique<StreamJob>();
  RETINUE_ASSIGN_OR_RETURN(job->tracker, MakeTracker(tracker_));
  job->plan.overlay = overlay_.get();
  job->plan.model = &model_.spec;
  job->plan.head = head_;
  job->plan.clock = &clock_;
  job->plan.vid_stride = options_.vid_stride;
  job->plan.max_fps = options_.max_fps;
  job->plan.max_frames = options_.max_frames;
  job->sinks.assign(sinks.begin(), sinks.end());
  return job;
}

// As `track SOURCE json=…` does it, into nothing.
Result<std::int64_t> RunBenchmark::Whole(std::stop_token stop) {
  struct Running {
    std::unique_ptr<Source> source;
    std::unique_ptr<Sink> json;
    std::unique_ptr<StreamJob> job;
  };
  PictureSink save;
  if (encodes()) {
    RETINUE_ASSIGN_OR_RETURN(save, MakeSaveSink(options_.save, entries_.front()));
  }
  const auto engine = EngineOfThread(model_.engine);
  if (!engine) return Fail(ErrorCode::kUnsupported, engine.error().message);
  stages_ = {};
  std::int64_t frames = 0;
  Result<void> outcome;
  StreamQueue queue(static_cast<std::size_t>(std::max(1, (*engine)->info().requests)));
  for (const SourceEntry& entry : entries_) {
    queue.MakeRoom();
    if (!outcome || stop.stop_requested()) break;
    auto running = std::make_shared<Running>();
    RETINUE_ASSIGN_OR_RETURN(running->source, OpenSource(entry, options_));
    RETINUE_ASSIGN_OR_RETURN(auto nowhere, CreateFile("/dev/null"));
    running->json = NewResultWriter(std::move(nowhere), JsonLinesFormat());
    std::vector<Sink*> sinks = {running->json.get()};
    if (save.sink) sinks.push_back(save.sink.get());
    RETINUE_ASSIGN_OR_RETURN(running->job, NewJob(sinks));
    RETINUE_RETURN_IF_ERROR(running->job->Start(*running->source, *engine, stop));
    queue.Add([&, running] {
      const auto summary = running->job->started->Finish();
      if (!summary) {
        outcome = Fail(summary.error());
        return;
      }
      frames += summary->frames;
      stages_.Merge(summary->stages);
    });
  }
  queue.FinishAll();
  if (!outcome) return Fail(std::move(outcome).error());
  return frames;
}

// All in turn, so that what else the machine does meets all alike.
Outcome<void> RunBenchmark::Round(std::stop_token stop) {
  if (auto forward = MeasureForwardPass(stop); !forward) return forward;
  if (auto decode = Measure(decode_, [this] { return Decode(); }); !decode) return decode;
  if (encodes()) {
    auto encode = Measure(encode_, [this] { return DecodeAndEncode(); });
    if (!encode) return encode;
  }
  return Measure(whole_, [&] { return Whole(stop); });
}

Outcome<void> RunBenchmark::Run(Log& log, std::stop_token stop) {
  auto overlay = Overlay::Create({});
  if (!overlay) return Exit(kExitFailed, overlay.error());
  overlay_ = *std::move(overlay);
  for (int round = 0; round < options_.rounds; ++round) {
    log.Progress(fmt::format("round {} of {}", round + 1, options_.rounds));
    if (auto done = Round(stop); !done && done.error().code != kExitInterrupted) return done;
    // The figures of a run that was cut short mean nothing.
    if (stop.stop_requested()) return Exit(kExitInterrupted, "interrupted while measuring");
  }
  return {};
}

double RunBenchmark::OthersShare() const {
  return std::max({forward_.others.Median(), decode_.others.Median(), whole_.others.Median()});
}

// Decoding counts by its part of the bound: a few milliseconds may move as they like.
std::string RunBenchmark::WhyNoRatio() const {
  if (options_.rounds < 2) return "one round says nothing about the spread: rounds=3";
  const double decode_part = (decode_.cpu_ms.Median() + EncodeCpuMs()) / BoundMs();
  const struct {
    const char* what;
    double spread;
  } parts[] = {{"the forward pass", forward_.cpu_ms.Spread()},
               {"decoding, by its part of the bound", decode_.cpu_ms.Spread() * decode_part},
               {"the run", whole_.fps.Spread()}};
  for (const auto& part : parts) {
    if (part.spread <= kMostSpread) continue;
    return fmt::format("{} moved by {} between rounds, and over {} a ratio means nothing",
                       part.what, Percent(part.spread), Percent(kMostSpread));
  }
  if (OthersShare() <= kMostTakenByOthers) return {};
  return fmt::format("other programs used {} of the cores meanwhile, which the run lacked and the "
                     "bound did not; over {} a ratio means nothing",
                     Percent(OthersShare()), Percent(kMostTakenByOthers));
}

std::string Line(const char* name, const Series& series, const char* unit) {
  return fmt::format("  {:<26} {:>3} {:>9.2f} {:>9.2f} {:>9.2f} {:>7}  {}\n", name, series.count(),
                     series.Mean(), series.Median(), series.Percentile(0.95),
                     Percent(series.Spread()), unit);
}

std::string RunBenchmark::Text() const {
  std::string text = fmt::format("{}\n{} on {}\n{:<28} {:>3} {:>9} {:>9} {:>9} {:>7}\n",
                                 MachineDescription(), model_.name, model_.Description(), "", "n",
                                 "mean", "p50", "p95", "spread");
  text += Line("whole run", whole_.fps, "fps");
  text += Line("forward pass alone", forward_.fps, "fps");
  text += Line("decoding alone", decode_.fps, "fps");
  text += Line("whole run, CPU a frame", whole_.cpu_ms, "ms");
  text += Line("forward pass, CPU", forward_.cpu_ms, "ms");
  text += Line("decoding, CPU a frame", decode_.cpu_ms, "ms");
  if (encodes()) {
    text += fmt::format("  {:<40} = {:.2f} ms\n", "encoding, CPU a frame", EncodeCpuMs());
  }
  text += fmt::format("  {:<40} = {} cores / {:.2f} CPU ms = {:.2f} fps\n", "bound", Cores(),
                      BoundMs(), BoundFps());
  const std::string why_not = WhyNoRatio();
  text += why_not.empty() ? fmt::format("  {:<40} = {:.3f}\n", "ratio to bound", Ratio())
                          : fmt::format("  no ratio to the bound: {}\n", why_not);
  text += fmt::format("  {:<40} = {:.3f}, whatever else the machine did\n",
                      "the bound's part of the run's CPU time", CpuRatio());
  return text + StagesText(stages_) + fmt::format("peak memory {:.0f} MB\n", PeakMb());
}

Json FiguresJson(const Figures& figures) {
  return {{"n", figures.fps.count()},
          {"fps", figures.fps.Median()},
          {"fps_mean", figures.fps.Mean()},
          {"fps_p95", figures.fps.Percentile(0.95)},
          {"fps_rounds", figures.fps.values()},
          {"fps_spread", figures.fps.Spread()},
          {"cpu_ms", figures.cpu_ms.Median()},
          {"cpu_spread", figures.cpu_ms.Spread()}};
}

Json RunBenchmark::ToJson() const {
  const std::string why_not = WhyNoRatio();
  Json json = {{"fps", whole_.fps.Median()},
               {"forward_fps", forward_.fps.Median()},
               {"decode_fps", decode_.fps.Median()},
               {"bound_fps", BoundFps()},
               {"ratio_to_bound", why_not.empty() ? Json(Ratio()) : Json(nullptr)}};
  if (!why_not.empty()) json["no_ratio"] = why_not;
  json.update({{"cpu_ratio_to_bound", CpuRatio()},
               {"forward_cpu_ms", forward_.cpu_ms.Median()},
               {"decode_cpu_ms", decode_.cpu_ms.Median()},
               {"encode_cpu_ms", EncodeCpuMs()},
               {"run_cpu_ms", whole_.cpu_ms.Median()},
               {"rounds", whole_.fps.count()},
               {"run", FiguresJson(whole_)},
               {"forward", FiguresJson(forward_)},
               {"decode", FiguresJson(decode_)},
               {"other_programs", OthersShare()},
               {"stages", StagesJson(stages_)},
               {"cpu_seconds", CpuSeconds()},
               {"peak_mb", PeakMb()},
               {"model", model_.name},
               {"engine", model_.Description()},
               {"machine", MachineDescription()}});
  return json;
}

// One video, or pictures.
Outcome<std::vector<SourceEntry>> SourcesOf(const Options& options) {
  auto entries = ListSources(options.sources);
  if (!entries) return entries;
  const auto is_other = [](const SourceEntry& e) { return e.kind != SourceKind::kImage; };
  if (entries->size() > 1 && std::any_of(entries->begin(), entries->end(), is_other)) {
    return Exit(kExitUsage, "bench run takes one video, or pictures");
  }
  if (entries->size() > 1 && !options.save.empty()) {
    return Exit(kExitUsage, "bench run saves one video, not pictures");
  }
  for (const SourceEntry& entry : *entries) {
    if (!entry.problem.empty()) return Exit(kExitSource, entry.problem);
  }
  if (!options.save.empty()) {
    const auto existing = options.overwrite ? Existing::kReplace : Existing::kRefuse;
    const auto may = CheckWritable(options.save, existing);
    if (!may) return Exit(kExitUsage, may.error());
  }
  return entries;
}

Outcome<RunBenchmark> PrepareBenchmark(const Options& options, Log& log) {
  auto entries = SourcesOf(options);
  if (!entries) return PassOn(entries);
  auto tracker = ChooseTracker(options);
  if (!tracker) return PassOn(tracker);
  auto chosen = ChooseModel(options);
  if (!chosen) return PassOn(chosen);
  if (chosen->spec.regions) {
    return Exit(kExitUsage, fmt::format("bench run is for models that look at whole frames; {} "
                                        "looks at what {} finds, as often as the picture asks for",
                                        chosen->name, chosen->manifest->regions->detector));
  }
  auto head = MakeHeadOptions(options, chosen->spec);
  if (!head) return PassOn(head);
  head->conf = LowestUsefulScore(*tracker, head->conf);
  auto source = OpenSource(entries->front(), options);
  if (!source) return Exit(kExitSource, source.error());
  if ((*source)->info().is_live) {
    return Exit(kExitUsage, "bench run needs a file: a live source sets its own pace");
  }
  std::optional<Size> size;
  if (entries->size() == 1) size = (*source)->info().size;
  auto model = PrepareModel(*std::move(chosen), options, size, Goal::kThroughput,
                            Effort::kMeasured, log);
  if (!model) return PassOn(model);
  if (const auto engine = EngineOfThread(model->engine); !engine) return PassOn(engine);
  return RunBenchmark(options, *std::move(entries), *std::move(model), *std::move(head),
                      *std::move(tracker));
}

Outcome<void> Run(const Options& options, Log& log, std::stop_token stop) {
  auto bench = PrepareBenchmark(options, log);
  if (!bench) return PassOn(bench);
  if (auto run = bench->Run(log, stop); !run) return run;
  return Print(options, bench->Text(), bench->ToJson());
}

}  // namespace

int RunBench(const Options& options) { return RunBenchVerb(options, Run); }

}  // namespace retinue::cli
