#include "apps/cli/second_model.h"

#include <utility>

#include <fmt/format.h>

namespace retinue::cli {

Outcome<ChosenModels> ChooseModels(const Options& options) {
  auto named = ChooseModel(options);
  if (!named) return PassOn(named);
  if (!named->spec.regions) return ChosenModels{*std::move(named), std::nullopt};
  Options of_detector = options;
  of_detector.model = named->manifest->regions->detector;
  of_detector.head = of_detector.names = of_detector.imgsz = {};
  auto detector = ChooseModel(of_detector);
  if (!detector) {
    return Exit(detector.error().code, fmt::format("{} looks at what another model finds: {}",
                                                   named->name, detector.error().message));
  }
  return ChosenModels{*std::move(detector), *std::move(named)};
}

Outcome<SecondModel> CompileSecond(const ChosenModel& chosen, const Options& options) {
  Options one = options;
  one.batch = 1;
  if (one.precision == "auto") one.precision = "f32";
  auto model = CompileModel(chosen, one, std::nullopt, Goal::kLatency);
  if (!model) return PassOn(model);
  auto head = MakeHeadOptions(one, chosen.spec);
  if (!head) return PassOn(head);
  return SecondModel{*std::move(model), *std::move(head)};
}

Outcome<std::unique_ptr<RegionFollower>> NewFollower(const SecondModel& second, bool is_video) {
  auto follower = RegionFollower::Create(second.model.engine, second.model.spec, second.head,
                                         {.follow = is_video});
  if (!follower) return Exit(kExitModel, follower.error());
  return *std::move(follower);
}

}  // namespace retinue::cli
