#include "retinue/gstreamer/video_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>

#include "backends/gstreamer/video_sink_test_support.h"
#include "tests/support/testing.h"

// Witnesses: ffprobe and ffmpeg for what is in the files; ITU formulas for colours.

namespace retinue {
namespace {

using testing::Decoded;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using testing::FilesIn;
using testing::Gradient;
using ::testing::HasSubstr;
using testing::Info;
using ::testing::IsEmpty;
using testing::kSmall;
using testing::Milli;
using testing::PacketTimes;
using testing::Paint;
using ::testing::Pointwise;
using testing::Rgb;
using testing::Seconds;
using testing::SmallFrame;
using testing::Steady;
using testing::StreamField;
using testing::TemporaryFolder;
using testing::WriteTimes;

// Names of the boxes at the top of an mp4 file, in order. @source ISO/IEC 14496-12, 4.2
std::vector<std::string> TopBoxes(const std::string& path) {
  const std::string bytes = testing::ReadFile(path);
  std::vector<std::string> names;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    names.push_back(bytes.substr(at + 4, 4));
    if (size < 8) break;
    at += size;
  }
  return names;
}

// --- Time and container ---------------------------------------------------------

struct ContainerCase {
  const char* extension;
  double tolerance;  // of a time stamp: half a tick of the container and ffprobe's 1e-6
};

class EveryContainer : public ::testing::TestWithParam<ContainerCase> {};

TEST_P(EveryContainer, HoldsEveryFrameAtItsTime) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  const std::string path = folder.File(std::string("a.") + GetParam().extension);
  const auto times = Steady(30, Milli(40));
  EXPECT_THAT(WriteTimes(path, Info(25), times), IsEmpty());
  // avi has only decoding times, which are the presentation times without B-frames.
  const bool is_avi = std::string(GetParam().extension) == "avi";
  EXPECT_THAT(PacketTimes(path, "v", is_avi ? "dts_time" : "pts_time"),
              Pointwise(DoubleNear(GetParam().tolerance), Seconds(times)));
  EXPECT_EQ(StreamField(path, "v", "codec_name"), "h264");
  EXPECT_EQ(StreamField(path, "v", "profile"), "High");
  EXPECT_EQ(StreamField(path, "v", "pix_fmt"), "yuv420p");
  EXPECT_EQ(StreamField(path, "v", "avg_frame_rate"), "25/1");
  EXPECT_THAT(FilesIn(folder.path()), ElementsAre(std::filesystem::path(path).filename()));
}

INSTANTIATE_TEST_SUITE_P(VideoSink, EveryContainer,
                         ::testing::Values(ContainerCase{"mp4", 1e-6}, ContainerCase{"m4v", 1e-6},
                                           ContainerCase{"mov", 1e-6}, ContainerCase{"mkv", 6e-4},
                                           ContainerCase{"avi", 1e-6}),
                         [](const auto& one) { return std::string(one.param.extension); });

TEST(VideoSink, KeepsVariableTimesAndALateStart) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  // As a telephone films: no two steps alike, first picture 80 ms late.
  const std::vector<FrameTiming> times = {{Milli(80), kNoTime},  {Milli(113), kNoTime},
                                          {Milli(146), kNoTime}, {Milli(280), kNoTime},
                                          {Milli(281), kNoTime}, {Milli(1900), Milli(700)}};
  WriteTimes(path, Info(30), times);
  // Half a tick of 1/90000 s, and ffprobe's rounding to 1e-6 s.
  EXPECT_THAT(PacketTimes(path, "v"), Pointwise(DoubleNear(7e-6), Seconds(times)));
  EXPECT_NEAR(std::atof(StreamField(path, "v", "start_time").c_str()), 0.08, 1e-5);
}

TEST(VideoSink, KeepsTheLastFramesDuration) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.mov"}) {
    WriteTimes(folder.File(name), Info(30), {{Milli(0), kNoTime}, {Milli(33), Milli(700)}});
    EXPECT_NEAR(PacketTimes(folder.File(name), "v", "duration_time").back(), 0.7, 1e-5);
    EXPECT_NEAR(std::atof(StreamField(folder.File(name), "v", "duration").c_str()), 0.733, 1e-5);
  }
}

TEST(VideoSink, KeepsBroadcastRatesExactly) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  for (const int thousands : {24, 30, 60}) {
    const TemporaryFolder folder;
    const std::string path = folder.File("a.mp4");
    std::vector<FrameTiming> times;
    for (int i = 0; i < 50; ++i) {
      times.push_back({Nanoseconds(1001000000LL * i / thousands), kNoTime});
    }
    WriteTimes(path, Info(thousands * 1000 / 1001.0), times);
    EXPECT_EQ(StreamField(path, "v", "avg_frame_rate"), std::to_string(thousands) + "000/1001");
    EXPECT_EQ(StreamField(path, "v", "r_frame_rate"), std::to_string(thousands) + "000/1001");
  }
}

TEST(VideoSink, StartsALiveStreamAtZero) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(0, true),
             {{Milli(7000), kNoTime}, {Milli(7050), kNoTime}, {Milli(7200), kNoTime}});
  EXPECT_THAT(PacketTimes(path, "v"),
              Pointwise(DoubleNear(1e-6), std::vector<double>{0, 0.05, 0.2}));
  // Unknown: the last frame lasts as long as the one before.
  EXPECT_NEAR(PacketTimes(path, "v", "duration_time").back(), 0.15, 1e-5);
}

TEST(VideoSink, MovesTimesThatDoNotAdvance) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(25),
             {{Milli(0), kNoTime},
              {Milli(40), kNoTime},
              {Milli(40), kNoTime},
              {Milli(30), kNoTime},
              {Milli(80), kNoTime}});
  const auto times = PacketTimes(path, "v");
  ASSERT_EQ(times.size(), 5u);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GT(times[i], times[i - 1]);
  EXPECT_NEAR(times[4], 0.08, 1e-6);
}

TEST(VideoSink, HoldsTimesBeyondThirtyTwoBits) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  // 2^32 ticks of 1/90000 s are 13.25 hours.
  std::vector<FrameTiming> times;
  for (int i = 0; i < 6; ++i) times.push_back({Nanoseconds(std::chrono::hours(5 * i)), kNoTime});
  WriteTimes(path, Info(25), times);
  EXPECT_THAT(PacketTimes(path, "v"), Pointwise(DoubleNear(1e-4), Seconds(times)));
}

TEST(VideoSink, PutsTheIndexInFront) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.mov"}) {
    WriteTimes(folder.File(name), Info(25), Steady(10, Milli(40)));
    const auto boxes = TopBoxes(folder.File(name));
    const auto moov = std::find(boxes.begin(), boxes.end(), "moov");
    const auto mdat = std::find(boxes.begin(), boxes.end(), "mdat");
    EXPECT_NE(mdat, boxes.end());
    EXPECT_LT(moov, mdat) << name;
  }
}

TEST(VideoSink, SaysThatAviCannotTellVaryingTimes) {
  const TemporaryFolder folder;
  const auto notes = WriteTimes(folder.File("a.avi"), Info(25),
                                {{Milli(0), kNoTime}, {Milli(40), kNoTime}, {Milli(400), kNoTime}});
  EXPECT_THAT(notes, ElementsAre(HasSubstr("avi")));
}

// --- Picture --------------------------------------------------------------------

TEST(VideoSink, DecodesBackToWhatWasWritten) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(25), Steady(40, Milli(40)));
  const std::string decoded = Decoded(path, "yuv420p");
  const std::size_t frame_bytes = 160 * 96 * 3 / 2;
  ASSERT_EQ(decoded.size(), frame_bytes * 40);
  for (int n = 0; n < 40; ++n) {
    const Frame frame = SmallFrame(n, {});
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(decoded.data()) +
                        static_cast<std::size_t>(n) * frame_bytes;
    double worst = 99;
    for (int y = 0; y < 96; ++y) {
      worst = std::min(worst,
                       testing::Psnr(bytes + y * 160,
                                     frame.plane(0).data + y * frame.plane(0).stride_bytes, 160));
    }
    EXPECT_GT(worst, 30) << "frame " << n;
  }
}

struct ColorCase {
  const char* name;
  PixelFormat pixels;
  ColorSpace color;
  bool is_gray = false;
};

class EveryFormat : public ::testing::TestWithParam<ColorCase> {};

constexpr std::array<Rgb, 8> kBars = {{{235, 235, 235},
                                       {220, 210, 30},
                                       {30, 200, 210},
                                       {30, 190, 40},
                                       {200, 40, 190},
                                       {210, 40, 30},
                                       {30, 40, 200},
                                       {20, 20, 20}}};

TEST_P(EveryFormat, ComesBackInItsColors) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const ColorCase& param = GetParam();
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  const FrameFormat format{param.pixels, {256, 64}, param.color};
  auto sink = CreateVideoSink(path, {.quantizer = 10});
  ASSERT_TRUE(sink) << sink.error().message;
  ASSERT_TRUE((*sink)->Begin(Info(25)));
  for (int n = 0; n < 3; ++n) {
    const Frame frame = Paint(format, {0, n}, {Milli(40 * n), kNoTime},
                              [](int x, int) { return kBars[static_cast<std::size_t>(x / 32)]; });
    ASSERT_TRUE((*sink)->Write(frame, {}));
  }
  ASSERT_TRUE((*sink)->Finish());
  const std::string rgb = Decoded(path, "rgb24");
  ASSERT_EQ(rgb.size(), 3u * 256 * 64 * 3);
  for (std::size_t bar = 0; bar < kBars.size(); ++bar) {
    const std::size_t at = (2 * 256 * 64 + 32 * 256 + bar * 32 + 16) * 3;
    Rgb want = kBars[bar];
    if (param.is_gray) {
      const int luma =
          testing::Byte(testing::ToYcc(want, {param.color.matrix, ColorRange::kFull}).y);
      want = {luma, luma, luma};
    }
    const auto got = [&](std::size_t i) {
      return static_cast<int>(static_cast<std::uint8_t>(rgb[at + i]));
    };
    // Two roundings to 8 bits, and a coarse coder: a wrong matrix or range is off by 15 and more.
    EXPECT_NEAR(got(0), want.r, 6) << "red of bar " << bar;
    EXPECT_NEAR(got(1), want.g, 6) << "green of bar " << bar;
    EXPECT_NEAR(got(2), want.b, 6) << "blue of bar " << bar;
  }
  // ffprobe calls full range yuvj420p.
  EXPECT_THAT(StreamField(path, "v", "pix_fmt"), ::testing::AnyOf("yuv420p", "yuvj420p"));
}

constexpr ColorSpace k601{ColorMatrix::kBt601, ColorRange::kLimited};
constexpr ColorSpace k709{ColorMatrix::kBt709, ColorRange::kLimited};
constexpr ColorSpace k601Full{ColorMatrix::kBt601, ColorRange::kFull};
constexpr ColorSpace k709Full{ColorMatrix::kBt709, ColorRange::kFull};

INSTANTIATE_TEST_SUITE_P(
    VideoSink, EveryFormat,
    ::testing::Values(ColorCase{"I420Bt601", PixelFormat::kI420, k601},
                      ColorCase{"I420Bt709", PixelFormat::kI420, k709},
                      ColorCase{"I420Bt601Full", PixelFormat::kI420, k601Full},
                      ColorCase{"I420Bt709Full", PixelFormat::kI420, k709Full},
                      ColorCase{"Nv12Bt709", PixelFormat::kNv12, k709},
                      ColorCase{"Nv12Bt601", PixelFormat::kNv12, k601},
                      ColorCase{"Yuy2Bt601", PixelFormat::kYuy2, k601},
                      ColorCase{"Yuy2Bt709", PixelFormat::kYuy2, k709},
                      ColorCase{"Rgb", PixelFormat::kRgb24, {}},
                      ColorCase{"Bgr", PixelFormat::kBgr24, {}},
                      ColorCase{"Rgba", PixelFormat::kRgba32, {}},
                      ColorCase{"GrayLimited", PixelFormat::kGray8, k601, true},
                      ColorCase{"GrayFull", PixelFormat::kGray8, k601Full, true}),
    [](const auto& one) { return std::string(one.param.name); });

struct OddCase {
  const char* name;
  PixelFormat pixels;
  Size size;
};

class OddSize : public ::testing::TestWithParam<OddCase> {};

TEST_P(OddSize, GainsOneRepeatedColumnOrRow) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const OddCase& param = GetParam();
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  const FrameFormat format{param.pixels, param.size, k601};
  auto sink = CreateVideoSink(path, {.quantizer = 8});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->Begin(Info(25)));
  const auto picture = [](int x, int y) { return Gradient(x * 2, y * 2, 0); };
  for (int n = 0; n < 3; ++n) {
    auto ok = (*sink)->Write(Paint(format, {0, n}, {Milli(40 * n), kNoTime}, picture), {});
    ASSERT_TRUE(ok) << ok.error().message;
  }
  auto done = (*sink)->Finish();
  ASSERT_TRUE(done) << done.error().message;
  const int width = (param.size.width + 1) / 2 * 2;
  const int height = (param.size.height + 1) / 2 * 2;
  EXPECT_EQ(StreamField(path, "v", "width"), std::to_string(width));
  EXPECT_EQ(StreamField(path, "v", "height"), std::to_string(height));
  const std::string gray = Decoded(path, "yuv420p");
  ASSERT_EQ(gray.size(), 3u * static_cast<std::size_t>(width * height * 3 / 2));
  std::vector<std::uint8_t> want;
  std::vector<std::uint8_t> got;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Rgb c = picture(std::min(x, param.size.width - 1), std::min(y, param.size.height - 1));
      want.push_back(testing::Byte(testing::ToYcc(c, k601).y));
      got.push_back(static_cast<std::uint8_t>(gray[static_cast<std::size_t>(y * width + x)]));
    }
  }
  EXPECT_GT(testing::Psnr(want.data(), got.data(), want.size()), 35);
}

INSTANTIATE_TEST_SUITE_P(VideoSink, OddSize,
                         ::testing::Values(OddCase{"I420Both", PixelFormat::kI420, {853, 479}},
                                           OddCase{"I420Width", PixelFormat::kI420, {131, 64}},
                                           OddCase{"Nv12Both", PixelFormat::kNv12, {131, 77}},
                                           OddCase{"Yuy2Both", PixelFormat::kYuy2, {131, 77}},
                                           OddCase{"RgbBoth", PixelFormat::kRgb24, {131, 77}},
                                           OddCase{"RgbaHeight", PixelFormat::kRgba32, {64, 77}},
                                           OddCase{"GrayBoth", PixelFormat::kGray8, {131, 77}},
                                           OddCase{"Smallest", PixelFormat::kI420, {17, 17}}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(VideoSink, RefusesPicturesTooSmallToEncode) {
  const TemporaryFolder folder;
  auto sink = CreateVideoSink(folder.File("a.mp4"));
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->Begin(Info(25)));
  const auto written = (*sink)->Write(SmallFrame(0, {}, {PixelFormat::kI420, {64, 15}, {}}), {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(written.error().message, HasSubstr("16x16"));
  EXPECT_FALSE((*sink)->Finish());
  EXPECT_THAT(FilesIn(folder.path()), IsEmpty());
}

TEST(VideoSink, ScalesALaterFrameOfAnotherSize) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  auto sink = CreateVideoSink(path);
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->Begin(Info(25)));
  ASSERT_TRUE((*sink)->Write(SmallFrame(0, {Milli(0), kNoTime}), {}));
  const FrameFormat larger{PixelFormat::kRgb24, {320, 192}, {}};
  ASSERT_TRUE((*sink)->Write(SmallFrame(1, {Milli(40), kNoTime}, larger), {}));
  ASSERT_TRUE((*sink)->Write(SmallFrame(2, {Milli(80), kNoTime}), {}));
  auto done = (*sink)->Finish();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(Decoded(path, "gray").size(), 3u * 160 * 96);
}

// --- Whole or not there ---------------------------------------------------------

TEST(VideoSink, MakesNoFileOfNoFrames) {
  const TemporaryFolder folder;
  const auto notes = WriteTimes(folder.File("a.mp4"), Info(25), {});
  EXPECT_THAT(notes, ElementsAre(HasSubstr("no frame")));
  EXPECT_THAT(FilesIn(folder.path()), IsEmpty());
}

TEST(VideoSink, AppearsOnlyWhenWhole) {
  const TemporaryFolder folder;
  {
    auto sink = CreateVideoSink(folder.File("a.mp4"));
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->Begin(Info(25)));
    ASSERT_TRUE((*sink)->Write(SmallFrame(0, {Milli(0), kNoTime}), {}));
    EXPECT_THAT(FilesIn(folder.path()), ElementsAre("a.mp4.part"));
  }
  EXPECT_THAT(FilesIn(folder.path()), IsEmpty()) << "an abandoned file stayed";
}

TEST(VideoSink, RefusesWhatItCannotDo) {
  const TemporaryFolder folder;
  const auto code = [](const auto& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  };
  EXPECT_EQ(code(CreateVideoSink("a.mpg")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(CreateVideoSink("mp4")), ErrorCode::kInvalidArgument);
  EXPECT_THAT(CreateVideoSink("a.mpg").error().message, HasSubstr(".mp4, .m4v, .mov, .mkv, .avi"));
  EXPECT_EQ(code(CreateVideoSink("a.mp4", {.quantizer = 51})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(CreateVideoSink("a.mp4", {.threads = -1})), ErrorCode::kInvalidArgument);

  const auto begin = [](const std::string& path) {
    auto sink = CreateVideoSink(path).value();
    const auto begun = sink->Begin(Info(25));
    const auto finished = sink->Finish();
    EXPECT_FALSE(finished);
    return begun;
  };
  EXPECT_EQ(code(begin(folder.File("absent/a.mp4"))), ErrorCode::kNotFound);
  std::filesystem::create_directory(folder.File("folder.mp4"));
  EXPECT_EQ(code(begin(folder.File("folder.mp4"))), ErrorCode::kInvalidArgument);
  if (std::filesystem::exists("/proc/self/stat")) {  // where nobody may make files, root neither
    EXPECT_FALSE(begin("/proc/self/a.mp4"));
  }
}

// A limit on the size of files stands for a full disk: the same writes fail.
class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit_);
  }
  void TearDown() override {
    setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  void Limit(rlim_t bytes) {
    rlimit lower = limit_;
    lower.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &lower);
  }
  void (*before_)(int) = nullptr;
  rlimit limit_{};
};

TEST_F(FullDisk, IsAnErrorAndLeavesNothing) {
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{1000}, rlim_t{100000}}) {
    for (const char* name : {"a.mp4", "a.mkv", "a.avi"}) {
      const TemporaryFolder folder;
      auto sink = CreateVideoSink(folder.File(name), {.quantizer = 0});
      ASSERT_TRUE(sink);
      Limit(bytes);
      auto result = (*sink)->Begin(Info(25));
      for (int n = 0; n < 60 && result; ++n) {
        result = (*sink)->Write(SmallFrame(n, {Milli(40 * n), kNoTime}), {});
      }
      const auto finished = (*sink)->Finish();
      TearDown();
      ASSERT_FALSE(finished) << name << " at " << bytes;
      EXPECT_EQ(finished.error().code, ErrorCode::kResourceExhausted) << finished.error().message;
      EXPECT_THAT(finished.error().message, HasSubstr(name));
      EXPECT_THAT(FilesIn(folder.path()), IsEmpty());
      SetUp();
    }
  }
}

// --- Memory ---------------------------------------------------------------------

TEST(VideoSink, HoldsFewFrames) {
  const TemporaryFolder folder;
  auto sink = CreateVideoSink(folder.File("a.mp4"));
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->Begin(Info(25)));
  const Frame picture = SmallFrame(0, {}, {PixelFormat::kI420, {640, 360}, {}});
  std::atomic<int> alive{0};
  int most = 0;
  for (int n = 0; n < 200; ++n) {
    ++alive;
    const std::shared_ptr<void> owner(nullptr, [&alive](void*) { --alive; });
    const std::array<PlaneView, 3> planes = {picture.plane(0), picture.plane(1), picture.plane(2)};
    const auto frame =
        Frame::Wrap(picture.format(), planes, owner, {0, n}, {Milli(40 * n), kNoTime});
    ASSERT_TRUE((*sink)->Write(*frame, {}));
    most = std::max(most, alive.load());
  }
  ASSERT_TRUE((*sink)->Finish());
  EXPECT_EQ(alive, 0);
  // Four that wait, the one in the encoder, one held as its predecessor, and ours.
  EXPECT_LE(most, 8);
}

}  // namespace
}  // namespace retinue
