#include <array>
#include <string>

#include <gtest/gtest.h>

#include "retinue/io/collecting_sink.h"
#include "retinue/io/memory_byte_source.h"

namespace retinue {
namespace {

FrameResult Numbered(std::int64_t frame) {
  FrameResult result;
  result.frame = frame;
  result.objects.resize(2);
  return result;
}

Frame SmallFrame(std::int64_t number) {
  auto buffer = *FrameBuffer::Create({PixelFormat::kGray8, {4, 2}, {}});
  return FrameBuffer::Publish(std::move(buffer), {0, number}, {});
}

TEST(CollectingSink, KeepsResultsInOrderAndFramesOnlyWhenItAsksForThem) {
  for (const auto picture : {Sink::Picture::kNone, Sink::Picture::kDrawn}) {
    CollectingSink sink(picture);
    EXPECT_EQ(sink.picture(), picture);
    EXPECT_FALSE(sink.stream());
    StreamInfo stream;
    stream.name = "x";
    ASSERT_TRUE(sink.Begin(stream));
    EXPECT_EQ(sink.stream()->name, "x");
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(sink.Write(SmallFrame(i), Numbered(i)));
    ASSERT_TRUE(sink.Finish());
    EXPECT_EQ(sink.finish_count(), 1);
    ASSERT_EQ(sink.results().size(), 3u);
    EXPECT_EQ(sink.results()[2], Numbered(2));
    if (picture == Sink::Picture::kNone) {
      EXPECT_TRUE(sink.frames().empty());
    } else {
      ASSERT_EQ(sink.frames().size(), 3u);
      EXPECT_EQ(sink.frames()[1].id().number, 1);
    }
  }
}

TEST(NullSink, CountsFramesAndObjects) {
  NullSink sink;
  EXPECT_EQ(sink.picture(), Sink::Picture::kNone);
  ASSERT_TRUE(sink.Begin({}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(sink.Write({}, Numbered(i)));
  ASSERT_TRUE(sink.Finish());
  EXPECT_EQ(sink.frames(), 3);
  EXPECT_EQ(sink.objects(), 6);
}

TEST(MemoryByteSource, GivesItsBytesInPiecesThenTheEnd) {
  MemoryByteSource source("abcdefg", 3);
  EXPECT_TRUE(source.Ready());
  std::string read;
  std::array<std::byte, 4> buffer;
  for (const std::size_t expected : {3u, 3u, 1u, 0u, 0u}) {
    const auto count = source.Read(buffer);
    ASSERT_TRUE(count);
    EXPECT_EQ(*count, expected);
    read.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
  EXPECT_EQ(read, "abcdefg");
  MemoryByteSource whole("abc");
  EXPECT_EQ(whole.Read(std::span(buffer).first(2)).value(), 2u);
  EXPECT_EQ(whole.Read(buffer).value(), 1u);
}

}  // namespace
}  // namespace retinue
