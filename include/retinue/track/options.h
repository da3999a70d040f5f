#pragma once

// Which tracker, with which settings, and how to make it. Thread rule: plain
// values, pure functions.
//
// Motion is the published constant-velocity Kalman filter of each tracker,
// whose step is one frame. Here a step may take any time: velocities are per
// nominal frame (1 / nominal_rate_hz), and the noise of a step of τ nominal
// frames is that of white noise on position and velocity integrated over τ,
// with the constants chosen such that τ = 1 gives the published matrix. So a
// step of n whole frames equals n published steps without a detection, and any
// two steps equal one of their sum.

#include <memory>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/track/tracker.h"

namespace retinue {

/// SORT: motion and overlap alone. Fast, plain; loses what is hidden for more
/// than a moment.
///
/// @source Bewley, Ge, Ott, Ramos, Upcroft: "Simple Online and Realtime
/// Tracking", ICIP 2016, arXiv 1602.00763; defaults are the authors' program's.
struct SortOptions {
  /// Detections below are ignored (Reason::kLowScore). The published program uses all it is given.
  double min_score = 0.0;
  /// Least overlap (IoU) between a prediction and its detection, 0…1.
  double iou_threshold = 0.3;
  /// Reported from the update on that continues the track for this many updates
  /// in a row. During the first `min_hits` updates everything is reported.
  int min_hits = 3;
  /// A track ends at the first update that comes this long after the first
  /// update that missed it (published: 1 frame); 0 = when it is first missed.
  double max_age_s = 1.0 / 30.0;
  /// A longer time between two updates ends all tracks.
  double max_gap_s = 1.0;
  /// The frame rate for which the filter's constants were published.
  double nominal_rate_hz = 30.0;
  /// Only match a detection to a track of the same class.
  bool per_class = false;
};

/// ByteTrack: also uses weak detections to hold on to tracks, and finds lost
/// tracks again.
///
/// @source Zhang, Sun, Jiang, et al.: "ByteTrack: Multi-Object Tracking by
/// Associating Every Detection Box", ECCV 2022, arXiv 2110.06864; names and
/// defaults are those of Ultralytics' bytetrack.yaml, with frames as seconds.
struct ByteTrackOptions {
  /// Detections with at least this score are matched first.
  double track_high_thresh = 0.25;
  /// Those above this and below track_high_thresh may only continue tracks.
  double track_low_thresh = 0.1;
  /// A strong detection that matches nothing starts a track from this score on.
  double new_track_thresh = 0.25;
  /// A track is lost at the first update that misses it, and ends at the first one that comes
  /// this long after that (published: 30 frames).
  double track_buffer_s = 1.0;
  /// Highest cost, 1 - IoU (times score, if fuse_score), of a match in the first round, 0…1.
  double match_thresh = 0.8;
  /// Weigh overlaps by the detection's score.
  bool fuse_score = true;
  /// A longer time between two updates ends all tracks, if it is also longer than track_buffer_s.
  double max_gap_s = 1.0;
  /// The frame rate for which the filter's constants were published.
  double nominal_rate_hz = 30.0;
  /// Only match a detection to a track of the same class.
  bool per_class = false;
};

enum class TrackerKind { kByteTrack, kSort };

/// `bytetrack` or `sort`.
std::string_view ToString(TrackerKind kind);

/// A tracker's kind and settings; the settings of the other kind are not used.
struct TrackerSpec {
  TrackerKind kind = TrackerKind::kByteTrack;
  ByteTrackOptions bytetrack;
  SortOptions sort;
};

/// The spec of `name` (`bytetrack` or `sort`) with default settings.
///
/// @error kInvalidArgument  Another name; the message lists those known.
Result<TrackerSpec> TrackerByName(std::string_view name);

/// Sets one setting of the spec's kind by its name above; what a TOML file or
/// a command line holds.
///
/// @param key    e.g. `track_buffer_s`; dashes count as underscores.
/// @param value  A decimal number; for yes or no `true`, `false`, `1`, `0`.
/// @error kInvalidArgument  No such setting (the message names the nearest), not a number, or
///                          outside of the range the message states. `spec` is unchanged.
Result<void> SetOption(TrackerSpec& spec, std::string_view key, std::string_view value);

/// One line for people: `bytetrack track_high_thresh=0.25 … per_class=false`.
std::string Describe(const TrackerSpec& spec);

/// Makes a tracker with no tracks.
///
/// @error kInvalidArgument  A setting is outside of its range, or track_low_thresh is above
///                          track_high_thresh.
Result<std::unique_ptr<Tracker>> MakeTracker(const TrackerSpec& spec);

}  // namespace retinue
