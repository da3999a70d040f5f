// How the arguments of the command are read: one table of spellings, one of what is refused.

#include "apps/cli/options.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/testing.h"

namespace retinue::cli {
namespace {

using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Outcome<CommandLine> Parse(const std::vector<std::string>& arguments, Verb verb = Verb::kTrack) {
  return ParseOptions(verb, arguments);
}

Options Given(const std::vector<std::string>& arguments) {
  const auto line = Parse(arguments);
  EXPECT_TRUE(line) << line.error().message;
  return line ? line->options : Options{};
}

TEST(ParseOptions, TakesEverySpellingOfAKey) {
  for (const std::vector<std::string>& spelling : {std::vector<std::string>{"a.mp4", "max_det=7"},
                                                   {"a.mp4", "max-det=7"},
                                                   {"a.mp4", "--max-det", "7"},
                                                   {"a.mp4", "--max_det=7"},
                                                   {"--max-det=7", "a.mp4"}}) {
    SCOPED_TRACE(::testing::PrintToString(spelling));
    const Options options = Given(spelling);
    EXPECT_EQ(options.max_det, 7);
    EXPECT_THAT(options.sources, ElementsAre("a.mp4"));
  }
}

TEST(ParseOptions, TakesASwitchByItsNameAlone) {
  EXPECT_TRUE(Given({"0", "show"}).show);
  EXPECT_TRUE(Given({"0", "--show"}).show);
  EXPECT_TRUE(Given({"0", "show=true"}).show);
  EXPECT_FALSE(Given({"0", "--rect", "false"}).rect);
  EXPECT_FALSE(Given({"0", "show_labels=false"}).show_labels);
}

TEST(ParseOptions, LeavesPathsAndDescriptionsWithAnEqualsSignSources) {
  EXPECT_THAT(Given({"./x=y.mp4", "gst:videotestsrc num-buffers=3", "rtsp://h/s?a=b"}).sources,
              ElementsAre("./x=y.mp4", "gst:videotestsrc num-buffers=3", "rtsp://h/s?a=b"));
}

TEST(ParseOptions, TakesTheLastOfTwo) {
  EXPECT_EQ(Given({"a", "max_det=7", "max_det=8"}).max_det, 8);
}

TEST(ParseOptions, CommandLineWinsOverFileOverEnvironmentOverDefault) {
  const TemporaryFolder folder;
  const std::string file = folder.File("run.toml");
  WriteFile(file, "max_det = 2\nvid-stride = 3\nsources = ['b.mp4', 'c,d.mp4']\n");
  ::setenv("RETINUE_MAX_DET", "1", 1);
  ::setenv("RETINUE_LINE_WIDTH", "5", 1);
  const Options options = Given({"config=" + file, "vid_stride=4"});
  ::unsetenv("RETINUE_MAX_DET");
  ::unsetenv("RETINUE_LINE_WIDTH");
  EXPECT_EQ(options.line_width, 5) << "environment";
  EXPECT_EQ(options.max_det, 2) << "file";
  EXPECT_EQ(options.vid_stride, 4) << "command line";
  EXPECT_EQ(options.max_fps, 0) << "default";
  EXPECT_THAT(options.sources, ElementsAre("b.mp4", "c,d.mp4"));
  EXPECT_THAT(Given({"a.mp4", "config=" + file}).sources, ElementsAre("a.mp4"));
}

TEST(ParseOptions, RefusesWithTheKeyAndWhatWasFound) {
  const struct {
    std::vector<std::string> arguments;
    const char* said;
  } cases[] = {
      {{"a.mp4", "cnof=0.3"}, "unknown option 'cnof'; the nearest is 'conf'"},
      {{"a.mp4", "--trakcer", "sort"}, "the nearest is 'tracker'"},
      {{"a.mp4", "-x"}, "unknown option '-x'"},
      {{"a.mp4", "--save", "--json", "x"}, nullptr},  // a bare save is a yes
      {{"a.mp4", "conf=2"}, "conf must be 0 to 1, got '2'"},
      {{"a.mp4", "conf=nan"}, "conf must be 0 to 1, got 'nan'"},
      {{"a.mp4", "conf="}, "option 'conf' needs a value"},
      {{"a.mp4", "max_det=many"}, "max_det must be a whole number, 1 to 100000, got 'many'"},
      {{"a.mp4", "max_det=1.5"}, "max_det must be a whole number, 1 to 100000, got '1.5'"},
      {{"a.mp4", "max_fps=inf"}, "max_fps must be 0 to 100000, got 'inf'"},
      {{"a.mp4", "rect=perhaps"}, "rect must be true or false, got 'perhaps'"},
      {{"a.mp4", "runtime=tensorrt"},
       "runtime must be auto, openvino or onnxruntime, got 'tensorrt'"},
      {{"a.mp4", "--json"}, "option 'json' needs a value"},
      {{"a.mp4", "config=no.toml"}, "no.toml"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(::testing::PrintToString(one.arguments));
    const auto line = Parse(one.arguments);
    if (one.said == nullptr) {
      EXPECT_TRUE(line);
      continue;
    }
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, kExitUsage);
    EXPECT_THAT(line.error().message, HasSubstr(one.said));
  }
}

TEST(ParseOptions, RefusesAKeyOfAnotherVerb) {
  const auto line = Parse({"a.mp4", "tracker=sort"}, Verb::kDetect);
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr("unknown option 'tracker'"));
}

TEST(ParseOptions, HelpListsEveryKeyWithItsDefault) {
  const auto line = Parse({"--help"});
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->help);
  for (const char* text :
       {"retinue track SOURCE", "conf=", "[0.25]", "max_det=", "[300]", "save="}) {
    EXPECT_THAT(line->help_text, HasSubstr(text));
  }
}

}  // namespace
}  // namespace retinue::cli
