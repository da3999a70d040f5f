#include "backends/gstreamer/source_heads.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include <gst/app/gstappsrc.h>

#include "retinue/gstreamer/runtime.h"

namespace retinue::gst {
namespace {

// How long packets may wait for earlier ones that come late; GStreamer's own 2 s is for players.
constexpr const char* kJitterMilliseconds = "200";

// How long a server may be silent before it counts as gone; GStreamer's own is 20 s.
constexpr guint64 kServerMicroseconds = 5'000'000;

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<ElementPtr> MakeCamera(const std::string& which) {
  const bool is_path = which.starts_with("/dev/");
  if (is_path || IsNumber(which)) {
    const std::string device = is_path ? which : "/dev/video" + which;
    std::error_code error;
    if (!std::filesystem::exists(device, error)) {
      RETINUE_ASSIGN_OR_RETURN(const std::vector<CameraInfo> cameras, ListCameras());
      std::string message = "there is no camera " + device;
      message += cameras.empty() ? "; GStreamer sees no camera here" : "; there are";
      for (const CameraInfo& camera : cameras) {
        message += " " + camera.device + " (" + camera.name + ")";
      }
      return Fail(ErrorCode::kNotFound, std::move(message));
    }
    RETINUE_ASSIGN_OR_RETURN(ElementPtr source, MakeElement("v4l2src"));
    g_object_set(source.get(), "device", device.c_str(), nullptr);
    return source;
  }
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  const ObjectPtr<GstDeviceMonitor> monitor(gst_device_monitor_new());
  gst_device_monitor_add_filter(monitor.get(), "Video/Source", nullptr);
  GList* devices = gst_device_monitor_get_devices(monitor.get());
  ElementPtr source;
  std::string seen;
  for (GList* item = devices; item != nullptr; item = item->next) {
    auto* device = GST_DEVICE(item->data);
    const StringPtr name(gst_device_get_display_name(device));
    if (!source && Lower(name.get()).find(Lower(which)) != std::string::npos) {
      GstElement* element = gst_device_create_element(device, nullptr);
      if (element != nullptr) {
        source.reset(static_cast<GstElement*>(gst_object_ref_sink(element)));
      }
    }
    seen.append(seen.empty() ? "" : ", ").append(name.get());
  }
  g_list_free_full(devices, gst_object_unref);
  if (source) return source;
  return Fail(ErrorCode::kNotFound, "no camera is called '" + which + "'; " +
                                        (seen.empty() ? "GStreamer sees no camera here"
                                                      : "there are " + seen));
}

// RTP says what it carries before anything is decoded; everything else is up to parsebin.
bool MayHoldVideo(GstPad* pad) {
  CapsPtr caps(gst_pad_get_current_caps(pad));
  if (!caps) caps.reset(gst_pad_query_caps(pad, nullptr));
  if (gst_caps_is_any(caps.get()) || gst_caps_is_empty(caps.get())) return true;
  const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  const char* media = gst_structure_get_string(structure, "media");
  return media == nullptr || std::string_view(media) == "video";
}

void OnStreamPad(GstElement*, GstPad* pad, gpointer graph) {
  if (MayHoldVideo(pad)) static_cast<Graph*>(graph)->Parse(pad);
}

// Servers are asked only for what will be looked at.
gboolean OnSelectStream(GstElement*, guint, GstCaps* caps, gpointer) {
  const char* media = gst_structure_get_string(gst_caps_get_structure(caps, 0), "media");
  return media == nullptr || std::string_view(media) == "video";
}

constexpr std::array<std::string_view, 7> kSchemes = {
    "rtsp://", "rtsps://", "rtmp://", "http://", "https://", "udp://", "srt://"};

}  // namespace

bool IsStreamUri(const std::string& text) {
  const std::string lower = Lower(text.substr(0, 8));
  return std::any_of(kSchemes.begin(), kSchemes.end(),
                     [&](std::string_view scheme) { return lower.starts_with(scheme); });
}

bool IsCamera(const std::string& text) {
  return IsNumber(text) || text.starts_with("/dev/video") || text.starts_with("camera:");
}

GraphResult GraphOfFile(const std::string& path, const MediaOptions& options, Mailbox& mailbox) {
  RETINUE_ASSIGN_OR_RETURN(
      auto graph, Graph::Create({.decoder_threads = options.decoder_threads}, mailbox));
  RETINUE_ASSIGN_OR_RETURN(const ElementPtr source, MakeElement("filesrc"));
  g_object_set(source.get(), "location", path.c_str(), nullptr);
  graph->Add(source.get());
  const PadPtr pad(gst_element_get_static_pad(source.get(), "src"));
  graph->Parse(pad.get());
  return graph;
}

GraphResult GraphOfImage(ImageKind kind, std::vector<std::byte> bytes, Mailbox& mailbox) {
  const int orientation = ExifOrientation(bytes);
  RETINUE_ASSIGN_OR_RETURN(
      auto graph, Graph::Create({.decoder_threads = 1, .orientation = orientation}, mailbox));
  RETINUE_ASSIGN_OR_RETURN(const ElementPtr source, MakeElement("appsrc"));
  // The buffer below is one whole picture.
  const CapsPtr caps(gst_caps_new_simple(std::string(MediaType(kind)).c_str(), "parsed",
                                         G_TYPE_BOOLEAN, TRUE, nullptr));
  // In time format decoders take one buffer for one picture and do not search for its end.
  g_object_set(source.get(), "caps", caps.get(), "format", GST_FORMAT_TIME, "max-bytes",
               static_cast<guint64>(0), nullptr);
  graph->Add(source.get());
  const PadPtr pad(gst_element_get_static_pad(source.get(), "src"));
  graph->Decode(pad.get(), caps.get());

  auto* owner = new std::vector<std::byte>(std::move(bytes));
  GstBuffer* buffer = gst_buffer_new_wrapped_full(
      GST_MEMORY_FLAG_READONLY, owner->data(), owner->size(), 0, owner->size(), owner,
      [](gpointer data) { delete static_cast<std::vector<std::byte>*>(data); });
  GST_BUFFER_PTS(buffer) = 0;
  gst_app_src_push_buffer(GST_APP_SRC(source.get()), buffer);
  gst_app_src_end_of_stream(GST_APP_SRC(source.get()));
  return graph;
}

GraphResult GraphOfUri(const std::string& uri, const MediaOptions& options, Mailbox& mailbox) {
  const std::string scheme = Lower(uri.substr(0, uri.find(':')));
  const bool is_rtsp = scheme == "rtsp" || scheme == "rtsps";
  const bool is_http = scheme == "http" || scheme == "https";
  RETINUE_ASSIGN_OR_RETURN(auto graph,
                           Graph::Create({.is_live = !is_http,
                                          .decoder_threads = options.decoder_threads,
                                          .is_single = !is_rtsp},
                                         mailbox));
  RETINUE_ASSIGN_OR_RETURN(const ElementPtr source,
                           MakeElement(is_rtsp ? "rtspsrc" : "urisourcebin"));
  if (is_rtsp) {
    gst_util_set_object_arg(G_OBJECT(source.get()), "latency", kJitterMilliseconds);
    g_object_set(source.get(), "location", uri.c_str(), "drop-on-latency", TRUE, "tcp-timeout",
                 kServerMicroseconds, nullptr);
    g_signal_connect(source.get(), "select-stream", G_CALLBACK(OnSelectStream), nullptr);
  } else {
    g_object_set(source.get(), "uri", uri.c_str(), nullptr);
  }
  g_signal_connect(source.get(), "pad-added", G_CALLBACK(OnStreamPad), graph.get());
  graph->Add(source.get());
  return graph;
}

GraphResult GraphOfCamera(const std::string& which, const MediaOptions& options,
                          Mailbox& mailbox) {
  const bool is_name = which.starts_with("camera:");
  RETINUE_ASSIGN_OR_RETURN(const ElementPtr source,
                           MakeCamera(is_name ? which.substr(7) : which));
  RETINUE_ASSIGN_OR_RETURN(
      auto graph, Graph::Create({.is_live = true, .decoder_threads = options.decoder_threads},
                                mailbox));
  RETINUE_ASSIGN_OR_RETURN(const ElementPtr filter, MakeElement("capsfilter"));
  // A camera's highest resolution is often its slowest: ask for a picture that moves.
  const CapsPtr caps(gst_caps_from_string(
      "video/x-raw,width=[1,1920],height=[1,1080],framerate=[15/1,120/1];"
      "image/jpeg,width=[1,1920],height=[1,1080]; video/x-raw; image/jpeg"));
  g_object_set(filter.get(), "caps", caps.get(), nullptr);
  graph->Add(source.get());
  graph->Add(filter.get());
  gst_element_link(source.get(), filter.get());
  const PadPtr pad(gst_element_get_static_pad(filter.get(), "src"));
  graph->Parse(pad.get());
  return graph;
}

GraphResult GraphOfDescription(const std::string& description, const MediaOptions& options,
                               Mailbox& mailbox) {
  RETINUE_ASSIGN_OR_RETURN(
      auto graph, Graph::Create({.decoder_threads = options.decoder_threads}, mailbox));
  GError* raw_error = nullptr;
  // videoconvert at the end takes only raw video: of the pads that a decodebin may show
  // later, the parser links the one that fits.
  const std::string whole = description + " ! videoconvert name=retinue_last";
  GstElement* raw = gst_parse_launch_full(whole.c_str(), nullptr,
                                          static_cast<GstParseFlags>(GST_PARSE_FLAG_FATAL_ERRORS |
                                                                     GST_PARSE_FLAG_PLACE_IN_BIN),
                                          &raw_error);
  const ErrorPtr error(raw_error);
  if (raw == nullptr || error) {
    if (raw != nullptr) gst_object_unref(gst_object_ref_sink(raw));
    Error ours = error ? ErrorFromGError(*error) : Error{};
    if (ours.code != ErrorCode::kUnsupported) ours.code = ErrorCode::kInvalidArgument;
    return Fail(std::move(ours));
  }
  const ElementPtr bin(static_cast<GstElement*>(gst_object_ref_sink(raw)));
  const ElementPtr last(gst_bin_get_by_name(GST_BIN(bin.get()), "retinue_last"));
  const PadPtr inner(gst_element_get_static_pad(last.get(), "src"));
  gst_element_add_pad(bin.get(), gst_ghost_pad_new("src", inner.get()));
  graph->Add(bin.get());
  const PadPtr pad(gst_element_get_static_pad(bin.get(), "src"));
  const CapsPtr caps(gst_caps_new_empty_simple("video/x-raw"));
  graph->Decode(pad.get(), caps.get());
  return graph;
}

}  // namespace retinue::gst

namespace retinue {

Result<std::vector<CameraInfo>> ListCameras() {
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  const gst::ObjectPtr<GstDeviceMonitor> monitor(gst_device_monitor_new());
  gst_device_monitor_add_filter(monitor.get(), "Video/Source", nullptr);
  GList* devices = gst_device_monitor_get_devices(monitor.get());
  std::vector<CameraInfo> cameras;
  for (GList* item = devices; item != nullptr; item = item->next) {
    auto* device = GST_DEVICE(item->data);
    CameraInfo camera;
    const gst::StringPtr name(gst_device_get_display_name(device));
    if (name) camera.name = name.get();
    GstStructure* properties = gst_device_get_properties(device);
    if (properties != nullptr) {
      for (const char* key : {"device.path", "api.v4l2.path"}) {
        const char* path = gst_structure_get_string(properties, key);
        if (path != nullptr && camera.device.empty()) camera.device = path;
      }
      gst_structure_free(properties);
    }
    cameras.push_back(std::move(camera));
  }
  g_list_free_full(devices, gst_object_unref);
  return cameras;
}

}  // namespace retinue
