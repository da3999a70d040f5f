#include "retinue/io/mot.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "retinue/io/bytes.h"
#include "retinue/io/result_output.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::retinue::testing::ReadFile;

std::string ErrorOf(std::string_view text, const MotLimits& limits = {}) {
  const auto rows = ParseMot(text, limits);
  if (rows) return "no error";
  return std::string(ToString(rows.error().code)) + ": " + rows.error().message;
}

TEST(ParseMot, ReadsGroundTruthOfNineColumns) {
  const auto rows = ParseMot("1,2,912,484,97,109,0,7,0.25\n");
  ASSERT_TRUE(rows) << rows.error().message;
  const MotRow expected{.frame = 1, .id = 2, .box = {912, 484, 97, 109}, .score = 0,
                        .class_id = 7, .visibility = 0.25f};
  EXPECT_EQ(*rows, std::vector{expected});
}

TEST(ParseMot, ReadsTheColumnsThatThereAre) {
  struct Case {
    const char* what;
    const char* line;
    MotRow expected;
  };
  const Case cases[] = {
      {"six", "3,1,10,20,30,40", {3, 1, {10, 20, 30, 40}, 1, -1, -1}},
      {"seven", "3,1,10,20,30,40,0.5", {3, 1, {10, 20, 30, 40}, 0.5f, -1, -1}},
      {"eight", "3,1,10,20,30,40,0.5,2", {3, 1, {10, 20, 30, 40}, 0.5f, 2, -1}},
      {"ten with a class", "3,1,10,20,30,40,0.5,2,-1,-1", {3, 1, {10, 20, 30, 40}, 0.5f, 2, -1}},
      {"ten of MOT15", "1,-1,45,184,62.25,141.5,50.5,-5.3174,12.232,0.69451",
       {1, -1, {45, 184, 62.25f, 141.5f}, 50.5f, -1, -1}},
      {"spaces and CR", " 3, 1 ,10 , 20,30,\t40 ,0.5 \r", {3, 1, {10, 20, 30, 40}, 0.5f, -1, -1}},
      {"whole numbers with a point", "3.0,1.0,1e1,20,30,40", {3, 1, {10, 20, 30, 40}, 1, -1, -1}},
      {"negative corners", "3,1,-10,-20.5,30,40", {3, 1, {-10, -20.5f, 30, 40}, 1, -1, -1}},
  };
  for (const Case& c : cases) {
    const auto rows = ParseMot(c.line);
    ASSERT_TRUE(rows) << c.what << ": " << rows.error().message;
    EXPECT_EQ(*rows, std::vector{c.expected}) << c.what;
  }
}

TEST(ParseMot, PassesOverEmptyLinesAndAByteOrderMark) {
  const auto rows = ParseMot("\xef\xbb\xbf" "1,1,1,1,1,1\r\n\n  \n2,1,1,1,1,1");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].frame, 2);
  EXPECT_TRUE(ParseMot("")->empty());
}

TEST(ParseMot, NamesTheLineOfAMistake) {
  EXPECT_EQ(ErrorOf("1,1,1,1,1,1\n\n1,1,1,1,1\n"),
            "data_loss: line 3: expected 6 to 10 numbers, got 5");
  EXPECT_EQ(ErrorOf("1,2,3,4,5,6,7,8,9,10,11"),
            "data_loss: line 1: expected 6 to 10 numbers, got more");
  EXPECT_EQ(ErrorOf("1,1,1,1,one,1"),
            "data_loss: line 1: expected a number within +-1e9, got \"one\"");
  EXPECT_EQ(ErrorOf("1,1,1,1,,1"),
            "data_loss: line 1: expected a number within +-1e9, got \"\"");
  EXPECT_EQ(ErrorOf("1,1,nan,1,1,1"),
            "data_loss: line 1: expected a number within +-1e9, got \"nan\"");
  EXPECT_EQ(ErrorOf("1,1,1e30,1,1,1"),
            "data_loss: line 1: expected a number within +-1e9, got \"1e30\"");
  EXPECT_EQ(ErrorOf("1,1,1,1,1,1\n-1,1,1,1,1,1"),
            "data_loss: line 2: expected a frame number from 0 to 100000000, got -1");
  EXPECT_EQ(ErrorOf("1.5,1,1,1,1,1"),
            "data_loss: line 1: expected a frame number from 0 to 100000000, got 1.5");
  EXPECT_EQ(ErrorOf("1,0.5,1,1,1,1"),
            "data_loss: line 1: expected a whole number as id in column 2");
  EXPECT_EQ(ErrorOf("1,1,1,1,-1,1"),
            "data_loss: line 1: expected a width and height of 0 or more in columns 5 and 6");
  EXPECT_EQ(ErrorOf("1,1,1,1,1,1,1,0.5"),
            "data_loss: line 1: expected a class number of -1 or more in column 8");
  EXPECT_EQ(ErrorOf("frame,id,x,y,w,h"),
            "data_loss: line 1: expected a number within +-1e9, got \"frame\"");
}

TEST(ParseMot, StopsAtItsLimits) {
  EXPECT_EQ(ErrorOf("1,1,1,1,1,1\n2,1,1,1,1,1\n3,1,1,1,1,1\n", {.max_rows = 2}),
            "resource_exhausted: expected at most 2 lines");
  EXPECT_EQ(ErrorOf("3,1,1,1,1,1", {.max_frame = 2}),
            "data_loss: line 1: expected a frame number from 0 to 2, got 3");
}

TEST(ParseMot, ReadsBackWhatTheWriterWrote) {
  auto bytes = std::make_unique<MemoryBytes>();
  const MemoryBytes& written = *bytes;
  const auto sink = NewResultWriter(std::move(bytes), MotFormat(MotRows::kTracked));
  ASSERT_TRUE(sink->Begin({}));
  FrameResult result;
  result.frame = 6;
  result.objects = {{.box = {-1.5f, 2.25f, 30, 40.75f}, .score = 0.875f, .class_id = 2,
                     .track_id = 12}};
  ASSERT_TRUE(sink->Write({}, result));
  ASSERT_TRUE(sink->Finish());
  const auto rows = ParseMot(written.text());
  ASSERT_TRUE(rows) << rows.error().message;
  const MotRow expected{7, 12, {-1.5f, 2.25f, 30, 40.75f}, 0.875f, 2, -1};
  EXPECT_EQ(*rows, std::vector{expected});
}

// Numbers counted with `wc -l` and `cut -d, -f2 | sort -u | wc -l`.
TEST(ParseMot, ReadsGroundTruthOfMot15) {
  RETINUE_TEST_DATA_OR_SKIP(path, "mot/MOT15-train/TUD-Campus/gt/gt.txt");
  const auto rows = ParseMot(ReadFile(path));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->size(), 359u);
  std::set<std::int64_t> ids;
  for (const MotRow& row : *rows) ids.insert(row.id);
  EXPECT_EQ(ids.size(), 8u);
  EXPECT_EQ(rows->front().box, (Box{399, 182, 121, 229}));
}

TEST(ParseMot, ReadsEveryFileOfTheTestData) {
  int files = 0;
  for (const char* name :
       {"mot/MOT15-train/KITTI-13/gt/gt.txt", "mot/MOT15-train/KITTI-13/det/det_public.txt",
        "mot/MOT15-train/ADL-Rundle-6/det/det_sort_frrcnn.txt",
        "mot/MOT17-mini/train/MOT17-05-FRCNN/gt/gt.txt",
        "mot/MOT17-mini/train/MOT17-05-FRCNN/det/det.txt",
        "mot/MOT17-train/MOT17-05-FRCNN/gt/gt.txt", "mot/motmetrics/TUD-Campus/gt.txt",
        "mot/motmetrics/TUD-Campus/test.txt"}) {
    const std::string path = retinue::testing::TestData(name);
    if (path.empty()) continue;
    const auto rows = ParseMot(ReadFile(path));
    EXPECT_TRUE(rows) << name << ": " << (rows ? "" : rows.error().message);
    EXPECT_GT(rows.value_or(std::vector<MotRow>()).size(), 50u) << name;
    ++files;
  }
  if (files == 0) GTEST_SKIP() << "test data absent: mot/";
}

}  // namespace
}  // namespace retinue
