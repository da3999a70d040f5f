#pragma once

// Models that look at what a detector found: `model=` names them, and their
// manifest names the detector. Thread rule: main thread, but for NewFollower.

#include <memory>
#include <optional>
#include <string>

#include "apps/cli/failure.h"
#include "apps/cli/models.h"
#include "apps/cli/options.h"
#include "retinue/heads/head.h"
#include "retinue/pipeline/background_model.h"
#include "retinue/pipeline/region_stage.h"

namespace retinue::cli {

/// What `model=` asks for.
struct ChosenModels {
  ChosenModel first;                  ///< Looks at whole frames.
  std::optional<ChosenModel> second{};   ///< Then at regions; when there is one, `model=` names it.
  std::optional<ChosenModel> near{};     ///< Beside the first one, at faces near the camera.
  std::optional<ChosenModel> refined{};  ///< Again at faces, for irises: `iris=`; or, where no
  std::optional<ChosenModel> iris{};     ///< runtime runs it, at their eyes.
  std::optional<ChosenModel> background{};  ///< At whole frames: what of them is background.
};

/// ChooseModel(), and for a model of regions its detector. `head`, `names` and `imgsz` are said of
/// the model that `model=` names.
/// @error As ChooseModel(), for each of them; kExitUsage: a verb that is not for such a model.
Outcome<ChosenModels> ChooseModels(Verb verb, const Options& options);

/// A compiled model of regions.
struct SecondModel {
  ReadyModel model;
  HeadOptions head;  ///< `conf` is that of the presence.
  std::shared_ptr<Engine> batched{};  ///< With `batch=`: the model for as many regions at once.
};

/// The compiled models behind the first.
struct RegionModels {
  SecondModel second;
  std::optional<SecondModel> near{};
  std::optional<SecondModel> refined{};
  std::optional<SecondModel> iris{};
  std::optional<SecondModel> background{};

  std::string Names() const;         ///< "face_landmark, iris_landmark"
  std::string Description() const;   ///< With what they run on, one a line.
};

/// Compiles for regions that are wanted at once, in f32 unless the user said otherwise.
/// @param chosen  Has a second model.
/// @error As CompileModel() and MakeHeadOptions(); kExitUsage: an option cannot be read.
Outcome<RegionModels> CompileRegions(const ChosenModels& chosen, const Options& options);

/// For one stream; null when no background is wanted.
/// @error kExitModel  The engine is not what the model was described as.
Outcome<std::unique_ptr<BackgroundModel>> NewBackground(const RegionModels& models);

/// For one stream.
/// @param detector  The compiled first model, and how its head was made.
/// @param is_video  Whether a frame continues the one before; else each stands for itself.
/// @error kExitModel  The engine is not what the model was described as.
Outcome<std::unique_ptr<RegionStage>> NewFollower(const RegionModels& models,
                                                  const SecondModel& detector,
                                                  const Options& options, bool is_video);

}  // namespace retinue::cli
