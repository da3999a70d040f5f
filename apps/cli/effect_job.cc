#include "apps/cli/effect_job.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "retinue/effects/face_parts.h"
#include "retinue/pipeline/effect_stage.h"
#include "retinue/pipeline/face_follower.h"

namespace retinue::cli {
namespace {

// "3-9, 40, 51-52"; the first twenty.
std::string RunsText(const FaceFollower::Losses& losses) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, losses.runs.size()); ++i) {
    const auto [first, last] = losses.runs[i];
    text += fmt::format("{}{}", i == 0 ? "" : ", ", first);
    if (last > first) text += fmt::format("-{}", last);
  }
  return losses.runs.size() > kMost ? text + ", ..." : text;
}

}  // namespace

OverlayOptions OverlayOfEffects(const Options& options) {
  OverlayOptions overlay{.show_boxes = false,
                         .show_labels = false,
                         .show_landmarks = options.effect_landmarks};
  for (int part = 0; options.effect_parts && part < kFacePartCount; ++part) {
    overlay.face_rings.push_back(PartOutline(static_cast<FacePart>(part)));
  }
  return overlay;
}

Outcome<void> AddEffects(const EffectContext& context, const RegionModels& models,
                         StreamJob& job) {
  auto background = NewBackground(models);
  if (!background) return PassOn(background);
  job.background = *std::move(background);

  const auto& [program, given, source, clock, log] = context;
  EffectStageOptions options;
  options.effects.order = given.ids == "track" ? FaceOrder::kTrack : FaceOrder::kPosition;
  options.max_lag = FromSeconds(given.max_frame_lag_ms / 1000);
  options.clock = &clock;
  options.background = job.background.get();
  options.on_absent = [&to = context.log, &name = context.source.name](const AbsentFace& face) {
    to.Warning(fmt::format("{}: line {} of the program wants face #{}, which is not there", name,
                           face.line, face.index));
  };
  if (!program.path.empty() && source.kind != SourceKind::kImage) {
    const auto watch = std::make_shared<ProgramWatch>(program.path, clock, log);
    options.next_plan = [watch] { return watch->Changed(); };
  }
  auto stage = EffectStage::Create(program.plan, std::move(options));
  if (!stage) return Exit(kExitUsage, stage.error());
  job.effects = *std::move(stage);
  return {};
}

std::vector<std::string> WordsOnEffects(const StreamJob& job, const Options& options) {
  std::vector<std::string> words;
  if (job.effects == nullptr) return words;
  const EffectSummary& effects = job.effects->summary();
  if (effects.frames_late > 0) {
    words.push_back(fmt::format("{} of {} frames were late, {} statements skipped",
                                effects.frames_late, effects.frames, effects.statements_late));
  }
  if (!HidesFaces(job.effects->plan()) || job.faces == nullptr) return words;
  const auto& losses = job.faces->losses();
  if (losses.frames > 0) {
    words.push_back(fmt::format("in {} frames a face that was followed was not seen (its place "
                                "stays covered for {}): {}",
                                losses.frames, options.hold, RunsText(losses)));
  }
  return words;
}

}  // namespace retinue::cli
