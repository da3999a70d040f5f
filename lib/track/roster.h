#pragma once

// What both trackers keep about tracks: votes on the class, and a list that
// gives no memory back. Thread rule: plain values.

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace retinue::internal {

/// Which class a track's detections said it is.
class ClassVotes {
 public:
  /// The class with the most votes; of equals the one that reached the number first.
  int winner() const { return winner_; }

  void Clear() {
    votes_.clear();
    winner_ = 0;
    most_ = 0;
  }

  void Add(int class_id) {
    auto vote = std::find_if(votes_.begin(), votes_.end(),
                             [class_id](const Vote& v) { return v.class_id == class_id; });
    if (vote == votes_.end()) {
      votes_.reserve(4);  // more classes than a track usually sees
      vote = votes_.insert(votes_.end(), {class_id, 0});
    }
    if (++vote->count > most_) {
      most_ = vote->count;
      winner_ = class_id;
    }
  }

 private:
  struct Vote {
    int class_id;
    int count;
  };
  std::vector<Vote> votes_;
  int winner_ = 0;
  int most_ = 0;
};

/// The living tracks in order of birth. Tracks that are removed stay behind
/// the living ones with their memory, for the next that are born.
///
/// `Track` needs Clear(), which makes it as new but may keep memory.
template <typename Track>
class Roster {
 public:
  std::span<Track> alive() { return {tracks_.data(), alive_}; }
  int size() const { return static_cast<int>(alive_); }
  Track& operator[](int i) { return tracks_[static_cast<std::size_t>(i)]; }

  /// A cleared track at the end. Invalidates references to others.
  Track& Add() {
    if (alive_ == tracks_.size()) tracks_.emplace_back();
    Track& track = tracks_[alive_++];
    track.Clear();
    return track;
  }

  /// Removes the tracks for which `is_over(track)`; the others keep their order.
  template <typename Predicate>
  void RemoveIf(Predicate is_over) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < alive_; ++i) {
      if (is_over(tracks_[i])) continue;
      if (i != kept) std::swap(tracks_[i], tracks_[kept]);
      ++kept;
    }
    alive_ = kept;
  }

 private:
  std::vector<Track> tracks_;
  std::size_t alive_ = 0;
};

}  // namespace retinue::internal
