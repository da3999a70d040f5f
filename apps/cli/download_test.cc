// Downloads against a server on this machine that behaves as told.

#include "apps/cli/download.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <stop_token>
#include <string>

#include "apps/cli/loopback_server_test_support.h"
#include "tests/support/testing.h"

namespace retinue::cli {
namespace {

using retinue::testing::LoopbackServer;
using retinue::testing::Random;
using retinue::testing::ReadFile;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::HasSubstr;
using Reply = LoopbackServer::Reply;
using Request = LoopbackServer::Request;

std::string RandomBytes(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
  return bytes;
}

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    // A proxy of the environment is not asked for addresses of this machine.
    setenv("no_proxy", "127.0.0.1", 1);
#ifndef RETINUE_WITH_CURL
    built_with_curl_ = false;
#endif
  }
  void SetUp() override {
    if (!built_with_curl_) GTEST_SKIP() << "built without libcurl";
  }

  PartFile Part() { return PartFile::Open(folder_.File("m.bin")).value(); }
  std::string Got() const { return ReadFile(folder_.File("m.bin.part")); }

  bool built_with_curl_ = true;
  TemporaryFolder folder_;
  const std::string content_ = RandomBytes(300'000);
};

TEST_F(DownloadTest, TakesAWholeFileInOneRequest) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  PartFile part = Part();
  std::uint64_t total = 0;
  const auto done =
      Download({.url = server.Url("/m.bin")}, part,
               [&](std::uint64_t, std::uint64_t all) { total = std::max(total, all); });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(Got(), content_);
  EXPECT_EQ(total, content_.size());
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].Header("range"), "");
}

TEST_F(DownloadTest, GoesOnWhenTheConnectionBreaks) {
  std::atomic<int> count = 0;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    if (count++ < 2) reply.cut = 100'000;
    return reply;
  });
  PartFile part = Part();
  const auto done = Download({.url = server.Url("/m.bin")}, part);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(Got(), content_);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[1].Header("range"), "bytes=100000-");
  EXPECT_EQ(requests[1].Header("if-range"), "\"one\"");
  EXPECT_EQ(requests[2].Header("range"), "bytes=200000-");
}

TEST_F(DownloadTest, GivesUpOnAConnectionThatBringsNothingAndKeepsWhatCame) {
  std::atomic<int> count = 0;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    reply.cut = count++ == 0 ? 1000 : 0;
    return reply;
  });
  PartFile part = Part();
  const auto done = Download({.url = server.Url("/m.bin")}, part);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(Got(), content_.substr(0, 1000));
}

TEST_F(DownloadTest, ALaterRunGoesOnToo) {
  std::atomic<bool> broken = true;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    if (broken) reply.cut = r.Header("range").empty() ? 5000 : 0;
    return reply;
  });
  {
    PartFile part = Part();
    EXPECT_FALSE(Download({.url = server.Url("/m.bin")}, part));
  }
  broken = false;
  PartFile part = Part();
  EXPECT_EQ(part.size(), 5000u);
  ASSERT_TRUE(Download({.url = server.Url("/m.bin")}, part));
  EXPECT_EQ(Got(), content_);
  EXPECT_EQ(server.requests().back().Header("range"), "bytes=5000-");
}

TEST_F(DownloadTest, TakesAllAnewWhenTheFileHasChanged) {
  const std::string newer = RandomBytes(250'000, 2);
  std::atomic<bool> is_first = true;
  LoopbackServer server([&](const Request& r) {
    if (!is_first.exchange(false)) return LoopbackServer::Serve(newer, r, "\"two\"");
    Reply reply = LoopbackServer::Serve(content_, r, "\"one\"");
    reply.cut = 100'000;
    return reply;
  });
  PartFile part = Part();
  const auto done = Download({.url = server.Url("/m.bin")}, part);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(Got(), newer);
}

TEST_F(DownloadTest, TakesAllAnewFromAServerWithoutRanges) {
  std::atomic<bool> is_first = true;
  LoopbackServer server([&](const Request&) {
    Reply reply;
    reply.body = content_;
    if (is_first.exchange(false)) reply.cut = 100'000;
    return reply;
  });
  PartFile part = Part();
  ASSERT_TRUE(Download({.url = server.Url("/m.bin")}, part));
  EXPECT_EQ(Got(), content_);
}

TEST_F(DownloadTest, ForgetsThePartOfAnotherAddress) {
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    if (r.path == "/old.bin") reply.cut = r.Header("range").empty() ? 5000 : 0;
    return reply;
  });
  PartFile part = Part();
  EXPECT_FALSE(Download({.url = server.Url("/old.bin")}, part));
  EXPECT_EQ(part.size(), 5000u);
  ASSERT_TRUE(Download({.url = server.Url("/new.bin")}, part));
  EXPECT_EQ(server.requests().back().Header("range"), "");
  EXPECT_EQ(Got(), content_);
}

TEST_F(DownloadTest, IsDoneWhenNothingIsLeft) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  PartFile part = Part();
  ASSERT_TRUE(Download({.url = server.Url("/m.bin")}, part));
  ASSERT_TRUE(Download({.url = server.Url("/m.bin")}, part));  // 416
  EXPECT_EQ(Got(), content_);
}

TEST_F(DownloadTest, TakesAPieceFromServersWithAndWithoutRanges) {
  for (const bool ranges : {true, false}) {
    SCOPED_TRACE(ranges);
    LoopbackServer server([&](const Request& r) {
      if (ranges) return LoopbackServer::Serve(content_, r);
      Reply reply;
      reply.body = content_;
      return reply;
    });
    PartFile part = Part();
    const auto done =
        Download({.url = server.Url("/m.bin"), .offset = 1234, .length = 50'000}, part);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(Got(), content_.substr(1234, 50'000));
    ASSERT_TRUE(part.Restart());
  }
}

TEST_F(DownloadTest, FollowsRedirectionsToHttpOnly) {
  WriteFile(folder_.File("secret"), "secret");
  LoopbackServer server([&](const Request& r) {
    Reply reply;
    reply.status = 302;
    if (r.path == "/to-http") {
      reply.headers["Location"] = "/m.bin";
    } else if (r.path == "/to-file") {
      reply.headers["Location"] = "file://" + folder_.File("secret");
    } else {
      return LoopbackServer::Serve(content_, r);
    }
    return reply;
  });
  PartFile part = Part();
  ASSERT_TRUE(Download({.url = server.Url("/to-http")}, part));
  EXPECT_EQ(Got(), content_);
  EXPECT_FALSE(Download({.url = server.Url("/to-file")}, part));
  EXPECT_THAT(Got(), ::testing::Not(HasSubstr("secret")));
}

TEST_F(DownloadTest, SaysWhatTheServerAnswered) {
  struct Case {
    int status;
    ErrorCode code;
  };
  for (const Case& one : {Case{404, ErrorCode::kNotFound}, Case{403, ErrorCode::kNotFound},
                          Case{503, ErrorCode::kUnavailable}}) {
    LoopbackServer server([&](const Request&) {
      Reply reply;
      reply.status = one.status;
      reply.body = "<html>";
      return reply;
    });
    PartFile part = Part();
    const auto done = Download({.url = server.Url("/m.bin")}, part);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, one.code);
    EXPECT_THAT(done.error().message, HasSubstr(std::to_string(one.status)));
    EXPECT_EQ(part.size(), 0u) << "the page of an error is no model";
  }
}

TEST_F(DownloadTest, SaysThatNobodyAnswers) {
  std::string url;
  {
    LoopbackServer server([](const Request&) { return Reply{}; });
    url = server.Url("/m.bin");
  }
  PartFile part = Part();
  const auto done = Download({.url = url}, part);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(done.error().message, HasSubstr(url));
}

TEST_F(DownloadTest, RefusesMoreThanItShouldBe) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  PartFile part = Part();
  const auto done = Download({.url = server.Url("/m.bin"), .most_bytes = 299'999}, part);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kResourceExhausted);
  EXPECT_LE(part.size(), 299'999u);
}

TEST_F(DownloadTest, RefusesAnotherPieceThanItAskedFor) {
  std::atomic<bool> is_first = true;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    if (is_first.exchange(false)) {
      reply.cut = 1000;
    } else {
      reply.headers["Content-Range"] = "bytes 7-299999/300000";
    }
    return reply;
  });
  PartFile part = Part();
  const auto done = Download({.url = server.Url("/m.bin")}, part);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDataLoss);
}

TEST_F(DownloadTest, StopsWhenAskedAndKeepsWhatCame) {
  std::stop_source stop;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    reply.cut = 100'000;
    reply.hold = true;  // Without the request to stop it would wait for ever.
    return reply;
  });
  PartFile part = Part();
  const auto done = Download(
      {.url = server.Url("/m.bin")}, part,
      [&](std::uint64_t got, std::uint64_t) {
        if (got >= 100'000) stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(Got(), content_.substr(0, 100'000));
}

TEST_F(DownloadTest, CopiesAFile) {
  WriteFile(folder_.File("here.bin"), content_);
  PartFile part = Part();
  ASSERT_TRUE(Download({.url = "file://" + folder_.File("here.bin")}, part));
  EXPECT_EQ(Got(), content_);
  const auto absent = Download({.url = "file://" + folder_.File("absent.bin")}, part);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
}

TEST(PartFileTest, IsOneRunsAtATime) {
  TemporaryFolder folder;
  const PartFile first = PartFile::Open(folder.File("m")).value();
  const auto second = PartFile::Open(folder.File("m"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(PartFileTest, BecomesTheFileInOneStep) {
  TemporaryFolder folder;
  WriteFile(folder.File("m"), "old");
  PartFile part = PartFile::Open(folder.File("m")).value();
  part.SetOrigin("somewhere");
  const std::string text = "new";
  ASSERT_TRUE(part.Append(std::as_bytes(std::span(text))));
  EXPECT_EQ(ReadFile(folder.File("m")), "old");
  ASSERT_TRUE(part.Publish());
  EXPECT_EQ(ReadFile(folder.File("m")), "new");
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path()))
    ++left;
  EXPECT_EQ(left, 1u);
}

}  // namespace
}  // namespace retinue::cli
