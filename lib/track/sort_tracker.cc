#include "lib/track/sort_tracker.h"

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

struct SortTrack {
  TrackId id;
  MotionState motion;
  ClassVotes votes;
  int detection;  // of this update, or kUnmatched
  int streak;     // updates in a row that continued it; its birth does not count
  Nanoseconds missed_since;  // kNoTime: the last update saw it
  bool was_missed;           // since it was last reported

  void Clear() {
    id = kNoTrack;
    votes.Clear();
    detection = kUnmatched;
    streak = 0;
    missed_since = kNoTime;
    was_missed = false;
  }
};

class SortTracker final : public Tracker {
 public:
  explicit SortTracker(const SortOptions& options)
      : options_(options), max_age_(FromSeconds(options.max_age_s)), timeline_(NewTimeline()) {}

  void Update(Nanoseconds now, std::span<const Detection> detections, TrackUpdate& out) override {
    out.ended.clear();
    if (timeline_.Advance(now) == Timeline::Step::kNewBeginning) EndAll(out);
    if (updates_ <= options_.min_hits) ++updates_;
    Choose(detections, out);
    Predict();
    Match(detections);
    Continue(detections);
    Begin(detections);
    Report(out);
    EndMissed(out);
  }

  void Reset() override {
    tracks_.RemoveIf([](const SortTrack&) { return true; });
    timeline_ = NewTimeline();
    updates_ = 0;
    next_id_ = 1;
  }

 private:
  Timeline NewTimeline() const {
    return {std::max(max_age_, FromSeconds(options_.max_gap_s)),
            FromSeconds(1 / options_.nominal_rate_hz)};
  }

  void EndAll(TrackUpdate& out) {
    for (const SortTrack& track : tracks_.alive()) {
      if (track.id != kNoTrack) out.ended.push_back(track.id);
    }
    std::sort(out.ended.begin(), out.ended.end());
    tracks_.RemoveIf([](const SortTrack&) { return true; });
    updates_ = 0;
  }

  void Choose(std::span<const Detection> detections, TrackUpdate& out) {
    out.of_detection.resize(detections.size());
    chosen_.clear();
    table_.Clear();
    for (std::size_t i = 0; i < detections.size(); ++i) {
      const Detection& d = detections[i];
      Assignment& assignment = out.of_detection[i];
      assignment = {.id = kNoTrack, .class_id = d.class_id, .reason = Reason::kInvalidBox};
      if (!IsUsable(d.box) || !std::isfinite(d.score)) continue;
      assignment.reason = Reason::kLowScore;
      if (d.score < static_cast<float>(options_.min_score)) continue;
      chosen_.push_back(static_cast<int>(i));
      table_.Add(d.box);
    }
  }

  void Predict() {
    for (SortTrack& track : tracks_.alive()) {
      AreaModel::Predict(timeline_.nominal_frames(), track.motion);
    }
  }

  // As published, the overlaps are maximised over all pairs that overlap at all, and
  // those below the threshold are dropped afterwards.
  void Match(std::span<const Detection> detections) {
    edges_.clear();
    for (int row = 0; row < tracks_.size(); ++row) {
      const auto overlaps = table_.With(AreaModel::ToBox(tracks_[row].motion));
      for (std::size_t k = 0; k < overlaps.size(); ++k) {
        if (!(overlaps[k] > 0)) continue;
        const int class_id = DetectionAt(detections, k).class_id;
        if (options_.per_class && tracks_[row].votes.winner() != class_id) continue;
        edges_.push_back({row, static_cast<int>(k), overlaps[k]});
      }
    }
    solver_.Solve(tracks_.size(), static_cast<int>(chosen_.size()), edges_);
    for (SortTrack& track : tracks_.alive()) track.detection = kUnmatched;
    for (const Edge& edge : edges_) {
      if (solver_.column_of_row()[static_cast<std::size_t>(edge.row)] == edge.column &&
          edge.gain >= static_cast<float>(options_.iou_threshold)) {
        tracks_[edge.row].detection = edge.column;
      }
    }
  }

  void Continue(std::span<const Detection> detections) {
    for (SortTrack& track : tracks_.alive()) {
      if (track.detection == kUnmatched) {
        if (track.missed_since == kNoTime) track.missed_since = timeline_.elapsed();
        track.was_missed = true;
        track.streak = 0;
        continue;
      }
      track.missed_since = kNoTime;
      const Detection& d = DetectionAt(detections, static_cast<std::size_t>(track.detection));
      AreaModel::Correct(d.box, track.motion);
      track.votes.Add(d.class_id);
      ++track.streak;
    }
  }

  void Begin(std::span<const Detection> detections) {
    track_of_.assign(chosen_.size(), kUnmatched);
    for (int i = 0; i < tracks_.size(); ++i) {
      if (tracks_[i].detection != kUnmatched) {
        track_of_[static_cast<std::size_t>(tracks_[i].detection)] = i;
      }
    }
    for (std::size_t k = 0; k < chosen_.size(); ++k) {
      if (track_of_[k] != kUnmatched) continue;
      track_of_[k] = tracks_.size();
      SortTrack& track = tracks_.Add();
      const Detection& d = DetectionAt(detections, k);
      track.motion = AreaModel::Start(d.box);
      track.votes.Add(d.class_id);
      track.detection = static_cast<int>(k);
    }
  }

  void Report(TrackUpdate& out) {
    for (std::size_t k = 0; k < chosen_.size(); ++k) {
      Assignment& assignment = out.of_detection[static_cast<std::size_t>(chosen_[k])];
      SortTrack& track = tracks_[track_of_[k]];
      assignment.reason = Reason::kTentative;
      assignment.class_id = track.votes.winner();
      const bool is_proven = track.streak >= options_.min_hits || updates_ <= options_.min_hits;
      if (!is_proven) continue;
      assignment.reason = track.id == kNoTrack ? Reason::kNewTrack
                          : track.was_missed   ? Reason::kRefound
                                               : Reason::kTracked;
      if (track.id == kNoTrack) track.id = next_id_++;
      assignment.id = track.id;
      track.was_missed = false;
    }
  }

  void EndMissed(TrackUpdate& out) {
    tracks_.RemoveIf([&](const SortTrack& track) {
      const bool is_kept = track.missed_since == kNoTime ||
                           timeline_.elapsed() - track.missed_since + kRounding < max_age_;
      if (is_kept) return false;
      if (track.id != kNoTrack) out.ended.push_back(track.id);
      return true;
    });
    std::sort(out.ended.begin(), out.ended.end());
  }

  const Detection& DetectionAt(std::span<const Detection> detections, std::size_t k) const {
    return detections[static_cast<std::size_t>(chosen_[k])];
  }

  SortOptions options_;
  Nanoseconds max_age_;
  Timeline timeline_;
  Roster<SortTrack> tracks_;
  TrackId next_id_ = 1;
  int updates_ = 0;  // stops counting behind min_hits
  // Reused from update to update.
  std::vector<int> chosen_;    // detections that can be matched: index in the input
  std::vector<int> track_of_;  // track of each chosen detection
  std::vector<Edge> edges_;
  OverlapTable table_;
  AssignmentSolver solver_;
};

}  // namespace

std::unique_ptr<Tracker> MakeSortTracker(const SortOptions& options) {
  return std::make_unique<SortTracker>(options);
}

}  // namespace retinue::internal
