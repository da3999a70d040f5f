#include "apps/cli/engine_candidates.h"

#include <algorithm>

#include <fmt/format.h>

#include "retinue/infer/model_file.h"

namespace retinue::cli {
namespace {

constexpr Precision kPrecisions[] = {Precision::kF32, Precision::kBf16, Precision::kF16,
                                     Precision::kInt8};

// Known without opening the library (retinue/onnxruntime/runtime.h).
bool Reads(const std::string& runtime, const std::string& path) {
  return runtime != "onnxruntime" || LowerCaseExtension(path) == ".onnx";
}

bool IsBuiltIn(const std::string& runtime) {
  const auto names = RuntimeNames();
  return std::find(names.begin(), names.end(), runtime) != names.end();
}

}  // namespace

std::string Candidate::name() const { return fmt::format("{} {}", runtime, ToString(precision)); }

std::vector<Candidate> PossibleWays(const Options& options, const std::string& path) {
  std::vector<Candidate> ways;
  for (const Precision precision : kPrecisions) {
    if (options.precision != "auto" && options.precision != ToString(precision)) continue;
    for (const std::string& runtime : RuntimeNames()) {
      if (options.runtime != "auto" && options.runtime != runtime) continue;
      if (Reads(runtime, path)) ways.push_back({runtime, precision, options.device});
    }
  }
  return ways;
}

std::vector<Candidate> CandidatesFor(const Options& options, const std::string& path) {
  std::vector<Candidate> candidates = PossibleWays(options, path);
  if (options.precision != "auto") return candidates;
  std::erase_if(candidates, [](const Candidate& one) {
    return one.precision == Precision::kInt8 ||
           (one.runtime == "onnxruntime" && one.precision != Precision::kF32);
  });
  return candidates;
}

Candidate ReferenceFor(const std::string& path) {
  const bool has_onnxruntime = IsBuiltIn("onnxruntime") && Reads("onnxruntime", path);
  return {has_onnxruntime ? "onnxruntime" : "openvino", Precision::kF32, "cpu"};
}

std::string WithoutPath(const std::string& message, const std::string& path) {
  return message.starts_with(path + ": ") ? message.substr(path.size() + 2) : message;
}

ModelReadings::ModelReadings(ChosenModel first, const Options& options) : options_(options) {
  std::string name(first.runtime->name());
  readings_.emplace_back(std::move(name), std::move(first));
}

Outcome<const ChosenModel*> ModelReadings::ReadBy(const std::string& runtime) {
  for (const auto& [name, reading] : readings_) {
    if (name == runtime) return &reading;
  }
  LocatedModel located{first().name, first().path, first().manifest};
  auto opened = OpenModel(std::move(located), runtime);
  if (!opened) return PassOn(opened);
  auto spec = Describe(*opened, options_);
  if (!spec) return PassOn(spec);
  readings_.emplace_back(
      runtime, ChosenModel{std::move(opened->located.name), std::move(opened->located.path),
                           std::move(opened->located.manifest), std::move(opened->runtime),
                           std::move(opened->model), *std::move(spec)});
  return &readings_.back().second;
}

Options ModelReadings::OptionsFor(const Candidate& candidate) const {
  Options options = options_;
  options.precision = ToString(candidate.precision);
  options.device = candidate.device;
  return options;
}

Outcome<ReadyModel> ModelReadings::Compile(const Candidate& candidate, std::optional<Size> frame,
                                           Goal goal) {
  const auto reading = ReadBy(candidate.runtime);
  if (!reading) return PassOn(reading);
  return CompileModel(**reading, OptionsFor(candidate), frame, goal);
}

Outcome<ReadyModel> ModelReadings::CompileToCompare(const Candidate& candidate) {
  const auto reading = ReadBy(candidate.runtime);
  if (!reading) return PassOn(reading);
  Options options = OptionsFor(candidate);
  options.batch = 1;
  return CompileModel(**reading, options, std::nullopt, Goal::kLatency);
}

std::string ModelReadings::VersionOf(const std::string& runtime) {
  for (const auto& [name, reading] : readings_) {
    if (name == runtime) return reading.runtime->version();
  }
  const auto made = MakeRuntime(runtime);
  return made ? (*made)->version() : std::string();
}

}  // namespace retinue::cli
