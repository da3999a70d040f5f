#pragma once

// VideoSink: frames into a video file that any player and browser shows, with
// the audio of the source file copied beside them, packet by packet.
// Thread rule: as every Sink, used by one thread; encoding and writing run on
// threads of their own.

#include <memory>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/io/stream.h"

namespace retinue {

/// How a video is written. The defaults were chosen by measurement (see
/// CreateVideoSink).
struct VideoSinkOptions {
  /// The picture to write: with the overlay, or as decoded.
  Sink::Picture picture = Sink::Picture::kDrawn;
  /// A media file whose first audio stream is copied; empty for a silent video.
  std::string audio_from = {};
  /// x264's constant quality, 0 (lossless) … 50 (coarse): 6 less is about twice the size.
  int quantizer = 24;
  /// Encoder threads (slices of one frame); 0: as many as there are cores, at most 4.
  int threads = 0;
};

/// A Sink that makes one video file.
class VideoSink : public Sink {
 public:
  /// What a user should know though nothing failed, one sentence each: the audio
  /// was left out and why, no frame came and so no file was made, … Complete
  /// after Finish().
  virtual const std::vector<std::string>& notes() const = 0;
};

/// Makes `path`, H.264 in the container of its extension:
///
///   | extension  | carries                                                               |
///   |------------|-----------------------------------------------------------------------|
///   | .mp4 .m4v  | time stamps to 1/90000 s or finer; AAC, MP3, AC-3, ALAC, Opus; index in front |
///   | .mov       | the same times; AAC, MP3, AC-3, ALAC, PCM, …; index in front          |
///   | .mkv       | time stamps to 1 ms; nearly every audio codec                         |
///   | .avi       | a constant frame rate only; MP3, AAC, AC-3, PCM                       |
///
/// **Picture.** 4:2:0, 8 bit, High profile. NV12 and I420 frames go to the
/// encoder as they are, with their matrix and range signalled in the stream;
/// YUY2 and gray keep theirs too; RGB becomes limited range, BT.709 from
/// 1280 wide or over 576 high, else BT.601. H.264 4:2:0 cannot hold an odd
/// size: the last column or row is repeated once (853x479 becomes 854x480),
/// nothing is lost, shifted or scaled. The first frame decides the size; a later
/// frame of another size is scaled to it, with borders.
///
/// **Time.** Presentation times are the frames', variable rate included; the first
/// frame of a live stream becomes time 0. A time that does not advance is moved
/// 1/90000 s behind its predecessor. The last frame lasts for its own
/// duration; where that is unknown, 1 / frame rate or as long as the frame before.
///
/// **Audio.** The packets of `audio_from`, bit for bit and at their times. Where the
/// audio goes on for 2 s and more after the last frame (the run was limited or
/// interrupted), it ends with that frame; else all of it is there. Encoder delay at the start
/// (AAC, MP3) is kept by an edit list in mp4 and mov; mkv and avi have none, so the
/// packets that lie before time 0 are left out. No audio, or a codec that the
/// container cannot carry: the video is silent and notes() says so.
///
/// **Whole or not there.** Writes `path` + ".part" and renames it in Finish(). A
/// killed program leaves the .part: playable for mkv, without its index for mp4
/// and mov. A failed run removes it. No frames: no file, and a note. An existing
/// `path` is replaced (whether that is allowed is the caller's business).
///
/// **Cost.** superfast without B-frames or look-ahead: presentation order is decoding order,
/// every frame leaves the encoder at once, and Ctrl-C loses none. Write() blocks
/// while 4 frames wait. Figures: docs/measurements.md, "Encoder".
///
/// @error kInvalidArgument  The extension is none of the above, or an option is out of range.
/// @error kUnsupported      A GStreamer plug-in is missing; the sentence names its package.
/// @error kUnavailable      GStreamer could not start.
///
/// The Sink's functions give:
/// @error kInvalidArgument    Begin: `path` is a folder. Write: a side is under 16 pixels.
/// @error kNotFound           Begin: the folder does not exist.
/// @error kPermissionDenied   Begin: the file may not be written.
/// @error kResourceExhausted  Any: the disk is full, or a limit on file sizes was met.
/// @error kUnavailable        Any: writing failed otherwise; the sentence is the system's.
Result<std::unique_ptr<VideoSink>> CreateVideoSink(const std::string& path,
                                                   const VideoSinkOptions& options = {});

}  // namespace retinue
