// `models verify`: every way in which a model can run here, beside the reference.

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "apps/cli/auto_choice.h"
#include "apps/cli/engine_candidates.h"
#include "apps/cli/media.h"
#include "apps/cli/model_commands.h"
#include "apps/cli/source_list.h"
#include "apps/cli/verification.h"

namespace retinue::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSyntheticPictures = 4;
constexpr std::int64_t kMostPictures = 64;
constexpr std::int64_t kVideoStride = 10;  // Neighbours in a video show the same.

using Look = std::function<Outcome<void>(const Frame&)>;

// Pictures of `source`, one after another.
Outcome<void> ForEachPictureOf(const Options& options, const Look& look) {
  const auto entries = ListSources({options.source});
  if (!entries) return PassOn(entries);
  std::int64_t count = 0;
  for (const SourceEntry& entry : *entries) {
    if (!entry.problem.empty()) return Exit(kExitSource, entry.problem);
    const auto source = OpenSource(entry, options);
    if (!source) return Exit(kExitSource, source.error());
    Frame frame;
    for (std::int64_t seen = 0; count < kMostPictures;) {
      const auto pull = (*source)->Next(frame);
      if (!pull) return Exit(kExitSource, pull.error());
      if (*pull == Pull::kEndOfStream) break;
      if (*pull != Pull::kFrame || seen++ % kVideoStride != 0) continue;
      if (auto looked = look(frame); !looked) return looked;
      ++count;
    }
  }
  if (count == 0) return Exit(kExitSource, fmt::format("{}: no picture in it", options.source));
  return {};
}

Outcome<void> ForEachPicture(const Options& options, const Look& look) {
  if (!options.source.empty()) return ForEachPictureOf(options, look);
  const auto drawn = SyntheticPictures(kSyntheticPictures);
  if (!drawn) return PassOn(drawn);
  for (const Frame& frame : *drawn) {
    if (auto looked = look(frame); !looked) return looked;
  }
  return {};
}

/// One way to run the model.
struct Row {
  std::string way;      // "openvino f32"
  std::string problem;  // Why it does not run here; empty when it does.
  bool is_reference = false;
  std::optional<Observer> observer;
  std::optional<Verification> verification;
  Verdict verdict;
};

class Verifier {
 public:
  Verifier(ChosenModel chosen, const Options& options, HeadOptions head)
      : options_(options), head_(std::move(head)), readings_(std::move(chosen), options) {}

  Outcome<void> Prepare();
  Outcome<void> LookAtPictures(Log& log, std::stop_token stop);
  void Judge();
  std::string Text() const;
  Json ToJson() const;
  /// @error kExitFailed  Some do not agree.
  Outcome<void> Conclusion() const;

 private:
  Outcome<void> AddRow(const Candidate& candidate);

  const Options options_;
  const HeadOptions head_;
  ModelReadings readings_;
  std::string reference_way_, reference_description_;
  std::optional<Observer> reference_;
  std::vector<Row> rows_;
  std::int64_t pictures_ = 0;
};

std::string WayOf(const Candidate& candidate, const ReadyModel& ready) {
  return Candidate{candidate.runtime, ready.engine->info().precision, {}}.name();
}

Outcome<void> Verifier::Prepare() {
  const Candidate reference = ReferenceFor(readings_.first().path);
  const auto ready = readings_.CompileToCompare(reference);
  if (!ready) return PassOn(ready);
  auto observer = Observer::Create(*ready, head_);
  if (!observer) return PassOn(observer);
  reference_ = *std::move(observer);
  reference_way_ = WayOf(reference, *ready);
  reference_description_ = ready->Description();
  for (const Candidate& candidate : CandidatesFor(options_, readings_.first().path)) {
    if (auto added = AddRow(candidate); !added) return added;
  }
  return {};
}

Outcome<void> Verifier::AddRow(const Candidate& candidate) {
  auto ready = readings_.CompileToCompare(candidate);
  Row row;
  if (!ready) {
    // What was asked for by name must be there; of all ways some may not.
    const bool asked = options_.runtime != "auto" && options_.precision != "auto";
    if (asked) return PassOn(ready);
    row.way = candidate.name();
    row.problem = WithoutPath(ready.error().message, readings_.first().path);
    rows_.push_back(std::move(row));
    return {};
  }
  row.way = WayOf(candidate, *ready);
  for (const Row& other : rows_) {
    if (other.way == row.way) return {};  // A quantised network is int8 whatever is asked for.
  }
  const bool on_cpu = ready->engine->info().device.starts_with("cpu");
  row.is_reference = row.way == reference_way_ && on_cpu;
  auto observer = Observer::Create(*ready, head_);
  if (!observer) return PassOn(observer);
  row.observer = *std::move(observer);
  row.verification.emplace(ready->spec.head, ready->engine->info().precision, head_.conf);
  rows_.push_back(std::move(row));
  return {};
}

Outcome<void> Verifier::LookAtPictures(Log& log, std::stop_token stop) {
  return ForEachPicture(options_, [&](const Frame& frame) -> Outcome<void> {
    if (stop.stop_requested()) return Exit(kExitInterrupted, "interrupted");
    const auto reference = reference_->Look(frame);
    if (!reference) return PassOn(reference);
    for (Row& row : rows_) {
      if (!row.observer) continue;
      const auto seen = row.observer->Look(frame);
      if (!seen) return PassOn(seen);
      row.verification->Add(*reference, *seen);
    }
    ++pictures_;
    if (log.is_terminal()) log.Progress(fmt::format("picture {}", pictures_));
    return {};
  });
}

void Verifier::Judge() {
  for (Row& row : rows_) {
    if (row.verification) row.verdict = row.verification->Conclude();
  }
  auto memory = MemoryOf(readings_, Effort::kMeasured);
  if (!memory) return;
  for (const Row& row : rows_) {
    // Pictures of nothing prove nothing.
    const bool says_something = row.verdict.agreement.objects > 0 || !row.verdict.passed;
    if (row.verification && says_something) memory->SetAgrees(row.way, row.verdict.passed);
  }
  memory->Save();
}

std::string RowText(const Row& row) {
  if (!row.problem.empty())
    return fmt::format("{:<18} does not run here: {}\n", row.way, row.problem);
  const Verdict& verdict = row.verdict;
  const Agreement& a = verdict.agreement;
  std::string text = fmt::format(
      "{:<18} {:>7} {:>7} {:>5}  {:<15} {:<15} {:<13} {:<9} {}\n", row.way, a.matched, a.missing,
      a.extra, fmt::format("{:.4f} {:.4f}", a.iou_loss.mean, a.iou_loss.max),
      fmt::format("{:.4f} {:.4f}", a.score.mean, std::max(a.score.max, a.class_score.max)),
      fmt::format("{:.2f} {:.2f}", a.edge_px.mean, a.edge_px.max),
      fmt::format("{:.2g}{}", verdict.relative, verdict.raw_is_judged ? "" : " ~"),
      row.is_reference ? "the reference"
      : verdict.passed ? "agrees"
                       : "DOES NOT AGREE");
  if (!verdict.passed) text += fmt::format("{:<18} {}\n", "", verdict.problem);
  return text;
}

std::string Verifier::Text() const {
  std::string text =
      fmt::format("{}\nreference: {}\n", readings_.first().name, reference_description_);
  text += options_.source.empty()
              ? fmt::format("{} pictures of drawn people; photographs say more: source=PICTURES\n",
                            pictures_)
              : fmt::format("{} picture{} of {}\n", pictures_, pictures_ == 1 ? "" : "s",
                            options_.source);
  float conf = head_.conf;
  for (const Row& row : rows_) {
    if (row.verification) conf = row.verdict.conf;
  }
  text += fmt::format(
      "objects of at least {:.2f}; differences: mean and largest\n\n{:<18} {:>7} {:>7} "
      "{:>5}  {:<15} {:<15} {:<13} {:<9}\n",
      conf, "", "matched", "missing", "extra", "1 - IoU", "score", "edges px", "raw");
  bool raw_is_judged = true;
  for (const Row& row : rows_) {
    text += RowText(row);
    if (row.verification) raw_is_judged = row.verdict.raw_is_judged;
  }
  if (!raw_is_judged) text += "~ not judged: this network sorts its rows by score\n";
  return text;
}

Json SpreadJson(const Spread& spread) { return {{"mean", spread.mean}, {"max", spread.max}}; }

Json Verifier::ToJson() const {
  Json rows = Json::array();
  for (const Row& row : rows_) {
    if (!row.problem.empty()) {
      rows.push_back({{"way", row.way}, {"problem", row.problem}});
      continue;
    }
    const Verdict& verdict = row.verdict;
    const Agreement& a = verdict.agreement;
    rows.push_back({{"way", row.way},
                    {"reference", row.is_reference},
                    {"agrees", verdict.passed},
                    {"beyond", verdict.problem},
                    {"conf", verdict.conf},
                    {"objects", a.objects},
                    {"matched", a.matched},
                    {"missing", a.missing},
                    {"extra", a.extra},
                    {"iou_loss", SpreadJson(a.iou_loss)},
                    {"edge_px", SpreadJson(a.edge_px)},
                    {"score", SpreadJson(a.score)},
                    {"keypoint_px", SpreadJson(a.keypoint_px)},
                    {"mask_loss", SpreadJson(a.mask_loss)},
                    {"class_score", SpreadJson(a.class_score)},
                    {"raw_relative", verdict.relative},
                    {"raw_is_judged", verdict.raw_is_judged},
                    {"not_finite", verdict.not_finite}});
  }
  return {{"model", readings_.first().name},
          {"path", readings_.first().path},
          {"reference", reference_description_},
          {"pictures", pictures_},
          {"source", options_.source.empty() ? "test:people" : options_.source},
          {"ways", rows}};
}

Outcome<void> Verifier::Conclusion() const {
  std::string failed;
  bool any = false;
  for (const Row& row : rows_) {
    any = any || row.problem.empty();
    if (row.problem.empty() && !row.verdict.passed)
      failed += (failed.empty() ? "" : ", ") + row.way;
  }
  if (!any) return Exit(kExitRuntime, "none of what was asked for runs here");
  if (failed.empty()) return {};
  return Exit(kExitFailed, fmt::format("{} is further from {} than the tolerance allows", failed,
                                       reference_way_));
}

}  // namespace

Outcome<void> VerifyModel(const Options& given, Log& log, InterruptWatch& interrupt) {
  auto name = OneModel(given);
  if (!name) return PassOn(name);
  Options options = given;
  options.model = *name;
  auto chosen = ChooseModel(options);
  if (!chosen) return PassOn(chosen);
  auto head = MakeHeadOptions(options, chosen->spec);
  if (!head) return PassOn(head);
  Verifier verifier(*std::move(chosen), options, *std::move(head));
  if (auto prepared = verifier.Prepare(); !prepared) return prepared;
  if (auto looked = verifier.LookAtPictures(log, interrupt.token()); !looked) return looked;
  verifier.Judge();
  if (auto printed = Print(options, verifier.Text(), verifier.ToJson()); !printed) return printed;
  return verifier.Conclusion();
}

}  // namespace retinue::cli
