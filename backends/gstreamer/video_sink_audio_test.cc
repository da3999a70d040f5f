// The audio that a VideoSink copies. Witnesses: ffmpeg's hash of all packets and ffprobe's of
// each.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/gstreamer/video_sink_test_support.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using testing::AudioMd5;
using testing::AudioPackets;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Info;
using ::testing::IsEmpty;
using testing::Milli;
using testing::PacketTimes;
using ::testing::Pointwise;
using testing::Quoted;
using testing::Shell;
using testing::Steady;
using testing::TemporaryFolder;
using testing::WriteTimes;

class AudioIn : public ::testing::TestWithParam<const char*> {};

TEST_P(AudioIn, IsCopiedBitForBit) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  RETINUE_TEST_DATA_OR_SKIP(source, "videos/walking_720p.mp4");
  const TemporaryFolder folder;
  const std::string path = folder.File(std::string("a.") + GetParam());
  const auto notes = WriteTimes(path, Info(25), Steady(345, Milli(40)), {.audio_from = source});
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(AudioMd5(path), AudioMd5(source));
  EXPECT_EQ(AudioPackets(path), AudioPackets(source));
  if (std::string(GetParam()) != "avi") {  // which has no times
    const auto want = PacketTimes(source, "a");
    // mkv: milliseconds.
    EXPECT_THAT(PacketTimes(path, "a"), Pointwise(DoubleNear(6e-4), want));
  }
}

INSTANTIATE_TEST_SUITE_P(VideoSink, AudioIn, ::testing::Values("mp4", "mov", "mkv", "avi"),
                         [](const auto& one) { return std::string(one.param); });

TEST(VideoSinkAudio, EndsWithTheVideo) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  RETINUE_TEST_DATA_OR_SKIP(source, "videos/walking_720p.mp4");
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.mkv"}) {
    const std::string path = folder.File(name);
    WriteTimes(path, Info(25), Steady(50, Milli(40)), {.audio_from = source});
    const auto packets = PacketTimes(path, "a");
    // The packets of the source that begin before the video's end at 2 s, all of them.
    std::vector<double> want = PacketTimes(source, "a");
    while (!want.empty() && want.back() >= 2.0) want.pop_back();
    EXPECT_THAT(packets, Pointwise(DoubleNear(6e-4), want)) << name;
  }
}

// As in most files: the video of 13.6 s ends a little before its audio of 13.65 s.
TEST(VideoSinkAudio, IsWholeWhenItEndsSoonAfterTheVideo) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  RETINUE_TEST_DATA_OR_SKIP(source, "videos/walking_720p.mp4");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(25), Steady(325, Milli(40)), {.audio_from = source});  // 13 s
  EXPECT_EQ(AudioMd5(path), AudioMd5(source));
}

TEST(VideoSinkAudio, MayBeShorterThanTheVideo) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  RETINUE_TEST_DATA_OR_SKIP(source, "videos/derived/audio_only.m4a");
  const TemporaryFolder folder;
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(25), Steady(250, Milli(40)), {.audio_from = source});
  EXPECT_EQ(PacketTimes(path, "v").size(), 250u);
  EXPECT_EQ(AudioMd5(path), AudioMd5(source));
}

// ffmpeg's AAC coder hides its delay of 1024 samples by an edit list.
TEST(VideoSinkAudio, KeepsEncoderDelayHidden) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string source = folder.File("source.mp4");
  ASSERT_EQ(Shell("ffmpeg -v error -f lavfi -i sine=440:d=3 -f lavfi -i testsrc2=s=160x96:d=3:r=25 "
                  "-c:a aac -c:v mpeg4 " +
                  Quoted(source))
                .status,
            0);
  ASSERT_LT(PacketTimes(source, "a").front(), 0) << "ffmpeg wrote no encoder delay";
  const std::string path = folder.File("a.mp4");
  EXPECT_THAT(WriteTimes(path, Info(25), Steady(80, Milli(40)), {.audio_from = source}), IsEmpty());
  EXPECT_EQ(AudioMd5(path), AudioMd5(source));
  EXPECT_THAT(PacketTimes(path, "a"), Pointwise(DoubleNear(1e-5), PacketTimes(source, "a")));
  EXPECT_NEAR(PacketTimes(path, "v").front(), 0, 1e-9);
}

// GStreamer's demuxer would count from the first packet.
TEST(VideoSinkAudio, KeepsTheTimesOfAMatroskaFileThatStartsLate) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string source = folder.File("source.mkv");
  ASSERT_EQ(Shell("ffmpeg -v error -f lavfi -i sine=440:d=1 -c:a ac3 -output_ts_offset 1.5 " +
                  Quoted(source))
                .status,
            0);
  const auto want = PacketTimes(source, "a");
  ASSERT_GT(want.front(), 1.4);
  for (const char* name : {"a.mkv", "a.mp4"}) {
    const std::string path = folder.File(name);
    EXPECT_THAT(WriteTimes(path, Info(25), Steady(75, Milli(40)), {.audio_from = source}),
                IsEmpty());
    EXPECT_THAT(PacketTimes(path, "a"), Pointwise(DoubleNear(1e-3), want)) << name;
  }
}

TEST(VideoSinkAudio, CrossesALongPause) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string source = folder.File("source.mkv");
  // Half a second of sound at 0 s and at 6 s, nothing between.
  ASSERT_EQ(Shell("ffmpeg -v error -f lavfi -i sine=440:d=6.5 -af 'aselect=lt(t\\,0.5)+gt(t\\,6)' "
                  "-c:a libmp3lame " +
                  Quoted(source))
                .status,
            0);
  const std::string path = folder.File("a.mp4");
  WriteTimes(path, Info(25), Steady(200, Milli(40)), {.audio_from = source});
  EXPECT_EQ(PacketTimes(path, "v").size(), 200u);
  EXPECT_EQ(AudioMd5(path), AudioMd5(source));
}

TEST(VideoSinkAudio, SaysWhyItWasLeftOut) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string flac = folder.File("flac.mkv");
  ASSERT_EQ(Shell("ffmpeg -v error -f lavfi -i sine=440:d=1 -c:a flac " + Quoted(flac)).status, 0);
  const std::string path = folder.File("a.mp4");
  EXPECT_THAT(WriteTimes(path, Info(25), Steady(25, Milli(40)), {.audio_from = flac}),
              ElementsAre(::testing::AllOf(HasSubstr(".mp4"), HasSubstr("flac"))));
  EXPECT_EQ(PacketTimes(path, "v").size(), 25u);
  EXPECT_THAT(PacketTimes(path, "a"), IsEmpty());
  // The same audio fits into mkv.
  EXPECT_THAT(
      WriteTimes(folder.File("a.mkv"), Info(25), Steady(25, Milli(40)), {.audio_from = flac}),
      IsEmpty());
  EXPECT_EQ(AudioPackets(folder.File("a.mkv")), AudioPackets(flac));
}

TEST(VideoSinkAudio, NeedNotBeThere) {
  const TemporaryFolder folder;
  testing::WriteFile(folder.File("text.txt"), "no media at all\n");
  for (const std::string& source : {folder.File("text.txt"), folder.File("absent.mp4")}) {
    const auto notes =
        WriteTimes(folder.File("a.mp4"), Info(25), Steady(5, Milli(40)), {.audio_from = source});
    EXPECT_THAT(notes, ElementsAre(HasSubstr("audio left out")));
  }
  // A silent video is nothing to remark.
  const auto notes = WriteTimes(folder.File("b.mp4"), Info(25), Steady(5, Milli(40)),
                                {.audio_from = folder.File("a.mp4")});
  EXPECT_THAT(notes, IsEmpty());
}

}  // namespace
}  // namespace retinue
