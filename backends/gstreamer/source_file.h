#pragma once

// What a source needs to know about a local file beside its pictures: whether
// it can be one at all, before GStreamer is asked; and, after something went
// wrong, what the file is instead. Private to this folder. Thread-safe: no state.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/io/media_probe.h"

namespace retinue::gst {

struct FileStart {
  std::vector<std::byte> head;  ///< The first bytes, at most 64 KiB.
  ImageKind image = ImageKind::kNone;
};

/// @error kNotFound, kPermissionDenied, kInvalidArgument (a folder), kDataLoss (empty)
Result<FileStart> CheckFile(const std::string& path);

/// The whole file.
/// @error kResourceExhausted  Over 1 GiB. @error as CheckFile
Result<std::vector<std::byte>> ReadWhole(const std::string& path);

struct FileLength {
  std::uint64_t actual = 0;
  std::uint64_t promised = 0;  ///< By its own boxes; `actual` where they say nothing.
};

/// Both lengths; zeros when the file cannot be read any more.
FileLength LengthOf(const std::string& path);

/// Why a file that starts with `head` could not be opened, given what GStreamer said:
/// a text is "not a video or image (text/plain)", whatever the plug-ins made of it.
Error Explain(const Error& error, const std::vector<std::byte>& head);

}  // namespace retinue::gst
