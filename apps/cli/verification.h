#pragma once

// Whether an engine gives what the reference gives: the same model on the CPU
// in f32. Boxes, scores and raw outputs are compared on a few pictures.
// Thread rule: one thread.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/models.h"
#include "retinue/eval/agreement.h"
#include "retinue/heads/head.h"
#include "retinue/image/frame.h"
#include "retinue/infer/engine.h"

namespace retinue::cli {

/// How far an engine may be from the reference. Each is a limit that is still good.
struct Tolerance {
  double mean_iou_loss;  ///< 1 - IoU of matched boxes, in the mean.
  double mean_score;     ///< Difference of their scores, in the mean,
  double max_score;      ///< and of any (of any class, for a classifier).
  double unmatched;      ///< Missing and extra objects, of those of the reference; below f32,
                         ///< one of few is still good.
  double relative;       ///< Raw outputs: root of squared differences over squares. Only of heads
                         ///< whose rows have a fixed order; others sort theirs by score.
};

/// By what the engine computes in; f32's is for another order of summation only.
/// docs/measurements.md says what they were chosen from.
Tolerance ToleranceOf(Precision precision);

/// All of them, a line a precision, for the help.
std::string TolerancesText();

/// What one engine makes of one picture.
struct Observation {
  std::vector<std::vector<float>> outputs;  ///< Every output tensor.
  FrameResult result;                       ///< Down to a score of kLeastScore.
};

/// Objects are parsed down to this score, so that one near `conf` has its counterpart.
inline constexpr float kLeastScore = 0.02f;

/// Runs an engine on pictures, one after another.
class Observer {
 public:
  /// @error kExitModel  No request, or a head that does not fit.
  static Outcome<Observer> Create(const ReadyModel& model, const HeadOptions& head);

  /// @error kExitModel  The pass failed, or its outputs are not what the head wants.
  Outcome<Observation> Look(const Frame& picture);

 private:
  Observer() = default;
  ModelSpec spec_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Request> request_;
  std::unique_ptr<Head> head_;
};

/// What came out.
struct Verdict {
  bool passed = false;
  std::string problem;        ///< What went beyond the tolerance, in a sentence; empty when passed.
  Tolerance tolerance{};
  float conf = 0;             ///< Objects of at least this score had to be in both: the one asked
                              ///< for, or lower when the reference sees too few of those.
  Agreement agreement;
  double relative = 0;        ///< Of the raw output that is farthest off.
  bool raw_is_judged = true;  ///< No when the network sorts its rows by score.
  std::int64_t not_finite = 0;  ///< NaN or infinite in one of the two only.
};

/// Gathers pictures, then judges.
class Verification {
 public:
  /// @param conf  Objects at least as sure must be found by both.
  Verification(const HeadSpec& head, Precision precision, float conf);

  void Add(const Observation& reference, const Observation& other);
  Verdict Conclude() const;

 private:
  float ChooseConf() const;

  const bool rows_have_order_;
  const Precision precision_;
  const float conf_;
  std::vector<FrameResult> references_, others_;
  double relative_ = 0;
  std::int64_t not_finite_ = 0;
};

/// People walking, drawn by retinue (`test:people`): `count` different pictures.
Outcome<std::vector<Frame>> SyntheticPictures(int count);

}  // namespace retinue::cli
