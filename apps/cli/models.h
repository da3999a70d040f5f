#pragma once

// From `model=`, `runtime=`, `imgsz=` … to a compiled network: which runtime
// reads a model, what it is, which input size it gets.
// Thread rule: main thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/model_files.h"
#include "apps/cli/options.h"
#include "retinue/infer/engine.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"

namespace retinue::cli {

/// Names of the runtimes this program was built with, the default first.
std::vector<std::string> RuntimeNames();

/// "bf16"; kAuto for all that is none.
Precision ParsePrecision(const std::string& word);

/// @error kExitRuntime  Not built in, or its library is not there; says how to get it.
Outcome<std::unique_ptr<Runtime>> MakeRuntime(const std::string& name);

/// A model that was found and read, but not yet understood.
struct OpenedModel {
  LocatedModel located;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<Model> model;
};

/// @error kExitModel    Not readable by that runtime. @error kExitRuntime  It is not there.
Outcome<OpenedModel> OpenModel(LocatedModel located, const std::string& runtime_name);

/// The same by the user's words; with `runtime=auto` by the first runtime that can read it.
/// @error kExitModel    Not found or not readable. @error kExitRuntime  As above.
Outcome<OpenedModel> OpenModel(const Options& options);

/// What the model is. @error kExitModel  Not understood; @error kExitUsage  An option contradicts
/// it.
Outcome<ModelSpec> Describe(const OpenedModel& opened, const Options& options);

/// A model that was found, read and understood, but not compiled.
struct ChosenModel {
  std::string name;  ///< As messages and summaries call it.
  std::string path;
  std::optional<Manifest> manifest;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<Model> model;
  ModelSpec spec;
};

/// @error kExitModel    Not found, not readable, or not understood.
/// @error kExitRuntime  The runtime asked for is not there.
/// @error kExitUsage    An option contradicts the model.
Outcome<ChosenModel> ChooseModel(const Options& options);

/// A compiled model with the input size it was compiled for. With `batch=` over 1 the engine takes
/// so many pictures at once (stream_job.h gives each stream its view of it).
struct ReadyModel {
  std::string name;
  ModelSpec spec;
  std::shared_ptr<Engine> engine;
  std::string note;  ///< Something the user asked for happened otherwise; may be empty.
  std::string why;   ///< Why this runtime and precision, in lines; empty when the user said.

  /// "openvino 2026.4.1, cpu: AMD EPYC, f32, 640x384"
  std::string Description() const;
};

/// @param frame  The size of the pictures to come, when they all share one: with `rect` the
///               model's input is cut to its shape where the model allows it.
Outcome<ReadyModel> CompileModel(const ChosenModel& chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal);

/// The ids that `classes=` names. @error kExitUsage  No such class; names the nearest.
Outcome<HeadOptions> MakeHeadOptions(const Options& options, const ModelSpec& spec);

}  // namespace retinue::cli
