#pragma once

// RunStream: one source, one model or two, one tracker, any sinks. The function that
// a reader of retinue looks for; lib/pipeline/run_stream.cc reads in the order
// of the flow. Several streams are several RunStreams over one Engine, each on
// a thread of the caller's: retinue starts none here.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/heads/head.h"
#include "retinue/infer/engine.h"
#include "retinue/io/stream.h"
#include "retinue/model/model_spec.h"
#include "retinue/overlay/overlay.h"
#include "retinue/pipeline/effect_stage.h"
#include "retinue/pipeline/region_stage.h"
#include "retinue/pipeline/stage_stats.h"
#include "retinue/results/results.h"
#include "retinue/track/tracker.h"

namespace retinue {

/// What happened.
struct StreamSummary {
  SourceStats source;               ///< Frames decoded, damaged, dropped late; a warning.
  std::int64_t frames = 0;          ///< Looked at, with results in every sink.
  std::int64_t passed_over = 0;     ///< By vid_stride or max_fps, as asked for.
  std::int64_t failed = 0;          ///< Frames whose inference or parsing failed.
  std::string first_failure;        ///< What the first of those said.
  std::int64_t frames_with_invalid = 0;  ///< Frames where the model gave NaN or infinity.
  std::int64_t objects = 0;
  std::int64_t tracks = 0;          ///< Distinct track ids.
  bool interrupted = false;         ///< The stop token ended it before the source did.
  Nanoseconds elapsed{0};           ///< By `clock`; outputs' completion included.
  StageStats stages;
};

/// What to do with a stream. Plain data and borrowed parts; everything pointed
/// to must outlive the run.
struct StreamPlan {
  std::shared_ptr<Engine> engine;   ///< Compiled for `model`'s input; shared by streams.
  const ModelSpec* model = nullptr; ///< `model->input.size` is the engine's input size.
  HeadOptions head;
  /// A second model that looks where the first one found something; its findings are the
  /// results. Belongs to this stream alone. Null: none.
  RegionStage* regions = nullptr;
  Tracker* tracker = nullptr;       ///< Null: detections only. Belongs to this stream alone.
  /// The drawn picture, which some sinks want: the frame, effects, and over them the overlay. One
  /// of both is needed then.
  EffectStage* effects = nullptr;
  Overlay* overlay = nullptr;
  const Clock* clock = nullptr;     ///< Only to measure stages; null: nothing is measured.
  int stream_index = 0;             ///< Becomes FrameId::stream.
  /// Frames in flight; 0 = what keeps the engine busy, and 1 for live streams,
  /// whose results are wanted at once. Always 1 where regions are followed.
  int depth = 0;
  int vid_stride = 1;               ///< Look at every n-th frame; the others are passed over.
  /// Look at no more frames a second of the media's time than this; 0 = all. A frame is taken
  /// when 1 / max_fps has passed since the last due time, so an uneven input keeps the rate;
  /// 1 ms of rounding is forgiven, and times that jump back start anew.
  double max_fps = 0;
  std::int64_t max_frames = 0;      ///< Stop after so many were looked at, failed or not; 0 = all.
  /// Called after each finished frame, on the stream's thread, with its result
  /// and the counts so far. May be empty.
  std::function<void(const FrameResult&, const StreamSummary&)> on_result;
};

/// Runs a stream to its end: pull → preprocess → infer → head → regions → track →
/// draw → sinks, with several frames in flight and results in order.
///
/// Sinks get Begin once, when the first frame has results (or the stream ends
/// without one), Write for every frame that has, in order, and Finish once,
/// whatever happened between. A run that fails before its first result leaves them
/// untouched, and so no file that looks whole. A sink whose Begin failed is not
/// finished, nor are those behind it begun. The result depends on the frames and
/// the plan only, never on timing.
///
/// A frame whose inference fails is counted and passed over, but a first frame
/// that fails is an error: the model does not fit. When the source fails, the
/// frames it gave before are completed first. While the source has nothing to give
/// (Pull::kPending), finished frames are not held back for a full ring.
///
/// Allocates when it starts and when the frames' format changes; per frame
/// nothing, beside what source, engine and sinks do themselves.
///
/// @param stop  Ends the run after the frames in flight, with whole outputs.
/// @error kInvalidArgument  The plan is incomplete, a number is out of range,
///                          or the engine's input is not what the model's spec says;
///                          nothing was pulled or written then.
/// @error Otherwise that of the source, the first frame's inference, the overlay or
///        a sink, with the sinks that began finished all the same.
Result<StreamSummary> RunStream(Source& source, const StreamPlan& plan,
                                std::span<Sink* const> sinks, std::stop_token stop = {});

/// A stream whose first frames are on their way. Destroyed without Finish(), it leaves its
/// sinks untouched.
class StartedStream {
 public:
  virtual ~StartedStream() = default;
  /// The rest: results, frames still to come, outputs. Call it once. Return value and errors as
  /// of RunStream.
  virtual Result<StreamSummary> Finish() = 0;
};

/// RunStream in two halves, for many short streams one after another, like the pictures of a
/// folder: the next ones are begun before the first has its result, so that the engine never
/// waits for a decoder, and pictures of several streams fill a batch (BatchingEngine).
/// RunStream is StartStream and Finish in a row.
///
/// Pulls and begins frames until `depth` are in flight or the source has none to give for now;
/// waits for no result and touches no sink.
///
/// @param plan, sinks  Must outlive the returned stream, like `source` and all they point to.
/// @error kInvalidArgument  As of RunStream. What goes wrong with a frame is told by Finish().
Result<std::unique_ptr<StartedStream>> StartStream(Source& source, const StreamPlan& plan,
                                                   std::span<Sink* const> sinks,
                                                   std::stop_token stop = {});

}  // namespace retinue
