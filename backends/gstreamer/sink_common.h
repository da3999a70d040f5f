#pragma once

// What the sinks of this folder share: a pipeline that is fed frames, pictures
// of even size, and files that appear whole. Private to this folder.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "backends/gstreamer/common.h"
#include "retinue/base/result.h"
#include "retinue/image/frame.h"

namespace retinue::gst {

/// A pipeline from GStreamer's own notation. Elements that are filled in by the
/// caller (paths!) get a name in `description` and are set through Child().
/// @error kUnsupported  An element is not installed; the sentence names its package.
Result<ElementPtr> ParsePipeline(const std::string& description);

/// The element called `name` in `pipeline`; it must be there (RETINUE_CHECK).
ElementPtr Child(GstElement* pipeline, const char* name);

/// Feeds frames to a pipeline and hears how it fares. Used by one thread; the
/// pipeline works on its own.
///
/// Why not appsrc's own blocking: a pipeline that failed never takes another
/// buffer, and a blocked gst_app_src_push_buffer() would wait for ever.
class Feed {
 public:
  struct Options {
    int capacity = 4;  ///< Frames that may wait before Push() blocks.
    /// Sees every message, on whatever thread posts it; must be quick.
    std::function<void(GstMessage*)> on_message;
  };

  /// `pipeline` holds an appsrc called "frames"; it is started by the first Push().
  static std::unique_ptr<Feed> Create(ElementPtr pipeline, Options options);
  static std::unique_ptr<Feed> Create(ElementPtr pipeline) {
    return Create(std::move(pipeline), Options{});
  }

  /// Stops the pipeline at once.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// The frame's pixels, shown at `pts` for `duration` (kNoTime when unknown).
  /// Blocks while `capacity` frames wait.
  /// @error What the pipeline failed with, now or earlier.
  Result<void> Push(const Frame& frame, Nanoseconds pts, Nanoseconds duration);

  /// The same without waiting: false when `capacity` frames wait already.
  Result<bool> TryPush(const Frame& frame, Nanoseconds pts, Nanoseconds duration);

  /// The nominal frame rate of the frames to come; before the first Push().
  void set_rate(int numerator, int denominator);

  /// Says that nothing comes any more and waits until all is written.
  /// @error What the pipeline failed with, now or earlier.
  Result<void> Drain();

  /// What the pipeline failed with, if it did.
  std::optional<Error> error() const;

  GstElement* pipeline() const { return pipeline_.get(); }

 private:
  // Shared with callbacks on the pipeline's threads.
  struct State {
    mutable std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    bool at_end = false;
    std::optional<Error> error;
    std::function<void(GstMessage*)> on_message;
  };

  Feed() = default;
  static GstBusSyncReply OnMessage(GstBus*, GstMessage* message, gpointer state);
  static GstPadProbeReturn OnTaken(GstPad*, GstPadProbeInfo*, gpointer state);
  Result<void> Send(const Frame& frame, Nanoseconds pts, Nanoseconds duration);

  ElementPtr pipeline_;
  ElementPtr source_;
  std::shared_ptr<State> state_;
  int capacity_ = 4;
  int rate_numerator_ = 0;
  int rate_denominator_ = 1;
  std::optional<FrameFormat> format_;
};

/// Starts `pipeline`; a failure to start comes as an ERROR message.
void Play(GstElement* pipeline);

/// `frame` itself unless it is gray; else I420 with its luma, its range and no colour,
/// from `pool`. (videoconvert takes all gray for limited range.)
/// @error kResourceExhausted  No memory.
Result<Frame> WithChroma(const Frame& frame, FramePool& pool);

/// `frame` itself when both sides are even; else a copy from `pool` whose last
/// column and row are repeated once. 4:2:0 chroma already covers the even size.
/// @error kResourceExhausted  No memory.
Result<Frame> WithEvenSize(const Frame& frame, FramePool& pool);

/// A file that is written under another name and gets its own when it is whole.
class PartFile {
 public:
  explicit PartFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {}
  const std::string& path() const { return path_; }
  const std::string& part() const { return part_; }

  /// Makes the empty .part, which tells whether the path can be written.
  /// @error kNotFound  No such folder. @error kPermissionDenied @error kResourceExhausted
  Result<void> Create() const;
  /// Replaces `path` by the .part.
  Result<void> Commit() const;
  /// Removes the .part.
  void Discard() const;

 private:
  std::string path_;
  std::string part_;
};

/// The bytes of `path` at once, by way of its .part.
/// @error as PartFile; no .part is left.
Result<void> WriteWholeFile(const std::string& path, std::span<const std::uint8_t> bytes);

/// Makes `path` a folder if it is none yet; its parent must exist.
/// @error kNotFound, kPermissionDenied, kAlreadyExists (a file of that name), …
Result<void> MakeFolder(const std::string& path);

/// 12 as `000012`; longer numbers as they are.
std::string SixDigits(std::int64_t number);

/// Our error for `errno`, e.g. `out.mp4: cannot be written: No space left on device`.
Error ErrorFromErrno(int number, const std::string& what);

/// The extension behind the last dot of the last path component, lower case, no dot.
std::string Extension(const std::string& path);

}  // namespace retinue::gst
