#include "retinue/gstreamer/source.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "backends/gstreamer/full_color.h"
#include "backends/gstreamer/source_file.h"
#include "backends/gstreamer/source_heads.h"
#include "backends/gstreamer/still_jpeg.h"
#include "retinue/gstreamer/runtime.h"
#include "retinue/io/memory_source.h"
#include "retinue/io/people_source.h"

namespace retinue {
namespace gst {
namespace {

constexpr Nanoseconds kNextTimeout = std::chrono::milliseconds(100);
constexpr std::size_t kQueuedFrames = 2;

std::string Seconds(Nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", ToSeconds(time));
  return text;
}

class MediaSource final : public Source {
 public:
  explicit MediaSource(const std::string& name) : mailbox_(kQueuedFrames) { info_.name = name; }

  const StreamInfo& info() const override { return info_; }
  Result<Pull> Next(Frame& out) override;
  SourceStats stats() const override;

  Mailbox& mailbox() { return mailbox_; }
  void set_graph(std::unique_ptr<Graph> graph) { graph_ = std::move(graph); }
  /// A local file: breaks become warnings, and its length is checked at the end.
  void set_file(std::string path, bool is_image) {
    path_ = std::move(path);
    info_.is_image = is_image;
  }

  /// Plays until the first picture is there.
  Result<void> Open(const MediaOptions& options);

 private:
  Result<void> TakeFirst(const MediaOptions& options);
  Result<Frame> FrameOf(GstSample* sample);
  FrameTiming TimingOf(GstSample* sample);
  Result<Pull> Break(const Error& failure);
  void End();
  void Describe();
  Error Named(Error failure) const;

  StreamInfo info_;
  SourceStats stats_;
  std::string path_;
  Mailbox mailbox_;               // must outlive graph_
  std::unique_ptr<Graph> graph_;  // none once the stream has ended
  CapsPtr caps_;                  // of the latest sample
  GstVideoInfo video_{};
  FramePool rgb_pool_;
  Frame first_;
  std::int64_t number_ = 0;
  Nanoseconds last_pts_ = kNoTime;
  Nanoseconds last_end_{0};
};

Result<void> MediaSource::Open(const MediaOptions& options) {
  info_.is_live = graph_->Play(options.live == MediaOptions::Live::kLatest
                                   ? Mailbox::WhenFull::kReplace
                                   : Mailbox::WhenFull::kWait);
  return TakeFirst(options);
}

Result<void> MediaSource::TakeFirst(const MediaOptions& options) {
  const SteadyClock clock;
  const Nanoseconds start = clock.Now();
  int idle = 0;
  while (true) {
    SamplePtr sample;
    Error failure;
    switch (mailbox_.Take(sample, failure, kNextTimeout)) {
      case Mailbox::Got::kSample: {
        RETINUE_ASSIGN_OR_RETURN(first_, FrameOf(sample.get()));
        Describe();
        return {};
      }
      case Mailbox::Got::kFailure: return Fail(Named(std::move(failure)));
      case Mailbox::Got::kEnd:
        return Fail(ErrorCode::kDataLoss, "holds no picture that can be decoded");
      case Mailbox::Got::kNothingYet: break;
    }
    if (options.stop.stop_requested()) {
      return Fail(ErrorCode::kInterrupted, "opening was interrupted");
    }
    idle = !path_.empty() && graph_->IsIdle() ? idle + 1 : 0;
    if (idle == 2) return Fail(ErrorCode::kDataLoss, "damaged or incomplete, nothing to decode");
    if (clock.Now() - start >= options.open_timeout) {
      return Fail(ErrorCode::kUnavailable,
                  "no picture came within " + Seconds(options.open_timeout));
    }
  }
}

// GStreamer's sentence for a missing plug-in does not say which; its messages do.
Error MediaSource::Named(Error failure) const {
  const std::string missing = graph_->missing();
  if (failure.code == ErrorCode::kUnsupported && !missing.empty()) {
    failure.message = "GStreamer has no plug-in for: " + missing;
  }
  return failure;
}

void MediaSource::Describe() {
  info_.size = first_.size();
  if (video_.fps_n > 0 && video_.fps_d > 0) {
    info_.frame_rate = static_cast<double>(video_.fps_n) / video_.fps_d;
  }
  if (info_.is_image) {
    info_.frame_count = 1;
    info_.frame_rate = 0;
  } else if (!info_.is_live) {
    info_.duration = graph_->Duration();
    if (info_.duration != kNoTime && info_.frame_rate > 0) {
      info_.frame_count =
          static_cast<std::int64_t>(ToSeconds(info_.duration) * info_.frame_rate + 0.5);
    }
  }
}

Result<Frame> MediaSource::FrameOf(GstSample* sample) {
  GstCaps* caps = gst_sample_get_caps(sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (caps == nullptr || buffer == nullptr) {
    return Fail(ErrorCode::kInternal, "GStreamer gave a picture without a format");
  }
  if (caps != caps_.get()) {
    const std::optional<GstVideoInfo> video = InfoFromCaps(caps);
    if (!video) return Fail(ErrorCode::kInternal, "GStreamer gave a picture of an unknown format");
    video_ = *video;
    caps_.reset(gst_caps_ref(caps));
  }
  const FrameTiming timing = TimingOf(sample);
  const FrameId id{.number = number_};
  RETINUE_ASSIGN_OR_RETURN(Frame frame,
                           IsFullColor(GST_VIDEO_INFO_FORMAT(&video_))
                               ? FrameFromFullColor(video_, buffer, rgb_pool_, id, timing)
                               : FrameFromBuffer(video_, buffer, id, timing));
  ++number_;
  last_pts_ = timing.pts;
  last_end_ = timing.pts + (timing.duration == kNoTime ? Nanoseconds(0) : timing.duration);
  return frame;
}

FrameTiming MediaSource::TimingOf(GstSample* sample) {
  if (info_.is_image) return {};
  const GstBuffer* buffer = gst_sample_get_buffer(sample);
  const GstSegment* segment = gst_sample_get_segment(sample);
  FrameTiming timing;
  timing.duration = FromGst(GST_BUFFER_DURATION(buffer));
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  GstClockTime time = GST_CLOCK_TIME_NONE;
  if (!info_.is_live && graph_->keeps_container_time()) {
    time = pts;
  } else if (pts != GST_CLOCK_TIME_NONE && segment != nullptr &&
             segment->format == GST_FORMAT_TIME) {
    time = info_.is_live ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts)
                         : gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts);
  }
  // A stream without times is shown at its rate, one picture after the other.
  timing.pts = time == GST_CLOCK_TIME_NONE ? last_end_ : FromGst(time);
  // AVI knows no presentation times: around the key frames of a stream with B pictures two of
  // them claim the same one, and the pictures behind lag by one. Following on is what is meant.
  if (last_pts_ != kNoTime && timing.pts <= last_pts_) {
    timing.pts = std::max(last_end_, last_pts_ + Nanoseconds(1));
  }
  return timing;
}

Result<Pull> MediaSource::Next(Frame& out) {
  if (!first_.IsEmpty()) {
    out = std::exchange(first_, Frame());
    ++stats_.frames;
    return Pull::kFrame;
  }
  if (!graph_) return Pull::kEndOfStream;
  SamplePtr sample;
  Error failure;
  switch (mailbox_.Take(sample, failure, kNextTimeout)) {
    case Mailbox::Got::kSample: {
      auto frame = FrameOf(sample.get());
      if (!frame) return Break(frame.error());
      out = *std::move(frame);
      ++stats_.frames;
      return Pull::kFrame;
    }
    case Mailbox::Got::kFailure: return Break(failure);
    case Mailbox::Got::kEnd: End(); return Pull::kEndOfStream;
    case Mailbox::Got::kNothingYet: return Pull::kPending;
  }
  return Pull::kPending;
}

// What came before is good: a file that breaks ends early, a live stream fails.
Result<Pull> MediaSource::Break(const Error& failure) {
  if (path_.empty()) {
    graph_.reset();
    const bool is_ours = failure.code == ErrorCode::kInvalidArgument;
    return Fail({is_ours ? ErrorCode::kDataLoss : failure.code,
                 info_.name + ": " + failure.message});
  }
  stats_.warning = "the file breaks after " + Seconds(last_end_) + ": " + failure.message;
  End();
  return Pull::kEndOfStream;
}

void MediaSource::End() {
  const std::int64_t lost = graph_->expected_pictures() - mailbox_.put();
  if (!path_.empty() && graph_->counts_pictures()) stats_.damaged = std::max<std::int64_t>(0, lost);
  stats_.dropped_late = mailbox_.replaced();
  graph_.reset();
  if (path_.empty() || !stats_.warning.empty()) return;
  const FileLength length = LengthOf(path_);
  if (length.promised > length.actual) {
    stats_.warning = "the file is truncated: it has " + std::to_string(length.actual) + " of " +
                     std::to_string(length.promised) + " bytes and ends after " +
                     Seconds(last_end_);
    if (info_.duration != kNoTime) stats_.warning += " of " + Seconds(info_.duration);
  }
}

SourceStats MediaSource::stats() const {
  SourceStats stats = stats_;
  if (graph_) stats.dropped_late = mailbox_.replaced();
  return stats;
}

using SourceResult = Result<std::unique_ptr<Source>>;

// `graph` was made for the mailbox of `source`.
SourceResult Start(std::unique_ptr<MediaSource> source, GraphResult graph,
                   const MediaOptions& options) {
  if (!graph) return Fail(std::move(graph).error());
  source->set_graph(*std::move(graph));
  RETINUE_RETURN_IF_ERROR(source->Open(options));
  return source;
}

SourceResult OpenJpeg(const std::string& name, const std::string& path) {
  RETINUE_ASSIGN_OR_RETURN(const auto bytes, ReadWhole(path));
  RETINUE_ASSIGN_OR_RETURN(StillJpeg still, DecodeJpeg(bytes));
  StreamInfo info;
  info.name = name;
  info.is_image = true;
  SourceStats stats;
  stats.warning = std::move(still.damage);
  std::vector<Frame> frames;
  frames.push_back(std::move(still.frame));
  return std::make_unique<MemorySource>(std::move(frames), std::move(info),
                                        MemorySourceOptions{.stats = std::move(stats)});
}

SourceResult OpenFile(const std::string& name, const std::string& path,
                      const MediaOptions& options) {
  RETINUE_ASSIGN_OR_RETURN(FileStart start, CheckFile(path));
  if (start.image == ImageKind::kJpeg) return OpenJpeg(name, path);
  auto source = std::make_unique<MediaSource>(name);
  Mailbox& mailbox = source->mailbox();
  source->set_file(path, start.image != ImageKind::kNone);
  GraphResult graph;
  if (start.image != ImageKind::kNone) {
    RETINUE_ASSIGN_OR_RETURN(auto bytes, ReadWhole(path));
    graph = GraphOfImage(start.image, std::move(bytes), mailbox);
  } else {
    graph = GraphOfFile(path, options, mailbox);
  }
  auto opened = Start(std::move(source), std::move(graph), options);
  if (!opened) return Fail(Explain(opened.error(), start.head));
  return opened;
}

SourceResult OpenTest(const std::string& name, const MediaOptions& options) {
  if (name == "test:people") {
    RETINUE_ASSIGN_OR_RETURN(auto people, PeopleSource::Create({.name = name}));
    return people;
  }
  if (name != "test:") {
    return Fail(ErrorCode::kNotFound, "the test sources are test: and test:people");
  }
  auto source = std::make_unique<MediaSource>(name);
  auto graph = GraphOfDescription(
      "videotestsrc num-buffers=250 ! video/x-raw,format=I420,width=640,height=480,framerate=25/1",
      options, source->mailbox());
  return Start(std::move(source), std::move(graph), options);
}

SourceResult OpenAny(const std::string& name, const MediaOptions& options) {
  if (name.empty()) return Fail(ErrorCode::kInvalidArgument, "the source's name is empty");
  if (options.open_timeout <= Nanoseconds(0) || options.decoder_threads < 0 ||
      options.decoder_threads > 64) {
    return Fail(ErrorCode::kInvalidArgument,
                "open_timeout must be over 0 and decoder_threads 0 to 64, got " +
                    Seconds(options.open_timeout) + " and " +
                    std::to_string(options.decoder_threads));
  }
  if (name.starts_with("test:")) return OpenTest(name, options);
  const bool is_description = name.starts_with("gst:");
  if (!is_description && !IsStreamUri(name) && !IsCamera(name)) {
    if (!name.starts_with("file://")) return OpenFile(name, name, options);
    const StringPtr path(g_filename_from_uri(name.c_str(), nullptr, nullptr));
    if (!path) return Fail(ErrorCode::kInvalidArgument, "not a valid file:// address");
    return OpenFile(name, path.get(), options);
  }
  auto source = std::make_unique<MediaSource>(name);
  Mailbox& mailbox = source->mailbox();
  GraphResult graph = is_description   ? GraphOfDescription(name.substr(4), options, mailbox)
                      : IsCamera(name) ? GraphOfCamera(name, options, mailbox)
                                       : GraphOfUri(name, options, mailbox);
  return Start(std::move(source), std::move(graph), options);
}

}  // namespace
}  // namespace gst

Result<std::unique_ptr<Source>> OpenMedia(const std::string& uri_or_path,
                                          const MediaOptions& options) {
  auto source = gst::OpenAny(uri_or_path, options);
  if (!source) return Fail(source.error(), uri_or_path);
  return source;
}

}  // namespace retinue
