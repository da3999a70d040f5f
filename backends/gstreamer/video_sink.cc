#include "retinue/gstreamer/video_sink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "backends/gstreamer/common.h"
#include "backends/gstreamer/sink_common.h"
#include "backends/gstreamer/video_sink_audio.h"
#include "backends/gstreamer/video_sink_mp4.h"

namespace retinue {
namespace {

enum class Family { kMp4, kMatroska, kAvi };

struct Container {
  std::string_view extension;
  const char* muxer;
  Family family;
};

constexpr std::array<Container, 5> kContainers = {{
    {"mp4", "mp4mux", Family::kMp4},
    {"m4v", "mp4mux", Family::kMp4},
    {"mov", "qtmux", Family::kMp4},
    {"mkv", "matroskamux", Family::kMatroska},
    {"avi", "avimux", Family::kAvi},
}};

const Container* FindContainer(std::string_view extension) {
  for (const Container& container : kContainers) {
    if (container.extension == extension) return &container;
  }
  return nullptr;
}

struct Rate {
  int numerator = 0;
  int denominator = 1;
};

// 29.97 is 30000/1001: broadcast rates first, so that times fall on exact ticks.
Rate ToRate(double rate) {
  if (!(rate > 0) || rate > 1000) return {};
  for (const int thousands : {24, 30, 48, 60, 120}) {
    if (std::abs(rate - thousands * 1000.0 / 1001.0) < 1e-3) return {thousands * 1000, 1001};
  }
  if (std::abs(rate - std::round(rate)) < 1e-3) return {static_cast<int>(std::round(rate)), 1};
  Rate out;
  gst_util_double_to_fraction(rate, &out.numerator, &out.denominator);
  return out;
}

// Ticks a second of an mp4 track: 1/90000 s serves the usual sources (24, 25, 30,
// 50, 60 a second; milliseconds; RTP), and the least common multiple with the frame
// rate makes that exact too (30000/1001: 90000; 24000/1001: 360000).
constexpr std::uint32_t kTicks = 90000;
constexpr std::uint32_t kMostTicks = 1000000;

std::uint32_t TimescaleFor(Rate rate) {
  if (rate.numerator <= 0) return kTicks;
  const std::uint64_t ticks =
      std::lcm<std::uint64_t, std::uint64_t>(kTicks, static_cast<std::uint64_t>(rate.numerator));
  return ticks <= kMostTicks ? static_cast<std::uint32_t>(ticks) : kTicks;
}

// What the encoder gets: 4:2:0 as it comes; all else becomes I420.
FrameFormat EncoderFormat(const FrameFormat& frame) {
  FrameFormat format = frame;
  switch (frame.pixels) {
    case PixelFormat::kI420:
    case PixelFormat::kNv12: return format;
    case PixelFormat::kYuy2: break;
    default: {
      const bool is_large = frame.size.width >= 1280 || frame.size.height > 576;
      format.color = {is_large ? ColorMatrix::kBt709 : ColorMatrix::kBt601, ColorRange::kLimited};
    }
  }
  format.pixels = PixelFormat::kI420;
  return format;
}

class H264Sink final : public VideoSink {
 public:
  H264Sink(const std::string& path, const Container& container, VideoSinkOptions options)
      : file_(path), container_(container), options_(std::move(options)) {}

  // Abandoned without Finish(): the file never becomes whole.
  ~H264Sink() override {
    feed_.reset();
    if (is_open_) file_.Discard();
  }

  Picture picture() const override { return options_.picture; }
  Result<void> Begin(const StreamInfo& stream) override;
  Result<void> Write(const Frame& frame, const FrameResult& result) override;
  Result<void> Finish() override;
  const std::vector<std::string>& notes() const override { return notes_; }

 private:
  void OpenAudio();
  Result<void> Start(const FrameFormat& first, Nanoseconds pts);
  std::string Description() const;
  void CopyAudio(Nanoseconds until);
  void CopyAudioTail(Nanoseconds end);
  bool SendPacket(gst::AudioPacket packet);
  Result<void> Complete();
  Result<void> Failed(const Error& error);
  Nanoseconds DurationOf(const Frame& frame, Nanoseconds pts) const;

  gst::PartFile file_;
  const Container& container_;
  VideoSinkOptions options_;
  StreamInfo stream_;
  Rate rate_;
  FramePool pool_;
  std::unique_ptr<gst::Feed> feed_;
  std::unique_ptr<gst::AudioReader> audio_;
  gst::ElementPtr audio_source_;
  std::vector<std::string> notes_;
  std::optional<Error> error_;
  bool is_open_ = false;       // the .part exists
  Nanoseconds base_{0};        // subtracted from every time
  Nanoseconds first_pts_{0};
  Nanoseconds last_pts_{-1};
  Nanoseconds last_duration_ = kNoTime;
  Nanoseconds audio_delay_{0};  // added to audio times for the muxer, hidden by an edit list
  Nanoseconds audio_start_{0};
  std::int64_t packets_before_zero_ = 0;
  bool is_steady_ = true;      // frames came at the nominal rate
};

Result<void> H264Sink::Begin(const StreamInfo& stream) {
  stream_ = stream;
  rate_ = ToRate(stream.frame_rate);
  auto created = file_.Create();
  if (!created) return Failed(created.error());
  is_open_ = true;
  if (!options_.audio_from.empty()) OpenAudio();
  return {};
}

void H264Sink::OpenAudio() {
  auto muxer = gst::MakeElement(container_.muxer);
  if (!muxer) return;  // Start() reports it
  GstPadTemplate* pad =
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(muxer->get()), "audio_%u");
  const gst::CapsPtr accepted(gst_pad_template_get_caps(pad));
  auto audio = gst::AudioReader::Open(options_.audio_from, accepted.get());
  if (audio) {
    audio_ = *std::move(audio);
  } else if (audio.error().code == ErrorCode::kUnsupported) {
    notes_.push_back("audio left out: ." + std::string(container_.extension) +
                     " files cannot carry " + audio.error().message);
  } else {
    notes_.push_back("audio left out: " + audio.error().message);
  }
}

std::string H264Sink::Description() const {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = options_.threads > 0 ? options_.threads : std::min(cores, 4);
  // Measured on walking_720p.mp4 (341 frames), CPU ms a frame with decoding (4) / size
  // / SSIM / peak memory of the process with decoding (69 MB alone):
  //   superfast, no B-frames, slices  12.3 / 4.4 MB / .990 /  94 MB   <- this
  //   the same, 3 B-frames            13.3 / 3.4 MB / .989 / 124 MB
  //   superfast, frame threads        16.3 / 3.8 MB / .990 / 167 MB
  //   veryfast, no look-ahead         19.5 / 3.5 MB / .990 /  94 MB
  //   ultrafast                       10.8 / 7.8 MB / .984 /  87 MB   (at 23)
  // vbv-buf-capacity=0: else pass=qual is capped at x264enc's default of 2048 kbit/s.
  std::string text = "appsrc name=frames ! videoconvert ! videoscale ! capsfilter name=wanted ! "
                     "x264enc speed-preset=superfast bframes=0 rc-lookahead=0 sync-lookahead=0 "
                     "sliced-threads=true pass=qual vbv-buf-capacity=0 key-int-max=250 "
                     "quantizer=" + std::to_string(options_.quantizer) +
                     " threads=" + std::to_string(threads);
  // The queue has no limit of its own: CopyAudio() bounds how long video waits for audio.
  text += " ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! ";
  text += std::string(container_.muxer) + " name=mux ! filesink name=out async=false";
  if (audio_) text += " appsrc name=audio format=time max-bytes=0 ! mux.audio_0";
  return text;
}

Result<void> H264Sink::Start(const FrameFormat& first, Nanoseconds pts) {
  RETINUE_ASSIGN_OR_RETURN(gst::ElementPtr pipeline, gst::ParsePipeline(Description()));
  g_object_set(gst::Child(pipeline.get(), "out").get(), "location", file_.part().c_str(), nullptr);
  const gst::CapsPtr caps =
      gst::CapsFromFormat(EncoderFormat(first), rate_.numerator, rate_.denominator);
  g_object_set(gst::Child(pipeline.get(), "wanted").get(), "caps", caps.get(), nullptr);
  const gst::ElementPtr muxer = gst::Child(pipeline.get(), "mux");
  if (container_.family == Family::kMp4) {
    const gst::PadPtr pad(gst_element_get_static_pad(muxer.get(), "video_0"));
    g_object_set(pad.get(), "trak-timescale", TimescaleFor(rate_), nullptr);
    g_object_set(muxer.get(), "movie-timescale", TimescaleFor(rate_), nullptr);
  }
  if (stream_.is_live || pts < Nanoseconds{0}) base_ = pts;
  first_pts_ = pts - base_;
  if (audio_) {
    audio_source_ = gst::Child(pipeline.get(), "audio");
    g_object_set(audio_source_.get(), "caps", audio_->caps(), nullptr);
    const gst::AudioPacket* packet = audio_->Peek();
    const Nanoseconds start = packet != nullptr ? packet->start - base_ : Nanoseconds{0};
    if (container_.family == Family::kMp4) audio_delay_ = std::max(-start, Nanoseconds{0});
    audio_start_ = std::max(start, Nanoseconds{0});
  }
  feed_ = gst::Feed::Create(std::move(pipeline));
  feed_->set_rate(rate_.numerator, rate_.denominator);
  return {};
}

Nanoseconds H264Sink::DurationOf(const Frame& frame, Nanoseconds pts) const {
  if (frame.duration() != kNoTime && frame.duration() > Nanoseconds{0}) return frame.duration();
  if (rate_.numerator > 0) {
    return Nanoseconds(static_cast<Nanoseconds::rep>(
        gst_util_uint64_scale(1000000000, static_cast<guint64>(rate_.denominator),
                              static_cast<guint64>(rate_.numerator))));
  }
  return last_pts_ >= Nanoseconds{0} ? pts - last_pts_ : kNoTime;
}

Result<void> H264Sink::Write(const Frame& frame, const FrameResult&) {
  if (error_) return Fail(*error_);
  constexpr int kSmallestSide = 16;  // of x264enc
  if (frame.size().width < kSmallestSide || frame.size().height < kSmallestSide) {
    return Failed({ErrorCode::kInvalidArgument,
                   "a video must be at least 16x16 pixels, got " +
                       std::to_string(frame.size().width) + "x" +
                       std::to_string(frame.size().height)});
  }
  auto even = gst::WithChroma(frame, pool_);
  if (even) even = gst::WithEvenSize(*even, pool_);
  if (!even) return Failed(even.error());
  if (!feed_) {
    auto started = Start(even->format(), frame.pts());
    if (!started) return Failed(started.error());
  }
  constexpr Nanoseconds kTick{1000000000 / kTicks + 1};
  const bool is_first = last_pts_ < Nanoseconds{0};
  const Nanoseconds pts =
      std::max(frame.pts() - base_, is_first ? Nanoseconds{0} : last_pts_ + kTick);
  const Nanoseconds duration = DurationOf(frame, pts);
  if (!is_first && rate_.numerator > 0) {
    const double expected = 1e9 * rate_.denominator / rate_.numerator;
    const double step = static_cast<double>((pts - last_pts_).count());
    if (std::abs(step - expected) > expected / 2) is_steady_ = false;
  }
  auto pushed = feed_->Push(*even, pts, duration);
  if (!pushed) return Failed(pushed.error());
  last_pts_ = pts;
  last_duration_ = duration;
  CopyAudio(pts);
  return {};
}

// Hands the muxer the packets that begin by `until`. It writes in the order of time
// and so waits for whichever stream is behind: one packet beyond is sent early
// only across a pause of the audio, so that the video behind it does not pile up.
void H264Sink::CopyAudio(Nanoseconds until) {
  constexpr Nanoseconds kPause{1000000000};
  while (audio_) {
    const gst::AudioPacket* packet = audio_->Peek();
    if (packet == nullptr) {
      if (const auto failure = audio_->failure()) {
        notes_.push_back("audio ends early: " + failure->message);
      }
      gst_app_src_end_of_stream(GST_APP_SRC(audio_source_.get()));
      audio_.reset();
      return;
    }
    const Nanoseconds start = packet->start - base_;
    const bool is_beyond = start > until;
    if (is_beyond && start <= until + kPause) return;
    if (!SendPacket(audio_->Take()) || is_beyond) return;
  }
}

// The rest of the audio when it ends soon after the video, as in most files; of a
// run that was limited or interrupted only what is heard during the last frame.
void H264Sink::CopyAudioTail(Nanoseconds end) {
  constexpr Nanoseconds kTail{2000000000};
  std::vector<gst::AudioPacket> beyond;
  while (audio_) {
    const gst::AudioPacket* packet = audio_->Peek();
    if (packet == nullptr) {
      for (gst::AudioPacket& one : beyond) SendPacket(std::move(one));
      break;
    }
    const Nanoseconds start = packet->start - base_;
    if (start >= end + kTail) break;
    gst::AudioPacket taken = audio_->Take();
    if (start >= end) {
      beyond.push_back(std::move(taken));
    } else if (!SendPacket(std::move(taken))) {
      break;
    }
  }
  if (audio_) gst_app_src_end_of_stream(GST_APP_SRC(audio_source_.get()));
}

// To the muxer; false when it takes no more.
bool H264Sink::SendPacket(gst::AudioPacket packet) {
  const Nanoseconds time = packet.start - base_ + audio_delay_;
  if (time < Nanoseconds{0}) {
    ++packets_before_zero_;
    return true;
  }
  GstBuffer* buffer = gst_buffer_make_writable(packet.buffer.release());
  GST_BUFFER_PTS(buffer) = gst::ToGst(time);
  GST_BUFFER_DTS(buffer) = gst::ToGst(time);
  return gst_app_src_push_buffer(GST_APP_SRC(audio_source_.get()), buffer) == GST_FLOW_OK;
}

Result<void> H264Sink::Failed(const Error& error) {
  error_ = error;
  if (error_->message.find(file_.path()) == std::string::npos) {
    error_->message = file_.path() + ": " + error_->message;
  }
  return Fail(*error_);
}

Result<void> H264Sink::Complete() {
  const Nanoseconds last = last_duration_ == kNoTime ? Nanoseconds{0} : last_duration_;
  CopyAudioTail(last_pts_ + last);
  RETINUE_RETURN_IF_ERROR(feed_->Drain());
  feed_.reset();  // closes the file
  if (container_.family == Family::kMp4) {
    RETINUE_RETURN_IF_ERROR(gst::FinishMp4(
        file_.part(), {.video = {.start = first_pts_},
                       .audio = {.start = audio_start_, .skip = audio_delay_}}));
  }
  return file_.Commit();
}

Result<void> H264Sink::Finish() {
  auto done = error_ ? Result<void>(Fail(*error_)) : Result<void>();
  if (!error_ && feed_) {
    done = Complete();
    if (!done) done = Failed(done.error());
  } else if (!error_) {
    notes_.push_back(file_.path() + " was not made: no frame came");
  }
  feed_.reset();
  audio_.reset();
  if (is_open_ && (!done || last_pts_ < Nanoseconds{0})) file_.Discard();
  is_open_ = false;
  if (packets_before_zero_ > 0) {
    notes_.push_back(std::to_string(packets_before_zero_) +
                     " audio packets of encoder delay before time 0 left out: ." +
                     std::string(container_.extension) + " files cannot hide them");
  }
  if (container_.family == Family::kAvi && !is_steady_) {
    notes_.push_back("the frames' times vary, which .avi files cannot tell: use .mp4 or .mkv");
  }
  return done;
}

std::string KnownExtensions() {
  std::string names;
  for (const Container& container : kContainers) {
    names += names.empty() ? "." : ", .";
    names += container.extension;
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<VideoSink>> CreateVideoSink(const std::string& path,
                                                   const VideoSinkOptions& options) {
  const std::string extension = gst::Extension(path);
  const Container* container = FindContainer(extension);
  if (container == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                "a video file must end in one of " + KnownExtensions() + ", got " + path);
  }
  if (options.quantizer < 0 || options.quantizer > 50) {
    return Fail(ErrorCode::kInvalidArgument,
                "the quantizer must be 0 to 50, got " + std::to_string(options.quantizer));
  }
  if (options.threads < 0 || options.threads > 64) {
    return Fail(ErrorCode::kInvalidArgument,
                "encoder threads must be 0 to 64, got " + std::to_string(options.threads));
  }
  for (const char* element :
       {"appsrc", "videoconvert", "videoscale", "x264enc", container->muxer}) {
    RETINUE_RETURN_IF_ERROR(gst::MakeElement(element));
  }
  return std::make_unique<H264Sink>(path, *container, options);
}

}  // namespace retinue
