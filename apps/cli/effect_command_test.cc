// `retinue effect` as users run it: programs that are checked, formatted, refused; sound that is
// kept; and faces that are gone wherever a program hides them.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"
#include "apps/cli/media.h"
#include "retinue/base/check.h"

namespace retinue {
namespace {

using retinue::testing::HasProgram;
using retinue::testing::LabelledBoxes;
using retinue::testing::ProgramResult;
using retinue::testing::RunProgram;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<Frame> FramesOf(const std::string& path) {
  const auto entries = cli::ListSources({path});
  RETINUE_CHECK(entries.has_value());
  auto source = cli::OpenSource(entries->front(), {});
  RETINUE_CHECK(source.has_value());
  std::vector<Frame> frames;
  for (Frame frame; (*source)->Next(frame).value_or(Pull::kEndOfStream) != Pull::kEndOfStream;) {
    if (!frame.IsEmpty()) frames.push_back(std::exchange(frame, Frame()));
  }
  return frames;
}

/// What a pixel differs from the mean of the 5x5 around it; of RGB the first channel.
double Detail(const Frame& frame, int x, int y) {
  const int step = frame.format().pixels == PixelFormat::kRgb24 ? 3 : 1;
  const PlaneView plane = frame.plane(0);
  const auto at = [&](int column, int row) {
    column = std::clamp(column, 0, frame.size().width - 1);
    row = std::clamp(row, 0, frame.size().height - 1);
    return static_cast<double>(plane.data[row * plane.stride_bytes + column * step]);
  };
  double sum = 0;
  for (int i = 0; i < 25; ++i) sum += at(x + i % 5 - 2, y + i / 5 - 2);
  return at(x, y) - sum / 25;
}

/// The correlation of the detail that two pictures show within a box: 1 = the same.
double SharedDetail(const Frame& before, const Frame& after, const Box& box) {
  double ab = 0, aa = 0, bb = 0;
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y) {
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x) {
      const double a = Detail(before, x, y), b = Detail(after, x, y);
      ab += a * b, aa += a * a, bb += b * b;
    }
  }
  return ab / std::sqrt(std::max(1e-9, aa * bb));
}

// Of what lies between the pixels of a block nothing is left; the blocks' edges, which happen to
// fall on the face's own, and the coder leave a little: 0.32 at most.
constexpr double kGone = 0.5;
// What only a coder went over.
constexpr double kKept = 0.9;

TEST(EffectCommand, LeavesNoFaceOfAPictureVisible) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark.tflite");
  RETINUE_TEST_DATA_OR_SKIP(pictures, "faces/dlib");
  const TemporaryFolder folder;
  // Of faces from 37 pixels on, so that a block is larger than what Detail() looks at.
  const ProgramResult run =
      RunRetinue({"effect", pictures, "-e", "face: pixelate(4)", "save=out", "quiet"}, folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  int faces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(pictures)) {
    if (entry.path().extension() != ".jpg") continue;
    const std::string name = entry.path().filename();
    const std::vector<Frame> before = FramesOf(entry.path());
    const std::vector<Frame> after = FramesOf(folder.File("out/" + name));
    ASSERT_THAT(after, SizeIs(1)) << name;
    ASSERT_EQ(after[0].size(), before[0].size());
    for (const Box& label : LabelledBoxes(pictures, name)) {
      // Of a turned face the label's edges are hair and wall.
      const Box inner{label.x + label.width / 4, label.y + label.height / 4, label.width / 2,
                      label.height / 2};
      EXPECT_LT(SharedDetail(before[0], after[0], inner), kGone)
          << name << " at " << label.x << ", " << label.y;
      ++faces;
    }
  }
  EXPECT_EQ(faces, 18);
}

TEST(EffectCommand, LeavesNoFrameWithAVisibleFaceAndKeepsTheSound) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark.tflite");
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/asl/help.mkv");
  if (!HasProgram("ffmpeg")) GTEST_SKIP() << "program absent: ffmpeg";
  const TemporaryFolder folder;
  const std::string clip = folder.File("clip.mkv");
  ASSERT_EQ(RunProgram({"ffmpeg", "-v", "error", "-i", video, "-f", "lavfi", "-i", "sine=440",
                        "-frames:v", "24", "-c:v", "copy", "-c:a", "aac", "-shortest", clip})
                .exit_code,
            0);
  const ProgramResult run =
      RunRetinue({"effect", "clip.mkv", "-e", "face: pixelate(8)", "save=out.mkv", "stats=s.json"},
                 folder);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Frame> before = FramesOf(clip), after = FramesOf(folder.File("out.mkv"));
  ASSERT_THAT(after, SizeIs(before.size()));
  EXPECT_GE(before.size(), 23u);
  // Seen by eye in every eighth frame: within the first the brows, eyes and nose stay all the time;
  // the second is the edge of a screen. (The skull on his pullover is hidden at times, too.)
  const Box face{308, 96, 52, 44}, screen{5, 140, 85, 120};
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_LT(SharedDetail(before[i], after[i], face), kGone) << "frame " << i;
    EXPECT_GT(SharedDetail(before[i], after[i], screen), kKept) << "frame " << i;
  }
  EXPECT_THAT(testing::ReadFile(folder.File("s.json")), HasSubstr("\"effects\""));
  const auto sound = [](const std::string& path) {
    return RunProgram({"ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f",
                       "md5", "-"})
        .out;
  };
  EXPECT_THAT(sound(clip), HasSubstr("MD5="));
  EXPECT_EQ(sound(folder.File("out.mkv")), sound(clip));
}

TEST(EffectCommand, ChecksAProgramWithoutASource) {
  const TemporaryFolder folder;
  WriteFile(folder.File("good.eff"), "face: pixelate(8)\nmouth: scale(2)\n");
  WriteFile(folder.File("bad.eff"), "face: pixelate(8)\nmouth: sclae(2)\nnoes: blur(2)\n");
  const ProgramResult good = RunRetinue({"effect", "--check", "good.eff"}, folder);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.out, "good.eff: 2 statements, no errors\n");
  const ProgramResult bad = RunRetinue({"effect", "--check", "bad.eff"}, folder);
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err,
              AllOf(HasSubstr("bad.eff:2:8: unknown operation 'sclae', did you mean 'scale'?\n"),
                    HasSubstr("bad.eff:3:1: "), HasSubstr("'nose'")));
  const ProgramResult none = RunRetinue({"effect", "--check", "none.eff"}, folder);
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("none.eff"));
}

TEST(EffectCommand, FormatsPrograms) {
  const TemporaryFolder folder;
  WriteFile(folder.File("a.eff"), "// eyes\nleye:swap_with( reye ) ,\nmouth : scale(1+mouth_open)");
  const ProgramResult run = RunRetinue({"effects", "fmt", "a.eff"}, folder);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "// eyes\nleye: swap_with(reye)\nmouth: scale(1 + mouth_open)\n");
  WriteFile(folder.File("b.eff"), "leye: swap_with(");
  const ProgramResult bad = RunRetinue({"effects", "fmt", "b.eff"}, folder);
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("b.eff:1:"));
  EXPECT_EQ(RunRetinue({"effects", "fmt"}, folder).exit_code, 2);
}

TEST(EffectCommand, ProgramsThatCannotRunAreRefusedBeforeAnyWork) {
  const TemporaryFolder folder;
  WriteFile(folder.File("bad.eff"), "face: blurr(8)\n");
  struct Case {
    std::vector<std::string> arguments;
    const char* says;
  };
  const Case cases[] = {
      {{"effect", "test:people"}, "program=FILE"},
      {{"effect", "test:people", "program=bad.eff", "-e", "face: blur(2)"}, "one program"},
      {{"effect", "test:people", "program=bad.eff"}, "bad.eff:1:7: unknown operation 'blurr'"},
      {{"effect", "test:people", "program=none.eff"}, "none.eff"},
      {{"effect", "test:people", "-e", "face: blur("}, "e:1:"},
  };
  for (const Case& one : cases) {
    const ProgramResult run = RunRetinue(one.arguments, folder);
    EXPECT_EQ(run.exit_code, 2) << ::testing::PrintToString(one.arguments) << run.err;
    EXPECT_THAT(run.err, HasSubstr(one.says)) << ::testing::PrintToString(one.arguments);
  }
}

TEST(EffectCommand, ThePlanSaysWhatWouldRun) {
  RETINUE_FETCHED_OR_SKIP(model, "models/face_landmark.tflite");
  const TemporaryFolder folder;
  WriteFile(folder.File("a.eff"), "face: blur(9)\nmouth: scale(2)\n");
  const ProgramResult run =
      RunRetinue({"effect", "test:people", "program=a.eff", "save=o.mp4", "--dry-run"}, folder);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("program  a.eff (2 statements)"),
                             HasSubstr("face_landmark on "), HasSubstr("output   o.mp4")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("o.mp4")));
}

}  // namespace
}  // namespace retinue
