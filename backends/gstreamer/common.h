#pragma once

// What every file of backends/gstreamer shares: owners for GStreamer's counted
// objects, our formats as its caps and back, buffers as frames and back, and
// its errors as ours. Private to this folder: it includes GStreamer.
// Thread rule: pure functions and values; no state.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
#include "retinue/image/frame.h"

namespace retinue::gst {

// --- Ownership ----------------------------------------------------------------

struct ObjectUnref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
struct MiniObjectUnref {
  template <typename T>
  void operator()(T* object) const {
    gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
  }
};
struct GFree {
  void operator()(gpointer memory) const { g_free(memory); }
};
struct GErrorFree {
  void operator()(GError* error) const { g_error_free(error); }
};

/// One counted reference to a GstElement, GstPad, GstBus, … Never holds a floating
/// reference: sink it (`gst_object_ref_sink`) when a constructor gave one.
template <typename T>
using ObjectPtr = std::unique_ptr<T, ObjectUnref>;
using ElementPtr = ObjectPtr<GstElement>;
using PadPtr = ObjectPtr<GstPad>;
using BusPtr = ObjectPtr<GstBus>;

using CapsPtr = std::unique_ptr<GstCaps, MiniObjectUnref>;
using BufferPtr = std::unique_ptr<GstBuffer, MiniObjectUnref>;
using SamplePtr = std::unique_ptr<GstSample, MiniObjectUnref>;
using MessagePtr = std::unique_ptr<GstMessage, MiniObjectUnref>;

using StringPtr = std::unique_ptr<gchar, GFree>;
using ErrorPtr = std::unique_ptr<GError, GErrorFree>;

/// A new element, not floating, owned by the caller (gst_bin_add takes a
/// reference of its own).
/// @error kUnsupported  The plug-in that holds `factory` is not installed; the
///                      sentence names the element and, where known, the Debian package.
Result<ElementPtr> MakeElement(const char* factory);

// --- Formats ------------------------------------------------------------------

/// GStreamer's name of a pixel format. kRgba32 is RGBA.
GstVideoFormat ToGst(PixelFormat format);

/// Our name of a GStreamer format; nothing for those that must be converted
/// first. RGBA and RGBx are both kRgba32.
std::optional<PixelFormat> FromGst(GstVideoFormat format);

/// The matrix and range of YCbCr samples; primaries and transfer are those that
/// go with the matrix.
GstVideoColorimetry ToGst(ColorSpace color);

/// Matrix and range of `info`. What is not stated there becomes what players
/// assume: BT.709 from 1280 wide or over 576 high, else BT.601; limited range for
/// YCbCr, full for gray.
ColorSpace ColorFromInfo(const GstVideoInfo& info);

/// A picture over Frame::kMaxSide.
Error TooLarge(Size size);

/// The info of raw video caps, with matrix and range exactly as the caps state them:
/// unknown where they do not, while gst_video_info_from_caps guesses by height and
/// forgets a range whose matrix is missing. Nothing when `caps` are no raw video.
std::optional<GstVideoInfo> InfoFromCaps(const GstCaps* caps);

/// @error kUnsupported      The pixel format is none of PixelFormat.
/// @error kInvalidArgument  A side is 0 or over Frame::kMaxSide.
Result<FrameFormat> FormatFromInfo(const GstVideoInfo& info);

/// `video/x-raw` caps with format, size, colorimetry and, unless 0/1, frame rate.
CapsPtr CapsFromFormat(const FrameFormat& format, int rate_numerator = 0, int rate_denominator = 1);

// --- Pixels -------------------------------------------------------------------

/// A Frame on the pixels of `buffer`, mapped for reading and held (not copied)
/// until the last copy of the Frame is gone. Strides and offsets are those of the
/// buffer's GstVideoMeta where it has one, else those of `info`.
/// @error kDataLoss  The buffer is smaller than `info` says or cannot be mapped.
/// @error as FormatFromInfo
Result<Frame> FrameFromBuffer(const GstVideoInfo& info, GstBuffer* buffer, FrameId id,
                              FrameTiming timing);

/// A buffer on the pixels of `frame`, held (not copied) until the buffer is freed:
/// one read-only memory a plane and a GstVideoMeta with its strides, so the
/// elements behind must understand GstVideoMeta (videoconvert, x264enc and all
/// that use gst_video_frame_map do). PTS and duration are the frame's.
BufferPtr BufferFromFrame(const Frame& frame);

// --- Time ---------------------------------------------------------------------

constexpr Nanoseconds FromGst(GstClockTime time) {
  return time == GST_CLOCK_TIME_NONE ? kNoTime : Nanoseconds(static_cast<Nanoseconds::rep>(time));
}
constexpr GstClockTime ToGst(Nanoseconds time) {
  return time == kNoTime || time.count() < 0 ? GST_CLOCK_TIME_NONE
                                             : static_cast<GstClockTime>(time.count());
}

/// Matroska files may start later than 0, and players keep that; GStreamer's demuxer
/// starts its segment at the first packet, so running and stream time would be too
/// early by that much. For the streams of this demuxer the buffer's own time is the time.
inline bool MayStartLate(std::string_view demuxer_factory) {
  return demuxer_factory == "matroskademux";
}

// --- State --------------------------------------------------------------------

/// No thread of the pipeline's pads runs, so nothing can come any more. True for
/// a moment while one thread hands over to the next: ask twice.
///
/// parsebin swallows the error of a demuxer that fails while it is being put in (about one of
/// a hundred broken or unwanted files, GStreamer 1.22.0); this is how to notice.
bool IsIdle(GstElement* pipeline);

// --- Errors -------------------------------------------------------------------

/// What an ERROR or WARNING message says, as our error: the code by its domain
/// (not found, no permission, no space, …), the sentence without full stop and
/// without GStreamer's hints about filing bugs. Where that
/// sentence is a stock one, the last line of the debug text is taken instead.
Error ErrorFromMessage(GstMessage* message);

/// The same for a bare GError.
Error ErrorFromGError(const GError& error);

/// The first ERROR message waiting on `bus`, taken from it, or nothing.
std::optional<Error> TakeError(GstBus* bus);

/// The Debian package that brings an element or a decoder, for sentences like
/// "… is in gstreamer1.0-libav"; empty when unknown.
std::string_view DebianPackageOf(std::string_view element_or_media_type);

}  // namespace retinue::gst
