#include "retinue/io/result_output.h"

#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/io/result_line.h"

// Expected texts are written by hand from the definitions in result_output.h.

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

StreamInfo Named(const std::string& name) {
  StreamInfo stream;
  stream.name = name;
  stream.class_names = {"person"};
  return stream;
}

FrameResult WithOneObject(std::int64_t frame) {
  FrameResult result;
  result.frame = frame;
  result.size = {200, 100};
  result.objects = {{.box = {50, 25, 100, 50}, .score = 0.5f, .class_id = 0, .track_id = 9}};
  return result;
}

// A file of limited size, like a full disk.
class FullDisk final : public ByteSink {
 public:
  FullDisk(std::size_t room, bool& committed) : room_(room), committed_(committed) {}
  Result<void> Write(std::string_view bytes) override {
    if (bytes.size() > room_) return Fail(ErrorCode::kResourceExhausted, "disk full");
    room_ -= bytes.size();
    return {};
  }
  Result<void> Commit() override {
    committed_ = true;
    return {};
  }

 private:
  std::size_t room_;
  bool& committed_;
};

TEST(ResultFile, HoldsSeveralStreamsUnderOneHeader) {
  auto bytes = std::make_unique<MemoryBytes>();
  const MemoryBytes& written = *bytes;
  const auto file = ResultFile::Create(std::move(bytes), CsvFormat());
  for (const char* name : {"a.mp4", "b.mp4"}) {
    const auto sink = *file->NewSink(name);
    EXPECT_EQ(sink->picture(), Sink::Picture::kNone);
    ASSERT_TRUE(sink->Begin(Named(name)));
    ASSERT_TRUE(sink->Write({}, WithOneObject(0)));
    ASSERT_TRUE(sink->Finish());
    EXPECT_FALSE(written.committed()) << "only Close makes the file whole";
  }
  ASSERT_TRUE(file->Close());
  EXPECT_TRUE(written.committed());
  EXPECT_EQ(written.text(),
            "stream,frame,pts,x_min,y_min,x_max,y_max,class_id,class_name,confidence,"
            "tracker_id\n"
            "a.mp4,0,0,50,25,150,75,0,person,0.5,9\n"
            "b.mp4,0,0,50,25,150,75,0,person,0.5,9\n");
}

TEST(ResultFile, WritesTheHeaderOfAFileWithoutObjects) {
  auto bytes = std::make_unique<MemoryBytes>();
  const MemoryBytes& written = *bytes;
  const auto sink = NewResultWriter(std::move(bytes), CsvFormat());
  ASSERT_TRUE(sink->Begin(Named("a")));
  FrameResult empty;
  ASSERT_TRUE(sink->Write({}, empty));
  ASSERT_TRUE(sink->Finish());
  EXPECT_TRUE(written.committed());
  EXPECT_EQ(written.text(),
            "stream,frame,pts,x_min,y_min,x_max,y_max,class_id,class_name,confidence,"
            "tracker_id\n");
}

TEST(ResultFile, RefusesASecondStreamWhereLinesDoNotNameTheirs) {
  const auto file =
      ResultFile::Create(std::make_unique<MemoryBytes>(), MotFormat(MotRows::kTracked));
  ASSERT_TRUE(file->NewSink("a.mp4"));
  const auto second = file->NewSink("b.mp4");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(second.error().message, "a MOT file holds one stream, got 'b.mp4' beside another");
}

TEST(ResultFile, KeepsLinesWholeWhenStreamsWriteAtTheSameTime) {
  constexpr int kStreams = 4;
  constexpr int kFrames = 300;
  auto bytes = std::make_unique<MemoryBytes>();
  const MemoryBytes& written = *bytes;
  const auto file = ResultFile::Create(std::move(bytes), JsonLinesFormat());
  std::vector<std::thread> threads;
  for (int i = 0; i < kStreams; ++i) {
    const std::string name = "stream " + std::to_string(i);
    threads.emplace_back([sink = *file->NewSink(name), name] {
      EXPECT_TRUE(sink->Begin(Named(name)));
      for (int frame = 0; frame < kFrames; ++frame) {
        EXPECT_TRUE(sink->Write({}, WithOneObject(frame)));
      }
      EXPECT_TRUE(sink->Finish());
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(file->Close());

  std::map<std::string, std::int64_t> next_frame;
  std::istringstream lines(written.text());
  for (std::string line; std::getline(lines, line);) {
    const auto parsed = ParseResultLine(line);
    ASSERT_TRUE(parsed) << parsed.error().message << ": " << line;
    EXPECT_EQ(parsed->result.frame, next_frame[parsed->stream]++) << "order within a stream";
  }
  EXPECT_EQ(next_frame.size(), static_cast<std::size_t>(kStreams));
  for (const auto& [name, frames] : next_frame) EXPECT_EQ(frames, kFrames) << name;
}

TEST(ResultFile, TellsEveryStreamOfAFullDiskAndDoesNotCommit) {
  bool committed = false;
  const auto file = ResultFile::Create(std::make_unique<FullDisk>(300, committed),
                                       JsonLinesFormat());
  const auto first = *file->NewSink("a");
  const auto second = *file->NewSink("b");
  ASSERT_TRUE(first->Begin(Named("a")));
  ASSERT_TRUE(second->Begin(Named("b")));
  ASSERT_TRUE(first->Write({}, WithOneObject(0)));
  ASSERT_TRUE(first->Write({}, WithOneObject(1)));  // 2 × 143 bytes
  for (const Result<void>& result :
       {first->Write({}, WithOneObject(2)), second->Write({}, FrameResult()), first->Finish(),
        second->Finish(), file->Close()}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
  }
  EXPECT_FALSE(committed);
}

TEST(ResultFile, CountsWhatItLeftOut) {
  const auto file = ResultFile::Create(std::make_unique<MemoryBytes>(), JsonLinesFormat());
  const auto sink = *file->NewSink("a");
  ASSERT_TRUE(sink->Begin(Named("a")));
  FrameResult result = WithOneObject(0);
  result.objects[0].score = std::nanf("");
  ASSERT_TRUE(sink->Write({}, result));
  ASSERT_TRUE(sink->Write({}, result));
  EXPECT_EQ(file->left_out(), 2);
}

// --- YOLO text ------------------------------------------------------------------

// What YoloTxtFolder owns, with the files kept outside.
class Borrowed final : public ByteSinkFactory {
 public:
  explicit Borrowed(ByteSinkFactory& folder) : folder_(folder) {}
  Result<std::unique_ptr<ByteSink>> Create(std::string_view name) override {
    return folder_.Create(name);
  }

 private:
  ByteSinkFactory& folder_;
};

TEST(YoloTxt, WritesAFileAFrameForVideosAndOneForPictures) {
  MemoryFolder folder;
  const auto output = YoloTxtFolder::Create(std::make_unique<Borrowed>(folder));
  const auto video = *output->NewSink("x/a.mp4");
  ASSERT_TRUE(video->Begin(Named("x/a.mp4")));
  ASSERT_TRUE(video->Write({}, WithOneObject(0)));
  FrameResult empty = WithOneObject(1);
  empty.objects.clear();
  ASSERT_TRUE(video->Write({}, empty));
  ASSERT_TRUE(video->Finish());
  const auto picture = *output->NewSink("bus.jpg");
  StreamInfo info = Named("bus.jpg");
  info.is_image = true;
  ASSERT_TRUE(picture->Begin(info));
  FrameResult detection = WithOneObject(0);
  detection.objects[0] = {.box = {0, 0, 66.6666f, 100}, .score = 0.123456f, .class_id = 5};
  ASSERT_TRUE(picture->Write({}, detection));
  ASSERT_TRUE(picture->Finish());
  ASSERT_TRUE(output->Close());
  EXPECT_THAT(folder.files(), ElementsAre(Pair("a_1.txt", "0 0.5 0.5 0.5 0.5 0.5 9\n"),
                                          Pair("a_2.txt", ""),
                                          Pair("bus.txt",
                                               "5 0.166667 0.5 0.333333 1 0.123456\n")));
}

TEST(YoloTxt, LeavesOutScoreAndIdWhenAsked) {
  MemoryFolder folder;
  const auto output = YoloTxtFolder::Create(std::make_unique<Borrowed>(folder),
                                            {.with_score = false});
  const auto sink = *output->NewSink("a");
  ASSERT_TRUE(sink->Begin(Named("a")));
  ASSERT_TRUE(sink->Write({}, WithOneObject(0)));
  EXPECT_THAT(folder.files(), ElementsAre(Pair("a_1.txt", "0 0.5 0.5 0.5 0.5\n")));
}

TEST(YoloTxt, KeepsStreamsOfTheSameNameApartByTheOrderOfTheSources) {
  MemoryFolder folder;
  const auto output = YoloTxtFolder::Create(std::make_unique<Borrowed>(folder));
  const auto first = *output->NewSink("x/a.mp4");
  const auto second = *output->NewSink("y/a.mp4");
  ASSERT_TRUE(second->Begin(Named("y/a.mp4")));  // starts first
  ASSERT_TRUE(first->Begin(Named("x/a.mp4")));
  ASSERT_TRUE(second->Write({}, FrameResult()));
  ASSERT_TRUE(first->Write({}, WithOneObject(0)));
  EXPECT_THAT(folder.files(), ElementsAre(Pair("a-2_1.txt", ""),
                                          Pair("a_1.txt", "0 0.5 0.5 0.5 0.5 0.5 9\n")));
}

TEST(YoloTxt, LeavesOutWhatHasNoPlaceInAPicture) {
  MemoryFolder folder;
  const auto output = YoloTxtFolder::Create(std::make_unique<Borrowed>(folder));
  const auto sink = *output->NewSink("a");
  ASSERT_TRUE(sink->Begin(Named("a")));
  FrameResult result = WithOneObject(0);
  result.size = {0, 0};
  ASSERT_TRUE(sink->Write({}, result));
  result = WithOneObject(1);
  result.objects[0].box.x = std::nanf("");
  ASSERT_TRUE(sink->Write({}, result));
  EXPECT_THAT(folder.files(), ElementsAre(Pair("a_1.txt", ""), Pair("a_2.txt", "")));
  EXPECT_EQ(output->left_out(), 2);
}

class ClosedFolder final : public ByteSinkFactory {
 public:
  Result<std::unique_ptr<ByteSink>> Create(std::string_view) override {
    return Fail(ErrorCode::kPermissionDenied, "the folder is read-only");
  }
};

TEST(YoloTxt, ReportsAFolderThatCannotBeWritten) {
  const auto output = YoloTxtFolder::Create(std::make_unique<ClosedFolder>());
  const auto sink = *output->NewSink("a");
  ASSERT_TRUE(sink->Begin(Named("a")));
  for (const Result<void>& result :
       {sink->Write({}, WithOneObject(0)), sink->Finish(), output->Close()}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kPermissionDenied);
  }
}

TEST(MemoryFolder, TakesPlainFileNamesOnly) {
  MemoryFolder folder;
  const std::string_view names[] = {"", ".", "..", "a/b", "/a", std::string_view("a\0b", 3)};
  for (const std::string_view name : names) {
    const auto created = folder.Create(name);
    ASSERT_FALSE(created) << name;
    EXPECT_EQ(created.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(created.error().message, HasSubstr("expected a plain file name"));
  }
  EXPECT_TRUE(folder.Create("...txt"));
  EXPECT_TRUE(folder.files().empty()) << "nothing was committed";
}

}  // namespace
}  // namespace retinue
