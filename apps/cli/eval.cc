// `eval detect`: labels and a model that looks at their pictures, or results that are there
// already → average precision.

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/eval_labels.h"
#include "apps/cli/eval_report.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/log.h"
#include "apps/cli/models.h"
#include "apps/cli/picture_sequence.h"
#include "apps/cli/progress.h"
#include "apps/cli/source_list.h"
#include "retinue/files/files.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

constexpr float kEvalConf = 0.001f;
constexpr float kEvalIou = 0.7f;

bool IsJsonFile(const std::string& path) {
  std::error_code ignored;
  return fs::path(path).extension() == ".json" && !fs::is_directory(path, ignored);
}

// The shapes to score, what the labels or the model are for first.
std::vector<EvalShape> Shapes(bool keypoints, bool masks, bool boxes) {
  std::vector<EvalShape> shapes;
  if (keypoints) shapes.push_back(EvalShape::kKeypoints);
  if (masks) shapes.push_back(EvalShape::kMask);
  if (boxes) shapes.push_back(EvalShape::kBox);
  return shapes;
}

// 0.001f is 0.001, not 0.0010000000474974513.
double AsWritten(float value) { return std::stod(fmt::format("{}", value)); }

/// One evaluator a shape.
class Evaluators {
 public:
  Evaluators(const std::vector<EvalShape>& shapes, std::span<const EvalCategory> categories) {
    DetectionEvaluatorOptions options;
    for (const EvalCategory& category : categories) options.categories.push_back(category.id);
    for (const EvalShape shape : shapes) {
      options.shape = shape;
      evaluators_.emplace_back(shape, DetectionEvaluator(options));
    }
  }
  Result<void> Add(std::int64_t image, std::span<const EvalObject> labelled,
                   std::span<const EvalObject> found) {
    for (auto& [shape, evaluator] : evaluators_) {
      RETINUE_RETURN_IF_ERROR(evaluator.Add(image, labelled, found));
    }
    return {};
  }
  std::vector<ShapeScores> Scores() const {
    std::vector<ShapeScores> scores;
    for (const auto& [shape, evaluator] : evaluators_) {
      scores.push_back({shape, evaluator.Scores()});
    }
    return scores;
  }

 private:
  std::vector<std::pair<EvalShape, DetectionEvaluator>> evaluators_;
};

// ---------------------------------------------------------------- results that are there already

Outcome<EvalReport> ScoreResults(const std::string& results, const std::string& truth) {
  const auto label_text = ReadLabelFile(truth);
  if (!label_text) return PassOn(label_text);
  const auto labels = ParseCocoLabels(*label_text);
  if (!labels) return Exit(kExitSource, fmt::format("{}: {}", truth, labels.error().message));
  const auto result_text = ReadLabelFile(results);
  if (!result_text) return PassOn(result_text);
  const auto found = ParseCocoResults(*result_text, *labels);
  if (!found) return Exit(kExitSource, fmt::format("{}: {}", results, found.error().message));

  const bool keypoints = found->has_keypoints && labels->has_keypoints;
  const bool masks = found->has_masks && labels->has_masks;
  const bool boxes = found->has_boxes || found->count == 0;
  if (!keypoints && !masks && !boxes) {
    return Exit(kExitUsage, fmt::format("{} has {}, but {} has none", results,
                                        found->has_masks ? "masks" : "keypoints", truth));
  }
  Evaluators evaluators(Shapes(keypoints, masks, boxes), labels->categories);
  for (std::size_t i = 0; i < labels->images.size(); ++i) {
    const LabelledImage& image = labels->images[i];
    if (auto added = evaluators.Add(image.id, image.objects, found->found[i]); !added) {
      return Exit(kExitSource, fmt::format("{}: picture {}: {}", results, image.id,
                                           added.error().message));
    }
  }
  return EvalReport{results, labels->categories, evaluators.Scores(), 0, {}};
}

// ---------------------------------------------------------------- a model

// Of a pose model; 0 for others.
int KeypointCount(const ModelSpec& spec) {
  return std::visit(
      [](const auto& head) {
        if constexpr (requires { head.extra; }) {
          const auto* points = std::get_if<KeypointColumns>(&head.extra);
          return points != nullptr ? points->count : 0;
        } else {
          return 0;
        }
      },
      spec.head);
}

// What of `classes` is evaluated when only the model's classes `kept` are (empty: all).
std::vector<EvalCategory> Wanted(const ClassMap& classes, std::span<const int> kept) {
  std::vector<EvalCategory> wanted;
  for (const EvalCategory& category : classes.categories) {
    const auto is_it = [&](int class_id) {
      return classes.of_class[static_cast<std::size_t>(class_id)] == category.id;
    };
    if (kept.empty() || std::any_of(kept.begin(), kept.end(), is_it)) wanted.push_back(category);
  }
  return wanted;
}

void AppendFound(const FrameResult& result, const ClassMap& classes,
                 std::vector<EvalObject>& found) {
  for (const Detection& detection : result.objects) {
    const auto class_id = static_cast<std::size_t>(detection.class_id);
    if (class_id >= classes.of_class.size() || !classes.of_class[class_id]) continue;
    EvalObject& object = found.emplace_back();
    object.category = *classes.of_class[class_id];
    object.box = {detection.box.x, detection.box.y, detection.box.width, detection.box.height};
    object.area = object.box.width * object.box.height;
    object.score = detection.score;
    const auto mask = result.MaskOf(detection);
    object.mask.assign(mask.begin(), mask.end());
    for (const Keypoint& point : result.KeypointsOf(detection)) {
      object.keypoints.push_back({point.x, point.y});
    }
  }
}

/// Scores each picture as it comes, and keeps what was found for `coco=`.
class EvalSink final : public Sink {
 public:
  EvalSink(const LabelSet& labels, Evaluators& evaluators, bool keep)
      : labels_(labels), evaluators_(evaluators), keep_(keep) {}

  Picture picture() const override { return Picture::kNone; }
  Result<void> Begin(const StreamInfo&) override { return {}; }
  Result<void> Finish() override { return {}; }
  Result<void> Write(const Frame& frame, const FrameResult& result) override {
    const auto picture = static_cast<std::size_t>(frame.id().number);
    RETINUE_ASSIGN_OR_RETURN(const auto labelled, labels_.Objects(picture, result.size));
    std::vector<EvalObject> found;
    AppendFound(result, labels_.classes(), found);
    const std::int64_t image = labels_.Image(picture);
    RETINUE_RETURN_IF_ERROR(evaluators_.Add(image, labelled, found));
    if (!keep_) return {};
    for (const EvalObject& object : found) {
      kept_ += kept_.empty() ? "[\n" : ",\n";
      AppendCocoResult(image, object, result.size, kept_);
    }
    return {};
  }
  std::string TakeKept() { return (kept_.empty() ? "[" : std::move(kept_)) + "\n]\n"; }

 private:
  const LabelSet& labels_;
  Evaluators& evaluators_;
  const bool keep_;
  std::string kept_;
};

class ModelEvaluation {
 public:
  ModelEvaluation(const Options& options, Log& log) : options_(options), log_(log) {}

  Outcome<EvalReport> Run(std::stop_token stop);
  const std::vector<std::string>& problems() const { return problems_; }
  std::string TakeFound() { return std::move(found_); }

 private:
  Outcome<void> ListPictures();
  Outcome<void> ReadLabels(const ModelSpec& spec);
  Outcome<HeadOptions> ChooseHead(const ModelSpec& spec) const;
  Outcome<StreamSummary> Look(Sink& sink, const HeadOptions& head, std::stop_token stop);
  EvalReport MakeReport(const HeadOptions& head) const;

  const Options& options_;
  Log& log_;
  SteadyClock clock_;
  std::vector<SourceEntry> pictures_;
  LabelSet labels_;
  std::vector<EvalCategory> categories_;
  ReadyModel model_;
  std::vector<std::string> problems_;
  std::string found_;
};

Outcome<void> ModelEvaluation::ListPictures() {
  std::vector<std::string> words = options_.sources;
  words.pop_back();  // the labels
  auto entries = ListSources(words);
  if (!entries) return PassOn(entries);
  for (SourceEntry& entry : *entries) {
    if (!entry.problem.empty()) return Exit(kExitSource, entry.problem);
    if (entry.kind != SourceKind::kImage) {
      return Exit(kExitUsage, fmt::format("eval detect looks at pictures, {} is none", entry.name));
    }
    pictures_.push_back(std::move(entry));
  }
  return {};
}

Outcome<void> ModelEvaluation::ReadLabels(const ModelSpec& spec) {
  if (spec.task == Task::kClassify || spec.task == Task::kObb) {
    return Exit(kExitUsage, fmt::format("eval detect is for models that find boxes, keypoints or "
                                        "masks; the task of this one is {}",
                                        ToString(spec.task)));
  }
  auto labels = LabelSet::Read(options_.sources.back(),
                               {.task = spec.task,
                                .keypoints = KeypointCount(spec),
                                .model_names = spec.names,
                                .label_names = options_.label_names},
                               pictures_);
  if (!labels) return PassOn(labels);
  labels_ = *std::move(labels);
  for (const std::string& note : labels_.notes()) log_.Warning(note);
  return {};
}

Outcome<HeadOptions> ModelEvaluation::ChooseHead(const ModelSpec& spec) const {
  auto head = MakeHeadOptions(options_, spec);
  if (!head) return head;
  head->conf = options_.conf.value_or(kEvalConf);
  head->iou = options_.iou.value_or(kEvalIou);
  head->multi_label = options_.multi_label;
  return head;
}

Outcome<StreamSummary> ModelEvaluation::Look(Sink& sink, const HeadOptions& head,
                                             std::stop_token stop) {
  PictureSequence source(pictures_, options_);
  Progress progress(log_, clock_, {static_cast<std::int64_t>(pictures_.size())});
  StreamPlan plan;
  plan.engine = model_.engine;
  plan.model = &model_.spec;
  plan.head = head;
  plan.clock = &clock_;
  plan.on_result = [&](const FrameResult&, const StreamSummary& so_far) {
    progress.Update(0, so_far);
  };
  Sink* const sinks[] = {&sink};
  auto summary = RunStream(source, plan, sinks, stop);
  problems_ = source.problems();
  if (!summary) return Exit(kExitFailed, summary.error());
  if (summary->frames == 0 && !summary->interrupted) {
    return Exit(kExitSource, problems_.empty() ? "no picture could be decoded" : problems_.front());
  }
  return *std::move(summary);
}

EvalReport ModelEvaluation::MakeReport(const HeadOptions& head) const {
  EvalReport report;
  report.subject = fmt::format("{} on {}", model_.name, model_.Description());
  report.categories = categories_;
  report.images_without_labels = labels_.without_file();
  report.settings = {{"model", model_.name},
                     {"engine", model_.Description()},
                     {"conf", AsWritten(head.conf)},
                     {"iou", AsWritten(head.iou)},
                     {"max_det", head.max_det},
                     {"multi_label", head.multi_label}};
  return report;
}

Outcome<EvalReport> ModelEvaluation::Run(std::stop_token stop) {
  if (auto listed = ListPictures(); !listed) return PassOn(listed);
  auto chosen = ChooseModel(options_);
  if (!chosen) return PassOn(chosen);
  if (chosen->spec.regions) {
    return Exit(kExitUsage, fmt::format("eval detect is for models that look at whole pictures; {} "
                                        "looks at what {} finds, which can be evaluated",
                                        chosen->name, chosen->manifest->regions->detector));
  }
  if (auto read = ReadLabels(chosen->spec); !read) return PassOn(read);
  auto head = ChooseHead(chosen->spec);
  if (!head) return PassOn(head);
  categories_ = Wanted(labels_.classes(), head->classes);
  Options square = options_;
  square.rect = false;  // one input size for all pictures
  auto model = CompileModel(*chosen, square, std::nullopt, Goal::kThroughput);
  if (!model) return PassOn(model);
  model_ = *std::move(model);
  if (!model_.note.empty()) log_.Detail(model_.note);
  log_.Detail(fmt::format("{} on {}", model_.name, model_.Description()));

  const Task task = model_.spec.task;
  Evaluators evaluators(Shapes(task == Task::kPose && labels_.has_keypoints(),
                               task == Task::kSegment && labels_.has_masks(), true),
                        categories_);
  EvalSink sink(labels_, evaluators, !options_.coco.empty());
  auto summary = Look(sink, *head, stop);
  if (!summary) return PassOn(summary);
  if (summary->interrupted) {
    return Exit(kExitInterrupted, fmt::format("interrupted after {} of {} pictures, no scores",
                                              summary->frames, pictures_.size()));
  }
  if (summary->failed > 0) {
    problems_.push_back(fmt::format("{} pictures failed in the model, the first with: {}",
                                    summary->failed, summary->first_failure));
  }
  found_ = sink.TakeKept();
  EvalReport report = MakeReport(*head);
  report.shapes = evaluators.Scores();
  return report;
}

Outcome<void> WriteText(const std::string& path, bool overwrite, const std::string& text) {
  const auto existing = overwrite ? Existing::kReplace : Existing::kRefuse;
  const auto written = WriteWholeFile(path, text, existing);
  if (!written) return Exit(kExitFailed, written.error());
  return {};
}

}  // namespace

int RunEvalDetect(const Options& options) {
  InterruptWatch interrupt;
  Log log(LogOptions(options));
  const auto fail = [&](const Failure& failure) {
    log.Error(failure.message);
    return static_cast<int>(failure.code);
  };
  if (options.sources.size() < 2) {
    return fail({kExitUsage, "eval detect needs pictures and their labels: retinue eval detect "
                             "IMAGES LABELS model=..., or results and labels: retinue eval detect "
                             "RESULTS.json LABELS.json"});
  }
  for (const std::string* path : {&options.json, &options.coco}) {
    if (path->empty() || *path == "-") continue;
    const auto existing = options.overwrite ? Existing::kReplace : Existing::kRefuse;
    if (auto may = CheckWritable(*path, existing); !may) {
      return fail({kExitUsage, may.error().message});
    }
  }
  const bool is_scored = options.sources.size() == 2 && IsJsonFile(options.sources[0]) &&
                         IsJsonFile(options.sources[1]);
  if (is_scored && !options.model.empty()) {
    return fail({kExitUsage, options.sources[0] + " holds results already, there is nothing for a "
                             "model to look at"});
  }
  ModelEvaluation evaluation(options, log);
  const auto report = is_scored ? ScoreResults(options.sources[0], options.sources[1])
                                : evaluation.Run(interrupt.token());
  if (!report) return fail(report.error());
  for (const std::string& problem : evaluation.problems()) log.Warning(problem);

  const std::string table = EvalText(*report, options.verbose);
  if (options.json == "-" || options.coco == "-") {
    log.Text(table);
  } else {
    fmt::print("{}", table);
  }
  if (!options.json.empty()) {
    const std::string text =
        EvalJson(*report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const auto written = WriteText(options.json, options.overwrite, text);
    if (!written) return fail(written.error());
  }
  if (!options.coco.empty() && !is_scored) {
    const auto written = WriteText(options.coco, options.overwrite, evaluation.TakeFound());
    if (!written) return fail(written.error());
  }
  // The scores stand, but not for all that was asked.
  return evaluation.problems().empty() ? kExitDone : kExitSource;
}

}  // namespace retinue::cli
