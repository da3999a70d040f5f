#pragma once

// OpenMedia: any one thing that gives pictures (a video or image file, a
// camera, a network stream, a test pattern) as a Source, through GStreamer.
// Folders, globs and lists of sources are files/expand_sources.h.
//
// Threads: OpenMedia and ListCameras may be called from any thread; the Source
// that comes back is used by one thread at a time. Decoding runs on GStreamer's
// own threads, which end before the Source's destructor returns; frames may
// outlive the Source.

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/io/stream.h"

namespace retinue {

/// How a medium is opened.
struct MediaOptions {
  /// What a live source does with frames that nobody took in time.
  enum class Live {
    kLatest,  ///< A newer frame replaces one not yet taken; SourceStats::dropped_late counts it.
    kAll,     ///< Every frame waits its turn; delay grows when the caller is too slow.
  };
  Live live = Live::kLatest;

  /// How long anything may take to show its first picture; must be over 0. For a file
  /// this only ends what would never end: some broken files keep plug-ins busy for ever.
  Nanoseconds open_timeout = std::chrono::seconds(10);

  /// Threads that decode one video, 1…64; 0 chooses: one up to 1280×720 (for live
  /// streams up to 1920×1080, as more would delay them), then two, four above 1920×1080,
  /// and never more than the machine has. Each further thread of an H.264 decoder
  /// takes memory for its own pictures: 8 MB at 1280×720, 20 MB at 1920×1080.
  int decoder_threads = 0;

  /// Ends the waiting inside OpenMedia early; no use afterwards.
  std::stop_token stop{};
};

/// Opens one source and decodes its first picture, so that size, format and
/// decodability are known when it returns.
///
/// @param uri_or_path
///   * a video or image file: anything GStreamer's plug-ins can read. JPEG, PNG,
///     WebP and BMP are known by their first bytes, whatever they are called. A path, or
///     a `file://` address.
///   * `0`, `/dev/videoN`, `camera:NAME`: a camera, by number, device, or a part
///     of its name (ListCameras(); case does not count).
///   * `rtsp:// rtsps:// rtmp:// http:// https:// udp:// srt://`: a stream.
///   * `gst:DESCRIPTION`: a GStreamer launch description whose last element gives
///     raw video, e.g. `gst:v4l2src ! video/x-raw,width=640`. It runs with all
///     that GStreamer can do: do not take it from people you do not trust.
///   * `test:`: GStreamer's test pattern, 640×480, 250 frames, 25 a second.
///   * `test:people`: PeopleSource with its default options.
///
/// What holds for the frames of every source:
///   * Each decoded picture comes exactly once, in presentation order. No frame
///     is repeated, and none left out except late ones of a live source.
///   * Files: pts is the time at which a player shows the picture (edit lists applied,
///     Matroska's own times, variable frame rates as they are; MPEG-TS and PS count from
///     their first clock reference). Live: the time
///     since the source was opened. Strictly rising.
///   * Upright: rotation flags of videos and EXIF orientation of images are
///     applied; info().size is the upright size. The pixels are square or treated as such.
///   * FrameId::number counts the frames handed out, without gaps.
///   * I420, NV12, YUY2, RGB, BGR, RGBA and 8-bit gray are handed out in the
///     decoder's own memory; everything else (10 bits, 4:2:2, 4:4:4, …) is converted
///     to I420 with its matrix and range unchanged.
///   * Matrix and range are the stream's. Where it does not say: BT.709 from 1280
///     wide or over 576 high, else BT.601; limited range. JPEG: BT.601, full range.
///
/// A file that ends early or breaks in the middle gives all that can be decoded,
/// then the end of the stream, and SourceStats::warning says where it broke:
/// Next() does not fail for it. Pictures that could not be decoded are
/// SourceStats::damaged, counted when a file has ended. Next() fails for a
/// live stream whose server or device went away (kUnavailable) and for a stream that
/// changes to pictures over Frame::kMaxSide (kDataLoss).
///
/// @error kNotFound          No such file, camera or server.
/// @error kPermissionDenied  It may not be read.
/// @error kInvalidArgument   A folder, an empty name, an option out of range, a
///                           `gst:` description that does not parse, pictures over Frame::kMaxSide.
/// @error kDataLoss          Empty, not a video or image, holds no video, or not one
///                           picture of it can be decoded.
/// @error kUnsupported       A decoder or another plug-in is not installed; the sentence
///                           names it.
/// @error kUnavailable       No answer, or no picture, within open_timeout.
/// @error kInterrupted       `options.stop` was asked for.
///
/// Each sentence starts with `uri_or_path`. Cost: about 30 ms for a small image
/// in a fresh process, most of it GStreamer's own start. Memory: a file that plays
/// holds at most four decoded pictures that the caller has not seen.
Result<std::unique_ptr<Source>> OpenMedia(const std::string& uri_or_path,
                                          const MediaOptions& options = {});

/// A camera of this machine.
struct CameraInfo {
  std::string name;    ///< What it calls itself, e.g. `HD Webcam`.
  std::string device;  ///< Its device, e.g. `/dev/video0`; may be empty.
};

/// The cameras that GStreamer sees now, in its order; may be empty. Takes some
/// 100 ms.
/// @error kUnavailable  GStreamer could not start.
Result<std::vector<CameraInfo>> ListCameras();

}  // namespace retinue
