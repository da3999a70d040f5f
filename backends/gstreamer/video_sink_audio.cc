#include "backends/gstreamer/video_sink_audio.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "backends/gstreamer/sink_common.h"
#include "backends/gstreamer/video_sink_mp4.h"

namespace retinue::gst {
namespace {

// A file that gives nothing for so long (a network folder that went away) is given up.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kStep{100};

// GstAutoplugSelectResult of parsebin, which no header declares.
constexpr int kAutoplugTry = 0;
constexpr int kAutoplugExpose = 1;

CapsPtr CapsOfPad(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  return CapsPtr(caps != nullptr ? caps : gst_pad_query_caps(pad, nullptr));
}

std::string MediaType(const GstCaps* caps) {
  return gst_caps_get_size(caps) > 0 ? gst_structure_get_name(gst_caps_get_structure(caps, 0)) : "";
}

std::string Describe(const GstCaps* caps) {
  std::string text = MediaType(caps);
  int version = 0;
  if (gst_structure_get_int(gst_caps_get_structure(caps, 0), "mpegversion", &version) != FALSE) {
    text += " version " + std::to_string(version);
  }
  return text;
}

// Parsers of pictures would cost CPU for pads that nobody reads.
int OnSelect(GstElement*, GstPad*, GstCaps* caps, GstElementFactory* factory, gpointer) {
  const bool is_parser =
      gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_PARSER) != FALSE &&
      gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DEMUXER) == FALSE;
  return is_parser && MediaType(caps).rfind("video/", 0) == 0 ? kAutoplugExpose : kAutoplugTry;
}

// Codec headers (FLAC, Vorbis) lie in the caps, and muxers take them from there; some parsers
// send them as packets too, without a time.
bool IsCodecHeader(GstPad* pad, const GstBuffer* packet) {
  if (GST_BUFFER_PTS_IS_VALID(packet) || GST_BUFFER_DTS_IS_VALID(packet)) return false;
  const CapsPtr caps = CapsOfPad(pad);
  return gst_caps_get_size(caps.get()) > 0 &&
         gst_structure_has_field(gst_caps_get_structure(caps.get(), 0), "streamheader") != FALSE;
}

// Puts the patch's bytes over those that the file gave.
GstPadProbeReturn OnRead(GstPad*, GstPadProbeInfo* info, gpointer data) {
  const auto& patch = *static_cast<FilePatch*>(data);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (buffer == nullptr) return GST_PAD_PROBE_OK;
  const std::uint64_t begin = GST_PAD_PROBE_INFO_OFFSET(info);
  const std::uint64_t end = begin + gst_buffer_get_size(buffer);
  const std::uint64_t from = std::max(begin, patch.offset);
  const std::uint64_t to = std::min<std::uint64_t>(end, patch.offset + patch.bytes.size());
  if (from >= to) return GST_PAD_PROBE_OK;
  buffer = gst_buffer_make_writable(buffer);
  gst_buffer_fill(buffer, from - begin, patch.bytes.data() + (from - patch.offset), to - from);
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  return GST_PAD_PROBE_OK;
}

// Sinks and muxers drop what lies outside the segment, which is where an edit list puts
// encoder delay. So packets travel in an open segment of their own, with this
// beside their running time to keep it positive.
constexpr GstClockTime kOffset = 1000 * 3600 * GST_SECOND;

}  // namespace

// What the callbacks on the pipeline's threads find out. The pipeline is stopped
// before this goes away.
struct AudioReader::State {
  std::mutex mutex;
  std::condition_variable changed;
  GstElement* pipeline = nullptr;
  GstElement* sink = nullptr;
  CapsPtr accepted;
  GstSegment segment;        // of the packets; the appsink's streaming thread only
  bool is_in_headers = true;  // no packet came yet; the same thread only
  std::atomic<bool> keeps_container_time = false;  // MayStartLate()
  bool has_pads = false;
  bool is_linked = false;
  bool is_complete = false;  // all pads were seen
  std::optional<Error> error;

  void Set(const std::optional<Error>& failure, bool linked) {
    const std::lock_guard lock(mutex);
    if (failure && !error) error = failure;
    if (linked) is_linked = true;
    changed.notify_all();
  }

  // Until it is known whether there is audio; false when that takes too long.
  bool WaitForPads() {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    for (int idle = 0; idle < 3;) {
      {
        std::unique_lock lock(mutex);
        const auto is_known = [&] { return is_linked || is_complete || error.has_value(); };
        if (changed.wait_for(lock, kStep, is_known)) return true;
      }
      if (std::chrono::steady_clock::now() >= give_up) return false;
      idle = IsIdle(pipeline) ? idle + 1 : 0;
    }
    const std::lock_guard lock(mutex);
    is_complete = true;
    return true;
  }

  // Links the first audio pad to the appsink, through aacparse where that helps.
  void Link(GstPad* pad) {
    const CapsPtr caps = CapsOfPad(pad);
    {
      const std::lock_guard lock(mutex);
      has_pads = true;
      if (is_linked || error || MediaType(caps.get()).rfind("audio/", 0) != 0) return;
    }
    PadPtr target(gst_element_get_static_pad(sink, "sink"));
    if (gst_caps_can_intersect(caps.get(), accepted.get()) == FALSE) {
      if (!CanParserHelp(caps.get())) {
        return Set(Error{ErrorCode::kUnsupported, Describe(caps.get())}, false);
      }
      auto parser = MakeElement("aacparse");
      if (!parser) return Set(parser.error(), false);
      gst_bin_add(GST_BIN(pipeline), parser->get());
      gst_element_link(parser->get(), sink);
      gst_element_sync_state_with_parent(parser->get());
      target.reset(gst_element_get_static_pad(parser->get(), "sink"));
    }
    constexpr auto kPushed = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                          GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
    gst_pad_add_probe(pad, kPushed, &State::OnPacket, this, nullptr);
    const bool linked = GST_PAD_LINK_SUCCESSFUL(gst_pad_link(pad, target.get()));
    if (linked) return Set(std::nullopt, true);
    Set(Error{ErrorCode::kUnsupported, Describe(caps.get())}, false);
  }

  // AAC in any framing, when the container takes AAC at all.
  bool CanParserHelp(const GstCaps* caps) const {
    const GstStructure* structure = gst_caps_get_structure(caps, 0);
    int version = 0;
    if (gst_structure_get_int(structure, "mpegversion", &version) == FALSE) return false;
    if (version != 2 && version != 4) return false;
    const CapsPtr aac(gst_caps_new_simple("audio/mpeg", "mpegversion", G_TYPE_INT, 4, nullptr));
    return gst_caps_can_intersect(aac.get(), accepted.get()) != FALSE;
  }

  // Replaces segments by an open one and times by running times, or the file's own.
  static GstPadProbeReturn OnPacket(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
    State& state = *static_cast<State*>(data);
    if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
      GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
      if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) return GST_PAD_PROBE_OK;
      gst_event_copy_segment(event, &state.segment);
      GstSegment open;
      gst_segment_init(&open, GST_FORMAT_TIME);
      GstEvent* replacement = gst_event_new_segment(&open);
      gst_event_set_seqnum(replacement, gst_event_get_seqnum(event));
      gst_event_unref(event);
      GST_PAD_PROBE_INFO_DATA(info) = replacement;
      return GST_PAD_PROBE_OK;
    }
    GstBuffer* packet = GST_PAD_PROBE_INFO_BUFFER(info);
    state.is_in_headers = state.is_in_headers && IsCodecHeader(pad, packet);
    if (state.is_in_headers) return GST_PAD_PROBE_DROP;
    GstBuffer* buffer = gst_buffer_make_writable(packet);
    const GstClockTime own =
        GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
    guint64 time = 0;
    int sign = 0;
    if (state.keeps_container_time && GST_CLOCK_TIME_IS_VALID(own)) {
      sign = 1;
      time = own;
    } else if (GST_CLOCK_TIME_IS_VALID(own) && state.segment.format == GST_FORMAT_TIME) {
      sign = gst_segment_to_running_time_full(&state.segment, GST_FORMAT_TIME, own, &time);
    }
    GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    if (sign > 0) GST_BUFFER_PTS(buffer) = kOffset + time;
    if (sign < 0 && time < kOffset) GST_BUFFER_PTS(buffer) = kOffset - time;
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
  }
  static void OnElement(GstBin*, GstElement* element, gpointer data) {
    const GstElementFactory* factory = gst_element_get_factory(element);
    if (factory != nullptr && MayStartLate(GST_OBJECT_NAME(factory))) {
      (*static_cast<std::shared_ptr<State>*>(data))->keeps_container_time = true;
    }
  }
  static void OnPad(GstElement*, GstPad* pad, gpointer data) {
    (*static_cast<std::shared_ptr<State>*>(data))->Link(pad);
  }
  static void OnAllPads(GstElement*, gpointer data) {
    State& state = **static_cast<std::shared_ptr<State>*>(data);
    const std::lock_guard lock(state.mutex);
    state.is_complete = true;
    state.changed.notify_all();
  }
  static GstBusSyncReply OnMessage(GstBus*, GstMessage* message, gpointer data) {
    State& state = **static_cast<std::shared_ptr<State>*>(data);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) state.Set(ErrorFromMessage(message), false);
    gst_message_unref(message);
    return GST_BUS_DROP;
  }
};

Result<std::unique_ptr<AudioReader>> AudioReader::Open(const std::string& path,
                                                       const GstCaps* accepted) {
  std::unique_ptr<AudioReader> reader(new AudioReader);
  RETINUE_ASSIGN_OR_RETURN(reader->pipeline_,
                           ParsePipeline("filesrc name=in ! parsebin name=parse"));
  RETINUE_ASSIGN_OR_RETURN(reader->sink_, MakeElement("appsink"));
  GstElement* pipeline = reader->pipeline_.get();
  const CapsPtr wanted(gst_caps_copy(accepted));
  g_object_set(reader->sink_.get(), "sync", FALSE, "max-buffers", 32u, "caps", wanted.get(),
               nullptr);
  g_object_set(Child(pipeline, "in").get(), "location", path.c_str(), nullptr);
  gst_bin_add(GST_BIN(pipeline), reader->sink_.get());
  if (auto patch = LongerMovie(path)) {
    const PadPtr pad(gst_element_get_static_pad(Child(pipeline, "in").get(), "src"));
    constexpr auto kPulled =
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_PULL | GST_PAD_PROBE_TYPE_BUFFER);
    gst_pad_add_probe(pad.get(), kPulled, &OnRead, new FilePatch(*std::move(patch)),
                      [](gpointer data) { delete static_cast<FilePatch*>(data); });
  }

  using Shared = std::shared_ptr<State>;
  const Shared state = std::make_shared<State>();
  reader->state_ = state;
  state->pipeline = pipeline;
  state->sink = reader->sink_.get();
  state->accepted.reset(gst_caps_copy(accepted));
  gst_segment_init(&state->segment, GST_FORMAT_UNDEFINED);
  const ElementPtr parse = Child(pipeline, "parse");
  const auto free_closure = [](gpointer data, GClosure*) { delete static_cast<Shared*>(data); };
  g_signal_connect(parse.get(), "autoplug-select", G_CALLBACK(&OnSelect), nullptr);
  g_signal_connect_data(parse.get(), "pad-added", G_CALLBACK(&State::OnPad), new Shared(state),
                        free_closure, static_cast<GConnectFlags>(0));
  g_signal_connect_data(parse.get(), "no-more-pads", G_CALLBACK(&State::OnAllPads),
                        new Shared(state), free_closure, static_cast<GConnectFlags>(0));
  const BusPtr bus(gst_element_get_bus(pipeline));
  gst_bus_set_sync_handler(bus.get(), &State::OnMessage, new Shared(state),
                           [](gpointer data) { delete static_cast<Shared*>(data); });
  g_signal_connect_data(parse.get(), "element-added", G_CALLBACK(&State::OnElement),
                        new Shared(state), free_closure, static_cast<GConnectFlags>(0));
  Play(pipeline);
  if (!state->WaitForPads()) {
    return Fail(ErrorCode::kUnavailable, "nothing could be read in 10 s");
  }
  {
    const std::lock_guard lock(state->mutex);
    // A demuxer none of whose pads is wanted stops with an error of its own.
    const bool is_silent = state->is_complete || state->has_pads;
    const bool is_refused = state->error && state->error->code == ErrorCode::kUnsupported;
    if (!state->is_linked && is_silent && !is_refused) return nullptr;
    if (!state->is_linked) return Fail(*state->error);
  }
  reader->ReadOne();
  if (reader->next_) return reader;
  if (const auto failure = reader->failure()) return Fail(*failure);
  return nullptr;
}

AudioReader::~AudioReader() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  const BusPtr bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

void AudioReader::ReadOne() {
  if (next_ || at_end_) return;
  const GstClockTime patience =
      static_cast<GstClockTime>(std::chrono::nanoseconds(kPatience).count());
  const SamplePtr sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), patience));
  if (!sample) {
    at_end_ = true;
    if (gst_app_sink_is_eos(GST_APP_SINK(sink_.get())) == FALSE) {
      state_->Set(Error{ErrorCode::kUnavailable, "nothing could be read in 10 s"}, false);
    }
    return;
  }
  if (!caps_) caps_.reset(gst_caps_ref(gst_sample_get_caps(sample.get())));
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  AudioPacket packet;
  packet.start = last_end_;
  if (GST_BUFFER_PTS_IS_VALID(buffer)) {
    packet.start = FromGst(GST_BUFFER_PTS(buffer)) - FromGst(kOffset);
  }
  last_end_ = packet.start;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) last_end_ += FromGst(GST_BUFFER_DURATION(buffer));
  packet.buffer.reset(gst_buffer_ref(buffer));
  next_ = std::move(packet);
}

const AudioPacket* AudioReader::Peek() {
  ReadOne();
  return next_ ? &*next_ : nullptr;
}

AudioPacket AudioReader::Take() {
  AudioPacket packet = std::move(*next_);
  next_.reset();
  return packet;
}

std::optional<Error> AudioReader::failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->error;
}

}  // namespace retinue::gst
