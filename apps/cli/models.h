#pragma once

// From `model=`, `runtime=`, `imgsz=` … to a compiled network: where known
// models lie, which runtime reads them, which input size they get.
// Thread rule: main thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/options.h"
#include "retinue/infer/engine.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"

namespace retinue::cli {

/// What `model=` is when nobody says.
inline constexpr const char* kDefaultModel = "ssd_mobilenet_v2_objectron";

/// Folders with known models, in the order in which they are searched:
/// $RETINUE_MODELS, share/retinue/models beside the program's bin/, then
/// $RETINUE_CACHE/models or the user's cache folder.
std::vector<std::string> ModelFolders();

/// Where compiled models are remembered; empty when there is no place.
std::string CompiledModelFolder();

/// Names of the runtimes this program was built with, the default first.
std::vector<std::string> RuntimeNames();

/// @error kExitRuntime  Not built in, or its library is not there; says how to get it.
Outcome<std::unique_ptr<Runtime>> MakeRuntime(const std::string& name);

/// A model that was found, read and understood, but not compiled.
struct ChosenModel {
  std::string name;   ///< As messages and summaries call it.
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

/// A compiled model with the input size it was compiled for.
struct ReadyModel {
  std::string name;
  ModelSpec spec;
  std::shared_ptr<Engine> engine;
  std::string note;        ///< Something the user asked for happened otherwise; may be empty.

  /// "openvino 2026.4.1, cpu: AMD EPYC, f32, 640x384"
  std::string Description() const;
};

/// @param frame  The size of the pictures to come, when they all share one: with `rect` the
///               model's input is cut to its shape where the model allows it.
Outcome<ReadyModel> CompileModel(ChosenModel chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal);

/// The ids that `classes=` names. @error kExitUsage  No such class; names the nearest.
Outcome<HeadOptions> MakeHeadOptions(const Options& options, const ModelSpec& spec);

}  // namespace retinue::cli
