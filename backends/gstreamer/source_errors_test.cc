// What is not a video, or not all of one: each gets its sentence, and nothing
// that can be decoded is lost.

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "backends/gstreamer/source_test_support.h"
#include "retinue/gstreamer/runtime.h"

namespace retinue {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Collected;
using testing::Generate;
using testing::Keep;
using testing::ReadFile;
using testing::ReadMedia;
using testing::TemporaryFolder;
using testing::WriteFile;

TEST(BadFile, SaysThatItIsMissingAFolderEmptyOrNotRegular) {
  const TemporaryFolder folder;
  const Collected missing = ReadMedia(folder.File("no.mp4"));
  EXPECT_EQ(missing.code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error, folder.File("no.mp4") + ": no such file");

  const Collected is_folder = ReadMedia(folder.path());
  EXPECT_EQ(is_folder.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(is_folder.error, folder.path() + ": a folder, expected one video or image file");

  WriteFile(folder.File("empty.mp4"), "");
  const Collected empty = ReadMedia(folder.File("empty.mp4"));
  EXPECT_EQ(empty.code, ErrorCode::kDataLoss);
  EXPECT_EQ(empty.error, folder.File("empty.mp4") + ": the file is empty");

  ASSERT_EQ(mkfifo(folder.File("pipe").c_str(), 0600), 0);  // opening it would wait for a writer
  EXPECT_EQ(ReadMedia(folder.File("pipe")).code, ErrorCode::kInvalidArgument);

  EXPECT_EQ(ReadMedia("").code, ErrorCode::kInvalidArgument);
}

TEST(BadFile, SaysThatItMayNotBeRead) {
  const TemporaryFolder folder;
  const std::string path = folder.File("secret.mp4");
  WriteFile(path, "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  const bool is_root = geteuid() == 0;  // root may read everything, so be nobody meanwhile
  ASSERT_EQ(seteuid(is_root ? 65534 : geteuid()), 0);
  const Collected all = ReadMedia(path);
  ASSERT_EQ(seteuid(is_root ? 0 : geteuid()), 0);
  EXPECT_EQ(all.code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(all.error, path + ": not allowed to read this file");
}

TEST(BadFile, SaysWhatItIsInstead) {
  const TemporaryFolder folder;
  std::string text = "Not a video at all, only words.\n";
  while (text.size() < 5000) text += text;
  WriteFile(folder.File("notes.mp4"), text);
  const Collected words = ReadMedia(folder.File("notes.mp4"));
  EXPECT_EQ(words.code, ErrorCode::kDataLoss);
  EXPECT_EQ(words.error, folder.File("notes.mp4") + ": not a video or image (text/plain)");

  testing::Random random(7);
  std::string noise;
  for (int i = 0; i < 20000; ++i) noise += static_cast<char>(random.Below(256));
  WriteFile(folder.File("noise.mkv"), noise);
  const Collected bytes = ReadMedia(folder.File("noise.mkv"));
  EXPECT_EQ(bytes.code, ErrorCode::kDataLoss);
  EXPECT_THAT(bytes.error, HasSubstr("noise.mkv: "));
  EXPECT_TRUE(bytes.seconds.empty());

  WriteFile(folder.File("one.jpg"), "\xff");
  EXPECT_EQ(ReadMedia(folder.File("one.jpg")).code, ErrorCode::kDataLoss);
}

TEST(BadFile, SaysThatItHoldsOnlySound) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/audio_only.m4a");
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.code, ErrorCode::kDataLoss);
  EXPECT_EQ(all.error, path + ": holds no video, only MPEG-4 AAC");
}

TEST(BadFile, GivesAllOfATruncatedVideoThenAWarningAndTheEnd) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/walk2s_truncated.mp4");
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.seconds.size(), 22u);  // ffprobe -count_frames
  // Sizes by ls -l of it and of walk2s.mp4, from which it was cut; durations by ffprobe.
  EXPECT_EQ(all.stats.warning,
            "the file is truncated: it has 316769 of 527949 bytes and ends after 0.96 s of 2.08 s");
}

class Truncated : public ::testing::TestWithParam<const char*> {};

TEST_P(Truncated, EndsEarlyWithAWarningWhereverItIsCut) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string whole = folder.File(GetParam());
  const std::string container = std::string(GetParam()).substr(6);
  const std::string codec = container == "webm"  ? "-c:v libvpx -deadline good -cpu-used 5"
                            : container == "avi" ? "-c:v mpeg4"
                                                 : "-c:v libx264 -pix_fmt yuv420p -g 10";
  ASSERT_TRUE(Generate("testsrc=s=160x120:r=25:d=2", codec + " -movflags +faststart", whole));
  const std::string bytes = ReadFile(whole);
  for (const double part : {0.95, 0.6, 0.3}) {
    const std::string path = folder.File("cut-" + std::to_string(part) + "." + container);
    WriteFile(path, bytes.substr(0, static_cast<std::size_t>(
                                        part * static_cast<double>(bytes.size()))));
    const Collected all = ReadMedia(path);
    EXPECT_EQ(all.error, "") << part;
    // The last picture may be torn; whoever decodes what is left of it has one more.
    EXPECT_NEAR(static_cast<double>(all.seconds.size()),
                static_cast<double>(testing::FrameTimes(path).size()), 1) << part;
    EXPECT_GT(all.seconds.size(), 0u) << part;
    EXPECT_LT(all.seconds.size(), 50u) << part;
    EXPECT_THAT(all.stats.warning, AnyOf(HasSubstr("truncated"), HasSubstr("breaks"))) << part;
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, Truncated,
                         ::testing::Values("whole.mp4", "whole.mkv", "whole.webm", "whole.avi"),
                         [](const auto& test) { return std::string(test.param).substr(6); });

TEST(BadFile, SaysThatATruncatedHeaderHoldsNothing) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/derived/walk2s.mp4");
  const TemporaryFolder folder;
  const std::string cut = folder.File("cut.mp4");
  WriteFile(cut, ReadFile(path).substr(0, 1500));  // in the middle of moov
  const Collected all = ReadMedia(cut);
  EXPECT_EQ(all.code, ErrorCode::kDataLoss);
  EXPECT_TRUE(all.seconds.empty());
  EXPECT_THAT(all.error, HasSubstr(cut + ": "));
}

TEST(BadFile, CountsPicturesThatCannotBeDecodedAndGoesOn) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mkv");
  ASSERT_TRUE(
      Generate("testsrc=s=160x120:r=25:d=2", "-c:v libvpx-vp9 -deadline realtime -g 1", path));
  // The packets' places, by ffprobe; the 3rd, 10th and 20th lose their first bytes, without
  // which VP9 knows no frame marker.
  const auto lines = testing::Lines(
      testing::Shell("ffprobe -v error -show_entries packet=pos -of default=nk=1:nw=1 " + path)
          .text);
  ASSERT_EQ(lines.size(), 50u);
  std::string bytes = ReadFile(path);
  for (const std::size_t n : {2u, 9u, 19u}) {
    const auto at = static_cast<std::size_t>(std::atoll(lines[n].c_str()));
    bytes.replace(at + 12, 24, 24, '\0');
  }
  WriteFile(path, bytes);
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.stats.damaged, 50 - static_cast<std::int64_t>(all.seconds.size()));
  EXPECT_GE(all.seconds.size(), 47u);
  for (std::size_t i = 1; i < all.seconds.size(); ++i) {
    ASSERT_GT(all.seconds[i], all.seconds[i - 1]);
  }
}

// Every kind of damage: whatever bytes change, the source ends by itself.
TEST(BadFile, SurvivesBytesThatChanged) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/odd/mjpeg_320x240.avi");
  RETINUE_TEST_DATA_OR_SKIP(other, "videos/derived/walk2s.mp4");
  const TemporaryFolder folder;
  testing::Random random(3);
  for (const std::string& from : {path, other}) {
    const std::string whole = ReadFile(from);
    for (int round = 0; round < 6; ++round) {
      std::string bytes = whole;
      for (int i = 0; i < 200; ++i) {
        const int at = 4096 + random.Below(static_cast<int>(bytes.size()) - 4096);
        bytes[static_cast<std::size_t>(at)] = static_cast<char>(random.Below(256));
      }
      const std::string damaged = folder.File("damaged");
      WriteFile(damaged, bytes);
      const Collected all = ReadMedia(damaged);
      EXPECT_LE(all.seconds.size(), 60u);
      for (std::size_t i = 1; i < all.seconds.size(); ++i) {
        ASSERT_GT(all.seconds[i], all.seconds[i - 1]);
      }
    }
  }
}

TEST(BadFile, NamesTheDecoderThatIsMissing) {
  RETINUE_TEST_DATA_OR_SKIP(path, "videos/odd/av1_video.mkv");
  ASSERT_TRUE(InitGStreamer());
  // As if the plug-ins were not installed: decoders without rank are never chosen.
  std::vector<std::pair<GstPluginFeature*, guint>> ranks;
  for (const char* name : {"av1dec", "dav1ddec", "avdec_av1", "avdec_libdav1d"}) {
    GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), name);
    if (feature == nullptr) continue;
    ranks.emplace_back(feature, gst_plugin_feature_get_rank(feature));
    gst_plugin_feature_set_rank(feature, GST_RANK_NONE);
  }
  const Collected all = ReadMedia(path);
  for (const auto& [feature, rank] : ranks) {
    gst_plugin_feature_set_rank(feature, rank);
    gst_object_unref(feature);
  }
  EXPECT_EQ(all.code, ErrorCode::kUnsupported);
  EXPECT_THAT(all.error, StartsWith(path + ": GStreamer has no decoder for AV1"));
  EXPECT_THAT(all.error, EndsWith(" (Debian: gstreamer1.0-plugins-bad)"));
  EXPECT_EQ(ReadMedia(path).seconds.size(), 125u);  // ffprobe -count_frames
}

TEST(OpenMedia, RefusesOptionsOutOfRange) {
  EXPECT_EQ(OpenMedia("test:", {.decoder_threads = 65}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(OpenMedia("test:", {.open_timeout = Nanoseconds(0)}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(OpenMedia, SaysWhichCamerasThereAreWhenOneIsMissing) {
  const Collected by_number = ReadMedia("987");
  EXPECT_EQ(by_number.code, ErrorCode::kNotFound);
  EXPECT_THAT(by_number.error, HasSubstr("987: there is no camera /dev/video987; "));
  const Collected by_name = ReadMedia("camera:No Such Camera");
  EXPECT_EQ(by_name.code, ErrorCode::kNotFound);
  EXPECT_THAT(by_name.error, HasSubstr("no camera is called 'No Such Camera'; "));
  EXPECT_TRUE(ListCameras());
}

}  // namespace
}  // namespace retinue
