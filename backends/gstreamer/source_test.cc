// Video files: every picture once, in order, at its time, upright, in its own
// colours. Witnesses: ffprobe for times and counts, ffmpeg for pixels.

#include "retinue/gstreamer/source.h"

#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "backends/gstreamer/source_test_support.h"

namespace retinue {
namespace {

using testing::Collected;
using testing::Decoded;
using testing::FrameTimes;
using testing::Generate;
using testing::Keep;
using testing::ReadMedia;
using testing::TemporaryFolder;

// ffprobe prints microseconds.
constexpr double kPrinted = 1e-6;

void ExpectTimes(const std::vector<double>& ours, const std::vector<double>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_NEAR(ours[i], theirs[i], kPrinted) << "frame " << i;
  }
}

class RealVideo : public ::testing::TestWithParam<const char*> {};

TEST_P(RealVideo, GivesEveryPictureOnceAtTheTimeFfprobeSays) {
  RETINUE_TEST_DATA_OR_SKIP(path, std::string("videos/") + GetParam());
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.stats.damaged, 0);
  EXPECT_EQ(all.stats.dropped_late, 0);
  EXPECT_EQ(all.stats.frames, static_cast<std::int64_t>(all.seconds.size()));
  EXPECT_EQ(all.info.name, path);
  EXPECT_FALSE(all.info.is_live);
  EXPECT_FALSE(all.info.is_image);
  EXPECT_GT(all.info.frame_rate, 0);
  ExpectTimes(all.seconds, FrameTimes(path));
}

INSTANTIATE_TEST_SUITE_P(
    Files, RealVideo,
    ::testing::Values("walking_720p.mp4", "car-detection.mp4", "one-by-one-person-detection.mp4",
                      "pup_sample.mp4", "asl/help.mkv", "asl/no.mkv", "asl/sister.mkv",
                      "asl/yes.mkv", "derived/walk2s.mp4", "derived/walk2s_rot90.mp4",
                      "derived/walk2s_truncated.mp4", "odd/av1_video.mkv", "odd/h264_10bits.mp4",
                      "odd/mjpeg_320x240.avi", "odd/var_fps_video.mp4"));

TEST(VideoFile, KeepsVariableFrameRatesAsThePublishedListHasThem) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/odd/var_fps_video.mp4");
  RETINUE_TEST_DATA_OR_SKIP(list, "videos/odd/var_fps_video.mp4.stream0.all_frames_info.json");
  std::vector<double> expected;  // torchcodec's reference, beside the file
  const std::string json = testing::ReadFile(list);
  for (std::size_t at = 0; (at = json.find("\"pts_time\": \"", at)) != std::string::npos;) {
    at += 13;
    expected.push_back(std::atof(json.c_str() + at));
  }
  ASSERT_EQ(expected.size(), 300u);
  ExpectTimes(ReadMedia(path).seconds, expected);
}

// Decoding these is exactly specified, so every byte must be ffmpeg's. ffmpeg turns
// pictures upright by itself.
class ExactVideo : public ::testing::TestWithParam<const char*> {};

TEST_P(ExactVideo, GivesThePixelsThatFfmpegGives) {
  RETINUE_TEST_DATA_OR_SKIP(path, std::string("videos/") + GetParam());
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const Collected all = ReadMedia(path, Keep::kPixels);
  const bool is_full = all.format.color.range == ColorRange::kFull;
  const std::string expected = Decoded(path, is_full ? "yuvj420p" : "yuv420p");
  EXPECT_EQ(all.format.pixels, PixelFormat::kI420);
  ASSERT_EQ(all.pixels.size(), expected.size());
  EXPECT_TRUE(all.pixels == expected);
}

INSTANTIATE_TEST_SUITE_P(Files, ExactVideo,
                         ::testing::Values("derived/walk2s.mp4", "derived/walk2s_rot90.mp4",
                                           "odd/av1_video.mkv", "asl/yes.mkv"));

TEST(VideoFile, DecodesWithAnyNumberOfThreadsToTheSamePixels) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/walk2s.mp4");
  const Collected one = ReadMedia(path, Keep::kPixels, {.decoder_threads = 1});
  const Collected three = ReadMedia(path, Keep::kPixels, {.decoder_threads = 3});
  ASSERT_EQ(one.seconds.size(), 51u);  // ffprobe -count_frames
  EXPECT_EQ(one.seconds, three.seconds);
  EXPECT_TRUE(one.pixels == three.pixels);
}

struct Encoding {
  const char* name;
  const char* file;
  const char* options;
};

class Codec : public ::testing::TestWithParam<Encoding> {};

// An odd size wherever the encoder takes it: 853x479.
TEST_P(Codec, GivesEveryPictureAtItsTime) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File(GetParam().file);
  const std::string options = GetParam().options;
  const bool is_even = options.find("libx26") != std::string::npos ||
                       options.find("av1") != std::string::npos;
  const std::string size = is_even ? "854x480" : "853x479";
  if (!Generate("testsrc=s=" + size + ":r=25:d=1", options, path)) {
    GTEST_SKIP() << "this ffmpeg does not encode " << options;
  }
  const Collected all = ReadMedia(path, Keep::kPixels);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.info.size, is_even ? (Size{854, 480}) : (Size{853, 479}));
  EXPECT_DOUBLE_EQ(all.info.frame_rate, 25);
  EXPECT_EQ(all.info.frame_count, 25);
  EXPECT_EQ(all.stats.damaged, 0);
  EXPECT_EQ(all.stats.warning, "");
  ASSERT_EQ(all.seconds.size(), 25u);
  for (int i = 0; i < 25; ++i) {
    ASSERT_NEAR(all.seconds[static_cast<std::size_t>(i)], i / 25.0, 1e-3);  // Matroska: whole ms
  }
  const bool is_jpeg = all.format.color.range == ColorRange::kFull;
  const std::string expected = Decoded(path, is_jpeg ? "yuvj420p" : "yuv420p");
  ASSERT_EQ(all.pixels.size(), expected.size());
  // JPEG and MPEG-4 leave the rounding of their transforms open.
  EXPECT_GT(testing::Psnr(reinterpret_cast<const std::uint8_t*>(all.pixels.data()),
                          reinterpret_cast<const std::uint8_t*>(expected.data()), expected.size()),
            50);
}

INSTANTIATE_TEST_SUITE_P(
    All, Codec,
    ::testing::Values(
        Encoding{"H264Mp4", "a.mp4", "-c:v libx264 -pix_fmt yuv420p -bf 3"},
        Encoding{"H264Mkv", "a.mkv", "-c:v libx264 -pix_fmt yuv420p -bf 3"},
        Encoding{"H264Mov", "a.mov", "-c:v libx264 -pix_fmt yuv420p -bf 3"},
        Encoding{"H265Mp4", "a.mp4", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p"},
        Encoding{"H265Mkv", "a.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p"},
        Encoding{"Vp8Webm", "a.webm", "-c:v libvpx -b:v 1M -deadline realtime -pix_fmt yuv420p"},
        Encoding{"Vp9Webm", "a.webm",
                 "-c:v libvpx-vp9 -b:v 1M -deadline realtime -pix_fmt yuv420p"},
        Encoding{"Vp9Mkv", "a.mkv", "-c:v libvpx-vp9 -b:v 1M -deadline realtime -pix_fmt yuv420p"},
        Encoding{"Av1Mp4", "a.mp4", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p"},
        Encoding{"Av1Webm", "a.webm", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p"},
        Encoding{"MjpegAvi", "a.avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p"},
        Encoding{"MjpegMov", "a.mov", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p"},
        Encoding{"Mpeg4Mp4", "a.mp4", "-c:v mpeg4 -q:v 3 -bf 2"},
        Encoding{"Mpeg4AviWithBPictures", "a.avi", "-c:v mpeg4 -q:v 3 -bf 2"}),
    [](const auto& test) { return test.param.name; });

struct Colors {
  const char* name;
  const char* lavfi;
  const char* options;
  ColorSpace expected;
};

class ColorOf : public ::testing::TestWithParam<Colors> {};

TEST_P(ColorOf, IsTheStreamsOrWhatPlayersAssume) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  if (!Generate(GetParam().lavfi, GetParam().options, path)) {
    GTEST_SKIP() << "this ffmpeg does not encode " << GetParam().options;
  }
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.format.pixels, PixelFormat::kI420);
  EXPECT_EQ(all.format.color.matrix, GetParam().expected.matrix);
  EXPECT_EQ(all.format.color.range, GetParam().expected.range);
}

constexpr const char* kSmall = "testsrc=s=320x240:r=25:d=0.2";
#define RETINUE_X264 "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
constexpr auto k601 = ColorMatrix::kBt601;
constexpr auto k709 = ColorMatrix::kBt709;
constexpr auto k2020 = ColorMatrix::kBt2020;
constexpr auto kLimited = ColorRange::kLimited;
constexpr auto kFull = ColorRange::kFull;

// What players assume: mpv's rule for streams without tags (1280 wide or over 576 high: BT.709).
INSTANTIATE_TEST_SUITE_P(
    All, ColorOf,
    ::testing::Values(
        Colors{"Tagged601", kSmall, RETINUE_X264 "-colorspace smpte170m -color_range tv",
               {k601, kLimited}},
        Colors{"Tagged709", kSmall, RETINUE_X264 "-colorspace bt709 -color_range tv",
               {k709, kLimited}},
        Colors{"Tagged709Full", kSmall,
               "-c:v libx264 -preset ultrafast -pix_fmt yuvj420p -colorspace bt709 -color_range pc",
               {k709, kFull}},
        Colors{"OnlyTheRangeIsTagged", kSmall,
               "-c:v libx264 -preset ultrafast -pix_fmt yuvj420p -color_range pc", {k601, kFull}},
        Colors{"UntaggedSmall", kSmall, RETINUE_X264, {k601, kLimited}},
        Colors{"Untagged720", "testsrc=s=1280x720:r=25:d=0.1", RETINUE_X264, {k709, kLimited}},
        Colors{"UntaggedWide", "testsrc=s=1280x544:r=25:d=0.1", RETINUE_X264, {k709, kLimited}},
        Colors{"UntaggedUltraHd", "testsrc=s=3840x2160:r=25:d=0.1", RETINUE_X264, {k709, kLimited}},
        Colors{"Tagged601Large", "testsrc=s=1280x720:r=25:d=0.1",
               RETINUE_X264 "-colorspace smpte170m -color_range tv", {k601, kLimited}},
        Colors{"TenBit2020", kSmall,
               "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le -colorspace bt2020nc "
               "-color_primaries bt2020 -color_trc bt2020-10",
               {k2020, kLimited}},
        Colors{"Mjpeg", "testsrc=s=1280x720:r=25:d=0.1", "-c:v mjpeg -pix_fmt yuvj420p",
               {k601, kFull}}),
    [](const auto& test) { return test.param.name; });

TEST(VideoFile, ConvertsTenBitsToEightWithoutTouchingTheColours) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/odd/h264_10bits.mp4");
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const Collected all = ReadMedia(path, Keep::kPixels);
  EXPECT_EQ(all.format.pixels, PixelFormat::kI420);
  const std::string expected = Decoded(path, "yuv420p");
  ASSERT_EQ(all.pixels.size(), expected.size());
  int worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<std::uint8_t>(all.pixels[i]) -
                                     static_cast<std::uint8_t>(expected[i])));
  }
  EXPECT_LE(worst, 1);  // ffmpeg rounds with dither, GStreamer without
}

TEST(VideoFile, HandsOutTheFormatsItKnowsUntouchedAndTheRestAsI420) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::vector<std::tuple<const char*, const char*, PixelFormat>> cases = {
      {"yuyv422", "a.avi", PixelFormat::kYuy2}, {"bgr24", "b.avi", PixelFormat::kBgr24},
      {"yuv420p", "c.mkv", PixelFormat::kI420}, {"uyvy422", "d.mov", PixelFormat::kI420}};
  for (const auto& [ffmpegs, file, ours] : cases) {
    const std::string path = folder.File(file);
    ASSERT_TRUE(Generate("testsrc=s=64x48:r=5:d=1",
                         std::string("-c:v rawvideo -pix_fmt ") + ffmpegs, path));
    const Collected all = ReadMedia(path, Keep::kPixels);
    EXPECT_EQ(all.error, "") << ffmpegs;
    EXPECT_EQ(all.format.pixels, ours) << ffmpegs;
    EXPECT_EQ(all.seconds.size(), 5u) << ffmpegs;
    if (ours != PixelFormat::kI420) {
      EXPECT_TRUE(all.pixels == Decoded(path, ffmpegs)) << ffmpegs;
    }
  }
}

TEST(VideoFile, StartsWhereAnEditListSaysItStarts) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string whole = folder.File("whole.mp4");
  const std::string cut = folder.File("cut.mp4");
  ASSERT_TRUE(Generate("testsrc=s=64x48:r=25:d=2",
                       "-c:v libx264 -pix_fmt yuv420p -g 10 -bf 2", whole));
  // Cut at 0.6 s without coding anew: the packets from the key frame at 0.4 s stay in the file,
  // and an edit list hides the first five.
  ASSERT_EQ(testing::Shell("ffmpeg -v quiet -y -ss 0.6 -i " + whole + " -c copy " + cut).status, 0);
  const Collected all = ReadMedia(cut, Keep::kPixels);
  const Collected full = ReadMedia(whole, Keep::kPixels);
  ASSERT_EQ(full.seconds.size(), 50u);
  ASSERT_EQ(all.seconds.size(), 35u);
  EXPECT_NEAR(all.seconds.front(), 0, kPrinted);
  EXPECT_NEAR(all.seconds.back(), 34 / 25.0, 1e-4);
  const std::size_t frame = 64 * 48 * 3 / 2;
  EXPECT_TRUE(all.pixels == full.pixels.substr(15 * frame));
  EXPECT_EQ(all.stats.damaged, 0);
}

TEST(VideoFile, FollowsTheRotationFlagInEveryDirection) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string plain = folder.File("plain.mp4");
  ASSERT_TRUE(Generate("testsrc=s=96x64:r=5:d=1", "-c:v libx264 -pix_fmt yuv420p", plain));
  for (const char* degrees : {"0", "90", "180", "270"}) {
    const std::string path = folder.File(std::string("r") + degrees + ".mp4");
    ASSERT_EQ(testing::Shell("ffmpeg -v quiet -y -i " + plain + " -c copy -metadata:s:v rotate=" +
                             degrees + " " + path).status, 0);
    const Collected all = ReadMedia(path, Keep::kPixels);
    const bool is_turned = std::string(degrees) == "90" || std::string(degrees) == "270";
    EXPECT_EQ(all.info.size, is_turned ? (Size{64, 96}) : (Size{96, 64})) << degrees;
    EXPECT_TRUE(all.pixels == Decoded(path, "yuv420p")) << degrees;
  }
}

}  // namespace
}  // namespace retinue
