#pragma once

// Graph: the GStreamer pipeline behind a Source. Every source is a head of its
// own (source_heads.h) and the same two parts behind it:
//
//   head ─▶ parsebin ─▶ decoder ─▶ tail ─▶ Mailbox
//                                  convert, turn upright, appsink
//
// parsebin takes containers apart and finds the streams; the decoder is chosen
// here, so that its threads can be set and a missing one named; the tail hands
// pictures on. A file needs a single thread for all of it: demuxer, parser, decoder
// and tail call each other, and the Mailbox stops them when it is full.
//
// Threads: made, started and destroyed by one thread; GStreamer's threads call
// back into it meanwhile, and are gone when the destructor returns.

#include <atomic>
#include <mutex>
#include <string>

#include "backends/gstreamer/common.h"
#include "backends/gstreamer/source_mailbox.h"

namespace retinue::gst {

struct GraphOptions {
  bool is_live = false;
  int decoder_threads = 0;  ///< 0 chooses by picture size.
  /// EXIF orientation 1…8 to undo, or 0 to follow the stream's own rotation tags.
  int orientation = 0;
  /// The head has one stream only, so a parsebin without video means: no video.
  bool is_single = true;
};

class Graph {
 public:
  /// The tail, linked to `mailbox`, which must outlive the Graph.
  /// @error kUnsupported  A plug-in is missing.
  static Result<std::unique_ptr<Graph>> Create(const GraphOptions& options, Mailbox& mailbox);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // --- For heads, before Play() or from a pad-added callback ---

  /// Puts an element into the pipeline.
  void Add(GstElement* element);
  /// Takes apart what `pad` gives, and decodes its first video.
  void Parse(GstPad* pad);
  /// Decodes what `pad` gives; raw video needs no decoder.
  void Decode(GstPad* pad, const GstCaps* caps);
  /// Where raw video goes in.
  PadPtr TailPad() const;
  /// From a callback: the head found that it cannot go on.
  void Fail(Error error) { mailbox_.PutFailure(std::move(error)); }
  GstElement* pipeline() const { return pipeline_.get(); }
  const GraphOptions& options() const { return options_; }

  // --- For the Source ---

  /// Starts. A failure arrives in the Mailbox.
  /// @return true when the pipeline says that it is live.
  bool Play(Mailbox::WhenFull when_live);
  Nanoseconds Duration() const;
  bool IsIdle() const { return gst::IsIdle(pipeline_.get()); }

  /// Compressed pictures that went into the decoder and should have come out.
  std::int64_t expected_pictures() const { return expected_; }
  /// expected_pictures() is exact: one packet a picture.
  bool counts_pictures() const { return counts_pictures_; }
  /// A picture's buffer time is its time in the file, whatever the segment says.
  bool keeps_container_time() const { return keeps_container_time_; }
  /// What the user lacks for the streams that were found, e.g. `MPEG-4 AAC decoder`; or empty.
  std::string missing() const;

 private:
  Graph(const GraphOptions& options, Mailbox& mailbox) : options_(options), mailbox_(mailbox) {}
  Result<void> MakeTail();
  Result<void> InsertFlip();
  void ConnectDecoder(GstPad* pad, const GstCaps* caps, GstElement* decoder);
  void OnParsedPad(GstPad* pad);
  void OnAllPads();
  void OnRawCaps(GstPadProbeInfo* info);
  void OnTags(GstEvent* event);
  void OnPacket(GstPad* pad, GstBuffer* buffer);
  void OnMessage(GstMessage* message);
  bool has_others() const;

  const GraphOptions options_;
  Mailbox& mailbox_;
  ElementPtr pipeline_;
  ElementPtr convert_;
  ElementPtr filter_;
  ElementPtr sink_;
  ElementPtr flip_;  // once there is one; of the thread that decodes, after Play()

  std::atomic<bool> has_video_{false};
  std::atomic<bool> keeps_container_time_{false};
  std::atomic<std::int64_t> expected_{0};
  std::atomic<bool> counts_pictures_{false};
  GstClockTime last_packet_ = GST_CLOCK_TIME_NONE;  // of the decoder's thread

  mutable std::mutex mutex_;
  std::string missing_;  // guarded by mutex_
  std::string others_;   // guarded by mutex_; streams that are no video
};

}  // namespace retinue::gst
