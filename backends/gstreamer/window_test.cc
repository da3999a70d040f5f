#include "retinue/gstreamer/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "backends/gstreamer/sink_test_support.h"
#include "tests/support/testing.h"

// Witnesses: Xvfb as the display, ImageMagick's import for what is on it, xdotool as
// the user.

namespace retinue {
namespace {

using ::testing::HasSubstr;
using testing::Paint;
using testing::Rgb;

// An X server of our own on a free display, and the environment that points to it.
class XServer {
 public:
  XServer() {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return;
    process_ = fork();
    if (process_ == 0) {
      const std::string number = std::to_string(pipe_ends[1]);
      // -displayfd: chooses a free display, and writes its number when it is ready.
      execlp("Xvfb", "Xvfb", "-displayfd", number.c_str(), "-screen", "0", "640x480x24",
             "-nolisten", "tcp", "-noreset", static_cast<char*>(nullptr));
      _exit(127);
    }
    close(pipe_ends[1]);
    std::string text;
    char c = 0;
    pollfd ready{pipe_ends[0], POLLIN, 0};
    while (poll(&ready, 1, 30000) == 1 && read(pipe_ends[0], &c, 1) == 1 && c != '\n') text += c;
    close(pipe_ends[0]);
    if (!text.empty()) display_ = ":" + text;
  }
  ~XServer() {
    if (process_ <= 0) return;
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  const std::string& display() const { return display_; }  // empty: did not start

 private:
  pid_t process_ = -1;
  std::string display_;
};

// Sets variables for one test.
class Environment {
 public:
  void Set(const char* name, const std::string& value) {
    Save(name);
    setenv(name, value.c_str(), 1);
  }
  void Unset(const char* name) {
    Save(name);
    unsetenv(name);
  }
  ~Environment() {
    for (auto it = saved_.rbegin(); it != saved_.rend(); ++it) {
      if (it->second.empty()) {
        unsetenv(it->first.c_str());
      } else {
        setenv(it->first.c_str(), it->second.c_str(), 1);
      }
    }
  }

 private:
  void Save(const char* name) {
    const char* value = std::getenv(name);
    saved_.emplace_back(name, value != nullptr ? value : "");
  }
  std::vector<std::pair<std::string, std::string>> saved_;
};

// Tells the test's thread that the user has quit.
struct Quit {
  std::mutex mutex;
  std::condition_variable changed;
  int count = 0;
  std::function<void()> Callback() {
    return [this] {
      const std::lock_guard lock(mutex);
      ++count;
      changed.notify_all();
    };
  }
  bool Wait(std::chrono::seconds most) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, most, [this] { return count > 0; });
  }
};

// Presses the keys as a user does: again when nothing happens, as the first press may come before
// the window listens.
bool QuitsBy(const std::string& keys, Quit& quit) {
  for (int attempt = 0; attempt < 15; ++attempt) {
    EXPECT_EQ(testing::Shell("xdotool mousemove 100 100 " + keys).status, 0);
    if (quit.Wait(std::chrono::seconds(2))) return true;
  }
  return false;
}

constexpr Rgb kOrange{220, 120, 40};
constexpr Rgb kBlue{30, 60, 200};
constexpr FrameFormat kFormat{
    PixelFormat::kI420, {320, 240}, {ColorMatrix::kBt601, ColorRange::kLimited}};

Frame TwoHalves(std::int64_t n) {
  return Paint(kFormat, {0, n}, {n * Nanoseconds(40000000), kNoTime},
               [](int x, int) { return x < 160 ? kOrange : kBlue; });
}

// The colour of one pixel of the screen, by ImageMagick.
Rgb ScreenPixel(int x, int y) {
  const std::string bytes =
      testing::Shell("import -silent -window root -crop 1x1+" + std::to_string(x) + "+" +
                     std::to_string(y) + " -depth 8 rgb:- 2>/dev/null")
          .text;
  if (bytes.size() != 3) return {-1, -1, -1};
  const auto byte = [&](std::size_t i) {
    return static_cast<int>(static_cast<std::uint8_t>(bytes[i]));
  };
  return {byte(0), byte(1), byte(2)};
}

bool IsNear(Rgb a, Rgb b) {
  return std::abs(a.r - b.r) < 12 && std::abs(a.g - b.g) < 12 && std::abs(a.b - b.b) < 12;
}

// Frames are written until the screen shows them or half a minute is over.
bool ShowsUp(Sink& sink, int x, int y, Rgb want) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (std::int64_t n = 0; std::chrono::steady_clock::now() < end; ++n) {
    EXPECT_TRUE(sink.Write(TwoHalves(n), {}));
    if (IsNear(ScreenPixel(x, y), want)) return true;
  }
  return false;
}

class Window : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"Xvfb", "import", "xdotool"}) RETINUE_PROGRAM_OR_SKIP(program);
    server_ = std::make_unique<XServer>();
    if (server_->display().empty()) GTEST_SKIP() << "Xvfb did not start";
    environment_.Unset("WAYLAND_DISPLAY");
    environment_.Set("DISPLAY", server_->display());
  }
  Environment environment_;
  std::unique_ptr<XServer> server_;
};

TEST_F(Window, ShowsTheFramesAndEndsOnQ) {
  Quit quit;
  auto sink = CreateWindowSink({}, quit.Callback());
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE((*sink)->Begin({}));
  // Without a window manager the window lies at the top left.
  EXPECT_TRUE(ShowsUp(**sink, 40, 120, kOrange));
  EXPECT_TRUE(ShowsUp(**sink, 280, 120, kBlue));
  EXPECT_EQ(quit.count, 0);
  EXPECT_TRUE(QuitsBy("key x key q", quit));
  EXPECT_TRUE((*sink)->Write(TwoHalves(1000), {})) << "a window that was quit must not fail";
  EXPECT_TRUE((*sink)->Finish());
  EXPECT_EQ(quit.count, 1);
}

TEST_F(Window, EndsOnEscape) {
  Quit quit;
  auto sink = CreateWindowSink({}, quit.Callback());
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE((*sink)->Begin({}));
  EXPECT_TRUE(ShowsUp(**sink, 40, 120, kOrange));
  EXPECT_TRUE(QuitsBy("key Escape", quit));
  EXPECT_TRUE((*sink)->Finish());
}

TEST_F(Window, HoldsAStillUntilAskedToStop) {
  Quit quit;
  std::stop_source stop;
  auto sink = CreateWindowSink({.hold_still = stop.get_token()}, quit.Callback());
  ASSERT_TRUE(sink) << sink.error().message;
  StreamInfo still;
  still.is_image = true;
  ASSERT_TRUE((*sink)->Begin(still));
  ASSERT_TRUE((*sink)->Write(TwoHalves(0), {}));
  bool was_shown = false;
  std::jthread user([&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!was_shown && std::chrono::steady_clock::now() < end) {
      was_shown = IsNear(ScreenPixel(40, 120), kOrange);
    }
    stop.request_stop();
  });
  EXPECT_TRUE((*sink)->Finish());
  user.join();
  EXPECT_TRUE(was_shown);
  EXPECT_EQ(quit.count, 0);
}

TEST_F(Window, ShowsLargePicturesSmaller) {
  auto sink = CreateWindowSink({.largest = {160, 160}});
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE((*sink)->Begin({}));
  // 320x240 becomes 160x120 where the element cannot scale by itself (Xvfb has no XVideo).
  EXPECT_TRUE(ShowsUp(**sink, 20, 60, kOrange));
  EXPECT_TRUE(ShowsUp(**sink, 140, 60, kBlue));
  EXPECT_FALSE(IsNear(ScreenPixel(280, 120), kBlue));
  EXPECT_TRUE((*sink)->Finish());
}

TEST(WindowWithoutDisplay, IsAnErrorThatSaysSo) {
  Environment environment;
  environment.Unset("WAYLAND_DISPLAY");
  environment.Unset("DISPLAY");
  const auto none = CreateWindowSink();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(none.error().message, HasSubstr("DISPLAY"));
  environment.Set("DISPLAY", ":987");
  const auto absent = CreateWindowSink();
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(absent.error().message, HasSubstr(":987"));
}

}  // namespace
}  // namespace retinue
