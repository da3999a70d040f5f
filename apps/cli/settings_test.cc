#include "apps/cli/settings.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace retinue::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ParseSettings, GivesKeysValuesAndLinesInTheOrderOfTheFile) {
  const auto settings = ParseSettings(
      "# a comment\n"
      "model = 'yolo11n.onnx'\n"
      "conf = 0.35\n"
      "max-det = 10\n"
      "show = true\n"
      "classes = ['person', 2]\n",
      "run.toml");
  ASSERT_TRUE(settings) << settings.error().message;
  ASSERT_EQ(settings->size(), 5u);
  const auto& s = *settings;
  EXPECT_EQ(s[0].key, "model");
  EXPECT_THAT(s[0].values, ElementsAre("yolo11n.onnx"));
  EXPECT_EQ(s[0].line, 2u);
  EXPECT_THAT(s[1].values, ElementsAre("0.35"));
  EXPECT_EQ(s[2].key, "max_det");
  EXPECT_THAT(s[2].values, ElementsAre("10"));
  EXPECT_THAT(s[3].values, ElementsAre("true"));
  EXPECT_THAT(s[4].values, ElementsAre("person", "2"));
  EXPECT_EQ(Joined(s[4]), "person,2");
}

TEST(ParseSettings, AnEmptyFileHasNone) {
  const auto settings = ParseSettings("", "empty.toml");
  ASSERT_TRUE(settings);
  EXPECT_THAT(*settings, IsEmpty());
}

TEST(ParseSettings, RefusesWhatNoOptionCanBe) {
  const struct {
    const char* name;
    std::string text;
    const char* said;
  } cases[] = {
      {"not TOML", "a = 1\nconf 0.3\n", "line 2: TOML must be well-formed"},
      {"a table", "conf = 0.3\n[tracker]\nname = 'sort'\n", "line 2: 'tracker' must be"},
      {"a date", "\nsave = 2026-01-01\n", "line 2: 'save' must be"},
      {"a list of lists", "classes = [[1], [2]]\n", "line 1: 'classes' must be"},
      {"not UTF-8", "save = '\xff'\n", "line 1: TOML must be UTF-8"},
      {"too long", std::string(70000, '#'), "settings must be at most 65536 bytes, got 70000"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    const auto settings = ParseSettings(one.text, "run.toml");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, kExitUsage);
    EXPECT_THAT(settings.error().message, HasSubstr("run.toml: "));
    EXPECT_THAT(settings.error().message, HasSubstr(one.said));
  }
}

TEST(ReadSettings, SaysThatAFileIsNotThere) {
  const auto settings = ReadSettings("no/such.toml");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, kExitUsage);
  EXPECT_THAT(settings.error().message, HasSubstr("no/such.toml"));
}

}  // namespace
}  // namespace retinue::cli
