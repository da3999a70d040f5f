#include "apps/cli/auto_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/cli/commands.h"
#include "apps/cli/forward_timing.h"
#include "apps/cli/machine.h"
#include "apps/cli/verification.h"
#include "retinue/model/input_size.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue::cli {
namespace {

constexpr int kPictures = 3;

// Short enough for the start of a run, long enough to tell 10 % apart.
constexpr double kWarmUpSeconds = 0.1;
constexpr double kMeasureSeconds = 0.4;

/// One way to run the model here.
struct Way {
  Candidate candidate;
  std::string name;  // With the precision that it really runs in.
  double ms = 0;     // A forward pass; 0 = not known.
  std::string note;  // For the table.
  std::optional<ReadyModel> ready;
};

class AutoChoice {
 public:
  AutoChoice(ChosenModel chosen, const Options& options, std::optional<Size> frame, Goal goal,
             Log& log)
      : options_(options),
        frame_(frame),
        goal_(goal),
        log_(log),
        candidates_(CandidatesFor(options, chosen.path)),
        reference_(ReferenceFor(chosen.path)),
        readings_(std::move(chosen), options) {}

  Outcome<ReadyModel> Choose(Effort effort);

 private:
  std::string Setting() const;
  struct Remembered {
    std::optional<Candidate> way;
    std::string setting;
  };
  Remembered Recall(bool any_setting) const;
  std::optional<ReadyModel> UseRemembered(const Remembered& remembered);
  Outcome<ReadyModel> UseDefault(const std::string& why);
  Outcome<ReadyModel> Measure();
  Outcome<void> FindWays();
  Outcome<void> TimeWays();
  Outcome<bool> Agrees(Way& way);
  Outcome<Verdict> Verify(const Way& way);
  Outcome<std::vector<Observation>*> ReferenceSees(const std::vector<Frame>& pictures);
  Outcome<ReadyModel> Use(Way& way);
  std::string Table() const;                            // Of what was found out now,
  std::string Table(const std::string& setting) const;  // or remembered.
  Outcome<ReadyModel> Compile(const Way& way) {
    return readings_.Compile(way.candidate, frame_, goal_);
  }

  const Options options_;
  const std::optional<Size> frame_;
  const Goal goal_;
  Log& log_;
  const std::vector<Candidate> candidates_;
  const Candidate reference_;
  ModelReadings readings_;
  std::optional<ChoiceMemory> memory_;
  std::vector<Way> ways_;
  std::string lines_;  // About what does not run here.
  std::string reference_way_;
  std::vector<Observation> reference_sees_;
};

std::string AutoChoice::Setting() const {
  const Size size = ChooseInputSize(frame_.value_or(Size{}), readings_.first().spec, options_.rect);
  std::string text = fmt::format("{}x{} {}, {} threads", size.width, size.height,
                                 goal_ == Goal::kLatency ? "latency" : "throughput",
                                 options_.threads == 0 ? "all" : std::to_string(options_.threads));
  return options_.batch > 1 ? text + fmt::format(", batch {}", options_.batch) : text;
}

Outcome<ReadyModel> AutoChoice::UseDefault(const std::string& why) {
  // The runtime that read the model first, as it might be the only one that can.
  Candidate candidate = candidates_.front();
  for (const Candidate& one : candidates_) {
    if (one.runtime != readings_.first().runtime->name()) continue;
    candidate = one;
    break;
  }
  auto ready = readings_.Compile(candidate, frame_, goal_);
  if (ready) ready->why = why;
  return ready;
}

// What is remembered for this setting, or, when that will do, for another one; may be empty.
AutoChoice::Remembered AutoChoice::Recall(bool any_setting) const {
  if (!memory_) return {};
  const auto possible = PossibleWays(options_, readings_.first().path);
  std::vector<std::string> names;
  for (const Candidate& way : possible) names.push_back(way.name());
  std::vector<std::string> settings = {Setting()};
  const auto others = any_setting ? memory_->Settings() : std::vector<std::string>();
  settings.insert(settings.end(), others.begin(), others.end());
  for (const std::string& setting : settings) {
    const std::string best = FastestThatAgrees(*memory_, setting, names);
    for (const Candidate& way : possible) {
      if (way.name() == best) return {way, setting};
    }
  }
  return {};
}

std::string AutoChoice::Table(const std::string& setting) const {
  std::string text;
  for (const auto& [name, ms] : memory_->Timings(setting)) {
    const auto agrees = memory_->Agrees(name);
    text += fmt::format("  {:<18} {:>7.1f} ms a pass  {}\n", name, ms,
                        !agrees   ? "slower, so not verified"
                        : *agrees ? "agrees"
                                  : "does not agree, so not used");
  }
  return text;
}

// Nothing when it does not run any more, or by another version than then.
std::optional<ReadyModel> AutoChoice::UseRemembered(const Remembered& remembered) {
  auto ready = readings_.Compile(*remembered.way, frame_, goal_);
  if (!ready) return std::nullopt;
  const std::string& runtime = remembered.way->runtime;
  if (ready->engine->info().runtime != runtime + " " + memory_->VersionOf(runtime)) {
    return std::nullopt;
  }
  ready->why = fmt::format(
      "{}: the fastest here that agrees with the reference, {}, as "
      "remembered for {}\n{}",
      remembered.way->name(), reference_.runtime, remembered.setting, Table(remembered.setting));
  return *std::move(ready);
}

Outcome<void> AutoChoice::FindWays() {
  std::optional<Failure> first_failure;
  for (const Candidate& candidate : candidates_) {
    auto ready = readings_.Compile(candidate, frame_, goal_);
    if (!ready) {
      if (!first_failure) first_failure = ready.error();
      lines_ += fmt::format("  {:<18} does not run here: {}\n", candidate.name(),
                            WithoutPath(ready.error().message, readings_.first().path));
      continue;
    }
    Way way{candidate, {}, 0, {}, {}};
    way.name = Candidate{candidate.runtime, ready->engine->info().precision, {}}.name();
    const bool known = std::any_of(ways_.begin(), ways_.end(),
                                   [&](const Way& other) { return other.name == way.name; });
    if (known) continue;  // A quantised network is int8 whatever is asked for.
    way.ready = *std::move(ready);
    ways_.push_back(std::move(way));
  }
  if (ways_.empty()) return tl::unexpected<Failure>(*first_failure);
  return {};
}

Result<void> FillWithPeople(const ModelSpec& spec, const Frame& picture, Request& request) {
  RETINUE_ASSIGN_OR_RETURN(
      const auto plan, PlanPreprocess(picture.format(), WholeFrame(picture.size()), spec.input));
  RETINUE_RETURN_IF_ERROR(CheckPreprocess(plan, picture, request.input(0)));
  Preprocess(plan, picture, request.input(0));
  return {};
}

Outcome<void> AutoChoice::TimeWays() {
  const auto pictures = SyntheticPictures(1);
  if (!pictures) return PassOn(pictures);
  const auto known = memory_ ? memory_->Timings(Setting()) : std::map<std::string, double>();
  for (Way& way : ways_) {
    if (const auto found = known.find(way.name); found != known.end()) {
      way.ms = found->second;
      continue;
    }
    ForwardOptions forward{.warm_up_seconds = kWarmUpSeconds,
                           .seconds = kMeasureSeconds,
                           .least_rounds = 2,
                           .requests = 0,
                           .fill = {},
                           .stop = {}};
    forward.fill = [&](Request& request) {
      return FillWithPeople(way.ready->spec, pictures->front(), request);
    };
    const auto timing = MeasureForward(*way.ready->engine, forward);
    if (!timing) return PassOn(timing);
    way.ms = timing->wall_ms;
    if (memory_) memory_->SetTiming(Setting(), way.name, way.ms);
  }
  std::stable_sort(ways_.begin(), ways_.end(),
                   [](const Way& a, const Way& b) { return a.ms < b.ms; });
  return {};
}

Outcome<std::vector<Observation>*> AutoChoice::ReferenceSees(const std::vector<Frame>& pictures) {
  if (!reference_sees_.empty()) return &reference_sees_;
  const auto ready = readings_.CompileToCompare(reference_);
  if (!ready) return PassOn(ready);
  const auto head = MakeHeadOptions(options_, ready->spec);
  if (!head) return PassOn(head);
  auto observer = Observer::Create(*ready, *head);
  if (!observer) return PassOn(observer);
  for (const Frame& picture : pictures) {
    auto seen = observer->Look(picture);
    if (!seen) return PassOn(seen);
    reference_sees_.push_back(*std::move(seen));
  }
  return &reference_sees_;
}

// At the model's own size, which every runtime can run it at.
Outcome<Verdict> AutoChoice::Verify(const Way& way) {
  const auto pictures = SyntheticPictures(kPictures);
  if (!pictures) return PassOn(pictures);
  const auto reference = ReferenceSees(*pictures);
  if (!reference) return PassOn(reference);
  const auto ready = readings_.CompileToCompare(way.candidate);
  if (!ready) return PassOn(ready);
  const auto head = MakeHeadOptions(options_, ready->spec);
  if (!head) return PassOn(head);
  auto observer = Observer::Create(*ready, *head);
  if (!observer) return PassOn(observer);
  Verification verification(ready->spec.head, ready->engine->info().precision, head->conf);
  for (std::size_t i = 0; i < pictures->size(); ++i) {
    const auto seen = observer->Look((*pictures)[i]);
    if (!seen) return PassOn(seen);
    verification.Add((**reference)[i], *seen);
  }
  return verification.Conclude();
}

Outcome<bool> AutoChoice::Agrees(Way& way) {
  if (way.candidate.runtime == reference_.runtime && way.candidate.precision == Precision::kF32) {
    way.note = "the reference";
    if (memory_) memory_->SetAgrees(way.name, true);
    return true;
  }
  if (const auto known = memory_ ? memory_->Agrees(way.name) : std::nullopt) {
    way.note = *known ? "agrees" : "does not agree";
    if (!*known)
      log_.Warning(
          fmt::format("{} does not agree with the reference, {}, and is "
                      "not used",
                      way.name, reference_.runtime));
    return *known;
  }
  const auto verdict = Verify(way);
  if (!verdict) return PassOn(verdict);
  way.note = verdict->passed ? "agrees" : "does not agree: " + verdict->problem;
  if (memory_) memory_->SetAgrees(way.name, verdict->passed);
  if (!verdict->passed) {
    log_.Warning(
        fmt::format("{} ({:.1f} ms a pass) does not agree with the reference, {}, and is "
                    "not used: {}",
                    way.name, way.ms, reference_.runtime, verdict->problem));
  }
  return verdict->passed;
}

std::string AutoChoice::Table() const {
  std::string text;
  for (const Way& way : ways_) {
    text += fmt::format("  {:<18} {:>7.1f} ms a pass  {}\n", way.name, way.ms,
                        way.note.empty() ? "slower, so not verified" : way.note);
  }
  return text + lines_;
}

Outcome<ReadyModel> AutoChoice::Use(Way& way) {
  const std::string why = fmt::format("{}: the fastest here that agrees with the reference, {}\n{}",
                                      way.name, reference_.runtime, Table());
  if (!way.ready) {
    auto ready = Compile(way);
    if (!ready) return ready;
    way.ready = *std::move(ready);
  }
  ReadyModel chosen = *std::move(way.ready);
  chosen.why = why;
  return chosen;
}

Outcome<ReadyModel> AutoChoice::Measure() {
  if (auto found = FindWays(); !found) return PassOn(found);
  if (ways_.size() == 1) {
    ways_[0].ready->why = fmt::format("{}: the only way here\n{}", ways_[0].name, lines_);
    return *std::move(ways_[0].ready);
  }
  log_.Detail("measuring in which runtime and precision the model is fastest here");
  if (auto timed = TimeWays(); !timed) return PassOn(timed);
  for (std::size_t i = 1; i < ways_.size(); ++i) ways_[i].ready.reset();  // Their memory.
  for (Way& way : ways_) {
    const auto agrees = Agrees(way);
    if (!agrees) {
      way.note = "could not be verified: " + agrees.error().message;
      log_.Warning(fmt::format("{} {}", way.name, way.note));
      continue;
    }
    if (!*agrees) continue;
    if (memory_) memory_->Save();
    auto chosen = Use(way);
    ways_.clear();
    reference_sees_.clear();
    ReturnFreeMemory();
    return chosen;
  }
  if (memory_) memory_->Save();
  log_.Warning(
      fmt::format("nothing that was asked for agrees with the reference, {}", reference_.runtime));
  return UseDefault("the default: nothing agrees with the reference\n" + Table());
}

Outcome<ReadyModel> AutoChoice::Choose(Effort effort) {
  const bool may_measure = effort == Effort::kMeasured;
  if (may_measure || HasChoices()) {
    if (auto memory = MemoryOf(readings_, effort)) memory_ = *std::move(memory);
  }
  if (const Remembered remembered = Recall(!may_measure); remembered.way) {
    if (auto ready = UseRemembered(remembered)) return *std::move(ready);
  }
  if (may_measure) return Measure();
  return UseDefault(
      "the default: nothing is remembered of this model, and too little is to be done "
      "to measure\n");
}

}  // namespace

Result<ChoiceMemory> MemoryOf(ModelReadings& readings, Effort effort) {
  ChoiceKey key{.model = {}, .machine = MachineDescription(), .versions = {{"retinue", Version()}}};
  RETINUE_ASSIGN_OR_RETURN(key.model, ContentKey(readings.first().path));
  const ChosenModel& first = readings.first();
  key.versions[std::string(first.runtime->name())] = first.runtime->version();
  if (effort == Effort::kMeasured) {
    for (const Candidate& one : CandidatesFor({}, first.path)) {
      key.versions[one.runtime] = readings.VersionOf(one.runtime);
    }
  }
  return ChoiceMemory(std::move(key));
}

Outcome<ReadyModel> PrepareModel(ChosenModel chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal, Effort effort, Log& log) {
  const bool is_said = options.runtime != "auto" && options.precision != "auto";
  const bool on_cpu = options.device == "auto" || options.device == "cpu";
  const bool is_open = !is_said && on_cpu && CandidatesFor(options, chosen.path).size() > 1;
  if (!is_open) return CompileModel(chosen, options, frame, goal);
  return AutoChoice(std::move(chosen), options, frame, goal, log).Choose(effort);
}

}  // namespace retinue::cli
