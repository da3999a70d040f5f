#pragma once

// Still pictures: a frame as the bytes of an image file, and the Sinks that
// write frames and crops of detections as image files.
// Thread rule: each object is used by one thread.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/image/frame.h"
#include "retinue/io/file_names.h"
#include "retinue/io/stream.h"

namespace retinue {

enum class ImageFormat { kJpeg, kPng, kWebp, kBmp };

/// By the extension of `path` (jpg jpeg png webp bmp, any case).
/// @error kInvalidArgument  Another extension, or none; the sentence lists the known ones.
Result<ImageFormat> ImageFormatOf(const std::string& path);

struct ImageEncoderOptions {
  int quality = 95;  ///< Of JPEG and WebP, 1 (coarse) … 100; PNG and BMP lose nothing.
};

/// Turns frames into the bytes of image files. Keeps its encoder, so many pictures of
/// changing size cost little more than their pixels (JPEG: 64x128 in 0.9 ms, 1280x720 in 15 ms,
/// file included).
class ImageEncoder {
 public:
  /// @error kInvalidArgument  The quality is out of range.
  /// @error kUnsupported      The plug-in is missing; the sentence names its package.
  static Result<std::unique_ptr<ImageEncoder>> Create(ImageFormat format,
                                                      const ImageEncoderOptions& options = {});
  virtual ~ImageEncoder() = default;

  /// One whole image file. Any pixel format, matrix and range; any size from 1x1, odd
  /// ones too (WebP: at most 16383). Colours come out right by each file format's own rules.
  ///
  /// @return Valid until the next call.
  /// @error kInternal, kResourceExhausted  The encoder failed; it cannot be used further.
  virtual Result<std::span<const std::uint8_t>> Encode(const Frame& frame) = 0;
};

struct ImageSinkOptions {
  /// The picture to write: with the overlay, or as decoded.
  Sink::Picture picture = Sink::Picture::kDrawn;
  ImageEncoderOptions encoder = {};
  /// For folders that several sinks share; null when this is the only one.
  std::shared_ptr<UniqueNames> names = {};
};

/// Writes frames as images.
///
/// @param path  A file with an image extension: the stream's only frame goes there.
///              Anything else is a folder (made if its parent exists): a still becomes
///              `STEM.jpg` in it, frame 12 of a video `STEM_000012.jpg`.
///
/// Files appear whole (`.part`, then renamed); existing ones are replaced.
/// @error kInvalidArgument, kUnsupported  As ImageEncoder::Create.
/// The Sink's functions give:
/// @error kInvalidArgument    Write: a second frame for a file that holds one.
/// @error kNotFound, kPermissionDenied  The folder is not there or not writable.
/// @error kResourceExhausted  The disk is full.
Result<std::unique_ptr<Sink>> CreateImageSink(const std::string& path,
                                              const ImageSinkOptions& options = {});

struct CropsSinkOptions {
  ImageEncoderOptions encoder = {};
  std::shared_ptr<UniqueNames> names = {};  ///< As in ImageSinkOptions.
};

/// Writes what was found in each frame as `FOLDER/CLASS/STEM_FRAME_NUMBER.jpg`, e.g.
/// `crops/person/walk_000012_3.jpg`: CLASS is the model's name for it
/// (`class_7` when it has none), FRAME counts from 0, NUMBER is the track id, or the
/// index in the frame's result where nothing is tracked (`d2` beside tracked ones).
///
/// The picture is the plain one. Boxes are clipped to the frame and rounded outwards
/// to whole pixels, with 4:2:0 and 4:2:2 frames to whole chroma samples (at most one more pixel
/// at each side); what is then empty is left out. Cost: one JPEG each.
/// Errors as CreateImageSink's.
Result<std::unique_ptr<Sink>> CreateCropsSink(const std::string& folder,
                                              const CropsSinkOptions& options = {});

}  // namespace retinue
