#include "apps/cli/report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace retinue::cli {
namespace {

using Json = nlohmann::ordered_json;

double Rounded(double value) { return std::round(value * 1000.0) / 1000.0; }

/// All streams together.
StreamSummary Total(const RunReport& report) {
  StreamSummary total;
  for (const StreamReport& stream : report.streams) {
    const StreamSummary& one = stream.summary;
    total.frames += one.frames;
    total.passed_over += one.passed_over;
    total.failed += one.failed;
    total.frames_with_invalid += one.frames_with_invalid;
    total.objects += one.objects;
    total.tracks += one.tracks;
    total.source.frames += one.source.frames;
    total.source.damaged += one.source.damaged;
    total.source.dropped_late += one.source.dropped_late;
    total.interrupted = total.interrupted || one.interrupted;
    total.stages.Merge(one.stages);
  }
  return total;
}

double FramesPerSecond(const RunReport& report, const StreamSummary& total) {
  return report.elapsed_seconds > 0 ? static_cast<double>(total.frames) / report.elapsed_seconds
                                    : 0.0;
}

/// Why frames that were decoded or sent are not in the results.
std::string DropReasons(const StreamSummary& total) {
  std::string text;
  const auto add = [&](std::int64_t count, const char* reason) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  };
  add(total.source.dropped_late, "late");
  add(total.source.damaged, "damaged");
  add(total.failed, "failed in the model");
  return text.empty() ? "none" : text;
}

Json CountsJson(const StreamSummary& one) {
  return {{"frames", one.frames},
          {"decoded", one.source.frames},
          {"passed_over", one.passed_over},
          {"dropped", {{"late", one.source.dropped_late},
                       {"damaged", one.source.damaged},
                       {"failed", one.failed}}},
          {"frames_with_invalid_values", one.frames_with_invalid},
          {"objects", one.objects},
          {"tracks", one.tracks}};
}

}  // namespace

std::string StagesText(const StageStats& stages) {
  std::string text = fmt::format("  {:<12} {:>9} {:>9} {:>9} {:>9}\n", "stage (ms)", "mean", "p50",
                                 "p95", "p99");
  for (int i = 0; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    const DurationHistogram& times = stages.of(stage);
    if (times.count() == 0) continue;
    std::string name(ToString(stage));
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format("  {:<12} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f}\n", name, times.MeanMs(),
                        times.PercentileMs(0.50), times.PercentileMs(0.95),
                        times.PercentileMs(0.99));
  }
  return text;
}

Json StagesJson(const StageStats& stages) {
  Json json = Json::object();
  for (int i = 0; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    const DurationHistogram& times = stages.of(stage);
    json[std::string(ToString(stage))] = {{"mean_ms", Rounded(times.MeanMs())},
                                          {"p50_ms", Rounded(times.PercentileMs(0.50))},
                                          {"p95_ms", Rounded(times.PercentileMs(0.95))},
                                          {"p99_ms", Rounded(times.PercentileMs(0.99))}};
  }
  return json;
}

std::string SummaryText(const RunReport& report) {
  const StreamSummary total = Total(report);
  std::string text = fmt::format("{} frames in {:.1f} s, {:.1f} fps; dropped: {}\n", total.frames,
                                 report.elapsed_seconds, FramesPerSecond(report, total),
                                 DropReasons(total));
  if (total.passed_over > 0) {
    text += fmt::format("{} frames passed over by vid_stride or max_fps\n", total.passed_over);
  }
  text += fmt::format("{} objects", total.objects);
  if (report.verb == "track") text += fmt::format(", {} tracks", total.tracks);
  text += fmt::format("; {} on {}\n", report.model, report.engine);
  text += StagesText(total.stages);
  text += fmt::format("peak memory {:.0f} MB, {:.1f} CPU seconds", report.peak_mb,
                      report.cpu_seconds);
  for (const std::string& file : report.files) text += "\nwrote " + file;
  return text;
}

Json SummaryJson(const RunReport& report) {
  const StreamSummary total = Total(report);
  Json json = {{"v", 1}, {"verb", report.verb}, {"model", report.model}, {"engine", report.engine}};
  json.update(CountsJson(total));
  json["fps"] = Rounded(FramesPerSecond(report, total));
  json["elapsed_seconds"] = Rounded(report.elapsed_seconds);
  json["cpu_seconds"] = Rounded(report.cpu_seconds);
  json["peak_mb"] = Rounded(report.peak_mb);
  json["interrupted"] = total.interrupted;
  json["stages"] = StagesJson(total.stages);
  json["files"] = report.files;
  Json streams = Json::array();
  for (const StreamReport& stream : report.streams) {
    Json one = {{"stream", stream.name}};
    one.update(CountsJson(stream.summary));
    if (!stream.summary.source.warning.empty()) one["warning"] = stream.summary.source.warning;
    if (!stream.failure.empty()) one["failure"] = stream.failure;
    streams.push_back(std::move(one));
  }
  json["streams"] = std::move(streams);
  return json;
}

}  // namespace retinue::cli
