// `bench forward`: bare forward passes of one model, in every combination of runtime,
// precision, threads, passes in flight and batch that was asked for.

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/bench_series.h"
#include "apps/cli/bench_verb.h"
#include "apps/cli/commands.h"
#include "apps/cli/forward_timing.h"
#include "apps/cli/log.h"
#include "apps/cli/machine.h"
#include "apps/cli/model_commands.h"
#include "apps/cli/models.h"

namespace retinue::cli {
namespace {

constexpr int kMostOfAKind = 1024;

/// One way to run the model.
struct Combination {
  std::string runtime;
  std::string precision;
  int threads = 0;
  int in_flight = 0;  // 0 = what the engine asks for
  int batch = 1;
};

/// What came of it.
struct Measured {
  Combination asked;
  EngineInfo info;
  std::string size;
  int in_flight = 0;
  Series pass_ms;            // every round
  Series images_per_second;  // every repetition
  double cpu_ms = 0;         // an image
};

struct NotRun {
  Combination asked;
  Failure why;
};

struct Results {
  std::string model;
  std::vector<Measured> done;
  std::vector<NotRun> not_run;
  double others = 0;  // the share of the cores that other programs took
};

std::vector<std::string> Words(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    words.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

Outcome<std::vector<std::string>> WordsOf(const char* key, const std::string& list,
                                          const std::vector<std::string>& all,
                                          const std::vector<std::string>& allowed) {
  if (list == "all") return all;
  std::vector<std::string> words = Words(list);
  for (const std::string& word : words) {
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
      return Exit(kExitUsage, fmt::format("{} must be all or a list of {}, got '{}'", key,
                                          fmt::join(allowed, ", "), word));
    }
  }
  return words;
}

Outcome<std::vector<int>> NumbersOf(const char* key, const std::string& list, int least) {
  std::vector<int> numbers;
  for (const std::string& word : Words(list)) {
    int number = 0;
    const char* const end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < least || number > kMostOfAKind) {
      return Exit(kExitUsage, fmt::format("{} must be whole numbers, {} to {}, got '{}'", key,
                                          least, kMostOfAKind, word));
    }
    numbers.push_back(number);
  }
  return numbers;
}

Outcome<std::vector<Combination>> Combinations(const Options& options) {
  const std::vector<std::string> built = RuntimeNames();
  const auto runtimes = WordsOf("runtime", options.runtimes, built, {"openvino", "onnxruntime"});
  if (!runtimes) return PassOn(runtimes);
  const auto precisions = WordsOf("precision", options.precisions, {"f32", "bf16", "f16", "int8"},
                                  {"auto", "f32", "bf16", "f16", "int8"});
  if (!precisions) return PassOn(precisions);
  const auto threads = NumbersOf("threads", options.thread_counts, 0);
  if (!threads) return PassOn(threads);
  const auto in_flight = NumbersOf("streams", options.in_flight, 0);
  if (!in_flight) return PassOn(in_flight);
  const auto batches = NumbersOf("batch", options.batches, 1);
  if (!batches) return PassOn(batches);
  std::vector<Combination> all;
  for (const std::string& runtime : *runtimes) {
    for (const std::string& precision : *precisions) {
      for (const int thread_count : *threads) {
        for (const int requests : *in_flight) {
          for (const int batch : *batches) {
            all.push_back({runtime, precision, thread_count, requests, batch});
          }
        }
      }
    }
  }
  return all;
}

// The input that the model has in a run, of a model that nobody understands its own.
Outcome<Shape> InputShapeOf(const OpenedModel& opened, const Options& options, int batch) {
  Shape shape = opened.model->io().inputs.front().shape;
  const auto spec = Describe(opened, options);
  if (spec) {
    shape = InputShape(spec->input);
  } else if (!options.imgsz.empty()) {
    return PassOn(spec);
  }
  if (shape.rank() > 0 && (batch > 1 || shape[0] == Shape::kDynamic)) shape.set(0, batch);
  if (shape.IsDynamic() && !spec) return PassOn(spec);
  return shape;
}

Outcome<std::shared_ptr<Engine>> Compile(const Combination& one, Options options) {
  options.runtime = one.runtime;
  auto opened = OpenModel(options);
  if (!opened) return PassOn(opened);
  const auto shape = InputShapeOf(*opened, options, one.batch);
  if (!shape) return PassOn(shape);
  CompileOptions compile;
  compile.device = options.device;
  compile.precision = ParsePrecision(one.precision);
  compile.goal = one.in_flight == 1 ? Goal::kLatency : Goal::kThroughput;
  compile.threads = one.threads;
  if (*shape != opened->model->io().inputs.front().shape) compile.input_shape = *shape;
  auto engine = opened->model->Compile(compile);
  if (!engine) return ExitFromModel(engine.error());
  const Precision wanted = compile.precision;
  const Precision got = (*engine)->info().precision;
  if (wanted != Precision::kAuto && wanted != got) {
    return Exit(kExitModel, fmt::format("this model runs in {} there", ToString(got)));
  }
  return *std::move(engine);
}

Outcome<Measured> Measure(const Combination& one, const Options& options, std::stop_token stop) {
  auto engine = Compile(one, options);
  if (!engine) return PassOn(engine);
  Measured measured{.asked = one,
                    .info = (*engine)->info(),
                    .size = ToString((*engine)->io().inputs.front().shape),
                    .pass_ms = {},
                    .images_per_second = {}};
  for (int round = 0; round < options.rounds; ++round) {
    ForwardOptions forward;
    forward.seconds = options.seconds;
    forward.requests = one.in_flight;
    forward.stop = stop;
    if (round > 0) forward.warm_up_seconds = 0;
    const auto timing = MeasureForward(**engine, forward);
    if (!timing) return PassOn(timing);
    const double batch = one.batch;
    measured.in_flight = timing->requests;
    measured.pass_ms.Add(timing->rounds_ms);
    measured.images_per_second.Add(timing->passes_per_second() * batch);
    measured.cpu_ms += timing->cpu_ms / batch / options.rounds;
  }
  return measured;
}

std::string Words(const Combination& one) {
  return fmt::format("{} {}, threads {}, streams {}, batch {}", one.runtime, one.precision,
                     one.threads, one.in_flight, one.batch);
}

std::string Text(const Options& options, const Results& results) {
  const auto& [model, done, not_run, others] = results;
  std::string text = fmt::format("{}\n{} on noise; {} x {} s each after a warm-up\n",
                                 MachineDescription(), model, options.rounds, options.seconds);
  text += fmt::format("{:<22} {:<9} {:>7} {:>7} {:>5} {:>9} {:>9} {:>9} {:>9} {:>6}  {}\n",
                      "runtime", "precision", "threads", "streams", "batch", "ms p50", "ms p95",
                      "images/s", "CPU ms", "spread", "input");
  constexpr std::string_view kRow =
      "{:<22} {:<9} {:>7} {:>7} {:>5} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>6}  {}\n";
  for (const Measured& row : done) {
    text += fmt::format(kRow, row.info.runtime, ToString(row.info.precision), row.info.threads,
                        row.in_flight, row.asked.batch, row.pass_ms.Median(),
                        row.pass_ms.Percentile(0.95), row.images_per_second.Median(), row.cpu_ms,
                        Percent(row.images_per_second.Spread()), row.size);
  }
  if (!done.empty()) {
    text += "ms: wall time a pass; CPU ms: of all threads, an image; spread: (highest - lowest) / "
            "median of the repetitions\n" + OthersText(others);
  }
  // One line for all that differ in nothing that matters to the reason.
  std::string last;
  for (const NotRun& one : not_run) {
    const std::string line =
        fmt::format("not run: {} {}{}: {}\n", one.asked.runtime, one.asked.precision,
                    one.asked.batch > 1 ? fmt::format(", batch {}", one.asked.batch) : "",
                    one.why.message);
    const std::string seen = fmt::format("{} {}: {}\n", one.asked.runtime, one.asked.precision,
                                         one.why.message);
    if (text.find(line) == std::string::npos && seen != last) text += line;
    if (one.asked.batch == 1) last = seen;
  }
  return text;
}

nlohmann::ordered_json Json(const Combination& one) {
  return {{"runtime", one.runtime}, {"precision", one.precision}, {"threads", one.threads},
          {"streams", one.in_flight}, {"batch", one.batch}};
}

nlohmann::ordered_json Json(const Options& options, const Results& results) {
  const auto& [model, done, not_run, others] = results;
  nlohmann::ordered_json json = {{"model", model},
                                 {"rounds", options.rounds},
                                 {"seconds", options.seconds},
                                 {"results", nlohmann::ordered_json::array()},
                                 {"not_run", nlohmann::ordered_json::array()},
                                 {"other_programs", others},
                                 {"machine", MachineDescription()}};
  for (const Measured& row : done) {
    json["results"].push_back({{"runtime", row.info.runtime},
                               {"device", row.info.device},
                               {"precision", ToString(row.info.precision)},
                               {"threads", row.info.threads},
                               {"streams", row.in_flight},
                               {"batch", row.asked.batch},
                               {"input", row.size},
                               {"pass", MillisecondsJson(row.pass_ms)},
                               {"images_per_second", row.images_per_second.Median()},
                               {"cpu_ms_per_image", row.cpu_ms},
                               {"spread", row.images_per_second.Spread()}});
  }
  for (const NotRun& one : not_run) {
    json["not_run"].push_back(Json(one.asked));
    json["not_run"].back()["reason"] = one.why.message;
  }
  return json;
}

Outcome<void> Run(const Options& given, Log& log, std::stop_token stop) {
  Options options = given;
  if (options.sources.size() > 1 || (!options.sources.empty() && !options.model.empty())) {
    return Exit(kExitUsage, "bench forward takes one model");
  }
  if (!options.sources.empty()) options.model = options.sources.front();
  const auto all = Combinations(options);
  if (!all) return PassOn(all);
  Results results;
  results.model = options.model.empty() ? kDefaultModel : options.model;
  auto& [model, done, not_run, share] = results;
  const OtherPrograms others;
  for (const Combination& one : *all) {
    log.Progress(fmt::format("{} of {}: {}", done.size() + not_run.size() + 1, all->size(),
                             Words(one)));
    auto measured = Measure(one, options, stop);
    if (measured) {
      done.push_back(*std::move(measured));
      continue;
    }
    // What is wrong with the command or the file is wrong with every combination.
    if (measured.error().code == kExitUsage) return PassOn(measured);
    if (measured.error().code == kExitInterrupted) break;
    not_run.push_back({one, measured.error()});
  }
  if (done.empty()) {
    if (stop.stop_requested()) return Exit(kExitInterrupted, "interrupted while measuring");
    return tl::unexpected<Failure>(not_run.front().why);
  }
  share = others.Share();
  const auto printed = Print(options, Text(options, results), Json(options, results));
  if (!printed) return PassOn(printed);
  if (!stop.stop_requested()) return {};
  return Exit(kExitInterrupted, "interrupted: the rest was not measured");
}

}  // namespace

int RunBenchForward(const Options& options) { return RunBenchVerb(options, Run); }

}  // namespace retinue::cli
