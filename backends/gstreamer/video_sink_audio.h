#pragma once

// AudioReader: the packets of a media file's first audio stream, undecoded, for
// the video sink to copy. Private to this folder. Used by one thread; reading
// ahead (32 packets) happens on another.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <gst/app/gstappsink.h>

#include "backends/gstreamer/common.h"
#include "retinue/base/result.h"
#include "retinue/base/time.h"

namespace retinue::gst {

/// One encoded packet. `start` is where it is heard in the file's own time (running
/// time, the same that decoded frames carry); negative for encoder delay, which
/// an edit list of the file hides.
struct AudioPacket {
  BufferPtr buffer;
  Nanoseconds start{0};
};

class AudioReader {
 public:
  /// Opens `path` and reads up to the first audio packet.
  ///
  /// @param accepted  Caps that the container can carry; AAC is brought into their
  ///                  stream format (ADTS headers removed) where it differs.
  /// @return Null when the file has no audio stream, or one without packets.
  /// @error kUnsupported  The audio is nothing of `accepted`; the message is its codec.
  /// @error as the file's opening or reading
  static Result<std::unique_ptr<AudioReader>> Open(const std::string& path,
                                                   const GstCaps* accepted);
  ~AudioReader();
  AudioReader(const AudioReader&) = delete;
  AudioReader& operator=(const AudioReader&) = delete;

  /// Of the packets, with codec data.
  GstCaps* caps() const { return caps_.get(); }

  /// The next packet, which stays next until Take(); null at the end.
  const AudioPacket* Peek();

  /// Removes the packet that Peek() showed.
  AudioPacket Take();

  /// Why the packets ended early; nothing when they did not.
  std::optional<Error> failure() const;

 private:
  struct State;

  AudioReader() = default;
  void ReadOne();

  std::shared_ptr<State> state_;
  ElementPtr pipeline_;
  ElementPtr sink_;
  CapsPtr caps_;
  std::optional<AudioPacket> next_;
  bool at_end_ = false;
  Nanoseconds last_end_{0};
};

}  // namespace retinue::gst
