#include "retinue/io/result_line.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/io/result_format.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;

// Written by hand from the contract of the command line.
constexpr char kLine[] =
    R"({"v":1,"stream":"a.mp4","frame":12,"pts_ns":400400000,"width":1280,"height":720,)"
    R"("objects":[{"id":3,"label":"person","class":0,"score":0.913,"box":[1.5,2,30.25,40]},)"
    R"({"label":"dog","class":16,"score":0.5,"box":[-1,0,2,3],"keypoints":[[1,2,0.5]],)"
    R"("identity":"x"}],"faces":[]})";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(std::string_view line) {
  const auto parsed = ParseResultLine(line);
  if (parsed) return "no error";
  return std::string(ToString(parsed.error().code)) + ": " + parsed.error().message;
}

TEST(ParseResultLine, ReadsALineOfTheContractAndPassesOverWhatItDoesNotKnow) {
  for (const char* end : {"", "\n", "\r\n"}) {
    const auto line = ParseResultLine(std::string(kLine) + end);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->stream, "a.mp4");
    EXPECT_EQ(line->labels, (std::vector<std::string>{"person", "dog"}));
    FrameResult expected;
    expected.frame = 12;
    expected.pts = Nanoseconds(400'400'000);
    expected.size = {1280, 720};
    expected.objects = {
        {.box = {1.5f, 2, 30.25f, 40}, .score = 0.913f, .class_id = 0, .track_id = 3},
        {.box = {-1, 0, 2, 3}, .score = 0.5f, .class_id = 16}};
    EXPECT_EQ(line->result, expected);
  }
}

TEST(ParseResultLine, ReadsANullTime) {
  const auto line = ParseResultLine(Replaced(kLine, "400400000", "null"));
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->result.pts, kNoTime);
}

TEST(ParseResultLine, ReadsBackWhatTheWriterWrote) {
  StreamInfo stream;
  stream.name = "größe \"x\".mp4";
  stream.class_names = {"traffic light"};
  FrameResult result;
  result.frame = 1'000'000'000'000;
  result.pts = Nanoseconds(-5);
  result.size = {853, 479};
  result.objects = {{.box = {0.25f, 0.5f, 852.75f, 478.5f}, .score = 0.0625f, .track_id = 77}};
  std::string text;
  JsonLinesFormat()->ForStream(stream, 0)->AppendFrame(result, text);
  const auto line = ParseResultLine(text);
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->stream, stream.name);
  EXPECT_EQ(line->labels, stream.class_names);
  EXPECT_EQ(line->result, result);
}

TEST(ParseResultLine, NamesTheFieldThatIsWrong) {
  struct Case {
    const char* from;
    const char* to;
    const char* message;
  };
  const Case cases[] = {
      {"\"v\":1", "\"v\":2", "unsupported: expected a result of version 1, got 2"},
      {"\"v\":1,", "", "data_loss: v must be a whole number"},
      {"\"v\":1", "\"v\":\"1\"", "data_loss: v must be a whole number"},
      {"\"a.mp4\"", "5", "data_loss: stream must be a string"},
      {":12,", ":-1,", "data_loss: frame must be a whole number of 0 or more"},
      {":12,", ":1.5,", "data_loss: frame must be a whole number of 0 or more"},
      {":12,", ":99999999999999999999,", "data_loss: frame must be a whole number of 0 or more"},
      {":12,", ":18446744073709551615,", "data_loss: frame must be a whole number of 0 or more"},
      {"400400000", "\"1\"", "data_loss: pts_ns must be a whole number or null"},
      {"\"pts_ns\":400400000,", "", "data_loss: pts_ns must be a whole number or null"},
      {"1280", "-1280", "data_loss: width and height must be whole numbers of 0 or more"},
      {"\"objects\"", "\"things\"", "data_loss: objects must be an array"},
      {"[{\"id\":3", "[7,{\"id\":3", "data_loss: objects[0] must be an object"},
      {"\"id\":3", "\"id\":0", "data_loss: objects[0].id must be a whole number of 1 or more"},
      {"\"dog\"", "null", "data_loss: objects[1].label must be a string"},
      {":16,", ":-2,", "data_loss: objects[1].class must be a whole number of 0 or more"},
      {"0.913", "true", "data_loss: objects[0].score must be a number"},
      {"0.913", "1e300", "data_loss: objects[0].score must be a number"},
      {"30.25,40", "30.25",
       "data_loss: objects[0].box must be 4 numbers, the last two not negative"},
      {"30.25,40", "-30,40",
       "data_loss: objects[0].box must be 4 numbers, the last two not negative"},
      {"30.25,40", "30,[4]",
       "data_loss: objects[0].box must be 4 numbers, the last two not negative"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(Replaced(kLine, c.from, c.to)), c.message) << c.to;
}

TEST(ParseResultLine, RefusesWhatIsNoObject) {
  for (const char* line : {"", "\n", "[]", "null", "1", "\"x\"", "{", "{\"v\":1", "}{",
                           "{\"v\":1e999}", "not json"}) {
    EXPECT_EQ(ErrorOf(line), "data_loss: expected one JSON object on the line") << line;
  }
  EXPECT_EQ(ErrorOf(std::string("{\"v\":1}{\"v\":1}")),
            "data_loss: expected one JSON object on the line");
}

TEST(ParseResultLine, StopsAtItsLimits) {
  EXPECT_THAT(ErrorOf(std::string(kMaxResultLineBytes + 1, ' ')),
              HasSubstr("resource_exhausted: expected a line of at most 4 MiB, got 4194305"));
  const std::string deep = "{\"v\":1,\"x\":" + std::string(100'000, '[');
  EXPECT_EQ(ErrorOf(deep), "resource_exhausted: expected at most 16 levels of nesting, got more");
  EXPECT_EQ(ErrorOf("{\"a\\\"[[[[[[[[[[[[[[[[[[[[\":1}"), "data_loss: v must be a whole number")
      << "brackets in a string do not nest";
}

}  // namespace
}  // namespace retinue
