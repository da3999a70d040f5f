#include "retinue/io/y4m.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/io/memory_byte_source.h"
#include "retinue/io/text.h"

// Streams are put together by hand from yuv4mpeg(5); expected samples, times and
// averages are worked out by hand.

namespace retinue {
namespace {

using ::testing::HasSubstr;

Result<std::unique_ptr<Source>> Open(std::string bytes, std::size_t piece = 1 << 20) {
  return OpenY4m(std::make_unique<MemoryByteSource>(std::move(bytes), piece), "-");
}

std::string Samples(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

std::vector<int> Plane(const Frame& frame, int index) {
  std::vector<int> values;
  const PlaneView plane = frame.plane(index);
  for (int y = 0; y < RowCount(frame.format().pixels, frame.size(), index); ++y) {
    for (int x = 0; x < RowBytes(frame.format().pixels, frame.size(), index); ++x) {
      values.push_back(plane.data[y * plane.stride_bytes + x]);
    }
  }
  return values;
}

std::string ErrorOf(const std::string& bytes) {
  const auto source = Open(bytes);
  if (source) return "no error";
  return std::string(ToString(source.error().code)) + ": " + source.error().message;
}

// 3×3 pixels, so 2×2 chroma samples: 9 + 4 + 4 bytes.
const std::string kOddFrame = Samples({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23});

TEST(Y4m, ReadsFramesOfOddSizeWithTheirTimes) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    SCOPED_TRACE(piece);
    const auto opened = Open("YUV4MPEG2 W3 H3 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2\n"
                             "FRAME\n" + kOddFrame + "FRAME Ip\n" + kOddFrame + "FRAME\n" +
                             kOddFrame, piece);
    ASSERT_TRUE(opened) << opened.error().message;
    Source& source = **opened;
    EXPECT_EQ(source.info().name, "-");
    EXPECT_EQ(source.info().size, (Size{3, 3}));
    EXPECT_FALSE(source.info().is_live);
    EXPECT_DOUBLE_EQ(source.info().frame_rate, 30000.0 / 1001);

    Frame frame;
    // 1001 / 30000 s = 33 366 666.67 ns
    const std::int64_t times[] = {0, 33'366'667, 66'733'333, 100'100'000};
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(source.Next(frame).value(), Pull::kFrame);
      EXPECT_EQ(frame.id().number, i);
      EXPECT_EQ(frame.pts().count(), times[i]);
      EXPECT_EQ(frame.duration().count(), times[i + 1] - times[i]);
      EXPECT_EQ(frame.format().pixels, PixelFormat::kI420);
      EXPECT_EQ(Plane(frame, 0), (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9}));
      EXPECT_EQ(Plane(frame, 1), (std::vector{10, 11, 12, 13}));
      EXPECT_EQ(Plane(frame, 2), (std::vector{20, 21, 22, 23}));
    }
    EXPECT_EQ(source.Next(frame).value(), Pull::kEndOfStream);
    EXPECT_EQ(source.Next(frame).value(), Pull::kEndOfStream) << "and stays there";
    EXPECT_EQ(source.stats().frames, 3);
    EXPECT_EQ(source.stats().warning, "");
  }
}

TEST(Y4m, KeepsEarlierFramesWhileLaterOnesAreRead) {
  std::string bytes = "YUV4MPEG2 W1 H1 F25:1 Cmono\n";
  for (char i = 0; i < 40; ++i) bytes += "FRAME\n" + std::string(1, i);
  const auto source = *Open(bytes);
  std::vector<Frame> frames(40);
  for (Frame& frame : frames) ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(Plane(frames[static_cast<std::size_t>(i)], 0), std::vector{i});
  }
}

TEST(Y4m, ReadsMonoAsGray) {
  const auto source = *Open("YUV4MPEG2 W2 H1 F25:1 Cmono\nFRAME\n" + Samples({7, 250}));
  Frame frame;
  ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  EXPECT_EQ(frame.format().pixels, PixelFormat::kGray8);
  EXPECT_EQ(Plane(frame, 0), (std::vector{7, 250}));
}

TEST(Y4m, AveragesChromaOf422Vertically) {
  // 2×3 pixels: chroma 1×3. Rows 10 and 13 → 11.5, rounded 12; the last row alone.
  const auto source = *Open("YUV4MPEG2 W2 H3 F25:1 C422\nFRAME\n" +
                            Samples({1, 2, 3, 4, 5, 6, 10, 13, 40, 100, 100, 255}));
  Frame frame;
  ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  EXPECT_EQ(Plane(frame, 0), (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Plane(frame, 1), (std::vector{12, 40}));
  EXPECT_EQ(Plane(frame, 2), (std::vector{100, 255}));
}

TEST(Y4m, AveragesChromaOf444InBothDirections) {
  // 3×2 pixels. Cb: (10+11+12+14)/4 = 11.75 → 12; the odd column repeats: (20+30)/2.
  const auto source = *Open("YUV4MPEG2 W3 H2 F25:1 C444\nFRAME\n" +
                            Samples({1, 2, 3, 4, 5, 6,          //
                                     10, 11, 20, 12, 14, 30,    //
                                     0, 0, 255, 0, 1, 255}));
  Frame frame;
  ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  EXPECT_EQ(Plane(frame, 1), (std::vector{12, 25}));
  EXPECT_EQ(Plane(frame, 2), (std::vector{0, 255}));
}

TEST(Y4m, TakesRangeFromTheHeaderAndTheMatrixFromTheHeight) {
  struct Case {
    const char* header;
    ColorSpace expected;
  };
  const Case cases[] = {
      {"W2 H576", {ColorMatrix::kBt601, ColorRange::kLimited}},
      {"W2 H577", {ColorMatrix::kBt709, ColorRange::kLimited}},
      {"W2 H720 XCOLORRANGE=FULL", {ColorMatrix::kBt709, ColorRange::kFull}},
      {"W2 H2 XCOLORRANGE=LIMITED", {ColorMatrix::kBt601, ColorRange::kLimited}},
  };
  for (const Case& c : cases) {
    const auto source = *Open(std::string("YUV4MPEG2 ") + c.header + " F25:1\nFRAME\n" +
                              std::string(2 * 720 * 2, 'x'));
    Frame frame;
    ASSERT_EQ(source->Next(frame).value(), Pull::kFrame) << c.header;
    EXPECT_EQ(frame.format().color, c.expected) << c.header;
  }
}

TEST(Y4m, AssumesARateWhereNoneIsGivenAndSaysSo) {
  for (const char* rate : {"", " F0:0", " F25", " Fx:1", " F1:0"}) {
    const auto source = *Open(std::string("YUV4MPEG2 W1 H1 Cmono") + rate + "\nFRAME\naFRAME\nb");
    EXPECT_EQ(source->info().frame_rate, 0) << rate;
    Frame frame;
    ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
    ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
    EXPECT_EQ(frame.pts().count(), 40'000'000) << rate;
    EXPECT_THAT(source->stats().warning, HasSubstr("25 a second assumed")) << rate;
  }
}

TEST(Y4m, HoldsExtremeRates) {
  const auto slow = *Open("YUV4MPEG2 W1 H1 Cmono F1:1000000000\nFRAME\na" +
                          std::string("FRAME\nbFRAME\ncFRAME\ndFRAME\neFRAME\nfFRAME\ng") +
                          "FRAME\nhFRAME\niFRAME\njFRAME\nkFRAME\nl");
  Frame frame;
  Nanoseconds last{-1};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(slow->Next(frame).value(), Pull::kFrame);
    EXPECT_GT(frame.pts(), last);
    last = frame.pts();
  }
  EXPECT_EQ(last, Nanoseconds(9'000'000'000'000'000'000));
}

TEST(Y4m, EndsATruncatedStreamWithAWarningAfterItsLastWholeFrame) {
  const std::string whole = "YUV4MPEG2 W3 H3 F25:1\nFRAME\n" + kOddFrame;
  for (const std::string& rest : {std::string("FRAME\nabc"), std::string("FRAME\n"),
                                  std::string("FRA"), "FRAME\n" + kOddFrame.substr(0, 16)}) {
    const auto source = *Open(whole + rest);
    Frame frame;
    ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
    EXPECT_EQ(source->Next(frame).value(), Pull::kEndOfStream);
    EXPECT_EQ(source->stats().frames, 1);
    EXPECT_EQ(source->stats().warning, "the stream is truncated inside frame 1") << rest;
  }
}

TEST(Y4m, WarnsOfInterlacedPictures) {
  const auto source = *Open("YUV4MPEG2 W1 H1 F25:1 It Cmono\n");
  EXPECT_THAT(source->stats().warning, HasSubstr("interlaced"));
  Frame frame;
  EXPECT_EQ(source->Next(frame).value(), Pull::kEndOfStream) << "no frame is no error";
}

TEST(Y4m, FailsWhereAFrameShouldStartAndDoesNot) {
  const auto source = *Open("YUV4MPEG2 W1 H1 F25:1 Cmono\nFRAME\naNOISE\nb");
  Frame frame;
  ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  const auto next = source->Next(frame);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(next.error().message, "expected FRAME before y4m frame 1, got \"NOISE\\nb\"");

  const auto endless = *Open("YUV4MPEG2 W1 H1 F25:1 Cmono\nFRAME " + std::string(10'000, 'x'));
  EXPECT_EQ(endless->Next(frame).error().code, ErrorCode::kDataLoss);
  const auto longer_word = *Open("YUV4MPEG2 W1 H1 F25:1 Cmono\nFRAMES\na");
  EXPECT_EQ(longer_word->Next(frame).error().code, ErrorCode::kDataLoss);
}

TEST(Y4m, SaysWhatIsWrongWithAHeader) {
  EXPECT_EQ(ErrorOf(""), "data_loss: expected y4m, got no data at all");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W3 H3"), "data_loss: expected y4m, the data ends inside its header");
  EXPECT_EQ(ErrorOf("YUV4"), "data_loss: expected y4m, the data ends inside its header");
  EXPECT_EQ(ErrorOf(Samples({0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'})),
            "data_loss: expected y4m, which starts with YUV4MPEG2, got "
            "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\u0000\\u0010JFI\"");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 F25:1\n"),
            "data_loss: expected W and H in the y4m header, found no such tags");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W0 H3\n"),
            "data_loss: expected a y4m width and height of 1 to 16384, got \"0\"");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W3 H16385\n"),
            "data_loss: expected a y4m width and height of 1 to 16384, got \"16385\"");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W-3 H3\n"),
            "data_loss: expected a y4m width and height of 1 to 16384, got \"-3\"");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W99999999999999999999 H3\n"),
            "data_loss: expected a y4m width and height of 1 to 16384, got "
            "\"99999999999999999999\"");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 W3 H3 C420p10\n"),
            "unsupported: expected y4m with 8-bit 4:2:0, 4:2:2, 4:4:4 or mono pictures, got "
            "\"420p10\"; ffmpeg's -pix_fmt yuv420p makes one");
  EXPECT_EQ(ErrorOf("YUV4MPEG2 " + std::string(5000, 'A')),
            "data_loss: expected a y4m header of at most 4096 bytes, got more");
}

TEST(Y4m, DoesNotBelieveTheSizeInAHeader) {
  // Would be an 805 MB frame; the truth is 3 bytes.
  const auto source = *Open("YUV4MPEG2 W16384 H16384 F25:1 C444\nFRAME\nabc");
  Frame frame;
  EXPECT_EQ(source->Next(frame).value(), Pull::kEndOfStream);
  EXPECT_EQ(source->stats().warning, "the stream is truncated inside frame 0");
}

// A pipe on which nothing has come yet, every second time it is asked.
class SlowPipe final : public ByteSource {
 public:
  explicit SlowPipe(std::string bytes) : bytes_(std::move(bytes), 5) {}
  Result<std::size_t> Read(std::span<std::byte> into) override { return bytes_.Read(into); }
  bool Ready() override { return is_ready_ = !is_ready_; }

 private:
  MemoryByteSource bytes_;
  bool is_ready_ = true;
};

TEST(Y4m, IsPendingWhileNothingComesAndLosesNothing) {
  const auto source = *OpenY4m(
      std::make_unique<SlowPipe>("YUV4MPEG2 W3 H3 F25:1\nFRAME\n" + kOddFrame + "FRAME\n" +
                                 kOddFrame),
      "-");
  Frame frame;
  int frames = 0;
  int pending = 0;
  for (Pull pull = Pull::kPending; pull != Pull::kEndOfStream;) {
    pull = source->Next(frame).value();
    if (pull == Pull::kPending) ++pending;
    if (pull == Pull::kFrame) {
      ++frames;
      EXPECT_EQ(Plane(frame, 2), (std::vector{20, 21, 22, 23}));
    }
  }
  EXPECT_EQ(frames, 2);
  EXPECT_GT(pending, 2);
}

class BrokenPipe final : public ByteSource {
 public:
  Result<std::size_t> Read(std::span<std::byte>) override {
    return Fail(ErrorCode::kUnavailable, "the camera went away");
  }
};

TEST(Y4m, PassesAnErrorOfItsBytesOn) {
  const auto source = OpenY4m(std::make_unique<BrokenPipe>(), "-");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace retinue
