// `eval faces`: labelled faces, and what `faces` finds in their pictures → normalised mean error.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/log.h"
#include "apps/cli/models.h"
#include "apps/cli/picture_sequence.h"
#include "apps/cli/second_model.h"
#include "retinue/eval/face_evaluator.h"
#include "retinue/eval/face_labels.h"
#include "retinue/eval/face_points.h"
#include "retinue/eval/labels.h"
#include "retinue/files/files.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

// Smaller faces nobody has to find.
constexpr double kLeastFace = 24;

tl::unexpected<Failure> BadLabels(const std::string& path, const Error& error) {
  return Exit(kExitSource, fmt::format("{}: {}", path, error.message));
}

Outcome<std::string> ReadLabelText(const fs::path& path) {
  auto text = ReadWholeFile(path.string(), LabelLimits{}.max_bytes);
  if (!text) return Exit(kExitSource, text.error());
  return *std::move(text);
}

// A folder of .pts: each is the label of the picture of its name.
Outcome<LabelledImages> ReadPtsFolder(const std::string& folder, const std::string& images) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".pts") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) return Exit(kExitSource, folder + ": no .pts file in it");
  LabelledImages labels;
  for (const fs::path& file : files) {
    const auto text = ReadLabelText(file);
    if (!text) return PassOn(text);
    auto points = ParsePts(*text);
    if (!points) return BadLabels(file.string(), points.error());
    LabelledImage image{.id = static_cast<std::int64_t>(labels.images.size()),
                        .file_name = {},
                        .size = {},
                        .objects = {FaceOf(*std::move(points))}};
    for (const char* extension : {".jpg", ".png", ".jpeg"}) {
      image.file_name = file.stem().string() + extension;
      if (fs::exists(fs::path(images) / image.file_name, ignored)) break;
    }
    labels.images.push_back(std::move(image));
  }
  return labels;
}

Outcome<LabelledImages> ReadFaceLabels(const std::string& path, const std::string& images) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return ReadPtsFolder(path, images);
  const auto text = ReadLabelText(path);
  if (!text) return PassOn(text);
  const bool is_xml = fs::path(path).extension() == ".xml";
  auto labels = is_xml ? ParseDlibLabels(*text)
                       : ParseCocoLabels(*text, {.masks = false, .boxes_from_keypoints = true});
  if (labels) return *std::move(labels);
  return BadLabels(path, labels.error());
}

class FaceEvaluation {
 public:
  FaceEvaluation(const Options& options, Log& log) : options_(options), log_(log) {}

  Outcome<FaceScores> Run(std::stop_token stop);
  const std::vector<std::string>& problems() const { return problems_; }
  const std::string& subject() const { return subject_; }

 private:
  Outcome<void> Prepare();
  Outcome<void> Add(const FrameResult& result);

  const Options& options_;
  Log& log_;
  LabelledImages labels_;
  std::vector<SourceEntry> pictures_;
  SecondModel detector_;
  RegionModels models_;
  FaceEvaluator evaluator_{{.least_side = kLeastFace}};
  std::string subject_;
  std::vector<std::string> problems_;
};

Outcome<void> FaceEvaluation::Prepare() {
  const std::string &images = options_.sources[0], &path = options_.sources[1];
  auto labels = ReadFaceLabels(path, images);
  if (!labels) return PassOn(labels);
  labels_ = *std::move(labels);
  for (const LabelledImage& image : labels_.images) {
    pictures_.push_back({.name = (fs::path(images) / image.file_name).string(),
                         .kind = SourceKind::kImage,
                         .stem = {},
                         .problem = {}});
  }
  auto chosen = ChooseModels(Verb::kFaces, options_);
  if (!chosen) return PassOn(chosen);
  auto model = CompileModel(chosen->first, options_, std::nullopt, Goal::kLatency);
  if (!model) return PassOn(model);
  auto head = MakeHeadOptions(options_, chosen->first.spec);
  if (!head) return PassOn(head);
  detector_ = {*std::move(model), *std::move(head)};
  auto regions = CompileRegions(*chosen, options_);
  if (!regions) return PassOn(regions);
  models_ = *std::move(regions);
  subject_ = fmt::format("{}, {} on {}", detector_.model.name, models_.Names(),
                         detector_.model.Description());
  return {};
}

Outcome<void> FaceEvaluation::Add(const FrameResult& result) {
  std::vector<EvalObject> found;
  for (const Face& face : result.faces) {
    EvalObject& one = found.emplace_back();
    one.box = {face.box.x, face.box.y, face.box.width, face.box.height};
    one.score = static_cast<double>(face.score);
    const auto landmarks = result.LandmarksOf(face);
    if (landmarks.empty()) continue;
    const auto points = FacePointsOf(landmarks);
    one.keypoints.assign(points.begin(), points.end());
  }
  const LabelledImage& image = labels_.images[static_cast<std::size_t>(result.frame)];
  const auto added = evaluator_.Add(image.id, image.objects, found);
  if (!added) return Exit(kExitFailed, added.error());
  return {};
}

Outcome<FaceScores> FaceEvaluation::Run(std::stop_token stop) {
  if (auto prepared = Prepare(); !prepared) return PassOn(prepared);
  auto follower = NewFollower(models_, detector_, options_, /*is_video=*/false);
  if (!follower) return PassOn(follower);
  PictureSequence source(pictures_, options_);
  Outcome<void> adding;
  StreamPlan plan;
  plan.engine = detector_.model.engine;
  plan.model = &detector_.model.spec;
  plan.head = detector_.head;
  plan.regions = follower->get();
  plan.on_result = [&](const FrameResult& result, const StreamSummary&) {
    if (adding) adding = Add(result);
  };
  auto summary = RunStream(source, plan, {}, stop);
  problems_ = source.problems();
  if (!summary) return Exit(kExitFailed, summary.error());
  if (!adding) return PassOn(adding);
  if (summary->interrupted) return Exit(kExitInterrupted, "interrupted, no scores");
  if (summary->frames == 0) {
    return Exit(kExitSource, problems_.empty() ? "no picture could be decoded" : problems_.front());
  }
  return evaluator_.Scores();
}

std::string Percent(double share) { return share < 0 ? "-" : fmt::format("{:.2f} %", share * 100); }

std::string ScoresText(const FaceScores& s, const std::string& subject) {
  return fmt::format(
      "{}\n"
      "pictures {}, labelled faces of {:g} pixels and more {}: found {}, missed {}; wrong {}\n"
      "normalised mean error (by the eyes' outer corners) of {} faces: {}; without the jaw {}\n"
      "missed or over 8 %: {}; over 10 %: {}\n",
      subject, s.images, kLeastFace, s.labelled, s.found, s.missed, s.wrong, s.compared,
      Percent(s.nme), Percent(s.nme_inner), Percent(s.failures_08), Percent(s.failures_10));
}

nlohmann::ordered_json ScoresJson(const FaceScores& s, const std::string& subject) {
  const auto share = [](double value) {
    return value < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
  };
  return {{"NME", share(s.nme)},           {"NME_inner", share(s.nme_inner)},
          {"FR08", share(s.failures_08)},  {"FR10", share(s.failures_10)},
          {"images", s.images},            {"labelled", s.labelled},
          {"found", s.found},              {"missed", s.missed},
          {"wrong", s.wrong},              {"compared", s.compared},
          {"least_side", kLeastFace},      {"models", subject}};
}

}  // namespace

int RunEvalFaces(const Options& options) {
  InterruptWatch interrupt;
  Log log(LogOptions(options));
  const auto fail = [&](const Failure& failure) {
    log.Error(failure.message);
    return static_cast<int>(failure.code);
  };
  if (options.sources.size() != 2) {
    return fail({kExitUsage,
                 "eval faces needs a folder of pictures and its labels: retinue eval faces IMAGES "
                 "LABELS (.xml of dlib, .json of COCO, a folder of .pts)"});
  }
  const auto existing = options.overwrite ? Existing::kReplace : Existing::kRefuse;
  if (!options.json.empty() && options.json != "-") {
    if (auto may = CheckWritable(options.json, existing); !may) {
      return fail({kExitUsage, may.error().message});
    }
  }
  FaceEvaluation evaluation(options, log);
  const auto scores = evaluation.Run(interrupt.token());
  for (const std::string& problem : evaluation.problems()) log.Warning(problem);
  if (!scores) return fail(scores.error());
  const std::string text = ScoresText(*scores, evaluation.subject());
  if (options.json == "-") {
    log.Text(text);
  } else {
    fmt::print("{}", text);
  }
  if (!options.json.empty()) {
    const auto written = WriteWholeFile(
        options.json, ScoresJson(*scores, evaluation.subject()).dump(2) + "\n", existing);
    if (!written) return fail({kExitFailed, written.error().message});
  }
  return evaluation.problems().empty() ? kExitDone : kExitSource;
}

}  // namespace retinue::cli
