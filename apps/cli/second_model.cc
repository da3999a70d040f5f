#include "apps/cli/second_model.h"

#include <utility>

#include <fmt/format.h>

#include "apps/cli/duration.h"
#include "retinue/faces/face_measures.h"
#include "retinue/pipeline/face_follower.h"
#include "retinue/pipeline/region_follower.h"

namespace retinue::cli {
namespace {

constexpr const char* kFaceModel = "face_landmark";
constexpr const char* kRefinedModel = "face_landmark_with_attention";
constexpr const char* kNearModel = "face_detection_short_range";
constexpr const char* kBackgroundModel = "selfie_segmentation";
constexpr const char* kIrisModel = "iris_landmark";

bool IsOfFaces(const ModelSpec& spec) { return spec.task == Task::kFaces; }

// The same options, of which those that describe `model=` are not said of `name`.
Outcome<ChosenModel> ChooseOther(const std::string& name, const Options& options,
                                 const std::string& needs) {
  Options other = options;
  other.model = name;
  other.head = other.names = other.imgsz = {};
  auto chosen = ChooseModel(other);
  if (chosen) return chosen;
  return Exit(chosen.error().code, fmt::format("{}: {}", needs, chosen.error().message));
}

Outcome<void> CheckVerb(Verb verb, const ChosenModel& model) {
  const bool is_mesh = IsOfFaces(model.spec) && model.spec.regions;
  if ((verb == Verb::kFaces || verb == Verb::kEffect) && !is_mesh) {
    return Exit(kExitUsage, fmt::format("{} does not place the landmarks of faces, as {} does",
                                        model.name, kFaceModel));
  }
  if (verb == Verb::kTrack && is_mesh) {
    return Exit(kExitUsage, fmt::format("{} follows faces by itself: retinue faces", model.name));
  }
  return {};
}

Outcome<SecondModel> Compile(const ChosenModel& chosen, Options options) {
  const int batch = std::exchange(options.batch, 1);
  if (options.precision == "auto") options.precision = "f32";
  auto model = CompileModel(chosen, options, std::nullopt, Goal::kLatency);
  if (!model) return PassOn(model);
  auto head = MakeHeadOptions(options, chosen.spec);
  if (!head) return PassOn(head);
  SecondModel second{*std::move(model), *std::move(head)};
  if (batch == 1) return second;
  options.batch = batch;
  auto batched = CompileModel(chosen, options, std::nullopt, Goal::kThroughput);
  if (!batched) return PassOn(batched);
  second.batched = std::move(batched->engine);
  return second;
}

RegionEngine EngineOf(const SecondModel& model) {
  return {model.model.engine, model.model.spec, model.head, model.batched};
}

// What was given is a time, see CheckTime().
Nanoseconds TimeOf(const std::string& text, Nanoseconds automatic) {
  return text == "auto" ? automatic : ParseDuration(text).value_or(automatic);
}

Outcome<void> CheckTime(const char* key, const std::string& text) {
  if (text == "auto" || ParseDuration(text)) return {};
  return Exit(kExitUsage,
              fmt::format("{} must be a time such as 250ms or 0.5s, got '{}'", key, text));
}

Outcome<std::unique_ptr<RegionStage>> NewFaceFollower(const RegionModels& models,
                                                      const SecondModel& detector,
                                                      const Options& options, bool is_video) {
  FaceModels faces{.mesh = EngineOf(models.second), .detector = EngineOf(detector)};
  if (models.near) faces.near = EngineOf(*models.near);
  if (models.refined) faces.refined = EngineOf(*models.refined);
  if (models.iris) faces.iris = EngineOf(*models.iris);
  RegionFollowerOptions regions{.follow = is_video};
  if (options.max_faces > 0) regions.max_objects = options.max_faces;
  regions.detect_every = TimeOf(options.detect_every, regions.detect_every);
  auto follower = FaceFollower::Create(
      std::move(faces),
      {.regions = regions,
       .smooth = options.smooth,
       .tiles = options.tiles == "auto" ? !is_video : options.tiles == "true",
       .turned = !is_video,
       .hold = TimeOf(options.hold, Nanoseconds{0}),
       .keep_unsure = options.keep_unsure});
  if (!follower) return Exit(kExitModel, follower.error());
  return std::unique_ptr<RegionStage>(*std::move(follower));
}

}  // namespace

Outcome<ChosenModels> ChooseModels(Verb verb, const Options& options) {
  Options first = options;
  const bool wants_faces = verb == Verb::kFaces || verb == Verb::kEffect;
  if (wants_faces && options.model.empty()) first.model = kFaceModel;
  auto named = ChooseModel(first);
  if (!named) return PassOn(named);
  if (const auto fits = CheckVerb(verb, *named); !fits) return PassOn(fits);
  if (!named->spec.regions) return ChosenModels{.first = *std::move(named)};
  auto detector = ChooseOther(named->manifest->regions->detector, options,
                              named->name + " looks at what another model finds");
  if (!detector) return PassOn(detector);
  ChosenModels chosen{.first = *std::move(detector), .second = *std::move(named)};
  // Its attention is made of operators that only openvino is taught.
  const bool can_refine = options.runtime != "onnxruntime";
  const bool needs_irises = options.iris && !HasLandmarks(chosen.second->spec, kIrisLandmarks);
  const bool has_near = IsOfFaces(chosen.second->spec) && chosen.first.name != kNearModel;
  struct Other {
    bool is_wanted;
    const char* name;
    const char* finds;
    std::optional<ChosenModel>& place;
  };
  for (const Other& other :
       {Other{has_near, kNearModel, "faces near the camera are", chosen.near},
        Other{options.background, kBackgroundModel, "background is", chosen.background},
        Other{needs_irises && can_refine, kRefinedModel, "irises are", chosen.refined},
        Other{needs_irises && !can_refine, kIrisModel, "irises are", chosen.iris}}) {
    if (!other.is_wanted) continue;
    auto model = ChooseOther(other.name, options, fmt::format("{} found by another model",
                                                              other.finds));
    if (!model) return PassOn(model);
    other.place = *std::move(model);
  }
  return chosen;
}

std::string RegionModels::Names() const {
  std::string names = second.model.name;
  for (const auto* one : {&near, &refined, &iris, &background}) {
    if (*one) names += ", " + (*one)->model.name;
  }
  return names;
}

std::string RegionModels::Description() const {
  const auto line = [](const SecondModel& one) {
    return fmt::format("{} on {}, conf {}", one.model.name, one.model.Description(),
                       one.head.conf);
  };
  std::string text = line(second);
  for (const auto* one : {&near, &refined, &iris, &background}) {
    if (*one) text += "\n" + line(**one);
  }
  return text;
}

Outcome<RegionModels> CompileRegions(const ChosenModels& chosen, const Options& options) {
  for (const auto& [key, text] : {std::pair("detect_every", options.detect_every),
                                  std::pair("hold", options.hold)}) {
    if (const auto is_time = CheckTime(key, text); !is_time) return PassOn(is_time);
  }
  auto second = Compile(*chosen.second, options);
  if (!second) return PassOn(second);
  RegionModels models{.second = *std::move(second)};
  Options of_iris = options;
  of_iris.conf.reset();  // It has no presence.
  Options of_frames = options;
  of_frames.batch = 1;  // Each is one region, itself.
  struct Other {
    const std::optional<ChosenModel>& chosen;
    const Options& options;
    std::optional<SecondModel>& place;
  };
  for (const Other& other : {Other{chosen.near, options, models.near},
                             Other{chosen.background, of_frames, models.background},
                             Other{chosen.refined, options, models.refined},
                             Other{chosen.iris, of_iris, models.iris}}) {
    if (!other.chosen) continue;
    auto model = Compile(*other.chosen, other.options);
    if (!model) return PassOn(model);
    other.place = *std::move(model);
  }
  return models;
}

Outcome<std::unique_ptr<BackgroundModel>> NewBackground(const RegionModels& models) {
  if (!models.background) return std::unique_ptr<BackgroundModel>();
  auto background = BackgroundModel::Create(EngineOf(*models.background));
  if (!background) return Exit(kExitModel, background.error());
  return *std::move(background);
}

Outcome<std::unique_ptr<RegionStage>> NewFollower(const RegionModels& models,
                                                  const SecondModel& detector,
                                                  const Options& options, bool is_video) {
  if (IsOfFaces(models.second.model.spec)) {
    return NewFaceFollower(models, detector, options, is_video);
  }
  auto follower = RegionFollower::Create(EngineOf(models.second), {.follow = is_video});
  if (!follower) return Exit(kExitModel, follower.error());
  return std::unique_ptr<RegionStage>(*std::move(follower));
}

}  // namespace retinue::cli
