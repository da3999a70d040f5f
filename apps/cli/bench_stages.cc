// `bench stages`: what surrounds the network, each stage alone on one core.

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/bench_scenes.h"
#include "apps/cli/bench_series.h"
#include "apps/cli/bench_verb.h"
#include "apps/cli/commands.h"
#include "apps/cli/log.h"
#include "apps/cli/machine.h"
#include "apps/cli/model_commands.h"
#include "retinue/overlay/overlay.h"
#include "retinue/preprocess/preprocess.h"
#include "retinue/track/options.h"

namespace retinue::cli {
namespace {

constexpr Size k720{1280, 720};
constexpr Size k1080{1920, 1080};
constexpr int kSide = 640;

/// A stage on one input; `once` does it once and owns what it needs.
struct StageCase {
  std::string name;
  std::string on;
  std::function<Result<void>()> once;
};

struct StageTimes {
  std::string name;
  std::string on;
  Series ms;
};

InputSpec YoloInput() { return {.size = {kSide, kSide}}; }

Result<StageCase> PreprocessCase(Size size) {
  RETINUE_ASSIGN_OR_RETURN(const Frame frame, StreetFrame(size));
  RETINUE_ASSIGN_OR_RETURN(const auto plan,
                           PlanPreprocess(frame.format(), WholeFrame(size), YoloInput()));
  auto memory = std::make_shared<std::vector<float>>(std::size_t{3} * kSide * kSide);
  return StageCase{
      "preprocess", fmt::format("{}x{} NV12 to {}x{} f32", size.width, size.height, kSide, kSide),
      [=]() -> Result<void> {
        Preprocess(plan, frame, {ElementType::kF32, plan.output_shape(), memory->data()},
                   Padding::kKeep);
        return {};
      }};
}

/// A head with the tensors it reads, and what it found.
struct HeadScene {
  std::unique_ptr<Head> head;
  SceneTensors tensors;
  Affine input_to_frame;
  FrameResult result;
};

Result<std::shared_ptr<HeadScene>> NewHeadScene(const HeadSpec& spec, SceneTensors tensors,
                                                const InputSpec& input) {
  auto scene = std::make_shared<HeadScene>();
  RETINUE_ASSIGN_OR_RETURN(scene->head, MakeHead(spec, {}));
  RETINUE_ASSIGN_OR_RETURN(const auto plan,
                           PlanPreprocess({PixelFormat::kNv12, k720, {}}, WholeFrame(k720), input));
  scene->tensors = std::move(tensors);
  scene->input_to_frame = plan.input_to_frame();
  scene->result.size = k720;
  return scene;
}

Result<void> ParseScene(HeadScene& scene) {
  return scene.head->Parse(scene.tensors.views, scene.input_to_frame, scene.result);
}

Result<StageCase> HeadCase(const char* what, const HeadSpec& spec, SceneTensors tensors,
                           const InputSpec& input) {
  RETINUE_ASSIGN_OR_RETURN(const auto scene, NewHeadScene(spec, std::move(tensors), input));
  RETINUE_RETURN_IF_ERROR(ParseScene(*scene));
  return StageCase{"head", fmt::format("{}, {} found", what, scene->result.objects.size()),
                   [scene] { return ParseScene(*scene); }};
}

StageCase NmsCase(int boxes) {
  const auto suppression = std::make_shared<Suppression>(SuppressionOptions{});
  const auto heaps = HeapsOfBoxes(boxes);
  return {"nms", fmt::format("{} boxes, {} kept", boxes, suppression->Run(heaps).size()),
          [=]() -> Result<void> {
            (void)suppression->Run(heaps);
            return {};
          }};
}

Result<StageCase> TrackerCase(TrackerKind kind, int people) {
  struct Street {
    std::unique_ptr<Tracker> tracker;
    std::vector<std::vector<Detection>> frames;
    std::size_t next = 0;
    TrackUpdate update;
  };
  const auto street = std::make_shared<Street>();
  RETINUE_ASSIGN_OR_RETURN(street->tracker, MakeTracker({kind, {}, {}}));
  street->frames = WalkingPeople(people, 500);
  return StageCase{
      "track", fmt::format("{}, {} people", ToString(kind), people), [street]() -> Result<void> {
        const auto now = FromSeconds(static_cast<double>(street->next) / 25);
        street->tracker->Update(now, street->frames[street->next++ % street->frames.size()],
                                street->update);
        return {};
      }};
}

Result<StageCase> DrawCase(Size size, FrameResult result, const std::string& what) {
  RETINUE_ASSIGN_OR_RETURN(const Frame frame, StreetFrame(size));
  RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<Overlay> overlay, Overlay::Create({}));
  const std::vector<std::string> names(80, "person");
  return StageCase{"draw", fmt::format("{} on {}x{} NV12", what, size.width, size.height),
                   [=]() -> Result<void> {
                     const auto drawn = overlay->Draw(frame, result, names);
                     if (!drawn) return Fail(drawn.error());
                     return {};
                   }};
}

FrameResult TwentyPeople(Size size) {
  FrameResult result;
  result.size = size;
  result.objects = WalkingPeople(24, 1).front();
  result.objects.resize(20);
  TrackId id = 0;
  for (Detection& object : result.objects) {
    object.track_id = ++id;
    object.box.x *= static_cast<float>(size.width) / 1920;
    object.box.y *= static_cast<float>(size.height) / 1080;
  }
  return result;
}

// Everything with its input made, or the first thing that cannot be had.
Result<std::vector<StageCase>> AllCases() {
  std::vector<StageCase> cases;
  const auto add = [&](Result<StageCase> one) -> Result<void> {
    if (!one) return Fail(one.error());
    cases.push_back(*std::move(one));
    return {};
  };
  for (const Size size : {k720, k1080}) RETINUE_RETURN_IF_ERROR(add(PreprocessCase(size)));

  const YoloSpec boxes{.class_count = 80};
  for (const int objects : {10, 100}) {
    RETINUE_RETURN_IF_ERROR(
        add(HeadCase(objects == 10 ? "YOLO, 84 x 8400, 100 strong" : "YOLO, 84 x 8400, 1000 strong",
                     boxes, YoloScene(boxes, kSide, objects), YoloInput())));
  }
  const YoloSpec masks{.class_count = 80, .extra = MaskColumns{}};
  RETINUE_RETURN_IF_ERROR(add(
      HeadCase("YOLO with masks of 1280x720", masks, YoloScene(masks, kSide, 20), YoloInput())));
  // 19·19·3 + (10·10 + 5·5 + 3·3 + 2·2 + 1) · 6 = 1917
  const SsdSpec ssd{.class_count = 1,
                    .has_background = true,
                    .input = {300, 300},
                    .anchors = {.layers = {19, 10, 5, 3, 2, 1},
                                .aspect_ratios = {1.0f, 2.0f, 0.5f, 3.0f, 0.3333f},
                                .reduce_lowest = true}};
  const InputSpec ssd_input{.size = {300, 300}, .fit = Fit::kStretch};
  RETINUE_RETURN_IF_ERROR(
      add(HeadCase("SSD, 1917 anchors", ssd, SsdScene(ssd, 1917, 10), ssd_input)));

  for (const int count : {100, 1000, 10000}) cases.push_back(NmsCase(count));
  for (const TrackerKind kind : {TrackerKind::kByteTrack, TrackerKind::kSort}) {
    for (const int people : {20, 100}) RETINUE_RETURN_IF_ERROR(add(TrackerCase(kind, people)));
  }

  for (const Size size : {k720, k1080}) {
    RETINUE_RETURN_IF_ERROR(add(DrawCase(size, TwentyPeople(size), "20 boxes and labels")));
  }
  RETINUE_ASSIGN_OR_RETURN(const auto scene,
                           NewHeadScene(masks, YoloScene(masks, kSide, 20), YoloInput()));
  RETINUE_RETURN_IF_ERROR(ParseScene(*scene));
  RETINUE_RETURN_IF_ERROR(add(DrawCase(
      k720, scene->result, fmt::format("{} masks, boxes and labels", scene->result.masks.size()))));
  return cases;
}

Result<StageTimes> Measure(const StageCase& one, double seconds, std::stop_token stop) {
  constexpr int kLeast = 10;
  const SteadyClock clock;
  StageTimes times{one.name, one.on, {}};
  const Nanoseconds warm = clock.Now() + FromSeconds(seconds / 5);
  do {
    RETINUE_RETURN_IF_ERROR(one.once());
  } while (clock.Now() < warm);
  const Nanoseconds end = clock.Now() + FromSeconds(seconds);
  for (Nanoseconds now = clock.Now();
       (now < end || times.ms.count() < kLeast) && !stop.stop_requested();) {
    RETINUE_RETURN_IF_ERROR(one.once());
    const Nanoseconds then = clock.Now();
    times.ms.Add(ToSeconds(then - now) * 1000);
    now = then;
  }
  return times;
}

std::string Text(const std::vector<StageTimes>& all, double others) {
  std::string text =
      fmt::format("{}, one of them\n{:<11} {:<44} {:>7} {:>8} {:>8} {:>8} {:>7}\n",
                  MachineDescription(), "stage (ms)", "on", "n", "mean", "p50", "p95", "spread");
  for (const StageTimes& one : all) {
    text += fmt::format("{:<11} {:<44} {:>7} {:>8.3f} {:>8.3f} {:>8.3f} {:>7}\n", one.name, one.on,
                        one.ms.count(), one.ms.Mean(), one.ms.Median(), one.ms.Percentile(0.95),
                        Percent(SpreadOfParts(one.ms)));
  }
  text += "spread: (highest - lowest) / middle of the medians of five stretches of time\n";
  return text + OthersText(others);
}

nlohmann::ordered_json Json(const std::vector<StageTimes>& all, double others) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const StageTimes& one : all) {
    nlohmann::ordered_json row = {{"stage", one.name}, {"on", one.on}};
    row.update(MillisecondsJson(one.ms));
    row["spread"] = SpreadOfParts(one.ms);
    stages.push_back(std::move(row));
  }
  return {
      {"stages", std::move(stages)}, {"other_programs", others}, {"machine", MachineDescription()}};
}

Outcome<void> Run(const Options& options, Log& log, std::stop_token stop) {
  if (!options.sources.empty()) {
    return Exit(kExitUsage,
                fmt::format("bench stages makes its own input, got '{}'", options.sources.front()));
  }
  const auto cases = AllCases();
  if (!cases) return Exit(kExitFailed, cases.error());
  std::vector<StageTimes> all;
  const OtherPrograms others;
  for (const StageCase& one : *cases) {
    log.Progress(fmt::format("{} of {}: {}, {}", all.size() + 1, cases->size(), one.name, one.on));
    auto times = Measure(one, options.seconds, stop);
    if (!times) return Exit(kExitFailed, times.error());
    if (stop.stop_requested()) return Exit(kExitInterrupted, "interrupted while measuring");
    all.push_back(*std::move(times));
  }
  return Print(options, Text(all, others.Share()), Json(all, others.Share()));
}

}  // namespace

int RunBenchStages(const Options& options) { return RunBenchVerb(options, Run); }

}  // namespace retinue::cli
