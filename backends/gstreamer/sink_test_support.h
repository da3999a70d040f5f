#pragma once

// For the tests of the sinks: synthetic pictures, and other people's programs
// (ffprobe, ffmpeg, …) as independent witnesses.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "retinue/image/frame.h"

namespace retinue::testing {

struct Output {
  int status = -1;
  std::string text;
};

/// Runs a shell command; what it writes to standard output.
inline Output Shell(const std::string& command) {
  Output output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> chunk;
  std::size_t count = 0;
  while ((count = fread(chunk.data(), 1, chunk.size(), pipe)) > 0) {
    output.text.append(chunk.data(), count);
  }
  output.status = pclose(pipe);
  return output;
}

inline std::string Quoted(const std::string& path) { return "'" + path + "'"; }

inline bool HasProgram(const std::string& name) {
  return Shell("command -v " + name + " >/dev/null 2>&1").status == 0;
}

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// What ffprobe says about the packets of one kind of stream ("v" or "a"), one
/// field a line: times in the unit of the field.
inline std::vector<double> PacketTimes(const std::string& path, const std::string& kind,
                                       const std::string& field = "pts_time") {
  std::vector<double> times;
  for (const std::string& line :
       Lines(Shell("ffprobe -v error -select_streams " + kind + " -show_entries packet=" + field +
                   " -of default=nk=1:nw=1 " + Quoted(path))
                 .text)) {
    times.push_back(std::atof(line.c_str()));
  }
  return times;
}

/// One field of the first stream of that kind, e.g. StreamField(path, "v", "pix_fmt").
inline std::string StreamField(const std::string& path, const std::string& kind,
                               const std::string& field) {
  const auto lines =
      Lines(Shell("ffprobe -v error -select_streams " + kind + ":0 -show_entries stream=" + field +
                  " -of default=nk=1:nw=1 " + Quoted(path))
                .text);
  return lines.empty() ? "" : lines.front();
}

/// MD5 of all audio packets' bytes, by ffmpeg.
inline std::string AudioMd5(const std::string& path) {
  return Shell("ffmpeg -v error -i " + Quoted(path) + " -map 0:a -c copy -f md5 -").text;
}

/// Time stamps left aside, every audio packet: its size and the MD5 of its bytes, by ffprobe.
inline std::string AudioPackets(const std::string& path) {
  return Shell(
             "ffprobe -v error -select_streams a -show_entries packet=size,data_hash "
             "-show_data_hash md5 -of compact=p=0 " +
             Quoted(path))
      .text;
}

/// All frames decoded by ffmpeg as raw pictures of `pixels` (ffmpeg's name), one after another.
inline std::string Decoded(const std::string& path, const std::string& pixels) {
  return Shell("ffmpeg -v error -i " + Quoted(path) +
               " -vsync passthrough -sws_flags accurate_rnd+full_chroma_int -f rawvideo -pix_fmt " +
               pixels + " -")
      .text;
}

struct Rgb {
  int r = 0;
  int g = 0;
  int b = 0;
};

struct Ycc {
  double y = 0;
  double cb = 0;
  double cr = 0;
};

/// R'G'B' 0…255 to Y'CbCr samples. @source ITU-R BT.601-7 and BT.709-6, 3.2 and 3.5:
/// the luma weights, and the scaling of 8-bit limited range; full range as JFIF.
inline Ycc ToYcc(Rgb c, ColorSpace space) {
  const bool is_709 = space.matrix == ColorMatrix::kBt709;
  const double kr = is_709 ? 0.2126 : 0.299;
  const double kb = is_709 ? 0.0722 : 0.114;
  const double y = kr * c.r + (1 - kr - kb) * c.g + kb * c.b;
  const double cb = (c.b - y) / (2 * (1 - kb));
  const double cr = (c.r - y) / (2 * (1 - kr));
  if (space.range == ColorRange::kFull) return {y, 128 + cb, 128 + cr};
  return {16 + y * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255};
}

inline std::uint8_t Byte(double value) {
  return static_cast<std::uint8_t>(std::lround(std::min(255.0, std::max(0.0, value))));
}

/// A frame of `format` whose pixel (x, y) has the colour `at(x, y)`; chroma is taken
/// at the first pixel of each sample.
inline Frame Paint(const FrameFormat& format, FrameId id, FrameTiming timing,
                   const std::function<Rgb(int, int)>& at) {
  auto buffer = FrameBuffer::Create(format).value();
  const auto put = [&](int plane, int x, int y, double value) {
    const MutablePlaneView view = buffer->plane(plane);
    view.data[y * view.stride_bytes + x] = Byte(value);
  };
  for (int y = 0; y < format.size.height; ++y) {
    for (int x = 0; x < format.size.width; ++x) {
      const Rgb c = at(x, y);
      const Ycc s = ToYcc(c, format.color);
      const bool is_even = x % 2 == 0;
      const bool has_chroma = is_even && y % 2 == 0;
      switch (format.pixels) {
        case PixelFormat::kI420:
          put(0, x, y, s.y);
          if (has_chroma) put(1, x / 2, y / 2, s.cb);
          if (has_chroma) put(2, x / 2, y / 2, s.cr);
          break;
        case PixelFormat::kNv12:
          put(0, x, y, s.y);
          if (has_chroma) put(1, x, y / 2, s.cb);
          if (has_chroma) put(1, x + 1, y / 2, s.cr);
          break;
        case PixelFormat::kYuy2:
          put(0, 2 * x, y, s.y);
          if (is_even) put(0, 2 * x + 1, y, s.cb);
          if (is_even) put(0, 2 * x + 3, y, s.cr);
          break;
        case PixelFormat::kRgb24:
        case PixelFormat::kBgr24: {
          const bool is_rgb = format.pixels == PixelFormat::kRgb24;
          put(0, 3 * x, y, is_rgb ? c.r : c.b);
          put(0, 3 * x + 1, y, c.g);
          put(0, 3 * x + 2, y, is_rgb ? c.b : c.r);
          break;
        }
        case PixelFormat::kRgba32:
          put(0, 4 * x, y, c.r);
          put(0, 4 * x + 1, y, c.g);
          put(0, 4 * x + 2, y, c.b);
          put(0, 4 * x + 3, y, 77);  // alpha is ignored
          break;
        case PixelFormat::kGray8: put(0, x, y, s.y); break;
      }
    }
  }
  return FrameBuffer::Publish(std::move(buffer), id, timing);
}

/// A soft picture that moves with `n`: easy to encode, different in every frame.
inline Rgb Gradient(int x, int y, std::int64_t n) {
  const double a = std::sin(x * 0.03 + static_cast<double>(n) * 0.4);
  const double b = std::sin(y * 0.05 - static_cast<double>(n) * 0.3);
  return {static_cast<int>(128 + 80 * a), static_cast<int>(128 + 80 * b),
          static_cast<int>(128 + 60 * a * b)};
}

/// Peak signal to noise ratio of 8-bit samples in dB; 99 when equal.
inline double Psnr(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  if (sum == 0) return 99;
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(count) / sum);
}

}  // namespace retinue::testing

/// Skips the test by name when a program it needs as a witness is absent.
#define RETINUE_PROGRAM_OR_SKIP(name) \
  if (!::retinue::testing::HasProgram(name)) GTEST_SKIP() << "program absent: " << (name)
