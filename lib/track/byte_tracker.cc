#include "lib/track/byte_tracker.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/track/assignment.h"
#include "lib/track/motion.h"
#include "lib/track/overlap.h"
#include "lib/track/roster.h"
#include "lib/track/timeline.h"

namespace retinue::internal {
namespace {

// Limits of the costs in the second and third round, and of the overlap from which
// two tracks are one; constants of the published program.
constexpr double kLimitOfWeak = 0.5;
constexpr double kLimitOfUnconfirmed = 0.7;
constexpr float kDuplicateOverlap = 0.85f;

enum class State { kUnconfirmed, kTracked, kLost, kOver };

struct ByteTrack {
  TrackId id;
  State state;
  MotionState motion;
  Box box;  // predicted, then corrected
  ClassVotes votes;
  int detection;  // of this update, or kUnmatched
  Reason reason;  // of that detection
  Nanoseconds born, last_seen, missed_since;

  void Clear() {
    id = kNoTrack;
    state = State::kUnconfirmed;
    votes.Clear();
    detection = kUnmatched;
    reason = Reason::kTentative;
    born = last_seen = missed_since = Nanoseconds{0};
  }
};

class ByteTracker final : public Tracker {
 public:
  explicit ByteTracker(const ByteTrackOptions& options)
      : options_(options),
        buffer_(FromSeconds(options.track_buffer_s)),
        timeline_(NewTimeline()) {}

  void Update(Nanoseconds now, std::span<const Detection> detections, TrackUpdate& out) override {
    out.ended.clear();
    detections_ = detections;
    if (timeline_.Advance(now) == Timeline::Step::kNewBeginning) EndAll(out);
    Split(out);
    Predict();
    MatchStrong();
    MatchWeak();
    MatchUnconfirmed();
    Begin();
    DropStale();
    DropDuplicates();
    Report(out);
    Bury(out);
    is_first_ = false;
  }

  void Reset() override {
    tracks_.RemoveIf([](const ByteTrack&) { return true; });
    timeline_ = NewTimeline();
    next_id_ = 1;
    is_first_ = true;
  }

 private:
  Timeline NewTimeline() const {
    return {std::max(buffer_, FromSeconds(options_.max_gap_s)),
            FromSeconds(1 / options_.nominal_rate_hz)};
  }

  void EndAll(TrackUpdate& out) {
    for (ByteTrack& track : tracks_.alive()) track.state = State::kOver;
    Bury(out);
    is_first_ = true;
  }

  // Strong detections and weak ones; the others are done already.
  void Split(TrackUpdate& out) {
    out.of_detection.resize(detections_.size());
    strong_.clear();
    weak_.clear();
    for (std::size_t i = 0; i < detections_.size(); ++i) {
      const Detection& d = detections_[i];
      const bool is_usable = IsUsable(d.box) && std::isfinite(d.score);
      out.of_detection[i] = {
          .id = kNoTrack,
          .class_id = d.class_id,
          .reason = is_usable ? Reason::kLowScore : Reason::kInvalidBox};
      if (!is_usable) continue;
      if (d.score >= High()) {
        strong_.push_back(static_cast<int>(i));
      } else if (d.score > static_cast<float>(options_.track_low_thresh)) {
        weak_.push_back(static_cast<int>(i));
      }
    }
  }

  void Predict() {
    for (ByteTrack& track : tracks_.alive()) {
      track.detection = kUnmatched;
      // As published: what is lost keeps its size, what is unconfirmed its place.
      if (track.state == State::kLost) track.motion.velocity[3] = 0;
      if (track.state != State::kUnconfirmed) {
        HeightModel::Predict(timeline_.nominal_frames(), track.motion);
      }
      track.box = HeightModel::ToBox(track.motion);
    }
  }

  void MatchStrong() {
    rows_.clear();
    for (const State state : {State::kTracked, State::kLost}) AddRows(state);
    Match(strong_, 1 - options_.match_thresh, options_.fuse_score);
  }

  void MatchWeak() {
    rows_.clear();
    AddRows(State::kTracked);
    Match(weak_, 1 - kLimitOfWeak, false);
    for (ByteTrack& track : tracks_.alive()) {
      if (track.state != State::kTracked || track.detection != kUnmatched) continue;
      track.state = State::kLost;
      track.missed_since = timeline_.elapsed();
    }
  }

  void MatchUnconfirmed() {
    rows_.clear();
    AddRows(State::kUnconfirmed);
    Match(strong_, 1 - kLimitOfUnconfirmed, options_.fuse_score);
    for (const int row : rows_) {
      if (tracks_[row].detection == kUnmatched) tracks_[row].state = State::kOver;
    }
  }

  // The tracks of `state` that have no detection yet.
  void AddRows(State state) {
    for (int i = 0; i < tracks_.size(); ++i) {
      if (tracks_[i].state == state && tracks_[i].detection == kUnmatched) rows_.push_back(i);
    }
  }

  // Matches rows_ with `candidates` where they are more similar than `least`;
  // matched candidates are taken out.
  void Match(std::vector<int>& candidates, double least, bool weigh_by_score) {
    table_.Clear();
    for (const int i : candidates) table_.Add(At(i).box);
    edges_.clear();
    const float threshold = static_cast<float>(least);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const auto overlaps = table_.With(tracks_[rows_[r]].box);
      for (std::size_t k = 0; k < overlaps.size(); ++k) {
        if (!(overlaps[k] > 0)) continue;
        const Detection& d = At(candidates[k]);
        const float similarity = weigh_by_score ? overlaps[k] * d.score : overlaps[k];
        if (!(similarity > threshold)) continue;
        if (options_.per_class && tracks_[rows_[r]].votes.winner() != d.class_id) continue;
        edges_.push_back({static_cast<int>(r), static_cast<int>(k), similarity - threshold});
      }
    }
    solver_.Solve(static_cast<int>(rows_.size()), static_cast<int>(candidates.size()), edges_);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const int k = solver_.column_of_row()[r];
      if (k != kUnmatched) Continue(tracks_[rows_[r]], candidates[static_cast<std::size_t>(k)]);
    }
    std::size_t kept = 0;
    for (std::size_t k = 0; k < candidates.size(); ++k) {
      if (solver_.row_of_column()[k] == kUnmatched) candidates[kept++] = candidates[k];
    }
    candidates.resize(kept);
  }

  void Continue(ByteTrack& track, int detection) {
    track.reason = track.state == State::kLost ? Reason::kRefound : Reason::kTracked;
    track.state = State::kTracked;
    track.detection = detection;
    track.last_seen = timeline_.elapsed();
    track.votes.Add(At(detection).class_id);
    HeightModel::Correct(At(detection).box, track.motion);
    track.box = HeightModel::ToBox(track.motion);
  }

  void Begin() {
    for (const int i : strong_) {
      if (At(i).score < static_cast<float>(options_.new_track_thresh)) continue;
      ByteTrack& track = tracks_.Add();
      track.motion = HeightModel::Start(At(i).box);
      track.box = At(i).box;
      track.detection = i;
      track.votes.Add(At(i).class_id);
      track.born = track.last_seen = timeline_.elapsed();
      if (is_first_) track.state = State::kTracked;
    }
  }

  void DropStale() {
    for (ByteTrack& track : tracks_.alive()) {
      const bool is_stale = track.state == State::kLost &&
                            timeline_.elapsed() - track.missed_since + kRounding >= buffer_;
      if (is_stale) track.state = State::kOver;
    }
  }

  // Of a seen and a lost track in one place the one that was seen for longer stays. All
  // pairs are judged before any track is dropped, as published.
  void DropDuplicates() {
    rows_.clear();
    for (int i = 0; i < tracks_.size(); ++i) {
      if (tracks_[i].state == State::kLost) rows_.push_back(i);
    }
    if (rows_.empty()) return;
    table_.Clear();
    for (const int i : rows_) table_.Add(tracks_[i].box);
    doubles_.assign(static_cast<std::size_t>(tracks_.size()), 0);
    for (int i = 0; i < tracks_.size(); ++i) {
      if (tracks_[i].detection == kUnmatched) continue;
      const auto overlaps = table_.With(tracks_[i].box);
      for (std::size_t k = 0; k < overlaps.size(); ++k) {
        if (!(overlaps[k] > kDuplicateOverlap)) continue;
        const bool is_older = Lifetime(tracks_[i]) > Lifetime(tracks_[rows_[k]]) + kRounding;
        doubles_[static_cast<std::size_t>(is_older ? rows_[k] : i)] = 1;
      }
    }
    for (int i = 0; i < tracks_.size(); ++i) {
      if (doubles_[static_cast<std::size_t>(i)] == 0) continue;
      tracks_[i].state = State::kOver;
      tracks_[i].reason = Reason::kDuplicate;
    }
  }

  static Nanoseconds Lifetime(const ByteTrack& track) { return track.last_seen - track.born; }

  void Report(TrackUpdate& out) {
    track_of_.assign(detections_.size(), kUnmatched);
    for (int i = 0; i < tracks_.size(); ++i) {
      const int detection = tracks_[i].detection;
      if (detection != kUnmatched) track_of_[static_cast<std::size_t>(detection)] = i;
    }
    for (std::size_t i = 0; i < track_of_.size(); ++i) {
      if (track_of_[i] == kUnmatched) continue;
      ByteTrack& track = tracks_[track_of_[i]];
      Assignment& assignment = out.of_detection[i];
      assignment.class_id = track.votes.winner();
      assignment.reason = track.reason;
      if (track.state != State::kTracked) continue;
      if (track.id == kNoTrack) {
        track.id = next_id_++;
        assignment.reason = Reason::kNewTrack;
      }
      assignment.id = track.id;
    }
  }

  void Bury(TrackUpdate& out) {
    tracks_.RemoveIf([&out](const ByteTrack& track) {
      if (track.state != State::kOver) return false;
      if (track.id != kNoTrack) out.ended.push_back(track.id);
      return true;
    });
    std::sort(out.ended.begin(), out.ended.end());
  }

  const Detection& At(int i) const { return detections_[static_cast<std::size_t>(i)]; }
  float High() const { return static_cast<float>(options_.track_high_thresh); }

  ByteTrackOptions options_;
  Nanoseconds buffer_;
  Timeline timeline_;
  Roster<ByteTrack> tracks_;
  TrackId next_id_ = 1;
  bool is_first_ = true;  // what the first update sees is believed at once
  std::span<const Detection> detections_;  // of the update under way
  // Reused from update to update.
  std::vector<int> strong_, weak_;  // detections of a round that are still free
  std::vector<int> rows_;           // tracks of a round
  std::vector<int> track_of_;       // of each detection
  std::vector<char> doubles_;
  std::vector<Edge> edges_;
  OverlapTable table_;
  AssignmentSolver solver_;
};

}  // namespace

std::unique_ptr<Tracker> MakeByteTracker(const ByteTrackOptions& options) {
  return std::make_unique<ByteTracker>(options);
}

}  // namespace retinue::internal
