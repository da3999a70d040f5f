#pragma once

// What the first bytes of a picture or video file say without decoding it:
// which kind of image it is, how it must be turned, and how long the file
// promises to be. All of it is read from bytes that anybody may have made:
// every function accepts any input. Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace retinue {

/// Image files that are known by their first bytes.
enum class ImageKind { kNone, kJpeg, kPng, kWebp, kBmp };

/// The kind of image whose file starts with `head`; 16 bytes are enough.
ImageKind ImageKindOf(std::span<const std::byte> head);

/// `image/jpeg` …; empty for kNone.
std::string_view MediaType(ImageKind kind);

/// How the stored picture lies, as EXIF counts it: 1 upright, 2 mirrored left to
/// right, 3 turned by 180°, 4 mirrored top to bottom, 5 transposed, 6 to be turned
/// 90° clockwise, 7 transversed, 8 to be turned 90° counter-clockwise.
///
/// @param file  A whole JPEG, PNG or WebP file.
/// @return 1…8; 1 where the file does not say, is damaged before it does, or is no such image.
///
/// Cost: a walk over the file's segments, not its bytes. Allocates nothing.
/// @source CIPA DC-008 (EXIF 2.32) 4.6.5.1.6 for tag 0x0112; JPEG APP1 there 4.5.4; PNG eXIf
///         (PNG specification, third edition, 11.3.4.5); WebP EXIF chunk (RFC 9649, 2.7.1.5)
int ExifOrientation(std::span<const std::byte> file);

/// Reads up to `into.size()` bytes at `offset`; returns how many, 0 behind the end.
using ReadBytesAt = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> into)>;

/// The length that the outermost boxes of an MP4/MOV, Matroska/WebM or AVI file
/// add up to: a file shorter than that was cut off.
///
/// @param size  The length that the file has.
/// @return Nothing when the format is another one, or leaves its length open (as live
///         recordings do), or its boxes do not add up.
///
/// Cost: one small read per outermost box, at most 65536.
/// @source ISO/IEC 14496-12 4.2 (boxes); RFC 8794 (EBML), RFC 9559 (Matroska Segment);
///         OpenDML AVI 1.02 (RIFF chunks)
std::optional<std::uint64_t> PromisedBytes(const ReadBytesAt& read, std::uint64_t size);

}  // namespace retinue
