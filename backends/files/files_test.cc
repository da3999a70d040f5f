#include "retinue/files/files.h"

#include <cctype>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/testing.h"

namespace retinue {
namespace {

namespace fs = std::filesystem;
using ::retinue::testing::ReadFile;
using ::retinue::testing::TemporaryFolder;
using ::retinue::testing::WriteFile;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;

constexpr CreateFileOptions kUnbuffered = {.existing = Existing::kRefuse, .buffer_bytes = 0};

std::unique_ptr<ByteSink> MustCreate(const std::string& path,
                                     const CreateFileOptions& options = {}) {
  auto sink = CreateFile(path, options);
  EXPECT_TRUE(sink) << (sink ? "" : sink.error().message);
  return sink ? *std::move(sink) : nullptr;
}

void ExpectError(const Result<void>& result, ErrorCode code, const std::string& message) {
  ASSERT_FALSE(result) << "expected: " << message;
  EXPECT_EQ(ToString(result.error().code), ToString(code)) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(message));
}

template <typename T>
Result<void> Outcome(const Result<T>& result) {
  if (!result) return Fail(result.error());
  return {};
}

// --- CreateFile -------------------------------------------------------------------

TEST(CreateFile, GivesTheFileItsNameOnCommitAndNotBefore) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  const auto sink = MustCreate(path);
  ASSERT_TRUE(sink->Write("one\n"));
  ASSERT_TRUE(sink->Write(""));
  ASSERT_TRUE(sink->Write("two\n"));
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(path + ".part"));
  ASSERT_TRUE(sink->Commit());
  EXPECT_EQ(ReadFile(path), "one\ntwo\n");
  EXPECT_FALSE(fs::exists(path + ".part"));
}

TEST(CreateFile, KeepsTheOrderOfBytesAcrossItsBuffer) {
  const TemporaryFolder folder;
  for (const std::size_t buffer : {0, 1, 7, 1000}) {
    std::string expected;
    const std::string path = folder.File("file" + std::to_string(buffer));
    const auto sink = MustCreate(path, {.buffer_bytes = buffer});
    for (int i = 0; i < 300; ++i) {
      const std::string piece(static_cast<std::size_t>(i % 11), static_cast<char>('a' + i % 26));
      expected += piece;
      ASSERT_TRUE(sink->Write(piece));
    }
    ASSERT_TRUE(sink->Commit());
    EXPECT_EQ(ReadFile(path), expected) << buffer;
  }
}

TEST(CreateFile, LeavesThePartWithAllThatWasWrittenWhenItIsNotCommitted) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  EXPECT_TRUE(MustCreate(path)->Write("some lines\n"));
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(ReadFile(path + ".part"), "some lines\n");

  // The next run for the same file takes its place.
  const auto sink = MustCreate(path);
  ASSERT_TRUE(sink->Write("new\n"));
  ASSERT_TRUE(sink->Commit());
  EXPECT_EQ(ReadFile(path), "new\n");
  EXPECT_FALSE(fs::exists(path + ".part"));
}

TEST(CreateFile, PassesEveryWriteOnAtOnceWithoutABuffer) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  const auto sink = MustCreate(path, kUnbuffered);
  ASSERT_TRUE(sink->Write("one\n"));
  EXPECT_EQ(ReadFile(path + ".part"), "one\n");
}

TEST(CreateFile, ReplacesAnExistingFileOnlyWhenAsked) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  WriteFile(path, "precious");
  ExpectError(Outcome(CreateFile(path)), ErrorCode::kAlreadyExists,
              "'" + path + "' exists already; overwrite=true replaces it");
  EXPECT_FALSE(fs::exists(path + ".part")) << "an error before any work";

  const auto sink = MustCreate(path, {.existing = Existing::kReplace});
  ASSERT_TRUE(sink->Write("new"));
  EXPECT_EQ(ReadFile(path), "precious") << "until the new one is whole";
  ASSERT_TRUE(sink->Commit());
  EXPECT_EQ(ReadFile(path), "new");
}

TEST(CreateFile, DoesNotReplaceWhatSomebodyElseMadeMeanwhile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  const auto sink = MustCreate(path);
  ASSERT_TRUE(sink->Write("ours"));
  WriteFile(path, "theirs");
  ExpectError(sink->Commit(), ErrorCode::kAlreadyExists, "was made by somebody else");
  EXPECT_EQ(ReadFile(path), "theirs");
  EXPECT_EQ(ReadFile(path + ".part"), "ours");
}

TEST(CreateFile, RefusesASecondWriterOfTheSameFile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a.jsonl");
  const auto first = MustCreate(path);
  ASSERT_TRUE(first->Write("first"));
  ExpectError(Outcome(CreateFile(path)), ErrorCode::kUnavailable, "is being written already");
  ASSERT_TRUE(first->Commit());
  EXPECT_EQ(ReadFile(path), "first") << "the second did no harm";
}

TEST(CreateFile, FollowsALinkAndReplacesWhatItPointsTo) {
  const TemporaryFolder folder;
  const std::string target = folder.File("target");
  const std::string link = folder.File("link");
  WriteFile(target, "old");
  fs::create_symlink("target", link);
  ExpectError(CheckWritable(link, Existing::kRefuse), ErrorCode::kAlreadyExists, "exists already");
  const auto sink = MustCreate(link, {.existing = Existing::kReplace});
  ASSERT_TRUE(sink->Write("new"));
  ASSERT_TRUE(sink->Commit());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(ReadFile(target), "new");
}

TEST(CreateFile, WritesDevicesDirectly) {
  const auto sink = MustCreate("/dev/null");
  ASSERT_TRUE(sink->Write("gone"));
  ASSERT_TRUE(sink->Commit());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_FALSE(fs::exists("/dev/null.part"));
}

TEST(CreateFile, WritesAFifoDirectly) {
  const TemporaryFolder folder;
  const std::string path = folder.File("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  const auto sink = MustCreate(path);
  ASSERT_TRUE(sink->Write("line\n"));
  char buffer[16];
  EXPECT_EQ(::read(reader, buffer, sizeof buffer), 5) << "without waiting for Commit";
  ::close(reader);
  // Nobody reads any more. Without care the signal would end this test program.
  ExpectError(sink->Write("more\n"), ErrorCode::kUnavailable, "cannot write '" + path + "'");
  ExpectError(sink->Commit(), ErrorCode::kUnavailable, "cannot write");
}

TEST(CreateFile, SaysThatTheDiskIsFull) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto sink = MustCreate("/dev/full");
  ExpectError(sink->Write("anything"), ErrorCode::kResourceExhausted,
              "cannot write '/dev/full': No space left on device");
  ExpectError(sink->Write("more"), ErrorCode::kResourceExhausted, "No space left");
  ExpectError(sink->Commit(), ErrorCode::kResourceExhausted, "No space left");
}

// Exit code 0 when everything is as it should be; for children with other rights.
int FailuresWithAFileLimit(const std::string& path) {
  const rlimit limit{100'000, 100'000};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  const auto sink = CreateFile(path);
  if (!sink) return 3;
  const std::string block(60'000, 'x');
  int failures = 0;
  for (int i = 0; i < 10; ++i) {
    const auto written = (*sink)->Write(block);
    if (!written && written.error().code == ErrorCode::kResourceExhausted) ++failures;
  }
  const auto committed = (*sink)->Commit();
  if (committed || committed.error().code != ErrorCode::kResourceExhausted) return 4;
  if (failures == 0) return 5;
  return fs::exists(path) ? 6 : 0;
}

TEST(CreateFileDeathTest, SaysThatAFileMayNotGrowAndLeavesThePart) {
  const TemporaryFolder folder;
  const std::string path = folder.File("big");
  EXPECT_EXIT(std::_Exit(FailuresWithAFileLimit(path)), ExitedWithCode(0), "");
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(path + ".part"));
}

TEST(CreateFile, LeavesTheSignalMaskAsItWas) {
  sigset_t before;
  sigset_t after;
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  EXPECT_TRUE(MustCreate("/dev/null")->Write("x"));
  EXPECT_FALSE(MustCreate("/dev/full")->Write("x"));
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT}) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
}

// --- CheckWritable ------------------------------------------------------------------

TEST(CheckWritable, SaysWhatStandsInTheWayBeforeAnyWork) {
  const TemporaryFolder folder;
  WriteFile(folder.File("file"), "x");
  const std::string missing = folder.File("missing");
  struct Case {
    std::string path;
    ErrorCode code;
    std::string message;
  };
  const Case cases[] = {
      {"", ErrorCode::kInvalidArgument, "expected a file to write, got ''"},
      {missing + "/a", ErrorCode::kNotFound, "output folder '" + missing + "' does not exist"},
      {folder.File("file") + "/a", ErrorCode::kNotFound, "is not a folder"},
      {folder.path(), ErrorCode::kInvalidArgument, "is a folder"},
      {folder.File(std::string(300, 'a')), ErrorCode::kInvalidArgument, "name too long"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.path);
    const auto checked = CheckWritable(c.path, Existing::kReplace);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, c.code) << checked.error().message;
    std::string lower = checked.error().message;
    for (char& letter : lower) letter = static_cast<char>(std::tolower(letter));
    std::string expected = c.message;
    for (char& letter : expected) letter = static_cast<char>(std::tolower(letter));
    EXPECT_THAT(lower, HasSubstr(expected));
    EXPECT_FALSE(CreateFile(c.path, {.existing = Existing::kReplace})) << "and CreateFile agrees";
  }
}

TEST(CheckWritable, ChangesNothing) {
  const TemporaryFolder folder;
  EXPECT_TRUE(CheckWritable(folder.File("new"), Existing::kRefuse));
  EXPECT_TRUE(CheckWritable("-", Existing::kRefuse));
  EXPECT_TRUE(CheckWritable("/dev/null", Existing::kRefuse));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

// Runs as nobody, because root may write everywhere.
int FailuresWithoutPermission(const std::string& folder) {
  if (::geteuid() == 0 && ::setuid(65534) != 0) return 2;
  const auto code = [](const Result<void>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  };
  if (code(CheckWritable(folder + "/closed/a", Existing::kReplace)) !=
      ErrorCode::kPermissionDenied) {
    return 3;
  }
  if (code(Outcome(CreateFile(folder + "/closed/a"))) != ErrorCode::kPermissionDenied) return 4;
  if (code(CheckWritable(folder + "/open/readonly", Existing::kReplace)) !=
      ErrorCode::kPermissionDenied) {
    return 5;
  }
  if (code(Outcome(OpenFile(folder + "/open/secret"))) != ErrorCode::kPermissionDenied) return 6;
  if (code(Outcome(CreateFolder(folder + "/closed/new", Existing::kReplace))) !=
      ErrorCode::kPermissionDenied) {
    return 7;
  }
  return CheckWritable(folder + "/open/new", Existing::kRefuse) ? 0 : 8;
}

TEST(CheckWritableDeathTest, SaysThatItMayNot) {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0755));
  fs::create_directory(folder.File("closed"));
  fs::create_directory(folder.File("open"));
  WriteFile(folder.File("open/readonly"), "x");
  WriteFile(folder.File("open/secret"), "x");
  fs::permissions(folder.File("closed"), fs::perms(0555));
  fs::permissions(folder.File("open"), fs::perms(0777));
  fs::permissions(folder.File("open/readonly"), fs::perms(0444));
  fs::permissions(folder.File("open/secret"), fs::perms(0200));
  EXPECT_EXIT(std::_Exit(FailuresWithoutPermission(folder.path())), ExitedWithCode(0), "");
  fs::permissions(folder.File("closed"), fs::perms(0755));
}

// --- standard streams -----------------------------------------------------------------

// Standard output becomes a pipe whose reader is gone.
int FailuresOnABrokenPipe() {
  int ends[2];
  if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) return 2;
  ::close(ends[1]);
  const auto sink = CreateFile("-");
  if (!sink) return 3;
  if (!(*sink)->Write("hello\n")) return 4;
  char buffer[16];
  if (::read(ends[0], buffer, sizeof buffer) != 6) return 5;  // at once, without Commit
  ::close(ends[0]);
  const auto written = (*sink)->Write("more\n");
  if (written || written.error().code != ErrorCode::kUnavailable) return 6;
  const auto committed = (*sink)->Commit();
  return committed ? 7 : 0;
}

TEST(StandardOutputDeathTest, SurvivesAReaderThatWentAway) {
  EXPECT_EXIT(std::_Exit(FailuresOnABrokenPipe()), ExitedWithCode(0), "");
}

int FailuresOfStandardInput() {
  int ends[2];
  if (::pipe(ends) != 0 || ::dup2(ends[0], STDIN_FILENO) < 0) return 2;
  const auto source = OpenFile("-");
  if (!source) return 3;
  if ((*source)->Ready()) return 4;  // nothing has come
  if (::write(ends[1], "abc", 3) != 3) return 5;
  if (!(*source)->Ready()) return 6;
  std::byte buffer[16];
  if ((*source)->Read(buffer).value_or(99) != 3) return 7;
  ::close(ends[1]);
  if (!(*source)->Ready()) return 8;  // the end does not block either
  return (*source)->Read(buffer).value_or(99) == 0 ? 0 : 9;
}

TEST(StandardInputDeathTest, TellsWhetherSomethingHasCome) {
  EXPECT_EXIT(std::_Exit(FailuresOfStandardInput()), ExitedWithCode(0), "");
}

// --- folders ------------------------------------------------------------------------

TEST(CreateFolder, MakesAFolderAndWholeFilesInIt) {
  const TemporaryFolder folder;
  const std::string path = folder.File("labels");
  ASSERT_TRUE(CheckWritableFolder(path, Existing::kRefuse));
  EXPECT_FALSE(fs::exists(path)) << "the check makes nothing";
  const auto factory = CreateFolder(path, Existing::kRefuse);
  ASSERT_TRUE(factory) << factory.error().message;
  const auto file = (*factory)->Create("a_1.txt");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->Write("0 0.5\n"));
  ASSERT_TRUE((*file)->Commit());
  EXPECT_EQ(ReadFile(path + "/a_1.txt"), "0 0.5\n");
  for (const char* name : {"../x", "", ".."}) {
    ExpectError(Outcome((*factory)->Create(name)), ErrorCode::kInvalidArgument,
                "expected a plain file name");
  }
}

TEST(CreateFolder, WritesIntoAFolderThatHoldsSomethingOnlyWhenAsked) {
  const TemporaryFolder folder;
  EXPECT_TRUE(CheckWritableFolder(folder.path(), Existing::kRefuse)) << "empty";
  WriteFile(folder.File("a_1.txt"), "old");
  WriteFile(folder.File("other"), "kept");
  ExpectError(Outcome(CreateFolder(folder.path(), Existing::kRefuse)), ErrorCode::kAlreadyExists,
              "output folder '" + folder.path() + "' is not empty; overwrite=true");
  const auto factory = CreateFolder(folder.path() + "/", Existing::kReplace);
  ASSERT_TRUE(factory) << factory.error().message;
  const auto file = (*factory)->Create("a_1.txt");
  ASSERT_TRUE((*file)->Write("new"));
  ASSERT_TRUE((*file)->Commit());
  EXPECT_EQ(ReadFile(folder.File("a_1.txt")), "new");
  EXPECT_EQ(ReadFile(folder.File("other")), "kept");
}

TEST(CreateFolder, SaysWhatStandsInTheWay) {
  const TemporaryFolder folder;
  WriteFile(folder.File("file"), "x");
  ExpectError(CheckWritableFolder(folder.File("file"), Existing::kReplace),
              ErrorCode::kInvalidArgument, "is not a folder");
  ExpectError(CheckWritableFolder(folder.File("missing/new"), Existing::kReplace),
              ErrorCode::kNotFound, "output folder '" + folder.File("missing") +
                                        "' does not exist");
  ExpectError(CheckWritableFolder("", Existing::kReplace), ErrorCode::kInvalidArgument, "got ''");
}

// --- reading ------------------------------------------------------------------------

TEST(WriteWholeFile, IsThereAtOnceOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string path = folder.File("file");
  ASSERT_TRUE(WriteWholeFile(path, "first"));
  EXPECT_EQ(ReadWholeFile(path).value_or("error"), "first");
  ExpectError(WriteWholeFile(path, "second"), ErrorCode::kAlreadyExists, "file");
  EXPECT_EQ(ReadWholeFile(path).value_or("error"), "first");
  ASSERT_TRUE(WriteWholeFile(path, "", Existing::kReplace));
  EXPECT_EQ(ReadWholeFile(path).value_or("error"), "");
}

TEST(ReadWholeFile, ReadsUpToItsLimit) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0, 1, 65'536, 65'537, 300'000}) {
    std::string content;
    for (std::size_t i = 0; i < size; ++i) content += static_cast<char>(i * 7 % 256);
    WriteFile(folder.File("file"), content);
    EXPECT_EQ(ReadWholeFile(folder.File("file")).value_or("error"), content) << size;
    EXPECT_EQ(ReadWholeFile(folder.File("file"), size).value_or("error"), content) << size;
    if (size > 0) {
      ExpectError(Outcome(ReadWholeFile(folder.File("file"), size - 1)),
                  ErrorCode::kResourceExhausted,
                  "expected at most " + std::to_string(size - 1) + " bytes");
    }
  }
  ExpectError(Outcome(ReadWholeFile("/dev/zero", 1000)), ErrorCode::kResourceExhausted,
              "at most 1000 bytes");
}

TEST(OpenFile, SaysWhyNot) {
  const TemporaryFolder folder;
  ExpectError(Outcome(OpenFile(folder.File("missing"))), ErrorCode::kNotFound,
              "'" + folder.File("missing") + "' does not exist");
  ExpectError(Outcome(OpenFile(folder.path())), ErrorCode::kInvalidArgument, "is a folder");
}

TEST(OpenFile, GivesTheBytesAndThenTheEnd) {
  const TemporaryFolder folder;
  WriteFile(folder.File("file"), "abcde");
  const auto source = OpenFile(folder.File("file"));
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_TRUE((*source)->Ready());
  std::byte buffer[3];
  EXPECT_EQ((*source)->Read(buffer).value(), 3u);
  EXPECT_EQ((*source)->Read(buffer).value(), 2u);
  EXPECT_EQ((*source)->Read(buffer).value(), 0u);
}

}  // namespace
}  // namespace retinue
