#pragma once

// The ways in which one model can run here: each runtime that reads its file, in
// each precision. Thread rule: one thread.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/models.h"
#include "apps/cli/options.h"

namespace retinue::cli {

/// A runtime, a precision, and the device to compute on.
struct Candidate {
  std::string runtime;
  Precision precision = Precision::kF32;
  std::string device = "auto";

  std::string name() const;  ///< "openvino f32"
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// Those worth trying of what `runtime=` and `precision=` leave, in the order in which they are
/// preferred when nothing else is known: f32 before the others, the default runtime first. int8 is
/// not tried by itself, as a quantised network is int8 also when f32 is asked for; nor are
/// others than f32 by ONNX Runtime, which computes a network as it is written. Whether the device
/// can compute in a precision is only known once it is tried.
std::vector<Candidate> CandidatesFor(const Options& options, const std::string& path);

/// The same, with all precisions in which a way can turn out to run.
std::vector<Candidate> PossibleWays(const Options& options, const std::string& path);

/// What all are measured by: f32 on the CPU, by ONNX Runtime where it reads the file (it
/// computes a network as it is written), else by OpenVINO. A quantised network stays quantised.
Candidate ReferenceFor(const std::string& path);

/// A message about a model without its path in front, for a list that has said it.
std::string WithoutPath(const std::string& message, const std::string& path);

/// One model, read by as many runtimes as are asked for.
class ModelReadings {
 public:
  /// @param first    As ChooseModel() made it.
  /// @param options  Those of the run; runtime and precision are the candidates' instead.
  ModelReadings(ChosenModel first, const Options& options);

  const ChosenModel& first() const { return readings_.begin()->second; }

  /// Compiles a candidate for a run; as CompileModel().
  /// @error As MakeRuntime() and CompileModel().
  Outcome<ReadyModel> Compile(const Candidate& candidate, std::optional<Size> frame, Goal goal);

  /// The same to look at pictures one by one, at the model's own size, which every runtime takes.
  Outcome<ReadyModel> CompileToCompare(const Candidate& candidate);

  /// The version of a runtime; empty when it is not there.
  std::string VersionOf(const std::string& runtime);

 private:
  Outcome<const ChosenModel*> ReadBy(const std::string& runtime);
  Options OptionsFor(const Candidate& candidate) const;

  const Options options_;
  std::vector<std::pair<std::string, ChosenModel>> readings_;
};

}  // namespace retinue::cli
