#include "backends/gstreamer/common.h"

#include <array>
#include <utility>

#include "retinue/base/check.h"
#include "retinue/gstreamer/runtime.h"

namespace retinue {

Result<void> InitGStreamer() {
  GError* raw = nullptr;
  if (gst_init_check(nullptr, nullptr, &raw) != FALSE) return {};
  const gst::ErrorPtr error(raw);
  return Fail(ErrorCode::kUnavailable,
              std::string("GStreamer could not start: ") +
                  (error ? error->message : "no reason given"));
}

std::string GStreamerVersion() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return "GStreamer " + std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(micro);
}

namespace gst {
namespace {

struct Pair {
  PixelFormat ours;
  GstVideoFormat theirs;
};

constexpr std::array<Pair, 8> kFormats = {{
    {PixelFormat::kNv12, GST_VIDEO_FORMAT_NV12},
    {PixelFormat::kI420, GST_VIDEO_FORMAT_I420},
    {PixelFormat::kYuy2, GST_VIDEO_FORMAT_YUY2},
    {PixelFormat::kRgb24, GST_VIDEO_FORMAT_RGB},
    {PixelFormat::kBgr24, GST_VIDEO_FORMAT_BGR},
    {PixelFormat::kRgba32, GST_VIDEO_FORMAT_RGBA},
    {PixelFormat::kRgba32, GST_VIDEO_FORMAT_RGBx},
    {PixelFormat::kGray8, GST_VIDEO_FORMAT_GRAY8},
}};

struct Home {
  std::string_view what;
  std::string_view package;
};

// Where Debian and its children keep what retinue may ask for.
constexpr std::array<Home, 39> kHomes = {{
    {"appsink", "gstreamer1.0-plugins-base"},
    {"appsrc", "gstreamer1.0-plugins-base"},
    {"parsebin", "gstreamer1.0-plugins-base"},
    {"urisourcebin", "gstreamer1.0-plugins-base"},
    {"videoconvert", "gstreamer1.0-plugins-base"},
    {"videotestsrc", "gstreamer1.0-plugins-base"},
    {"ximagesink", "gstreamer1.0-x"},
    {"xvimagesink", "gstreamer1.0-x"},
    {"videoflip", "gstreamer1.0-plugins-good"},
    {"avidemux", "gstreamer1.0-plugins-good"},
    {"matroskademux", "gstreamer1.0-plugins-good"},
    {"matroskamux", "gstreamer1.0-plugins-good"},
    {"mp4mux", "gstreamer1.0-plugins-good"},
    {"qtdemux", "gstreamer1.0-plugins-good"},
    {"jpegdec", "gstreamer1.0-plugins-good"},
    {"jpegenc", "gstreamer1.0-plugins-good"},
    {"pngdec", "gstreamer1.0-plugins-good"},
    {"pngenc", "gstreamer1.0-plugins-good"},
    {"v4l2src", "gstreamer1.0-plugins-good"},
    {"rtspsrc", "gstreamer1.0-plugins-good"},
    {"image/jpeg", "gstreamer1.0-plugins-good"},
    {"image/png", "gstreamer1.0-plugins-good"},
    {"video/x-vp8", "gstreamer1.0-plugins-good"},
    {"video/x-vp9", "gstreamer1.0-plugins-good"},
    {"webpdec", "gstreamer1.0-plugins-bad"},
    {"webpenc", "gstreamer1.0-plugins-bad"},
    {"h264parse", "gstreamer1.0-plugins-bad"},
    {"h265parse", "gstreamer1.0-plugins-bad"},
    {"image/webp", "gstreamer1.0-plugins-bad"},
    {"video/x-av1", "gstreamer1.0-plugins-bad"},
    {"x264enc", "gstreamer1.0-plugins-ugly"},
    {"avdec_bmp", "gstreamer1.0-libav"},
    {"avdec_h264", "gstreamer1.0-libav"},
    {"video/x-h264", "gstreamer1.0-libav"},
    {"video/x-h265", "gstreamer1.0-libav"},
    {"video/mpeg", "gstreamer1.0-libav"},
    {"video/x-divx", "gstreamer1.0-libav"},
    {"video/x-xvid", "gstreamer1.0-libav"},
    {"video/x-prores", "gstreamer1.0-libav"},
}};

ErrorCode CodeOfResource(int code) {
  switch (code) {
    case GST_RESOURCE_ERROR_NOT_FOUND: return ErrorCode::kNotFound;
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED: return ErrorCode::kPermissionDenied;
    case GST_RESOURCE_ERROR_NO_SPACE_LEFT: return ErrorCode::kResourceExhausted;
    default: return ErrorCode::kUnavailable;
  }
}

ErrorCode CodeOf(const GError& error) {
  if (error.domain == GST_RESOURCE_ERROR) return CodeOfResource(error.code);
  if (error.domain == GST_STREAM_ERROR) {
    switch (error.code) {
      case GST_STREAM_ERROR_CODEC_NOT_FOUND:
      case GST_STREAM_ERROR_NOT_IMPLEMENTED: return ErrorCode::kUnsupported;
      default: return ErrorCode::kDataLoss;
    }
  }
  if (error.domain == GST_CORE_ERROR) {
    return error.code == GST_CORE_ERROR_MISSING_PLUGIN ? ErrorCode::kUnsupported
                                                       : ErrorCode::kInternal;
  }
  return ErrorCode::kInternal;
}

// Keeps a mapped buffer alive for as long as any copy of its Frame.
struct MappedBuffer {
  explicit MappedBuffer(const GstVideoFrame& mapped) : video(mapped) {}
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  ~MappedBuffer() { gst_video_frame_unmap(&video); }
  GstVideoFrame video;
};

}  // namespace

Result<ElementPtr> MakeElement(const char* factory) {
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element != nullptr) {
    return ElementPtr(static_cast<GstElement*>(gst_object_ref_sink(element)));
  }
  const std::string_view package = DebianPackageOf(factory);
  std::string message = std::string("GStreamer's element ") + factory + " is not installed";
  if (!package.empty()) message.append(" (Debian: ").append(package).append(")");
  return Fail(ErrorCode::kUnsupported, std::move(message));
}

GstVideoFormat ToGst(PixelFormat format) {
  for (const Pair& pair : kFormats) {
    if (pair.ours == format) return pair.theirs;
  }
  return GST_VIDEO_FORMAT_UNKNOWN;
}

std::optional<PixelFormat> FromGst(GstVideoFormat format) {
  for (const Pair& pair : kFormats) {
    if (pair.theirs == format) return pair.ours;
  }
  return std::nullopt;
}

GstVideoColorimetry ToGst(ColorSpace color) {
  GstVideoColorimetry out{};
  out.range = color.range == ColorRange::kFull ? GST_VIDEO_COLOR_RANGE_0_255
                                               : GST_VIDEO_COLOR_RANGE_16_235;
  switch (color.matrix) {
    case ColorMatrix::kBt601:
      out.matrix = GST_VIDEO_COLOR_MATRIX_BT601;
      out.transfer = GST_VIDEO_TRANSFER_BT601;
      out.primaries = GST_VIDEO_COLOR_PRIMARIES_SMPTE170M;
      break;
    case ColorMatrix::kBt709:
      out.matrix = GST_VIDEO_COLOR_MATRIX_BT709;
      out.transfer = GST_VIDEO_TRANSFER_BT709;
      out.primaries = GST_VIDEO_COLOR_PRIMARIES_BT709;
      break;
    case ColorMatrix::kBt2020:
      out.matrix = GST_VIDEO_COLOR_MATRIX_BT2020;
      out.transfer = GST_VIDEO_TRANSFER_BT2020_10;
      out.primaries = GST_VIDEO_COLOR_PRIMARIES_BT2020;
      break;
  }
  return out;
}

ColorSpace ColorFromInfo(const GstVideoInfo& info) {
  ColorSpace color;
  const bool is_large =
      GST_VIDEO_INFO_WIDTH(&info) >= 1280 || GST_VIDEO_INFO_HEIGHT(&info) > 576;
  switch (info.colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709: color.matrix = ColorMatrix::kBt709; break;
    case GST_VIDEO_COLOR_MATRIX_BT2020: color.matrix = ColorMatrix::kBt2020; break;
    case GST_VIDEO_COLOR_MATRIX_BT601:
    case GST_VIDEO_COLOR_MATRIX_FCC:  // 0.30/0.59/0.11: BT.601 within rounding
      color.matrix = ColorMatrix::kBt601;
      break;
    default: color.matrix = is_large ? ColorMatrix::kBt709 : ColorMatrix::kBt601;
  }
  switch (info.colorimetry.range) {
    case GST_VIDEO_COLOR_RANGE_0_255: color.range = ColorRange::kFull; break;
    case GST_VIDEO_COLOR_RANGE_16_235: color.range = ColorRange::kLimited; break;
    default:
      color.range = GST_VIDEO_INFO_IS_YUV(&info) ? ColorRange::kLimited : ColorRange::kFull;
  }
  return color;
}

Error TooLarge(Size size) {
  return {ErrorCode::kInvalidArgument,
          "pictures must be at most " + std::to_string(Frame::kMaxSide) +
              " pixels on each side, got " + std::to_string(size.width) + "x" +
              std::to_string(size.height)};
}

std::optional<GstVideoInfo> InfoFromCaps(const GstCaps* caps) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, caps) == FALSE) return std::nullopt;
  if (!GST_VIDEO_INFO_IS_YUV(&info)) return info;
  info.colorimetry = {};
  const char* stated =
      gst_structure_get_string(gst_caps_get_structure(caps, 0), "colorimetry");
  if (stated != nullptr) gst_video_colorimetry_from_string(&info.colorimetry, stated);
  return info;
}

Result<FrameFormat> FormatFromInfo(const GstVideoInfo& info) {
  const std::optional<PixelFormat> pixels = FromGst(GST_VIDEO_INFO_FORMAT(&info));
  if (!pixels) {
    return Fail(ErrorCode::kUnsupported,
                std::string("the pixel format must be one that retinue reads, got ") +
                    gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&info)));
  }
  const Size size{GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
  if (IsEmpty(size) || size.width > Frame::kMaxSide || size.height > Frame::kMaxSide) {
    return Fail(ErrorCode::kInvalidArgument,
                "the picture must be at most " + std::to_string(Frame::kMaxSide) +
                    " pixels on each side, got " + std::to_string(size.width) + "x" +
                    std::to_string(size.height));
  }
  return FrameFormat{.pixels = *pixels, .size = size, .color = ColorFromInfo(info)};
}

CapsPtr CapsFromFormat(const FrameFormat& format, int rate_numerator, int rate_denominator) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, ToGst(format.pixels), static_cast<guint>(format.size.width),
                            static_cast<guint>(format.size.height));
  if (GST_VIDEO_INFO_IS_YUV(&info)) info.colorimetry = ToGst(format.color);
  if (GST_VIDEO_INFO_IS_GRAY(&info)) info.colorimetry.range = ToGst(format.color).range;
  info.fps_n = rate_numerator;
  info.fps_d = rate_denominator;
  return CapsPtr(gst_video_info_to_caps(&info));
}

Result<Frame> FrameFromBuffer(const GstVideoInfo& info, GstBuffer* buffer, FrameId id,
                              FrameTiming timing) {
  RETINUE_ASSIGN_OR_RETURN(const FrameFormat format, FormatFromInfo(info));
  GstVideoFrame video;
  if (gst_video_frame_map(&video, &info, buffer, GST_MAP_READ) == FALSE) {
    return Fail(ErrorCode::kDataLoss, "a decoded picture of " +
                                          std::to_string(gst_buffer_get_size(buffer)) +
                                          " bytes is too small for its format or not readable");
  }
  auto owner = std::make_shared<MappedBuffer>(video);
  std::array<PlaneView, 3> planes{};
  const int count = PlaneCount(format.pixels);
  for (int i = 0; i < count; ++i) {
    planes[static_cast<std::size_t>(i)] = {
        static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&owner->video, i)),
        GST_VIDEO_FRAME_PLANE_STRIDE(&owner->video, i)};
  }
  return Frame::Wrap(format, std::span(planes).first(static_cast<std::size_t>(count)),
                     std::move(owner), id, timing);
}

BufferPtr BufferFromFrame(const Frame& frame) {
  RETINUE_CHECK(!frame.IsEmpty());
  BufferPtr buffer(gst_buffer_new());
  const FrameFormat& format = frame.format();
  std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{};
  std::array<gint, GST_VIDEO_MAX_PLANES> strides{};
  const int count = PlaneCount(format.pixels);
  gsize offset = 0;
  for (int i = 0; i < count; ++i) {
    const PlaneView plane = frame.plane(i);
    // The last row may end where its pixels end, so padding behind it is not ours.
    const auto bytes = static_cast<gsize>(plane.stride_bytes) *
                           static_cast<gsize>(RowCount(format.pixels, format.size, i) - 1) +
                       static_cast<gsize>(RowBytes(format.pixels, format.size, i));
    gst_buffer_append_memory(
        buffer.get(),
        gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY,
                               const_cast<std::uint8_t*>(plane.data),  // read-only by the flag
                               bytes, 0, bytes, new Frame(frame),
                               [](gpointer owner) { delete static_cast<Frame*>(owner); }));
    offsets[static_cast<std::size_t>(i)] = offset;
    strides[static_cast<std::size_t>(i)] = static_cast<gint>(plane.stride_bytes);
    offset += bytes;
  }
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, ToGst(format.pixels),
                                 static_cast<guint>(format.size.width),
                                 static_cast<guint>(format.size.height),
                                 static_cast<guint>(count), offsets.data(), strides.data());
  GST_BUFFER_PTS(buffer.get()) = ToGst(frame.pts());
  GST_BUFFER_DURATION(buffer.get()) = ToGst(frame.duration());
  return buffer;
}

Error ErrorFromGError(const GError& error) {
  std::string message = error.message != nullptr ? error.message : "unknown failure";
  while (!message.empty() && (message.back() == '.' || message.back() == '\n')) {
    message.pop_back();
  }
  return {CodeOf(error), std::move(message)};
}

Error ErrorFromMessage(GstMessage* message) {
  GError* raw = nullptr;
  gchar* raw_debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &raw, &raw_debug);
  } else {
    gst_message_parse_warning(message, &raw, &raw_debug);
  }
  const ErrorPtr error(raw);
  const StringPtr debug(raw_debug);
  Error result = error ? ErrorFromGError(*error) : Error{ErrorCode::kInternal, "unknown failure"};
  // The stock sentences say nothing; the part behind "function ():" of the debug text does.
  const bool is_stock = result.message.find("Internal data stream error") == 0 ||
                        result.message.find("GStreamer encountered") == 0;
  if (debug && is_stock) {
    const std::string_view text = debug.get();
    const std::size_t at = text.rfind("\n");
    if (at != std::string_view::npos && at + 1 < text.size()) {
      result.message.assign(text.substr(at + 1));
    }
  }
  return result;
}

std::optional<Error> TakeError(GstBus* bus) {
  const MessagePtr message(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
  if (!message) return std::nullopt;
  return ErrorFromMessage(message.get());
}

std::string_view DebianPackageOf(std::string_view element_or_media_type) {
  for (const Home& home : kHomes) {
    if (home.what == element_or_media_type) return home.package;
  }
  return {};
}

bool IsIdle(GstElement* pipeline) {
  bool is_running = false;
  GstIterator* elements = gst_bin_iterate_recurse(GST_BIN(pipeline));
  const auto look = [](const GValue* item, gpointer found) {
    auto* element = GST_ELEMENT(g_value_get_object(item));
    GST_OBJECT_LOCK(element);
    for (GList* pads = element->pads; pads != nullptr; pads = pads->next) {
      auto* pad = GST_PAD(pads->data);
      GST_OBJECT_LOCK(pad);
      GstTask* task = GST_PAD_TASK(pad);
      if (task != nullptr && gst_task_get_state(task) == GST_TASK_STARTED) {
        *static_cast<bool*>(found) = true;
      }
      GST_OBJECT_UNLOCK(pad);
    }
    GST_OBJECT_UNLOCK(element);
  };
  // When the pipeline changed meanwhile, something runs.
  const bool is_whole = gst_iterator_foreach(elements, look, &is_running) == GST_ITERATOR_DONE;
  gst_iterator_free(elements);
  return is_whole && !is_running;
}

}  // namespace gst
}  // namespace retinue
