#include "apps/cli/trackers.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/cli/settings.h"

namespace retinue::cli {
namespace {

Outcome<TrackerSpec> ReadTrackerFile(const std::string& path) {
  const auto settings = ReadSettings(path);
  if (!settings) return PassOn(settings);
  const auto tracker = std::find_if(settings->begin(), settings->end(),
                                    [](const Setting& s) { return s.key == "tracker"; });
  auto spec = TrackerByName(tracker == settings->end() ? "bytetrack" : Joined(*tracker));
  if (!spec) return Exit(kExitUsage, fmt::format("{}: {}", path, spec.error().message));
  for (const Setting& setting : *settings) {
    if (setting.key == "tracker") continue;
    if (auto set = SetOption(*spec, setting.key, Joined(setting)); !set) {
      return Exit(kExitUsage,
                  fmt::format("{}: line {}: {}", path, setting.line, set.error().message));
    }
  }
  return *std::move(spec);
}

}  // namespace

Outcome<TrackerSpec> ChooseTracker(const Options& options) {
  const bool is_file = options.tracker.ends_with(".toml");
  Outcome<TrackerSpec> spec;
  if (is_file) {
    spec = ReadTrackerFile(options.tracker);
    if (!spec) return spec;
  } else {
    auto named = TrackerByName(options.tracker);
    if (!named) return Exit(kExitUsage, named.error());
    spec = *std::move(named);
  }
  if (options.conf) {
    const double conf = static_cast<double>(*options.conf);
    spec->bytetrack.track_high_thresh = conf;
    spec->bytetrack.new_track_thresh = conf;
    spec->bytetrack.track_low_thresh = std::min(spec->bytetrack.track_low_thresh, conf);
    spec->sort.min_score = conf;
  }
  // Made once here, so that settings that contradict each other are wrong usage.
  if (auto made = MakeTracker(*spec); !made) return Exit(kExitUsage, made.error());
  return spec;
}

float LowestUsefulScore(const TrackerSpec& spec, float conf) {
  return spec.kind == TrackerKind::kByteTrack
             ? static_cast<float>(spec.bytetrack.track_low_thresh)
             : std::max(conf, static_cast<float>(spec.sort.min_score));
}

}  // namespace retinue::cli
