#pragma once

// How long each stage of a stream took: what the summary, `stats=` and the
// benches print. Thread rule: one thread writes; copy to share.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "retinue/base/time.h"

namespace retinue {

/// The stages of a stream, in the order of the flow. Each is the time that the
/// stream's own thread spent there, so per frame they add up to the frame
/// period: a wait near zero means that part keeps ahead of the others.
enum class Stage {
  kDecodeWait,  ///< Waiting for the source to give a frame.
  kPreprocess,  ///< Frame → input tensor.
  kInference,   ///< Waiting for the engine, with other frames in flight.
  kHead,        ///< Output tensors → detections.
  kRegions,     ///< All of the second model, where there is one.
  kTrack,       ///< Detections → identities.
  kEffects,     ///< An effects program, when somebody wants the drawn picture.
  kDraw,        ///< Overlay, when somebody wants the drawn picture.
  kEncodeWait,  ///< Handing frame and results to the sinks.
  kLatency,     ///< Not a part of the sum: from the frame's arrival to its results being out.
};

inline constexpr int kStageCount = 10;

/// The name in JSON: `decode_wait`.
std::string_view ToString(Stage stage);

/// A distribution of durations in constant memory: a histogram whose buckets
/// are 1/64 of an octave wide, so percentiles are within ±0.8 %. The mean and
/// the extremes are exact. Adding allocates nothing.
class DurationHistogram {
 public:
  DurationHistogram();

  /// Negative durations count as 0; those over 2^40 ns (18 minutes) as that.
  void Add(Nanoseconds duration);

  std::int64_t count() const { return count_; }
  /// 0 when empty, as all below.
  double MeanMs() const;
  double MaxMs() const;
  /// The smallest duration that at least `fraction` (0…1) of all were not above.
  double PercentileMs(double fraction) const;
  /// Adds all that `other` has seen.
  void Merge(const DurationHistogram& other);

 private:
  static constexpr int kSubBuckets = 64;
  static constexpr int kOctaves = 41;
  std::vector<std::uint32_t> buckets_;
  std::int64_t count_ = 0;
  double sum_ns_ = 0;
  std::int64_t max_ns_ = 0;
};

/// One histogram a stage.
class StageStats {
 public:
  void Add(Stage stage, Nanoseconds duration) {
    histograms_[static_cast<std::size_t>(stage)].Add(duration);
  }
  const DurationHistogram& of(Stage stage) const {
    return histograms_[static_cast<std::size_t>(stage)];
  }
  /// Adds all that `other` has seen: several streams of one run.
  void Merge(const StageStats& other);

 private:
  std::array<DurationHistogram, kStageCount> histograms_;
};

/// Adds the time between its construction and its end to a stage.
class StageTimer {
 public:
  StageTimer(const Clock& clock, StageStats& stats, Stage stage)
      : clock_(clock), stats_(stats), stage_(stage), start_(clock.Now()) {}
  ~StageTimer() { stats_.Add(stage_, clock_.Now() - start_); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  const Clock& clock_;
  StageStats& stats_;
  Stage stage_;
  Nanoseconds start_;
};

}  // namespace retinue
