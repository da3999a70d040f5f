#pragma once

// For the tests of the video sink: small moving pictures, written at given times.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "backends/gstreamer/sink_test_support.h"
#include "retinue/gstreamer/video_sink.h"

namespace retinue::testing {

inline constexpr FrameFormat kSmall{PixelFormat::kI420, {160, 96}, {}};

inline StreamInfo Info(double rate, bool is_live = false) {
  StreamInfo info;
  info.frame_rate = rate;
  info.is_live = is_live;
  return info;
}

inline Frame SmallFrame(std::int64_t n, FrameTiming timing, const FrameFormat& format = kSmall) {
  return Paint(format, {0, n}, timing, [n](int x, int y) { return Gradient(x, y, n); });
}

inline Nanoseconds Milli(std::int64_t ms) { return Nanoseconds(ms * 1000000); }

// Writes one small frame at each time; returns the sink's notes.
inline std::vector<std::string> WriteTimes(const std::string& path, const StreamInfo& info,
                                           const std::vector<FrameTiming>& times,
                                           const VideoSinkOptions& options = {}) {
  auto sink = CreateVideoSink(path, options);
  EXPECT_TRUE(sink) << sink.error().message;
  if (!sink) return {};
  auto ok = (*sink)->Begin(info);
  EXPECT_TRUE(ok) << ok.error().message;
  for (std::size_t i = 0; i < times.size(); ++i) {
    ok = (*sink)->Write(SmallFrame(static_cast<std::int64_t>(i), times[i]), {});
    EXPECT_TRUE(ok) << ok.error().message;
  }
  ok = (*sink)->Finish();
  EXPECT_TRUE(ok) << ok.error().message;
  return (*sink)->notes();
}

inline std::vector<FrameTiming> Steady(int count, Nanoseconds step) {
  std::vector<FrameTiming> times;
  for (int i = 0; i < count; ++i) times.push_back({i * step, kNoTime});
  return times;
}

inline std::vector<double> Seconds(const std::vector<FrameTiming>& times) {
  std::vector<double> seconds;
  for (const FrameTiming& time : times) seconds.push_back(ToSeconds(time.pts));
  return seconds;
}

inline std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

}  // namespace retinue::testing
