// Live sources, launch descriptions, test patterns; and that a source can be
// left at any moment.

#include <dirent.h>

#include <chrono>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/gstreamer/source_test_support.h"
#include "retinue/gstreamer/runtime.h"

#if __has_include(<gst/rtsp-server/rtsp-server.h>)
#define RETINUE_TEST_RTSP 1
#include <gst/rtsp-server/rtsp-server.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace retinue {
namespace {

using ::testing::HasSubstr;
using testing::Collected;
using testing::ReadAll;
using testing::ReadMedia;

constexpr const char* kLive =
    "gst:videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=100/1";

// GLib's table of quarks leaves its old memory behind when it grows, which with the server's
// library loaded happens while the registry is read; the stack of it ends in g_malloc, so no
// suppression can name it. So GStreamer starts before the tests, unwatched.
class StartUnwatched : public ::testing::Environment {
 public:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    const __lsan::ScopedDisabler disabler;
#endif
    ASSERT_TRUE(InitGStreamer());
  }
};
const auto* const kStart = ::testing::AddGlobalTestEnvironment(new StartUnwatched);

// Reads the source's own counters until `done`; fails after a minute.
template <typename Done>
bool Until(const Done& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::size_t ThreadCount() {
  std::size_t count = 0;
  DIR* folder = opendir("/proc/self/task");
  while (folder != nullptr && readdir(folder) != nullptr) ++count;
  if (folder != nullptr) closedir(folder);
  return count;
}

TEST(TestPattern, HasTheFramesItPromises) {
  const Collected all = ReadMedia("test:");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.info.name, "test:");
  EXPECT_EQ(all.info.size, (Size{640, 480}));
  EXPECT_EQ(all.seconds.size(), 250u);
  EXPECT_DOUBLE_EQ(all.info.frame_rate, 25);
  EXPECT_DOUBLE_EQ(all.seconds.back(), 249 / 25.0);
  EXPECT_FALSE(all.info.is_live);
}

TEST(TestPattern, PeopleAreASourceOfOurOwn) {
  const Collected all = ReadMedia("test:people");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.info.name, "test:people");
  EXPECT_EQ(all.seconds.size(), 250u);
  EXPECT_EQ(OpenMedia("test:cats").error().message,
            "test:cats: the test sources are test: and test:people");
}

TEST(Description, RunsALaunchLineThatEndsInRawVideo) {
  const Collected all = ReadMedia(
      "gst:videotestsrc num-buffers=7 ! video/x-raw,format=NV12,width=65,height=49,framerate=10/1");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.format.pixels, PixelFormat::kNv12);
  EXPECT_EQ(all.info.size, (Size{65, 49}));
  EXPECT_EQ(all.seconds.size(), 7u);
  EXPECT_FALSE(all.info.is_live);
}

TEST(Description, LinksPadsThatAppearLaterAndPassesOverTheirSound) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/walk2s.mp4");
  const Collected all = ReadMedia("gst:filesrc location=" + path + " ! decodebin");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.seconds.size(), 51u);  // ffprobe -count_frames
}

TEST(Description, SaysWhatDoesNotParse) {
  const Collected nonsense = ReadMedia("gst:videotestsrc ! nosuchelement");
  EXPECT_EQ(nonsense.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(nonsense.error, HasSubstr("nosuchelement"));
  EXPECT_EQ(ReadMedia("gst:").code, ErrorCode::kInvalidArgument);
}

TEST(LiveSource, GivesTheNewestFrameAndCountsThoseItReplaced) {
  auto source = *OpenMedia(kLive);
  EXPECT_TRUE(source->info().is_live);
  EXPECT_EQ(source->info().frame_count, -1);
  Frame first;
  ASSERT_EQ(*source->Next(first), Pull::kFrame);
  const std::int64_t before = source->stats().dropped_late;  // on a busy machine some already
  ASSERT_TRUE(Until([&] { return source->stats().dropped_late >= before + 5; }));
  Frame second;
  ASSERT_EQ(*source->Next(second), Pull::kFrame);
  // At 100 frames a second, five were skipped: the next is at least 60 ms later.
  EXPECT_GE(second.pts() - first.pts(), std::chrono::milliseconds(59));
  EXPECT_EQ(second.id().number, 1);
}

TEST(LiveSource, KeepsEveryFrameWhenAskedTo) {
  auto source = *OpenMedia(kLive, {.live = MediaOptions::Live::kAll});
  const Collected all = ReadAll(*source, testing::Keep::kTimes, 20);
  ASSERT_EQ(all.seconds.size(), 20u);
  EXPECT_EQ(all.stats.dropped_late, 0);
  EXPECT_TRUE(all.info.is_live);
}

TEST(LiveSource, IsPendingWhileNothingComes) {
  auto source = *OpenMedia(
      "gst:videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=1/2");
  Frame frame;
  ASSERT_EQ(*source->Next(frame), Pull::kFrame);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(*source->Next(frame), Pull::kPending);  // the second frame comes after 2 s
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(OpenMedia, StopsWaitingWhenAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  // A socket on which nobody sends.
  const Collected all = ReadMedia("udp://127.0.0.1:0", testing::Keep::kTimes,
                                  {.stop = stop.get_token()});
  EXPECT_EQ(all.code, ErrorCode::kInterrupted);
}

TEST(OpenMedia, GivesUpAfterItsTimeout) {
  const Collected all = ReadMedia("udp://127.0.0.1:0", testing::Keep::kTimes,
                                  {.open_timeout = std::chrono::milliseconds(300)});
  EXPECT_EQ(all.code, ErrorCode::kUnavailable);
  EXPECT_EQ(all.error, "udp://127.0.0.1:0: no picture came within 0.30 s");
}

TEST(OpenMedia, SaysThatNobodyAnswers) {
  const Collected all = ReadMedia("rtsp://127.0.0.1:1/none");
  EXPECT_THAT(all.code, ::testing::AnyOf(ErrorCode::kUnavailable, ErrorCode::kNotFound));
  EXPECT_THAT(all.error, HasSubstr("rtsp://127.0.0.1:1/none: "));
}

TEST(Lifetime, ASourceMayBeLeftAtAnyMomentAndFramesOutliveIt) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/walk2s.mp4");
  const Collected whole = ReadMedia(path, testing::Keep::kPixels);
  ReadMedia(kLive + std::string(" ! identity eos-after=2"));
  const std::size_t before = ThreadCount();
  std::vector<Frame> kept;
  std::string pixels;
  for (int round = 0; round < 12; ++round) {
    auto source = *OpenMedia(path);
    for (int i = 0; i < round; ++i) {
      Frame frame;
      Pull pull = Pull::kPending;
      while (pull == Pull::kPending) pull = *source->Next(frame);
      ASSERT_EQ(pull, Pull::kFrame);
      if (round == 11) kept.push_back(frame);
    }
    if (round % 3 == 0) *OpenMedia(kLive);
  }
  for (const Frame& frame : kept) testing::AppendPixels(frame, pixels);
  EXPECT_TRUE(whole.pixels.starts_with(pixels));
  EXPECT_EQ(kept.size(), 11u);
  // GLib keeps a few idle threads of its pool; a leak would be one or more a round.
  EXPECT_LE(ThreadCount(), before + 4);
}

TEST(Lifetime, EndsForGoodWhenItHasEnded) {
  auto source = *OpenMedia("gst:videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48");
  EXPECT_EQ(ReadAll(*source).seconds.size(), 3u);
  Frame frame;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*source->Next(frame), Pull::kEndOfStream);
  EXPECT_EQ(source->stats().frames, 3);
}

long ResidentPages() {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return resident;
}

TEST(Lifetime, TenThousandFramesTakeNoMoreMemoryThanTwoThousand) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  auto source = *OpenMedia("gst:videotestsrc num-buffers=10000 ! video/x-raw,width=128,height=96");
  ASSERT_EQ(ReadAll(*source, testing::Keep::kTimes, 1).seconds.size(), 1u);
  std::int64_t frames = 1;
  long early = 0;
  for (Frame frame; *source->Next(frame) != Pull::kEndOfStream;) {
    if (frame.IsEmpty()) continue;
    if (++frames == 2000) early = ResidentPages();
    frame = Frame();
  }
  EXPECT_EQ(source->stats().frames, 10000);
  EXPECT_LT(static_cast<double>(ResidentPages()), 1.02 * static_cast<double>(early));
}

#ifdef RETINUE_TEST_RTSP

// An RTSP server on loopback, on a port that the system chooses.
class RtspServer {
 public:
  explicit RtspServer(const char* launch)
      : context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
    gst_init(nullptr, nullptr);
    server_ = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server_, "127.0.0.1");
    gst_rtsp_server_set_service(server_, "0");
    GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server_);
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, launch);
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    gst_rtsp_mount_points_add_factory(mounts, "/camera", factory);
    g_object_unref(mounts);
    source_ = gst_rtsp_server_create_source(server_, nullptr, nullptr);
    g_source_attach(source_, context_);
    thread_ = std::thread([this] { g_main_loop_run(loop_); });
  }
  ~RtspServer() {
    Stop();
    g_object_unref(server_);
    g_main_loop_unref(loop_);
    g_main_context_unref(context_);
  }
  std::string Uri(const std::string& path) const {
    return "rtsp://127.0.0.1:" + std::to_string(gst_rtsp_server_get_bound_port(server_)) + path;
  }
  // Throws every client out and serves no more.
  void Stop() {
    if (!thread_.joinable()) return;
    g_main_context_invoke(context_, [](gpointer self) -> gboolean {
      auto* server = static_cast<RtspServer*>(self);
      GList* clients = gst_rtsp_server_client_filter(
          server->server_,
          [](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }, nullptr);
      g_list_free_full(clients, g_object_unref);
      g_main_loop_quit(server->loop_);
      return G_SOURCE_REMOVE;
    }, this);
    thread_.join();
    g_source_destroy(source_);  // and with it the socket that listens
    g_source_unref(source_);
  }

 private:
  GMainContext* context_;
  GMainLoop* loop_;
  GstRTSPServer* server_ = nullptr;
  GSource* source_ = nullptr;
  std::thread thread_;
};

constexpr const char* kCamera =
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 "
    "audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8 )";

TEST(Rtsp, GivesTheNewestFramesWithRisingTimes) {
  const RtspServer server(kCamera);
  auto source = OpenMedia(server.Uri("/camera"));
  ASSERT_TRUE(source) << source.error().message;
  const Collected all = ReadAll(**source, testing::Keep::kTimes, 30);
  EXPECT_EQ(all.error, "");
  EXPECT_TRUE(all.info.is_live);
  EXPECT_EQ(all.info.size, (Size{320, 240}));
  ASSERT_EQ(all.seconds.size(), 30u);
  for (std::size_t i = 1; i < 30; ++i) EXPECT_GT(all.seconds[i], all.seconds[i - 1]);
  // 29 steps of 40 ms, more where this machine was too slow for a frame.
  EXPECT_GT(all.seconds.back() - all.seconds.front(), 0.9);
}

TEST(Rtsp, FailsOrEndsWhenTheServerGoesAway) {
  RtspServer server(kCamera);
  auto source = OpenMedia(server.Uri("/camera"));
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_EQ(ReadAll(**source, testing::Keep::kTimes, 3).seconds.size(), 3u);
  server.Stop();
  bool is_over = false;
  ASSERT_TRUE(Until([&] {
    Frame frame;
    const auto pull = (*source)->Next(frame);
    if (!pull) {
      EXPECT_EQ(pull.error().code, ErrorCode::kUnavailable) << pull.error().message;
    }
    is_over = !pull || *pull == Pull::kEndOfStream;
    return is_over;
  }));
}

TEST(Rtsp, SaysThatTheServerHasNoSuchStream) {
  const RtspServer server(kCamera);
  const Collected all = ReadMedia(server.Uri("/other"));
  EXPECT_EQ(all.code, ErrorCode::kNotFound);
}

#endif

}  // namespace
}  // namespace retinue
