// `bench run`: a whole run beside its bound. The bound is what the machine would
// do if nothing but the forward pass, decoding and (with save=) encoding cost
// anything: cores / CPU seconds of these for one frame, each measured alone here.

#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/log.h"
#include "apps/cli/machine.h"
#include "apps/cli/media.h"
#include "apps/cli/models.h"
#include "apps/cli/report.h"
#include "apps/cli/source_list.h"
#include "apps/cli/trackers.h"
#include "retinue/files/files.h"
#include "retinue/io/collecting_sink.h"
#include "retinue/io/result_output.h"
#include "retinue/overlay/overlay.h"
#include "retinue/pipeline/run_stream.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue::cli {
namespace {

/// What one measurement of something costs.
struct Cost {
  double wall_seconds = 0;  ///< A frame.
  double cpu_seconds = 0;   ///< A frame, all threads.
};

/// Measures `work`, which returns how many frames it did.
template <typename Work>
Result<Cost> Measure(const Clock& clock, Work&& work) {
  const double cpu = CpuSeconds();
  const Nanoseconds start = clock.Now();
  RETINUE_ASSIGN_OR_RETURN(const std::int64_t frames, work());
  const double wall = ToSeconds(clock.Now() - start);
  if (frames == 0) return Fail(ErrorCode::kDataLoss, "no frame could be decoded");
  const auto n = static_cast<double>(frames);
  return Cost{wall / n, (CpuSeconds() - cpu) / n};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Several measurements of one figure.
struct Series {
  std::vector<double> values;
  double median() const { return Median(values); }
  double low() const { return *std::min_element(values.begin(), values.end()); }
  double high() const { return *std::max_element(values.begin(), values.end()); }
};

class RunBenchmark {
 public:
  RunBenchmark(const Options& options, SourceEntry entry, ReadyModel model, HeadOptions head,
               TrackerSpec tracker)
      : options_(options),
        entry_(std::move(entry)),
        model_(std::move(model)),
        head_(std::move(head)),
        tracker_(std::move(tracker)) {}

  Result<void> Run(Log& log, std::stop_token stop);
  std::string Text() const;
  nlohmann::ordered_json Json() const;

 private:
  Result<std::int64_t> Forward(double seconds);
  Result<std::int64_t> Decode();
  Result<std::int64_t> DecodeAndEncode();
  Result<std::int64_t> Whole(std::stop_token stop);
  Result<Frame> FirstFrame();
  double EncodeCpu() const {
    return options_.save.empty() ? 0.0 : std::max(0.0, encode_cpu_.median() - decode_cpu_.median());
  }
  double BoundFps() const {
    return Cores() / (forward_cpu_.median() + decode_cpu_.median() + EncodeCpu());
  }

  const Options& options_;
  SourceEntry entry_;
  ReadyModel model_;
  HeadOptions head_;
  TrackerSpec tracker_;
  SteadyClock clock_;
  StreamSummary last_;
  Series forward_fps_, forward_cpu_, decode_fps_, decode_cpu_, encode_cpu_, fps_, run_cpu_;
};

Result<Frame> RunBenchmark::FirstFrame() {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entry_, options_));
  Frame frame;
  for (;;) {
    RETINUE_ASSIGN_OR_RETURN(const Pull pull, source->Next(frame));
    if (pull == Pull::kFrame) return frame;
    if (pull == Pull::kEndOfStream) return Fail(ErrorCode::kDataLoss, "no frame could be decoded");
  }
}

// Bare forward passes for about `seconds`, as many in flight as a run has, on
// the picture of a real frame: some networks are slower on noise.
Result<std::int64_t> RunBenchmark::Forward(double seconds) {
  RETINUE_ASSIGN_OR_RETURN(const Frame frame, FirstFrame());
  RETINUE_ASSIGN_OR_RETURN(const auto plan, PlanPreprocess(frame.format(), WholeFrame(frame.size()),
                                                           model_.spec.input));
  std::vector<std::unique_ptr<Request>> requests(
      static_cast<std::size_t>(model_.engine->info().requests));
  for (auto& request : requests) {
    RETINUE_ASSIGN_OR_RETURN(request, model_.engine->NewRequest());
    Preprocess(plan, frame, request->input(0));
    RETINUE_RETURN_IF_ERROR(request->Start());
  }
  std::int64_t passes = 0;
  const Nanoseconds end = clock_.Now() + FromSeconds(seconds);
  for (std::size_t i = 0; clock_.Now() < end || passes < 10; i = (i + 1) % requests.size()) {
    RETINUE_RETURN_IF_ERROR(requests[i]->Wait());
    ++passes;
    RETINUE_RETURN_IF_ERROR(requests[i]->Start());
  }
  for (auto& request : requests) {
    RETINUE_RETURN_IF_ERROR(request->Wait());
    ++passes;
  }
  return passes;
}

Result<std::int64_t> RunBenchmark::Decode() {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entry_, options_));
  std::int64_t frames = 0;
  for (Frame frame;;) {
    RETINUE_ASSIGN_OR_RETURN(const Pull pull, source->Next(frame));
    if (pull == Pull::kEndOfStream) return frames;
    if (pull == Pull::kFrame && ++frames == options_.max_frames) return frames;
  }
}

Result<std::int64_t> RunBenchmark::DecodeAndEncode() {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entry_, options_));
  RETINUE_ASSIGN_OR_RETURN(const auto save, MakeSaveSink(options_.save, entry_));
  RETINUE_RETURN_IF_ERROR(save.sink->Begin(source->info()));
  std::int64_t frames = 0;
  for (Frame frame;;) {
    RETINUE_ASSIGN_OR_RETURN(const Pull pull, source->Next(frame));
    if (pull == Pull::kEndOfStream) break;
    if (pull != Pull::kFrame) continue;
    RETINUE_RETURN_IF_ERROR(save.sink->Write(frame, {}));
    if (++frames == options_.max_frames) break;
  }
  RETINUE_RETURN_IF_ERROR(save.sink->Finish());
  return frames;
}

Result<std::int64_t> RunBenchmark::Whole(std::stop_token stop) {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenSource(entry_, options_));
  RETINUE_ASSIGN_OR_RETURN(const auto tracker, MakeTracker(tracker_));
  RETINUE_ASSIGN_OR_RETURN(const auto overlay, Overlay::Create({}));
  RETINUE_ASSIGN_OR_RETURN(auto nowhere, CreateFile("/dev/null"));
  const auto json = NewResultWriter(std::move(nowhere), JsonLinesFormat());
  std::vector<Sink*> sinks = {json.get()};
  PictureSink save;
  if (!options_.save.empty()) {
    RETINUE_ASSIGN_OR_RETURN(save, MakeSaveSink(options_.save, entry_));
    sinks.push_back(save.sink.get());
  }
  StreamPlan plan;
  plan.engine = model_.engine;
  plan.model = &model_.spec;
  plan.head = head_;
  plan.tracker = tracker.get();
  plan.overlay = overlay.get();
  plan.clock = &clock_;
  plan.vid_stride = options_.vid_stride;
  plan.max_fps = options_.max_fps;
  plan.max_frames = options_.max_frames;
  RETINUE_ASSIGN_OR_RETURN(last_, RunStream(*source, plan, sinks, stop));
  return last_.frames;
}

Result<void> RunBenchmark::Run(Log& log, std::stop_token stop) {
  constexpr double kForwardSeconds = 3;
  RETINUE_RETURN_IF_ERROR(Forward(1));  // warm-up
  for (int round = 0; round < options_.rounds && !stop.stop_requested(); ++round) {
    log.Progress(fmt::format("round {} of {}", round + 1, options_.rounds));
    RETINUE_ASSIGN_OR_RETURN(const Cost forward,
                             Measure(clock_, [&] { return Forward(kForwardSeconds); }));
    RETINUE_ASSIGN_OR_RETURN(const Cost decode, Measure(clock_, [&] { return Decode(); }));
    if (!options_.save.empty()) {
      RETINUE_ASSIGN_OR_RETURN(const Cost encode,
                               Measure(clock_, [&] { return DecodeAndEncode(); }));
      encode_cpu_.values.push_back(encode.cpu_seconds);
    }
    RETINUE_ASSIGN_OR_RETURN(const Cost whole, Measure(clock_, [&] { return Whole(stop); }));
    forward_fps_.values.push_back(1 / forward.wall_seconds);
    forward_cpu_.values.push_back(forward.cpu_seconds);
    decode_fps_.values.push_back(1 / decode.wall_seconds);
    decode_cpu_.values.push_back(decode.cpu_seconds);
    fps_.values.push_back(1 / whole.wall_seconds);
    run_cpu_.values.push_back(whole.cpu_seconds);
  }
  return {};
}

std::string RunBenchmark::Text() const {
  const auto row = [](const char* name, const Series& series, double factor, const char* unit) {
    return fmt::format("  {:<26} {:>9.2f} {:<4} ({:.2f} to {:.2f})\n", name,
                       series.median() * factor, unit, series.low() * factor,
                       series.high() * factor);
  };
  std::string text = fmt::format("{}\n{} on {}\nmedian of {} rounds (and their range):\n",
                                 MachineDescription(), model_.name, model_.Description(),
                                 fps_.values.size());
  text += row("whole run", fps_, 1, "fps");
  text += row("whole run, CPU a frame", run_cpu_, 1000, "ms");
  text += row("forward pass alone", forward_fps_, 1, "fps");
  text += row("forward pass, CPU", forward_cpu_, 1000, "ms");
  text += row("decoding alone", decode_fps_, 1, "fps");
  text += row("decoding, CPU a frame", decode_cpu_, 1000, "ms");
  if (!options_.save.empty()) {
    text += fmt::format("  {:<26} {:>9.2f} ms\n", "encoding, CPU a frame", EncodeCpu() * 1000);
  }
  text += fmt::format("  {:<26} {:>9.2f} fps  = {} cores / {:.2f} CPU ms\n", "bound", BoundFps(),
                      Cores(), Cores() / BoundFps() * 1000);
  text += fmt::format("  {:<26} {:>9.3f}\n", "ratio to bound", fps_.median() / BoundFps());
  text += StagesText(last_.stages);
  text += fmt::format("peak memory {:.0f} MB", PeakMb());
  return text;
}

nlohmann::ordered_json RunBenchmark::Json() const {
  return {{"fps", fps_.median()},
          {"forward_fps", forward_fps_.median()},
          {"decode_fps", decode_fps_.median()},
          {"bound_fps", BoundFps()},
          {"ratio_to_bound", fps_.median() / BoundFps()},
          {"forward_cpu_ms", forward_cpu_.median() * 1000},
          {"decode_cpu_ms", decode_cpu_.median() * 1000},
          {"encode_cpu_ms", EncodeCpu() * 1000},
          {"run_cpu_ms", run_cpu_.median() * 1000},
          {"rounds", fps_.values.size()},
          {"fps_rounds", fps_.values},
          {"stages", StagesJson(last_.stages)},
          {"cpu_seconds", CpuSeconds()},
          {"peak_mb", PeakMb()},
          {"model", model_.name},
          {"engine", model_.Description()},
          {"machine", MachineDescription()}};
}

Outcome<RunBenchmark> PrepareBenchmark(const Options& options) {
  const auto pass_on = [](const auto& outcome) { return tl::unexpected<Failure>(outcome.error()); };
  auto entries = ListSources(options.sources);
  if (!entries) return pass_on(entries);
  if (entries->size() != 1) return Exit(kExitUsage, "bench run takes one source");
  if (!options.save.empty()) {
    const auto existing = options.overwrite ? Existing::kReplace : Existing::kRefuse;
    if (auto may = CheckWritable(options.save, existing); !may) return Exit(kExitUsage, may.error());
  }
  auto tracker = ChooseTracker(options);
  if (!tracker) return pass_on(tracker);
  auto chosen = ChooseModel(options);
  if (!chosen) return pass_on(chosen);
  auto head = MakeHeadOptions(options, chosen->spec);
  if (!head) return pass_on(head);
  head->conf = LowestUsefulScore(*tracker, head->conf);
  auto source = OpenSource(entries->front(), options);
  if (!source) return Exit(kExitSource, source.error());
  if ((*source)->info().is_live) return Exit(kExitUsage, "bench run needs a file: a live source sets its own pace");
  auto model = CompileModel(*std::move(chosen), options, (*source)->info().size, Goal::kThroughput);
  if (!model) return pass_on(model);
  return RunBenchmark(options, entries->front(), *std::move(model), *std::move(head),
                      *std::move(tracker));
}

Result<void> WriteJson(const std::string& path, bool overwrite, const nlohmann::ordered_json& json) {
  RETINUE_ASSIGN_OR_RETURN(
      const auto file,
      CreateFile(path, {.existing = overwrite ? Existing::kReplace : Existing::kRefuse}));
  RETINUE_RETURN_IF_ERROR(file->Write(json.dump(2) + "\n"));
  return file->Commit();
}

}  // namespace

int RunBench(const Options& options) {
  InterruptWatch interrupt;
  Log log({options.log_format == "json" ? LogFormat::kJson : LogFormat::kText, options.quiet,
           options.verbose});
  auto bench = PrepareBenchmark(options);
  if (!bench) {
    log.Error(bench.error().message);
    return bench.error().code;
  }
  if (auto run = bench->Run(log, interrupt.token()); !run) {
    log.Error(run.error().message);
    return kExitFailed;
  }
  if (interrupt.interrupted()) return kExitInterrupted;
  log.Text(bench->Text());
  if (!options.json.empty()) {
    if (auto written = WriteJson(options.json, options.overwrite, bench->Json()); !written) {
      log.Error(written.error().message);
      return kExitFailed;
    }
  }
  return kExitDone;
}

}  // namespace retinue::cli
