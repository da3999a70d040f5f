#include "apps/cli/eval_report.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace retinue::cli {
namespace {

struct Column {
  const char* name;
  double DetectionScores::* value;
};
constexpr Column kShapeColumns[] = {
    {"AP", &DetectionScores::ap},          {"AP50", &DetectionScores::ap50},
    {"AP75", &DetectionScores::ap75},      {"APs", &DetectionScores::ap_small},
    {"APm", &DetectionScores::ap_medium},  {"APl", &DetectionScores::ap_large},
    {"AR1", &DetectionScores::ar1},        {"AR10", &DetectionScores::ar10},
    {"AR100", &DetectionScores::ar},       {"ARs", &DetectionScores::ar_small},
    {"ARm", &DetectionScores::ar_medium},  {"ARl", &DetectionScores::ar_large}};
constexpr Column kPointColumns[] = {
    {"AP", &DetectionScores::ap},          {"AP50", &DetectionScores::ap50},
    {"AP75", &DetectionScores::ap75},      {"APm", &DetectionScores::ap_medium},
    {"APl", &DetectionScores::ap_large},   {"AR", &DetectionScores::ar},
    {"AR50", &DetectionScores::ar50},      {"AR75", &DetectionScores::ar75},
    {"ARm", &DetectionScores::ar_medium},  {"ARl", &DetectionScores::ar_large}};

std::span<const Column> ColumnsOf(EvalShape shape) {
  if (shape == EvalShape::kKeypoints) return kPointColumns;
  return kShapeColumns;
}

std::string Cell(double value) { return value < 0 ? "-" : fmt::format("{:.4f}", value); }

std::int64_t Sum(const DetectionScores& scores, std::int64_t CategoryScores::* count) {
  std::int64_t sum = 0;
  for (const CategoryScores& one : scores.categories) sum += one.*count;
  return sum;
}

std::string ShapeText(const ShapeScores& one) {
  std::string names = fmt::format("{:<10}", "");
  std::string values = fmt::format("{:<10}", ToString(one.shape));
  for (const Column& column : ColumnsOf(one.shape)) {
    names += fmt::format("{:>8}", column.name);
    values += fmt::format("{:>8}", Cell(one.scores.*column.value));
  }
  return names + "\n" + values + "\n";
}

std::string ClassesText(const EvalReport& report, const ShapeScores& one) {
  std::string text = fmt::format("{:<24}{:>9}{:>9}{:>8}{:>8}{:>8}{:>8}\n",
                                 fmt::format("class ({})", ToString(one.shape)), "labelled",
                                 "found", "AP", "AP50", "AP75", "AR");
  for (std::size_t i = 0; i < report.categories.size(); ++i) {
    const CategoryScores& scores = one.scores.categories[i];
    if (scores.labelled == 0 && scores.found == 0) continue;
    text += fmt::format("{:<24}{:>9}{:>9}{:>8}{:>8}{:>8}{:>8}\n", report.categories[i].name,
                        scores.labelled, scores.found, Cell(scores.ap), Cell(scores.ap50),
                        Cell(scores.ap75), Cell(scores.ar));
  }
  return text;
}

}  // namespace

std::string EvalText(const EvalReport& report, bool by_class) {
  const DetectionScores& first = report.shapes.front().scores;
  std::string text = fmt::format("{}\n{} pictures, {} labelled objects, {} found; {} classes\n",
                                 report.subject, first.images,
                                 Sum(first, &CategoryScores::labelled),
                                 Sum(first, &CategoryScores::found), report.categories.size());
  for (const ShapeScores& one : report.shapes) {
    if (by_class) text += ClassesText(report, one);
    text += ShapeText(one);
  }
  return text;
}

nlohmann::ordered_json EvalJson(const EvalReport& report) {
  const ShapeScores& first = report.shapes.front();
  nlohmann::ordered_json json = {{"iou_type", ToString(first.shape)}};
  for (const ShapeScores& one : report.shapes) {
    const std::string before = &one == &first ? "" : fmt::format("{}_", ToString(one.shape));
    for (const Column& column : ColumnsOf(one.shape)) {
      json[before + column.name] = one.scores.*column.value;
    }
  }
  json["images"] = first.scores.images;
  json["images_without_labels"] = report.images_without_labels;
  json["labelled"] = Sum(first.scores, &CategoryScores::labelled);
  json["found"] = Sum(first.scores, &CategoryScores::found);
  json["subject"] = report.subject;
  for (const auto& [name, value] : report.settings) json[name] = value;
  auto& classes = json["classes"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < report.categories.size(); ++i) {
    const CategoryScores& scores = first.scores.categories[i];
    if (scores.labelled == 0 && scores.found == 0) continue;
    classes[report.categories[i].name] = {{"AP", scores.ap},       {"AP50", scores.ap50},
                                          {"AP75", scores.ap75},   {"AR", scores.ar},
                                          {"labelled", scores.labelled}, {"found", scores.found}};
  }
  return json;
}

}  // namespace retinue::cli
