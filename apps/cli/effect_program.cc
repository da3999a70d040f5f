#include "apps/cli/effect_program.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "retinue/effects/syntax.h"
#include "retinue/files/files.h"
#include "retinue/pipeline/region_model.h"

namespace retinue::cli {
namespace {

constexpr Nanoseconds kLookEvery = std::chrono::milliseconds(200);

// All errors, one a line, each with the program's name before its place.
std::string WithName(const std::string& name, const std::vector<EffectError>& errors) {
  std::string text;
  for (const EffectError& error : errors) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : "\n", name, ToString(error));
  }
  return text;
}

Outcome<std::string> ReadText(const std::string& path) {
  auto text = ReadWholeFile(path, EffectLimits::kTextBytes + 1);
  if (!text) return Exit(kExitUsage, text.error());
  return *std::move(text);
}

Outcome<EffectPlan> PlanOf(const std::string& name, const std::string& text) {
  auto compiled = CompileEffects(ParseEffects(text), HostAbilities());
  if (!compiled.errors.empty()) return Exit(kExitUsage, WithName(name, compiled.errors));
  return std::move(compiled.plan);
}

bool UsesIris(const EffectShape& shape) {
  return shape.kind == EffectShapeKind::kPart &&
         (shape.part == FacePart::kLiris || shape.part == FacePart::kRiris);
}

bool UsesIris(const EffectPlan& plan) {
  return std::any_of(plan.statements.begin(), plan.statements.end(), [](const auto& statement) {
    return UsesIris(statement.source) ||
           std::any_of(statement.destinations.begin(), statement.destinations.end(),
                       [](const EffectDestination& to) { return UsesIris(to.shape); });
  });
}

bool Covers(const PlannedStatement& statement) {
  using Kind = EffectOperationKind;
  const auto has = [&](Kind kind) { return statement.Has(kind); };
  return statement.source.kind == EffectShapeKind::kPart &&
         statement.source.part == FacePart::kFace && statement.destinations.empty() &&
         !has(Kind::kTile) && (has(Kind::kBlur) || has(Kind::kPixelate) || has(Kind::kFill) ||
                               has(Kind::kErase));
}

}  // namespace

EffectAbilities HostAbilities() { return {.segmentation = true, .iris = true}; }

Outcome<EffectProgramFile> ReadProgram(const Options& options) {
  if (options.program.empty() && options.effect_text.empty()) {
    return Exit(kExitUsage, "an effect needs a program: program=FILE or -e 'face: pixelate(8)'");
  }
  if (!options.program.empty() && !options.effect_text.empty()) {
    return Exit(kExitUsage, "an effect has one program, got program= and e=");
  }
  std::string text = options.effect_text;
  if (!options.program.empty()) {
    auto read = ReadText(options.program);
    if (!read) return PassOn(read);
    text = *std::move(read);
  }
  auto plan = PlanOf(options.program.empty() ? "e" : options.program, text);
  if (!plan) return PassOn(plan);
  return EffectProgramFile{options.program, *std::move(plan)};
}

bool HidesFaces(const EffectPlan& plan) {
  return std::any_of(plan.statements.begin(), plan.statements.end(), Covers);
}

bool ShowsThrough(const EffectPlan& plan) {
  using Kind = EffectOperationKind;
  return std::any_of(plan.statements.begin(), plan.statements.end(), [](const auto& statement) {
    const auto has = [&](Kind kind) { return statement.Has(kind); };
    return Covers(statement) && (has(Kind::kOpacity) || has(Kind::kFeather) || has(Kind::kScale) ||
                                 has(Kind::kTranslate) || has(Kind::kDrift) ||
                                 has(Kind::kRotate) || has(Kind::kSpin));
  });
}

std::vector<std::string> DoubtsOf(const Options& options, const EffectPlan& plan) {
  std::vector<std::string> doubts;
  if (ShowsThrough(plan)) {
    doubts.emplace_back("a face shows where what covers it is moved, scaled, feathered or given an "
                        "opacity");
  }
  if (HidesFaces(plan) && options.max_frame_lag_ms > 0) {
    doubts.emplace_back("max_frame_lag_ms may skip the statement that hides a face");
  }
  if (!HidesFaces(plan) && options.strict) {
    doubts.emplace_back("strict does nothing for a program that hides no face");
  }
  return doubts;
}

Options ForProgram(Options options, const EffectPlan& plan) {
  if (UsesIris(plan)) options.iris = true;
  options.background = plan.uses_background;
  if (!HidesFaces(plan)) return options;
  options.keep_unsure = true;
  if (options.max_faces == 0) options.max_faces = static_cast<int>(RegionModel::kMaxRegions);
  if (options.detect_every == "auto") options.detect_every = "0ms";
  if (options.tiles == "auto") options.tiles = "true";
  if (options.hold == "auto") options.hold = options.strict ? "10s" : "500ms";
  return options;
}

ProgramWatch::ProgramWatch(std::string path, const Clock& clock, Log& log)
    : path_(std::move(path)), clock_(clock), log_(log), looked_(clock.Now()), seen_(StampOf()) {}

ProgramWatch::Stamp ProgramWatch::StampOf() const {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path_, error);
  if (error) return {};
  const auto bytes = std::filesystem::file_size(path_, error);
  return {time.time_since_epoch().count(), error ? 0 : bytes};
}

std::optional<EffectPlan> ProgramWatch::Changed() {
  const Nanoseconds now = clock_.Now();
  if (path_.empty() || now - looked_ < kLookEvery) return std::nullopt;
  looked_ = now;
  // A file that is not there is on its way: editors replace it.
  const Stamp stamp = StampOf();
  if (stamp == seen_ || stamp == Stamp{}) return std::nullopt;
  // Read once it rests: an editor may be in the middle of it.
  if (std::exchange(pending_, stamp) != stamp) return std::nullopt;
  seen_ = stamp;
  const auto text = ReadText(path_);
  auto plan = text ? PlanOf(path_, *text) : PassOn(text);
  if (!plan) {
    log_.Warning("the program that runs is kept: " + plan.error().message);
    return std::nullopt;
  }
  log_.Info(fmt::format("{}: read again", path_));
  return *std::move(plan);
}

int CheckProgram(const Options& options) {
  const auto text = ReadText(options.check);
  const auto plan = text ? PlanOf(options.check, *text) : PassOn(text);
  if (!plan) {
    fmt::print(stderr, "{}\n", plan.error().message);
    return plan.error().code;
  }
  const std::size_t count = plan->statements.size();
  fmt::print("{}: {} statement{}, no errors\n", options.check, count, count == 1 ? "" : "s");
  return kExitDone;
}

int FormatPrograms(const Options& options) {
  if (options.sources.empty()) {
    fmt::print(stderr, "retinue: error: effects fmt needs a program's file\n");
    return kExitUsage;
  }
  for (const std::string& path : options.sources) {
    const auto text = ReadText(path);
    if (!text) {
      fmt::print(stderr, "retinue: error: {}\n", text.error().message);
      return text.error().code;
    }
    const EffectParse parse = ParseEffects(*text);
    if (!parse.errors.empty()) {
      fmt::print(stderr, "{}\n", WithName(path, parse.errors));
      return kExitUsage;
    }
    fmt::print("{}", FormatEffects(parse.program));
  }
  return kExitDone;
}

}  // namespace retinue::cli
