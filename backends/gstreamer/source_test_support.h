#pragma once

// For the tests of the sources: reading one to its end, and ffprobe's and
// ffmpeg's word on the same file.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backends/gstreamer/sink_test_support.h"
#include "retinue/gstreamer/source.h"
#include "tests/support/testing.h"

namespace retinue::testing {

/// Everything a source gave.
struct Collected {
  std::string error;  ///< Of opening or of Next(); empty when all went well.
  ErrorCode code = ErrorCode::kInternal;
  StreamInfo info;
  FrameFormat format;          ///< Of the first frame.
  std::vector<double> seconds; ///< pts of each frame.
  std::string pixels;          ///< All planes of all frames, without padding.
  SourceStats stats;
};

enum class Keep { kTimes, kPixels };

inline void AppendPixels(const Frame& frame, std::string& out) {
  const FrameFormat& format = frame.format();
  for (int p = 0; p < PlaneCount(format.pixels); ++p) {
    const PlaneView plane = frame.plane(p);
    const auto row = static_cast<std::size_t>(RowBytes(format.pixels, format.size, p));
    for (int y = 0; y < RowCount(format.pixels, format.size, p); ++y) {
      out.append(reinterpret_cast<const char*>(plane.data + y * plane.stride_bytes), row);
    }
  }
}

/// Reads `source` to its end, or up to `limit` frames.
inline Collected ReadAll(Source& source, Keep keep = Keep::kTimes, std::size_t limit = SIZE_MAX) {
  Collected all;
  all.info = source.info();
  while (all.seconds.size() < limit) {
    Frame frame;
    const auto pull = source.Next(frame);
    if (!pull) {
      all.error = pull.error().message;
      all.code = pull.error().code;
      break;
    }
    if (*pull == Pull::kEndOfStream) break;
    if (*pull == Pull::kPending) continue;
    EXPECT_EQ(frame.id(), (FrameId{0, static_cast<std::int64_t>(all.seconds.size())}));
    if (all.seconds.empty()) all.format = frame.format();
    EXPECT_EQ(frame.size(), source.info().size);
    all.seconds.push_back(ToSeconds(frame.pts()));
    if (keep == Keep::kPixels) AppendPixels(frame, all.pixels);
  }
  all.stats = source.stats();
  return all;
}

inline Collected ReadMedia(const std::string& name, Keep keep = Keep::kTimes,
                           const MediaOptions& options = {}) {
  auto source = OpenMedia(name, options);
  if (source) return ReadAll(**source, keep);
  Collected none;
  none.error = source.error().message;
  none.code = source.error().code;
  return none;
}

/// The times of all frames that ffprobe decodes, in seconds.
inline std::vector<double> FrameTimes(const std::string& path) {
  std::vector<double> times;
  for (const std::string& line :
       Lines(Shell("ffprobe -v quiet -select_streams v:0 -show_entries "
                   "frame=best_effort_timestamp_time -of default=nk=1:nw=1 " +
                   Quoted(path)).text)) {
    times.push_back(std::atof(line.c_str()));
  }
  return times;
}

/// Makes `path` with ffmpeg from a lavfi source; false when this ffmpeg cannot.
inline bool Generate(const std::string& lavfi, const std::string& encoding,
                     const std::string& path) {
  return Shell("ffmpeg -v quiet -y -f lavfi -i '" + lavfi + "' " + encoding + " " + Quoted(path) +
               " 2>/dev/null").status == 0;
}

/// A big-endian or little-endian number of `bytes` bytes.
inline std::string BigEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}
inline std::string LittleEndian(std::uint64_t value, int bytes) {
  const std::string big = BigEndian(value, bytes);
  return {big.rbegin(), big.rend()};
}

/// A TIFF header with one entry: the orientation tag. @source EXIF 2.32, 4.6.2
inline std::string TiffWithOrientation(int orientation, bool is_little) {
  const auto number = [is_little](std::uint64_t value, int bytes) {
    return is_little ? LittleEndian(value, bytes) : BigEndian(value, bytes);
  };
  return (is_little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(1, 2) +
         number(0x0112, 2) + number(3, 2) + number(1, 4) +
         number(static_cast<std::uint64_t>(orientation), 2) + number(0, 2) + number(0, 4);
}

/// A JPEG file with an APP1 segment put behind its first marker.
inline std::string JpegWithExif(const std::string& jpeg, const std::string& tiff) {
  const std::string content = std::string("Exif\0\0", 6) + tiff;
  return jpeg.substr(0, 2) + "\xff\xe1" + BigEndian(content.size() + 2, 2) + content +
         jpeg.substr(2);
}

}  // namespace retinue::testing
