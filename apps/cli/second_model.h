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
#include "retinue/pipeline/region_follower.h"

namespace retinue::cli {

/// What `model=` asks for.
struct ChosenModels {
  ChosenModel first;                  ///< Looks at whole frames.
  std::optional<ChosenModel> second;  ///< Then at regions; when there is one, `model=` names it.
};

/// ChooseModel(), and for a model of regions its detector. `head`, `names` and `imgsz` are said of
/// the model that `model=` names.
/// @error As ChooseModel(), for either.
Outcome<ChosenModels> ChooseModels(const Options& options);

/// A compiled second model.
struct SecondModel {
  ReadyModel model;
  HeadOptions head;  ///< `conf` is that of the presence.
};

/// Compiles for regions that are wanted at once, in f32 unless the user said otherwise.
/// @error As CompileModel() and MakeHeadOptions().
Outcome<SecondModel> CompileSecond(const ChosenModel& chosen, const Options& options);

/// For one stream.
/// @param is_video  Whether a frame continues the one before; else each stands for itself.
/// @error kExitModel  The engine is not what the model was described as.
Outcome<std::unique_ptr<RegionFollower>> NewFollower(const SecondModel& second, bool is_video);

}  // namespace retinue::cli
