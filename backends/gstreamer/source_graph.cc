#include "backends/gstreamer/source_graph.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <gst/app/gstappsink.h>
#include <gst/pbutils/pbutils.h>

#include "backends/gstreamer/full_color.h"
#include "retinue/gstreamer/runtime.h"

namespace retinue::gst {
namespace {

// What the source hands out or makes RGB of. Colour in full resolution keeps it: COCO's pictures
// are JPEG 4:4:4, and halving their chroma costs a detector up to a point of AP.
GstVideoFormat KnownFormat(const GstVideoInfo& video) {
  const GstVideoFormat is = GST_VIDEO_INFO_FORMAT(&video);
  if (FromGst(is) || IsFullColor(is)) return is;
  const GstVideoFormatInfo* format = video.finfo;
  const bool has_full_color = !GST_VIDEO_FORMAT_INFO_IS_GRAY(format) &&
                              GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format) >= 3 &&
                              GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) == 0 &&
                              GST_VIDEO_FORMAT_INFO_H_SUB(format, 1) == 0;
  return has_full_color ? GST_VIDEO_FORMAT_RGB : GST_VIDEO_FORMAT_I420;
}

struct FactoryListFree {
  void operator()(GList* list) const { gst_plugin_feature_list_free(list); }
};
using FactoryList = std::unique_ptr<GList, FactoryListFree>;

StringPtr Description(const GstCaps* caps) {
  return StringPtr(gst_pb_utils_get_codec_description(caps));
}

std::string_view MediaType(const GstCaps* caps) {
  return gst_structure_get_name(gst_caps_get_structure(caps, 0));
}

bool IsVideo(const GstCaps* caps) {
  const std::string_view type = MediaType(caps);
  return type.starts_with("video/") || type.starts_with("image/");
}

CapsPtr CapsOf(GstPad* pad) {
  CapsPtr caps(gst_pad_get_current_caps(pad));
  if (!caps) caps.reset(gst_pad_query_caps(pad, nullptr));
  if (gst_caps_is_empty(caps.get()) || gst_caps_is_any(caps.get())) caps.reset();
  return caps;
}

// All installed decoders for `caps` that give pictures in ordinary memory, best first.
FactoryList DecodersFor(const GstCaps* caps) {
  const FactoryList all(gst_element_factory_list_get_elements(
      GST_ELEMENT_FACTORY_TYPE_DECODER | GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO |
          GST_ELEMENT_FACTORY_TYPE_MEDIA_IMAGE,
      GST_RANK_MARGINAL));
  // A subset first: what merely overlaps may want more than the stream has (vp9alphadecodebin,
  // the best ranked for VP9, takes only pictures with an alpha channel).
  FactoryList fitting(gst_element_factory_list_filter(all.get(), caps, GST_PAD_SINK, TRUE));
  if (!fitting) {
    fitting.reset(gst_element_factory_list_filter(all.get(), caps, GST_PAD_SINK, FALSE));
  }
  const CapsPtr raw(gst_caps_new_empty_simple("video/x-raw"));
  GList* chosen = nullptr;
  for (GList* item = fitting.get(); item != nullptr; item = item->next) {
    auto* factory = GST_ELEMENT_FACTORY(item->data);
    if (gst_element_factory_can_src_any_caps(factory, raw.get()) != FALSE) {
      chosen = g_list_prepend(chosen, gst_object_ref(factory));
    }
  }
  chosen = g_list_sort(chosen, gst_plugin_feature_rank_compare_func);
  return FactoryList(chosen);
}

// Frame threads buy speed with delay and memory: one is enough up to 720p (walking_720p: 240
// pictures a second on one core of the development machine, far more than any model looks at).
int ThreadsFor(const GstCaps* caps, const GraphOptions& options) {
  if (options.decoder_threads > 0) return options.decoder_threads;
  int width = 0;
  int height = 0;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gst_structure_get_int(structure, "width", &width);
  gst_structure_get_int(structure, "height", &height);
  const std::int64_t pixels = std::int64_t{width} * height;
  int threads = 4;
  if (pixels <= 1280 * 720) threads = 1;
  else if (pixels <= 1920 * 1088) threads = options.is_live ? 1 : 2;
  return std::min(threads, std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

void SetIfPresent(GstElement* element, const char* property, const std::string& value) {
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), property) != nullptr) {
    gst_util_set_object_arg(G_OBJECT(element), property, value.c_str());
  }
}

void SetThreads(GstElement* decoder, int threads, bool is_live) {
  for (const char* property : {"max-threads", "threads", "n-threads"}) {
    SetIfPresent(decoder, property, std::to_string(threads));
  }
  if (is_live) SetIfPresent(decoder, "thread-type", "slice");
}

// GstVideoOrientationMethod for each EXIF orientation: what turns the picture upright.
constexpr std::array<const char*, 9> kUprightBy = {
    "auto", "identity", "horiz", "180", "vert", "ul-lr", "90r", "ur-ll", "90l"};

GstFlowReturn OnSample(GstAppSink* sink, gpointer mailbox) {
  SamplePtr sample(gst_app_sink_pull_sample(sink));
  if (sample) static_cast<Mailbox*>(mailbox)->Put(std::move(sample));
  return GST_FLOW_OK;
}

void OnEnd(GstAppSink*, gpointer mailbox) { static_cast<Mailbox*>(mailbox)->PutEnd(); }

// Decoders that know the reader understands GstVideoMeta write with their own strides; without
// this answer they would copy each picture into a tight layout.
GstPadProbeReturn OnSinkQuery(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  return GST_PAD_PROBE_HANDLED;
}

Result<ElementPtr> MakeSink(Mailbox& mailbox) {
  RETINUE_ASSIGN_OR_RETURN(ElementPtr sink, MakeElement("appsink"));
  g_object_set(sink.get(), "sync", FALSE, "async", FALSE, "max-buffers", 1u, "drop", FALSE,
               "enable-last-sample", FALSE, "wait-on-eos", FALSE, nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.eos = OnEnd;
  callbacks.new_sample = OnSample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, &mailbox, nullptr);
  const PadPtr pad(gst_element_get_static_pad(sink.get(), "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, OnSinkQuery, nullptr, nullptr);
  return sink;
}

}  // namespace

Result<std::unique_ptr<Graph>> Graph::Create(const GraphOptions& options, Mailbox& mailbox) {
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  std::unique_ptr<Graph> graph(new Graph(options, mailbox));
  graph->pipeline_.reset(
      static_cast<GstElement*>(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  RETINUE_RETURN_IF_ERROR(graph->MakeTail());
  // Messages are read as they are posted and never queued: there is no main loop to read a queue,
  // and 10 000 frames of unread messages would be a leak.
  const BusPtr bus(gst_element_get_bus(graph->pipeline_.get()));
  gst_bus_set_sync_handler(
      bus.get(),
      [](GstBus*, GstMessage* message, gpointer self) {
        static_cast<Graph*>(self)->OnMessage(message);
        gst_message_unref(message);
        return GST_BUS_DROP;
      },
      graph.get(), nullptr);
  return graph;
}

Graph::~Graph() {
  mailbox_.Close();  // or a thread that waits for room would never end
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  const BusPtr bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

Result<void> Graph::MakeTail() {
  RETINUE_ASSIGN_OR_RETURN(convert_, MakeElement("videoconvert"));
  RETINUE_ASSIGN_OR_RETURN(filter_, MakeElement("capsfilter"));
  RETINUE_ASSIGN_OR_RETURN(sink_, MakeSink(mailbox_));
  Add(convert_.get());
  Add(filter_.get());
  Add(sink_.get());
  gst_element_link_many(convert_.get(), filter_.get(), sink_.get(), nullptr);
  if (options_.orientation > 1) RETINUE_RETURN_IF_ERROR(InsertFlip());
  const PadPtr pad = TailPad();
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer self) {
        auto* graph = static_cast<Graph*>(self);
        switch (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info))) {
          case GST_EVENT_CAPS: graph->OnRawCaps(info); break;
          case GST_EVENT_TAG: graph->OnTags(GST_PAD_PROBE_INFO_EVENT(info)); break;
          default: break;
        }
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  return {};
}

// Only streams that need it get a videoflip: an idle one still copies every picture.
Result<void> Graph::InsertFlip() {
  RETINUE_ASSIGN_OR_RETURN(flip_, MakeElement("videoflip"));
  gst_util_set_object_arg(G_OBJECT(flip_.get()), "video-direction",
                          kUprightBy[static_cast<std::size_t>(options_.orientation)]);
  Add(flip_.get());
  gst_element_unlink(filter_.get(), sink_.get());
  gst_element_link_many(filter_.get(), flip_.get(), sink_.get(), nullptr);
  gst_element_sync_state_with_parent(flip_.get());
  return {};
}

// Tags come before the first picture; the flip put in here reads them itself.
void Graph::OnTags(GstEvent* event) {
  if (flip_ || options_.orientation != 0) return;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  gchar* raw = nullptr;
  if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &raw) == FALSE) return;
  const StringPtr orientation(raw);
  if (std::string_view(raw) == "rotate-0") return;
  auto inserted = InsertFlip();
  if (!inserted) Fail(std::move(inserted).error());
}

void Graph::Add(GstElement* element) {
  gst_bin_add(GST_BIN(pipeline_.get()), static_cast<GstElement*>(element));
}

PadPtr Graph::TailPad() const {
  return PadPtr(gst_element_get_static_pad(convert_.get(), "sink"));
}

// Decides, whenever the decoder says what it will give, what leaves the tail; and writes down the
// colours, so that no element behind fills in a guess of its own.
void Graph::OnRawCaps(GstPadProbeInfo* info) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(GST_PAD_PROBE_INFO_EVENT(info), &caps);
  std::optional<GstVideoInfo> info_of_caps = InfoFromCaps(caps);
  if (!info_of_caps) return;
  GstVideoInfo& video = *info_of_caps;
  if (GST_VIDEO_INFO_IS_YUV(&video)) {
    const GstVideoColorimetry full = ToGst(ColorFromInfo(video));
    video.colorimetry.matrix = full.matrix;
    video.colorimetry.range = full.range;
    const StringPtr text(gst_video_colorimetry_to_string(&video.colorimetry));
    const CapsPtr stated(gst_caps_copy(caps));
    gst_caps_set_simple(stated.get(), "colorimetry", G_TYPE_STRING, text.get(), nullptr);
    GstEvent* event = gst_event_new_caps(stated.get());
    gst_event_set_seqnum(event, gst_event_get_seqnum(GST_PAD_PROBE_INFO_EVENT(info)));
    gst_event_unref(GST_PAD_PROBE_INFO_EVENT(info));
    GST_PAD_PROBE_INFO_DATA(info) = event;
  }
  if (GST_VIDEO_INFO_IS_INTERLACED(&video)) counts_pictures_ = false;
  const bool fits = GST_VIDEO_INFO_WIDTH(&video) <= Frame::kMaxSide &&
                    GST_VIDEO_INFO_HEIGHT(&video) <= Frame::kMaxSide;
  if (!fits) {
    Fail(TooLarge({GST_VIDEO_INFO_WIDTH(&video), GST_VIDEO_INFO_HEIGHT(&video)}));
  }
  const GstVideoFormat out = KnownFormat(video);
  // The limits make the decoder stop before it asks for memory.
  const CapsPtr wanted(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, gst_video_format_to_string(out), "width",
      GST_TYPE_INT_RANGE, 1, Frame::kMaxSide, "height", GST_TYPE_INT_RANGE, 1, Frame::kMaxSide,
      nullptr));
  g_object_set(filter_.get(), "caps", wanted.get(), nullptr);
}

void Graph::Parse(GstPad* pad) {
  auto made = MakeElement("parsebin");
  if (!made) return Fail(std::move(made).error());
  GstElement* parsebin = made->get();
  g_signal_connect(parsebin, "pad-added",
                   G_CALLBACK(+[](GstElement*, GstPad* parsed, gpointer self) {
                     static_cast<Graph*>(self)->OnParsedPad(parsed);
                   }),
                   this);
  g_signal_connect(parsebin, "no-more-pads", G_CALLBACK(+[](GstElement*, gpointer self) {
                     static_cast<Graph*>(self)->OnAllPads();
                   }),
                   this);
  // libav's GIF demuxer never notices the end of the file (gst-libav 1.22.0).
  g_signal_connect(parsebin, "autoplug-select",
                   G_CALLBACK(+[](GstElement*, GstPad*, GstCaps*, GstElementFactory* factory,
                                  gpointer) -> int {
                     constexpr int kTry = 0;
                     constexpr int kSkip = 2;
                     return std::string_view(GST_OBJECT_NAME(factory)) == "avdemux_gif" ? kSkip
                                                                                        : kTry;
                   }),
                   nullptr);
  // Matroska's own times are what players show; its demuxer would count from the first picture.
  g_signal_connect(parsebin, "element-added",
                   G_CALLBACK(+[](GstBin*, GstElement* element, gpointer self) {
                     const GstElementFactory* factory = gst_element_get_factory(element);
                     if (factory != nullptr && MayStartLate(GST_OBJECT_NAME(factory))) {
                       static_cast<Graph*>(self)->keeps_container_time_ = true;
                     }
                   }),
                   this);
  Add(parsebin);
  const PadPtr sink(gst_element_get_static_pad(parsebin, "sink"));
  gst_element_sync_state_with_parent(parsebin);
  if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
    Fail({ErrorCode::kInternal, "GStreamer did not link its parser"});
  }
}

void Graph::OnParsedPad(GstPad* pad) {
  const CapsPtr caps = CapsOf(pad);
  if (!caps) return;
  if (IsVideo(caps.get())) {
    if (!has_video_.exchange(true)) Decode(pad, caps.get());
    return;
  }
  const StringPtr description = Description(caps.get());
  const std::lock_guard lock(mutex_);
  if (!others_.empty()) others_ += ", ";
  others_ += description ? description.get() : std::string(MediaType(caps.get())).c_str();
}

void Graph::OnAllPads() {
  if (has_video_ || !options_.is_single) return;
  std::string others;
  {
    const std::lock_guard lock(mutex_);
    others = others_;
  }
  Fail({ErrorCode::kDataLoss,
        others.empty() ? "holds no video" : "holds no video, only " + others});
}

void Graph::Decode(GstPad* pad, const GstCaps* caps) {
  has_video_ = true;
  if (MediaType(caps) == "video/x-raw") {
    const PadPtr tail = TailPad();
    if (gst_pad_link(pad, tail.get()) != GST_PAD_LINK_OK) {
      Fail({ErrorCode::kUnsupported, "the raw video is in a memory that retinue does not read"});
    }
    return;
  }
  const FactoryList factories = DecodersFor(caps);
  for (GList* item = factories.get(); item != nullptr; item = item->next) {
    GstElement* raw = gst_element_factory_create(GST_ELEMENT_FACTORY(item->data), nullptr);
    if (raw == nullptr) continue;
    const ElementPtr decoder(static_cast<GstElement*>(gst_object_ref_sink(raw)));
    // A decoder for hardware that is not there says so here.
    if (gst_element_set_state(decoder.get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE) {
      gst_element_set_state(decoder.get(), GST_STATE_NULL);
      continue;
    }
    return ConnectDecoder(pad, caps, decoder.get());
  }
  const StringPtr description = Description(caps);
  const std::string codec = description ? description.get() : std::string(MediaType(caps));
  std::string message = "GStreamer has no decoder for " + codec;
  const std::string_view package = DebianPackageOf(MediaType(caps));
  if (!package.empty()) message.append(" (Debian: ").append(package).append(")");
  Fail({ErrorCode::kUnsupported, std::move(message)});
}

void Graph::ConnectDecoder(GstPad* pad, const GstCaps* caps, GstElement* decoder) {
  SetThreads(decoder, ThreadsFor(caps, options_), options_.is_live);
  Add(decoder);
  const PadPtr sink(gst_element_get_static_pad(decoder, "sink"));
  counts_pictures_ = !options_.is_live;
  gst_pad_add_probe(
      sink.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad* on, GstPadProbeInfo* info, gpointer self) {
        static_cast<Graph*>(self)->OnPacket(on, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  const bool is_linked = gst_element_link(decoder, convert_.get()) != FALSE &&
                         gst_pad_link(pad, sink.get()) == GST_PAD_LINK_OK;
  if (!is_linked) return Fail({ErrorCode::kInternal, "GStreamer did not link its decoder"});
  gst_element_sync_state_with_parent(decoder);
}

// Packets of one picture share their time; those outside the segment (before an edit list's start)
// are decoded but never shown.
void Graph::OnPacket(GstPad* pad, GstBuffer* buffer) {
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DECODE_ONLY)) return;
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_HEADER) &&
      !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT) && pts == GST_CLOCK_TIME_NONE) {
    return;
  }
  if (pts == GST_CLOCK_TIME_NONE) {
    counts_pictures_ = false;
    return;
  }
  if (pts == last_packet_) return;
  last_packet_ = pts;
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (event != nullptr) {
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    const GstClockTime duration = GST_BUFFER_DURATION(buffer);
    const GstClockTime end = duration == GST_CLOCK_TIME_NONE ? pts + 1 : pts + duration;
    const bool is_shown =
        gst_segment_clip(segment, GST_FORMAT_TIME, pts, end, nullptr, nullptr) != FALSE;
    gst_event_unref(event);
    if (!is_shown) return;
  }
  ++expected_;
}

void Graph::OnMessage(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    // A demuxer whose streams nobody takes stops with an error before it has shown them all.
    if (!has_video_ && options_.is_single && has_others()) return OnAllPads();
    Fail(ErrorFromMessage(message));
  } else if (gst_is_missing_plugin_message(message) != FALSE) {
    const StringPtr what(gst_missing_plugin_message_get_description(message));
    const std::lock_guard lock(mutex_);
    if (missing_.empty() && what) missing_ = what.get();
  }
}

bool Graph::Play(Mailbox::WhenFull when_live) {
  const GstStateChangeReturn paused = gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
  const bool is_live = options_.is_live || paused == GST_STATE_CHANGE_NO_PREROLL;
  if (is_live && when_live == Mailbox::WhenFull::kReplace) mailbox_.set_when_full(when_live, 1);
  if (paused == GST_STATE_CHANGE_FAILURE ||
      gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    // The element that refused has said why, unless it is a rude one.
    Fail({ErrorCode::kUnavailable, "GStreamer could not start the stream"});
  }
  return is_live;
}

Nanoseconds Graph::Duration() const {
  gint64 duration = 0;
  const bool is_known = gst_element_query_duration(pipeline_.get(), GST_FORMAT_TIME, &duration) &&
                        duration > 0;
  return is_known ? Nanoseconds(duration) : kNoTime;
}

bool Graph::has_others() const {
  const std::lock_guard lock(mutex_);
  return !others_.empty();
}

std::string Graph::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

}  // namespace retinue::gst
