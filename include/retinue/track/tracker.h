#pragma once

// Tracker: gives the detections of one stream identities that last from frame
// to frame. A tracker is a pure function of (state, detections, timestamp): it
// reads no clock, and the same calls give the same answers on every machine.
//
// Time is the timestamps', never "one step per call". Frames may be missing,
// late or irregular; a tracker predicts over the time that really passed, and
// its buffers are in seconds. What each timestamp means:
//   * later than the last one      the usual case; motion is predicted over the difference
//   * equal, or earlier by at most the longest gap
//                                  no time passes: motion stays, detections are still matched
//   * earlier, or later, by more than the longest gap (seeking, a looped file,
//     a camera that slept)         every track ends first, then the frame starts afresh
//   * kNoTime                      one nominal frame has passed
// The longest gap is `max_gap_s` or the time a lost track is kept, whichever is more.
//
// Threads: one tracker serves one stream; not thread-safe. Different trackers
// share nothing.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/results/results.h"

namespace retinue {

/// Why a detection has the id it has, or why it has none.
enum class Reason {
  kTracked,     ///< Has an id: continues a track that was seen in the last update.
  kRefound,     ///< Has an id: continues a track that earlier updates had missed.
  kNewTrack,    ///< Has an id: the first time this track is reported.
  kTentative,   ///< No id: belongs to a track that has not been seen often enough (again).
  kLowScore,    ///< No id: matches nothing, and its score is too low to start a track.
  kDuplicate,   ///< No id: its track turned out to double an older one and was dropped.
  kInvalidBox,  ///< No id: a number is not finite or beyond ±1e7, or the box has no area.
};

/// The name as it is written in logs: `new_track`.
std::string_view ToString(Reason reason);

/// What the tracker says about one detection.
struct Assignment {
  /// kNoTrack when it has none; ids count 1, 2, 3 … in the order in which
  /// tracks are first reported and are never used again.
  TrackId id = kNoTrack;
  /// The class that most detections of the track had; of equals the one that
  /// reached the number first. Without a track the detection's own class.
  int class_id = 0;
  Reason reason = Reason::kTentative;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// The answer to one Update. Hand in the same object every time: its memory is reused.
struct TrackUpdate {
  /// One entry per detection, in the order of the input. No id appears twice.
  std::vector<Assignment> of_detection;
  /// Reported tracks that are over: none of these ids will appear again.
  /// In the order of their ids.
  std::vector<TrackId> ended;
};

/// Follows the objects of one stream. Made by MakeTracker (options.h).
class Tracker {
 public:
  virtual ~Tracker() = default;

  /// Matches the detections of one frame to the tracks and moves the state on.
  ///
  /// @param now         Presentation time of the frame; see above for odd ones.
  /// @param detections  Boxes in pixels, in any order and number, of all scores that the
  ///                    tracker may use (ByteTrack wants the low ones too). May be empty: a
  ///                    frame that was looked at and held nothing. A frame that was never
  ///                    looked at needs no call. Boxes, scores and classes are the caller's
  ///                    and stay as they are; `track_id` is not read.
  /// @param out         Overwritten.
  ///
  /// Never fails: detections that make no sense get Reason::kInvalidBox and
  /// touch nothing. Cost: about T · N box overlaps for T tracks and N
  /// detections, plus the matching of each clump of overlapping boxes, cubic in the
  /// clump: 0.07 ms for 100 people in a street, 3 to 20 ms for 1000, 0.1 s
  /// for 1000 boxes on one spot (bench/track_bench.cc). Allocates only while
  /// the numbers of tracks and detections grow beyond what was seen before.
  virtual void Update(Nanoseconds now, std::span<const Detection> detections,
                      TrackUpdate& out) = 0;

  /// Forgets everything, ids included: the next Update is as a new tracker's first.
  virtual void Reset() = 0;
};

}  // namespace retinue
