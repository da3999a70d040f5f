#include "retinue/files/expand_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/testing.h"

namespace retinue {
namespace {

namespace fs = std::filesystem;
using ::retinue::testing::TemporaryFolder;
using ::retinue::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The names of what `word` stands for, without the folder before them.
std::vector<std::string> Names(const std::string& word) {
  const auto sources = ExpandSources(word);
  if (!sources) {
    ADD_FAILURE() << sources.error().message;
    return {};
  }
  std::vector<std::string> names;
  for (const std::string& source : *sources) names.push_back(fs::path(source).filename());
  return names;
}

void ExpectError(const std::string& word, ErrorCode code, const std::string& message) {
  const auto sources = ExpandSources(word);
  ASSERT_FALSE(sources) << "expected: " << message;
  EXPECT_EQ(ToString(sources.error().code), ToString(code)) << sources.error().message;
  EXPECT_THAT(sources.error().message, HasSubstr(word + ": " + message));
}

TEST(ExpandSources, TakesTheMediaOfAFolderInNaturalOrder) {
  const TemporaryFolder folder;
  for (const char* name : {"img10.jpg", "img2.jpg", "img02.jpg", "b.MP4", "a.Webp", "notes.md",
                           "list.txt", "noext", ".jpg"}) {
    WriteFile(folder.File(name), "x");
  }
  fs::create_directory(folder.File("deeper.mp4"));
  WriteFile(folder.File("deeper.mp4/c.mp4"), "x");
  EXPECT_THAT(Names(folder.path()),
              ElementsAre("a.Webp", "b.MP4", "img02.jpg", "img2.jpg", "img10.jpg"));
}

TEST(ExpandSources, OrdersNumbersLongerThanAnyInteger) {
  const TemporaryFolder folder;
  const std::string nines(40, '9'), ten = "1" + std::string(40, '0');
  WriteFile(folder.File("f" + ten + ".png"), "x");
  WriteFile(folder.File("f" + nines + ".png"), "x");
  EXPECT_THAT(Names(folder.path()), ElementsAre("f" + nines + ".png", "f" + ten + ".png"));
}

TEST(ExpandSources, SaysWhenAFolderHoldsNothingToLookAt) {
  const TemporaryFolder folder;
  WriteFile(folder.File("notes.md"), "x");
  ExpectError(folder.path(), ErrorCode::kNotFound, "the folder holds no video or image");
}

TEST(ExpandSources, SaysWhenAFolderMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder";
  const TemporaryFolder folder;
  fs::create_directory(folder.File("shut"));
  fs::permissions(folder.File("shut"), fs::perms::none);
  ExpectError(folder.File("shut"), ErrorCode::kPermissionDenied, "the folder cannot be read");
  fs::permissions(folder.File("shut"), fs::perms::owner_all);
}

TEST(ExpandSources, TakesWhatAGlobMatches) {
  const TemporaryFolder folder;
  for (const char* name : {"v10.mp4", "v9.mp4", "v9.mkv"}) WriteFile(folder.File(name), "x");
  EXPECT_THAT(Names(folder.File("v*.mp4")), ElementsAre("v9.mp4", "v10.mp4"));
  EXPECT_THAT(Names(folder.File("v[0-9].m??")), ElementsAre("v9.mkv", "v9.mp4"));
  ExpectError(folder.File("w*.mp4"), ErrorCode::kNotFound, "nothing matches");
}

TEST(ExpandSources, PrefersAFileToTheGlobItsNameWouldBe) {
  const TemporaryFolder folder;
  WriteFile(folder.File("v[1].mp4"), "x");
  WriteFile(folder.File("v1.mp4"), "x");
  EXPECT_THAT(Names(folder.File("v[1].mp4")), ElementsAre("v[1].mp4"));
}

TEST(ExpandSources, ReadsAListLineByLineInItsOwnOrder) {
  const TemporaryFolder folder;
  const std::string list = folder.File("cameras.streams");
  WriteFile(list, "# the yard\nrtsp://h/2?a=b#c\r\n\n  b c.mp4\t\n   # the door\na*.mp4\n0");
  const auto sources = ExpandSources(list);
  ASSERT_TRUE(sources) << sources.error().message;
  EXPECT_THAT(*sources, ElementsAre("rtsp://h/2?a=b#c", "b c.mp4", "a*.mp4", "0"))
      << "a line is one source, not a glob";
}

TEST(ExpandSources, SaysWhatIsWrongWithAList) {
  const TemporaryFolder folder;
  WriteFile(folder.File("empty.txt"), "\n# nothing yet\n");
  ExpectError(folder.File("empty.txt"), ErrorCode::kDataLoss, "the list names no source");
  WriteFile(folder.File("long.TXT"), std::string((1 << 20) + 1, '\n'));
  const auto too_long = ExpandSources(folder.File("long.TXT"));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(ToString(too_long.error().code), ToString(ErrorCode::kResourceExhausted));
}

TEST(ExpandSources, LeavesEverythingElseAsItIs) {
  for (const char* word :
       {"a.mp4", "missing.txt", "-", "0", "/dev/video3", "test:", "test:people?seed=1",
        "rtsp://[::1]/s?x=*", "gst:videotestsrc ! a[1]*", "camera:Desk [2]"}) {
    const auto sources = ExpandSources(word);
    ASSERT_TRUE(sources) << word << ": " << sources.error().message;
    EXPECT_THAT(*sources, ElementsAre(word));
  }
  EXPECT_THAT(*ExpandSources(""), ElementsAre(IsEmpty()));
}

}  // namespace
}  // namespace retinue
