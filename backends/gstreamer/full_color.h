#pragma once

// Pictures whose chroma has every pixel (YCbCr 4:4:4), which PixelFormat does not know, as RGB.
// Used by one thread, as the pool it draws from.

#include <gst/video/video.h>

#include "retinue/base/result.h"
#include "retinue/image/frame.h"

namespace retinue::gst {

/// Whether FrameFromFullColor reads `format`: planar 8-bit 4:4:4.
constexpr bool IsFullColor(GstVideoFormat format) { return format == GST_VIDEO_FORMAT_Y444; }

/// A kRgb24 Frame of the pixels of `buffer`, each value within 1 of what exact arithmetic gives.
/// GStreamer's own converter is off by up to 4 (8-bit coefficients), which costs detectors
/// up to 0.7 points of AP on COCO's pictures (docs/measurements.md).
///
/// @param info  Of Y444.
/// Cost: one pass over the pixels, without SIMD. @error As FrameFromBuffer.
Result<Frame> FrameFromFullColor(const GstVideoInfo& info, GstBuffer* buffer, FramePool& pool,
                                 FrameId id, FrameTiming timing);

}  // namespace retinue::gst
