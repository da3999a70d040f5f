#pragma once

// JPEG files, decoded by libjpeg-turbo: the one picture of a file needs no pipeline, and this is
// the decoder that Pillow and OpenCV use, so a model sees the pixels that it was trained on.
// GStreamer decodes the JPEGs of streams. Private to this folder. Thread-safe: no state.

#include <cstddef>
#include <span>
#include <string>

#include "retinue/base/result.h"
#include "retinue/image/frame.h"

namespace retinue::gst {

struct StillJpeg {
  Frame frame;         ///< Upright.
  std::string damage;  ///< What is wrong with the file though a picture came out; else empty.
};

/// Decodes a whole file: 4:2:0 to kI420 as it is stored (BT.601, full range), grey to kGray8, any
/// other, and any that EXIF says to turn, to kRgb24; CMYK as Adobe writes it (inverted).
///
/// @error kDataLoss           No picture can be made of it, or it has over 500 scans.
/// @error kInvalidArgument    Larger than Frame::kMaxSide.
/// @error kResourceExhausted  No memory.
Result<StillJpeg> DecodeJpeg(std::span<const std::byte> file);

}  // namespace retinue::gst
