#include "retinue/track/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "lib/track/byte_tracker.h"
#include "lib/track/sort_tracker.h"

namespace retinue {
namespace {

struct Range {
  double least;
  double most;
};
constexpr Range kFraction{0, 1};
constexpr Range kSeconds{0, 3600};
constexpr Range kRate{1, 1000};
constexpr Range kCount{0, 1000};
constexpr Range kFlag{0, 1};

// The one list of settings: calls `visit(name, member, range)` for each.
void ForEachSetting(auto& o, auto&& visit)
  requires requires { o.min_hits; }
{
  visit("min_score", o.min_score, kFraction);
  visit("iou_threshold", o.iou_threshold, kFraction);
  visit("min_hits", o.min_hits, kCount);
  visit("max_age_s", o.max_age_s, kSeconds);
  visit("max_gap_s", o.max_gap_s, kSeconds);
  visit("nominal_rate_hz", o.nominal_rate_hz, kRate);
  visit("per_class", o.per_class, kFlag);
}

void ForEachSetting(auto& o, auto&& visit)
  requires requires { o.track_high_thresh; }
{
  visit("track_high_thresh", o.track_high_thresh, kFraction);
  visit("track_low_thresh", o.track_low_thresh, kFraction);
  visit("new_track_thresh", o.new_track_thresh, kFraction);
  visit("track_buffer_s", o.track_buffer_s, kSeconds);
  visit("match_thresh", o.match_thresh, kFraction);
  visit("fuse_score", o.fuse_score, kFlag);
  visit("max_gap_s", o.max_gap_s, kSeconds);
  visit("nominal_rate_hz", o.nominal_rate_hz, kRate);
  visit("per_class", o.per_class, kFlag);
}

void ForEachSettingOf(auto& spec, auto&& visit) {
  if (spec.kind == TrackerKind::kSort) {
    ForEachSetting(spec.sort, visit);
  } else {
    ForEachSetting(spec.bytetrack, visit);
  }
}

std::string Print(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}
std::string Print(int value) { return std::to_string(value); }
std::string Print(bool value) { return value ? "true" : "false"; }

std::string Expected(double, Range r) {
  return "a number from " + Print(r.least) + " to " + Print(r.most);
}
std::string Expected(int, Range r) {
  return "a whole number from " + Print(r.least) + " to " + Print(r.most);
}
std::string Expected(bool, Range) { return "true or false"; }

template <typename Number>
bool ParseNumber(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}
bool Parse(std::string_view text, double& into) { return ParseNumber(text, into); }
bool Parse(std::string_view text, int& into) { return ParseNumber(text, into); }
bool Parse(std::string_view text, bool& into) {
  into = text == "true" || text == "1";
  return into || text == "false" || text == "0";
}

// False for NaN too.
bool IsIn(auto value, Range range) {
  return static_cast<double>(value) >= range.least && static_cast<double>(value) <= range.most;
}

// Levenshtein's distance.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

tl::unexpected<Error> UnknownSetting(const TrackerSpec& spec, std::string_view key) {
  std::string nearest;
  std::size_t least = std::string::npos;
  ForEachSettingOf(spec, [&](std::string_view name, const auto&, Range) {
    const std::size_t distance = EditDistance(key, name);
    if (distance >= least) return;
    least = distance;
    nearest = name;
  });
  return Fail(ErrorCode::kInvalidArgument, std::string(ToString(spec.kind)) +
                                               " has no setting '" + std::string(key) +
                                               "'; the nearest is '" + nearest + "'");
}

Result<void> CheckRanges(const TrackerSpec& spec) {
  std::string problem;
  ForEachSettingOf(spec, [&](std::string_view name, const auto& value, Range range) {
    if (IsIn(value, range) || !problem.empty()) return;
    problem = std::string(name) + " must be " + Expected(value, range) + ", got " + Print(value);
  });
  if (!problem.empty()) return Fail(ErrorCode::kInvalidArgument, std::move(problem));
  const ByteTrackOptions& byte = spec.bytetrack;
  if (spec.kind == TrackerKind::kByteTrack && byte.track_low_thresh > byte.track_high_thresh) {
    return Fail(ErrorCode::kInvalidArgument,
                "track_low_thresh must be at most track_high_thresh (" +
                    Print(byte.track_high_thresh) + "), got " + Print(byte.track_low_thresh));
  }
  return {};
}

}  // namespace

std::string_view ToString(TrackerKind kind) {
  return kind == TrackerKind::kSort ? "sort" : "bytetrack";
}

std::string_view ToString(Reason reason) {
  switch (reason) {
    case Reason::kTracked: return "tracked";
    case Reason::kRefound: return "refound";
    case Reason::kNewTrack: return "new_track";
    case Reason::kTentative: return "tentative";
    case Reason::kLowScore: return "low_score";
    case Reason::kDuplicate: return "duplicate";
    case Reason::kInvalidBox: return "invalid_box";
  }
  return "unknown";
}

Result<TrackerSpec> TrackerByName(std::string_view name) {
  for (const TrackerKind kind : {TrackerKind::kByteTrack, TrackerKind::kSort}) {
    if (name == ToString(kind)) return TrackerSpec{.kind = kind, .bytetrack = {}, .sort = {}};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "tracker must be bytetrack or sort, got '" + std::string(name) + "'");
}

Result<void> SetOption(TrackerSpec& spec, std::string_view key, std::string_view value) {
  std::string wanted(key);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  bool is_known = false;
  std::string problem;
  ForEachSettingOf(spec, [&](std::string_view name, auto& setting, Range range) {
    if (name != wanted) return;
    is_known = true;
    auto parsed = setting;
    if (Parse(value, parsed) && IsIn(parsed, range)) {
      setting = parsed;
    } else {
      problem = wanted + " must be " + Expected(setting, range) + ", got '" + std::string(value) +
                "'";
    }
  });
  if (!is_known) return UnknownSetting(spec, wanted);
  if (!problem.empty()) return Fail(ErrorCode::kInvalidArgument, std::move(problem));
  return {};
}

std::string Describe(const TrackerSpec& spec) {
  std::string text(ToString(spec.kind));
  ForEachSettingOf(spec, [&](std::string_view name, const auto& value, Range) {
    text += ' ' + std::string(name) + '=' + Print(value);
  });
  return text;
}

Result<std::unique_ptr<Tracker>> MakeTracker(const TrackerSpec& spec) {
  RETINUE_RETURN_IF_ERROR(CheckRanges(spec));
  if (spec.kind == TrackerKind::kSort) return internal::MakeSortTracker(spec.sort);
  return internal::MakeByteTracker(spec.bytetrack);
}

}  // namespace retinue
