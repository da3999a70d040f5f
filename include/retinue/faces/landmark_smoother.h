#pragma once

// LandmarkSmoother: keeps the landmarks of a still face still without making those of a moving one
// late. A One-Euro filter (Casiez, Roussel, Vogel 2012): a low pass whose cutoff rises with the
// speed. Thread rule: one smoother belongs to one face of one stream; not thread-safe.

#include <span>
#include <vector>

#include "retinue/base/time.h"
#include "retinue/results/face.h"

namespace retinue {

/// Speeds are in sizes of the face per second (the size is the mean of the width and the height of
/// the box around the landmarks), so a face near the camera and one far away are smoothed alike.
///
/// The defaults were chosen by measuring, with MediaPipe's unsmoothed landmarks of
/// ../shared/data/videos/asl (30 Hz, a face of 70 px) and the same mesh moved by hand. RMS of the
/// distance in pixels; MediaPipe's are the options of its face landmarker, (0.05, 80, 1):
///                                                      none     defaults   MediaPipe's
///   noise on a still mesh of 70 px                      0.42    0.15       0.24
///   yes.mkv, frames 3 to 14, a head almost still:
///     from frame to frame                               0.44    0.22       0.29
///     about each landmark's straight line               0.34    0.14       0.22
///   sister.mkv, frames 62 to 76, from frame to frame    0.43    0.31       0.35
///   late after a start at 300 px/s, at most, and 1 s on:
///     face of 70 px                                             8, 2 ms    2, 1 ms
///     face of 200 px                                            16, 6 ms   6, 2 ms
/// A blink of three frames keeps its depth and comes out at most a frame late.
struct LandmarkSmootherOptions {
  float min_cutoff_hz = 0.3f;         ///< Of a still landmark; less is steadier. Above 0.
  float beta = 20;                    ///< Hz more for a speed of one face a second. 0 or more.
  float derivative_cutoff_hz = 1.0f;  ///< Of the speed itself. Above 0.
};

/// Smooths the landmarks of one face from frame to frame. The cutoff of a landmark goes by its
/// speed in the picture's plane, for x, y and z alike, so that it does not depend on the head's
/// roll.
class LandmarkSmoother {
 public:
  /// Options out of range, or not finite, are taken as the default.
  explicit LandmarkSmoother(const LandmarkSmootherOptions& options = {});

  /// Replaces the landmarks of the next frame by the smoothed ones.
  ///
  /// @param landmarks  In pixels, in the same order every time. A change of their number starts
  ///                   afresh. One that is not finite or beyond ±1e7 stays as it is, and starts
  ///                   afresh when it is back.
  /// @param pts        The frame's time:
  ///   * later by at most a second   the usual case: the filter moves on by the difference
  ///   * kNoTime, or the last time again
  ///                                 as long as between the two frames before has passed, 1/30 s
  ///                                 where that is not known
  ///   * earlier, or later by more than a second (a seek, a looped file, a camera that slept)
  ///                                 starts afresh
  ///
  /// The first landmarks after a start come out unchanged; so do those without an extent. Cost:
  /// 6 µs for 478 landmarks. Allocates only when there are more landmarks than ever before.
  void Smooth(std::span<Landmark> landmarks, Nanoseconds pts);

  /// Starts afresh, as when the face is lost or another takes its place. Keeps the memory.
  void Reset();

 private:
  struct State {
    Landmark smooth;     // the last one given out; x is NaN before there is one
    float raw_x, raw_y;  // the last one handed in
    float speed_x, speed_y;
  };
  bool Goes(Nanoseconds pts);

  LandmarkSmootherOptions options_;
  std::vector<State> states_;
  Nanoseconds last_ = kNoTime;
  Nanoseconds step_;
};

}  // namespace retinue
