#pragma once

// Source and Sink: where frames come from and where results go. Files, cameras
// and windows implement these in backends/; the twins that tests and examples
// use (memory_source.h, collecting_sink.h) ship with the library.

#include <cstdint>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/image/frame.h"
#include "retinue/results/results.h"

namespace retinue {

/// What is known about a stream before its first frame is seen.
struct StreamInfo {
  std::string name{};              ///< As the user named it; goes into results.
  Size size{};                     ///< Of the upright picture.
  bool is_live = false;            ///< Frames come when they come; late ones are dropped.
  bool is_image = false;           ///< One still picture.
  std::int64_t frame_count = -1;   ///< Estimate for progress; -1 when unknown.
  Nanoseconds duration = kNoTime;
  double frame_rate = 0;           ///< Nominal, for encoders and progress; 0 when unknown.
  std::vector<std::string> class_names{};  ///< Of the model whose results come; by the pipeline.
};

/// Counts of what a source gave and what it could not give.
struct SourceStats {
  std::int64_t frames = 0;          ///< Handed out.
  std::int64_t damaged = 0;         ///< Could not be decoded, skipped.
  std::int64_t dropped_late = 0;    ///< Live only: replaced by a newer one before it was taken.
  std::string warning{};            ///< E.g. "the file is truncated after 1.2 s"; empty when fine.
};

/// What a pull brought. Flow is never an error.
enum class Pull {
  kFrame,        ///< `out` holds the next frame.
  kPending,      ///< Nothing yet; ask again. Lets the caller look at its stop flag.
  kEndOfStream,  ///< Nothing will come any more.
};

/// Gives frames in presentation order, each exactly once. Used by one thread.
class Source {
 public:
  virtual ~Source() = default;

  virtual const StreamInfo& info() const = 0;

  /// The next frame. Blocks for a bounded time (about 100 ms), then kPending.
  /// Frames are numbered from 0 in FrameId::number (stream stays 0 unless the
  /// caller renumbers).
  ///
  /// @error kDataLoss     The stream broke and gives nothing more.
  /// @error kUnavailable  A device or server went away.
  virtual Result<Pull> Next(Frame& out) = 0;

  virtual SourceStats stats() const = 0;
};

/// Takes frames and what was found in them, in order. Used by one thread.
class Sink {
 public:
  /// Which picture, if any, a sink wants beside the results.
  enum class Picture {
    kNone,   ///< Results only; `frame` still carries size and time.
    kPlain,  ///< As decoded.
    kDrawn,  ///< With the overlay drawn on it.
  };

  virtual ~Sink() = default;

  virtual Picture picture() const = 0;

  /// Called once, before the first Write.
  virtual Result<void> Begin(const StreamInfo& stream) = 0;

  /// One frame. `frame` is the picture that picture() asked for.
  /// @error kResourceExhausted  Disk full. @error kPermissionDenied …
  virtual Result<void> Write(const Frame& frame, const FrameResult& result) = 0;

  /// Completes the output; after it the file is whole. Called exactly once, also
  /// after an interruption or a failed Write of another sink.
  virtual Result<void> Finish() = 0;
};

}  // namespace retinue
