#include "retinue/gstreamer/image_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "backends/gstreamer/sink_test_support.h"
#include "tests/support/testing.h"

// Witnesses: ffmpeg's decoders for what the images hold; ITU formulas for colours.

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Paint;
using testing::Rgb;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

constexpr ColorSpace k601{ColorMatrix::kBt601, ColorRange::kLimited};
constexpr ColorSpace k709{ColorMatrix::kBt709, ColorRange::kLimited};
constexpr ColorSpace k601Full{ColorMatrix::kBt601, ColorRange::kFull};

// Every file below `folder`, as paths relative to it, sorted.
std::vector<std::string> FilesBelow(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) {
      names.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Size ImageSize(const std::string& path) {
  return {std::atoi(testing::StreamField(path, "v", "width").c_str()),
          std::atoi(testing::StreamField(path, "v", "height").c_str())};
}

// The colour at a pixel of an image file.
Rgb PixelOf(const std::string& path, int x, int y) {
  const std::string bytes = testing::Decoded(path, "rgb24");
  const auto at = static_cast<std::size_t>(y * ImageSize(path).width + x) * 3;
  if (at + 2 >= bytes.size()) return {-1, -1, -1};
  const auto byte = [&](std::size_t i) {
    return static_cast<int>(static_cast<std::uint8_t>(bytes[at + i]));
  };
  return {byte(0), byte(1), byte(2)};
}

void ExpectColor(Rgb got, Rgb want, int tolerance) {
  EXPECT_NEAR(got.r, want.r, tolerance);
  EXPECT_NEAR(got.g, want.g, tolerance);
  EXPECT_NEAR(got.b, want.b, tolerance);
}

// Four fields: red, green above blue, gray.
Rgb Quarters(Size size, int x, int y) {
  const bool is_left = x < size.width / 2;
  const bool is_top = y < size.height / 2;
  if (is_top) return is_left ? Rgb{210, 40, 30} : Rgb{30, 190, 40};
  return is_left ? Rgb{30, 40, 200} : Rgb{128, 128, 128};
}

Frame Picture(const FrameFormat& format, FrameId id = {}) {
  return Paint(format, id, {}, [&](int x, int y) { return Quarters(format.size, x, y); });
}

// --- Encoder --------------------------------------------------------------------

struct EncoderCase {
  const char* name;
  const char* extension;
  PixelFormat pixels;
  ColorSpace color;
  Size size;
  int tolerance;
};

class EveryImage : public ::testing::TestWithParam<EncoderCase> {};

TEST_P(EveryImage, ComesBackInSizeAndColors) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const EncoderCase& param = GetParam();
  const TemporaryFolder folder;
  const std::string path = folder.File(std::string("a.") + param.extension);
  auto encoder = ImageEncoder::Create(ImageFormatOf(path).value());
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto bytes = (*encoder)->Encode(Picture({param.pixels, param.size, param.color}));
  ASSERT_TRUE(bytes) << bytes.error().message;
  testing::WriteFile(path, std::string(bytes->begin(), bytes->end()));
  EXPECT_EQ(ImageSize(path), param.size);
  const int left = param.size.width / 4;
  const int top = param.size.height / 4;
  for (const auto& [x, y] :
       {std::pair{left, top}, {3 * left, top}, {left, 3 * top}, {3 * left, 3 * top}}) {
    Rgb want = Quarters(param.size, x, y);
    if (param.pixels == PixelFormat::kGray8) {
      const int luma =
          testing::Byte(testing::ToYcc(want, {param.color.matrix, ColorRange::kFull}).y);
      want = {luma, luma, luma};
    }
    ExpectColor(PixelOf(path, x, y), want, param.tolerance);
  }
}

// Lossless formats: rounding of YCbCr to 8 bits. JPEG and WebP: their loss too. A wrong
// matrix or range is off by 15 and more.
INSTANTIATE_TEST_SUITE_P(
    ImageEncoder, EveryImage,
    ::testing::Values(EncoderCase{"JpegI420", "jpg", PixelFormat::kI420, k709, {128, 96}, 6},
                      EncoderCase{"JpegI420Bt601", "jpeg", PixelFormat::kI420, k601, {128, 96}, 6},
                      EncoderCase{"JpegNv12", "jpg", PixelFormat::kNv12, k709, {128, 96}, 6},
                      EncoderCase{"JpegRgbOdd", "jpg", PixelFormat::kRgb24, {}, {127, 95}, 6},
                      EncoderCase{"JpegI420Odd", "jpg", PixelFormat::kI420, k601Full, {63, 41}, 6},
                      EncoderCase{"JpegGray", "jpg", PixelFormat::kGray8, k601, {64, 48}, 6},
                      EncoderCase{
                          "JpegGrayFull", "jpg", PixelFormat::kGray8, k601Full, {64, 48}, 6},
                      EncoderCase{"PngRgb", "png", PixelFormat::kRgb24, {}, {127, 95}, 0},
                      EncoderCase{"PngBgr", "png", PixelFormat::kBgr24, {}, {64, 48}, 0},
                      EncoderCase{"PngRgba", "png", PixelFormat::kRgba32, {}, {33, 21}, 0},
                      EncoderCase{"PngI420", "png", PixelFormat::kI420, k709, {128, 96}, 4},
                      EncoderCase{"PngYuy2Odd", "png", PixelFormat::kYuy2, k601, {127, 96}, 4},
                      EncoderCase{"WebpRgb", "webp", PixelFormat::kRgb24, {}, {128, 96}, 8},
                      EncoderCase{"WebpI420Bt709", "webp", PixelFormat::kI420, k709, {128, 96}, 8},
                      EncoderCase{"BmpI420", "bmp", PixelFormat::kI420, k709, {64, 48}, 4},
                      EncoderCase{"BmpRgbOdd", "bmp", PixelFormat::kRgb24, {}, {61, 35}, 0}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ImageEncoder, TakesPicturesOfChangingSizeAndFormat) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  auto encoder = ImageEncoder::Create(ImageFormat::kJpeg);
  ASSERT_TRUE(encoder);
  testing::Random random(7);
  for (int n = 0; n < 40; ++n) {
    const Size size{1 + random.Below(90), 1 + random.Below(90)};
    const auto pixels = static_cast<PixelFormat>(random.Below(7));
    const auto bytes = (*encoder)->Encode(Picture({pixels, size, k601}));
    ASSERT_TRUE(bytes) << bytes.error().message;
    const std::string path = folder.File("a.jpg");
    testing::WriteFile(path, std::string(bytes->begin(), bytes->end()));
    EXPECT_EQ(ImageSize(path), size) << ToString(pixels);
  }
}

TEST(ImageEncoder, HasMoreBytesForMoreQuality) {
  const Frame picture = Paint({PixelFormat::kI420, {160, 120}, k601}, {}, {},
                              [](int x, int y) { return testing::Gradient(x * 7, y * 5, 0); });
  std::size_t before = 0;
  for (const int quality : {20, 70, 95}) {
    auto encoder = ImageEncoder::Create(ImageFormat::kJpeg, {.quality = quality});
    ASSERT_TRUE(encoder);
    const auto bytes = (*encoder)->Encode(picture);
    ASSERT_TRUE(bytes);
    EXPECT_GT(bytes->size(), before);
    before = bytes->size();
  }
  EXPECT_FALSE(ImageEncoder::Create(ImageFormat::kJpeg, {.quality = 0}));
  EXPECT_FALSE(ImageEncoder::Create(ImageFormat::kJpeg, {.quality = 101}));
}

TEST(ImageFormatOf, GoesByTheExtension) {
  EXPECT_EQ(ImageFormatOf("a/b.JPG").value(), ImageFormat::kJpeg);
  EXPECT_EQ(ImageFormatOf("x.y.png").value(), ImageFormat::kPng);
  EXPECT_FALSE(ImageFormatOf("folder.png/file"));
  EXPECT_FALSE(ImageFormatOf("jpg"));
  EXPECT_THAT(ImageFormatOf("a.tiff").error().message, HasSubstr("a.tiff"));
}

// --- Image sink -----------------------------------------------------------------

StreamInfo Stream(const std::string& name, bool is_image) {
  StreamInfo info;
  info.name = name;
  info.is_image = is_image;
  info.class_names = {"person", "traffic light"};
  return info;
}

constexpr FrameFormat kFormat{PixelFormat::kI420, {64, 48}, k709};

TEST(ImageSink, WritesOneImageToAFile) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  auto sink = CreateImageSink(folder.File("out.png"));
  ASSERT_TRUE(sink) << sink.error().message;
  EXPECT_EQ((*sink)->picture(), Sink::Picture::kDrawn);
  ASSERT_TRUE((*sink)->Begin(Stream("in.jpg", true)));
  ASSERT_TRUE((*sink)->Write(Picture(kFormat), {}));
  const auto second = (*sink)->Write(Picture(kFormat), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE((*sink)->Finish());
  EXPECT_THAT(FilesBelow(folder.path()), ElementsAre("out.png"));
  EXPECT_EQ(ImageSize(folder.File("out.png")), (Size{64, 48}));
}

TEST(ImageSink, FillsAFolder) {
  const TemporaryFolder folder;
  ImageSinkOptions options;
  options.names = std::make_shared<UniqueNames>();
  const auto write = [&](const std::string& stream, bool is_image, int frames) {
    auto sink = CreateImageSink(folder.File("out"), options).value();
    ASSERT_TRUE(sink->Begin(Stream(stream, is_image)));
    for (int n = 0; n < frames; ++n) ASSERT_TRUE(sink->Write(Picture(kFormat, {0, n}), {}));
    ASSERT_TRUE(sink->Finish());
  };
  write("a/1.jpg", true, 1);
  write("b/1.jpg", true, 1);
  write("walk.mp4", false, 2);
  EXPECT_THAT(FilesBelow(folder.File("out")),
              ElementsAre("1-2.jpg", "1.jpg", "walk_000000.jpg", "walk_000001.jpg"));
}

TEST(ImageSink, RefusesPlacesThatAreNotThere) {
  const TemporaryFolder folder;
  const auto begin = [](const std::string& path) {
    const auto begun = CreateImageSink(path).value()->Begin(Stream("a.jpg", true));
    return begun ? ErrorCode::kInternal : begun.error().code;
  };
  EXPECT_EQ(begin(folder.File("absent/out.jpg")), ErrorCode::kNotFound);
  EXPECT_EQ(begin(folder.File("absent/out")), ErrorCode::kNotFound);
  testing::WriteFile(folder.File("file"), "x");
  EXPECT_EQ(begin(folder.File("file")), ErrorCode::kAlreadyExists);
  EXPECT_THAT(FilesBelow(folder.path()), ElementsAre("file"));
}

TEST(ImageSink, SaysThatTheDiskIsFull) {
  const TemporaryFolder folder;
  auto sink = CreateImageSink(folder.File("out.bmp")).value();
  ASSERT_TRUE(sink->Begin(Stream("a.jpg", true)));
  auto* before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  rlimit lower = limit;
  lower.rlim_cur = 1000;  // the image has 64*48*3 bytes
  setrlimit(RLIMIT_FSIZE, &lower);
  const auto written = sink->Write(Picture(kFormat), {});
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(written.error().message, HasSubstr("out.bmp"));
  EXPECT_THAT(FilesBelow(folder.path()), ::testing::IsEmpty());
}

// --- Crops ----------------------------------------------------------------------

Detection Object(Box box, int class_id, TrackId id = kNoTrack) {
  return {.box = box, .score = 0.5f, .class_id = class_id, .track_id = id};
}

TEST(CropsSink, WritesEachObjectUnderItsClass) {
  RETINUE_PROGRAM_OR_SKIP("ffprobe");
  const TemporaryFolder folder;
  auto sink = CreateCropsSink(folder.File("crops")).value();
  EXPECT_EQ(sink->picture(), Sink::Picture::kPlain);
  ASSERT_TRUE(sink->Begin(Stream("videos/walk.mp4", false)));
  FrameResult result;
  result.objects = {Object({4, 6, 20, 10}, 0, 17), Object({0, 0, 8, 8}, 1, 3),
                    Object({10, 10, 8, 8}, 9, 4), Object({20, 20, 8, 8}, 0)};
  ASSERT_TRUE(sink->Write(Picture(kFormat, {0, 12}), result));
  result.objects = {Object({4, 6, 20, 10}, 0), Object({100, 6, 20, 10}, 0),
                    Object({-5, -5, 15, 13}, 0), Object({5, 5, 0, 4}, 0)};
  ASSERT_TRUE(sink->Write(Picture(kFormat, {0, 13}), result));
  ASSERT_TRUE(sink->Finish());
  EXPECT_THAT(FilesBelow(folder.File("crops")),
              UnorderedElementsAre("person/walk_000012_17.jpg", "traffic_light/walk_000012_3.jpg",
                                   "class_9/walk_000012_4.jpg", "person/walk_000012_d3.jpg",
                                   "person/walk_000013_0.jpg", "person/walk_000013_2.jpg"));
  EXPECT_EQ(ImageSize(folder.File("crops/person/walk_000012_17.jpg")), (Size{20, 10}));
  // [-5, 10) × [-5, 8) inside the frame.
  EXPECT_EQ(ImageSize(folder.File("crops/person/walk_000013_2.jpg")), (Size{10, 8}));
}

class EveryCrop : public ::testing::TestWithParam<PixelFormat> {};

// The box covers exactly the green field of Quarters, at odd offsets, so one pixel astray shows.
TEST_P(EveryCrop, ShowsWhatLiesInTheBox) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  auto sink = CreateCropsSink(folder.File("crops")).value();
  ASSERT_TRUE(sink->Begin(Stream("a.mp4", false)));
  const Rgb green{30, 190, 40};
  const Rgb gray{120, 120, 120};
  const Frame frame = Paint({GetParam(), {67, 49}, k709}, {}, {}, [&](int x, int y) {
    return x >= 30 && x < 52 && y >= 12 && y < 28 ? green : gray;
  });
  FrameResult result;
  result.objects = {Object({30.6f, 12.4f, 20.1f, 15.3f}, 0),   // inside [30, 52) × [12, 28)
                    Object({51.5f, 27.5f, 30.0f, 30.0f}, 0)};  // to the odd corner of the frame
  ASSERT_TRUE(sink->Write(frame, result));
  const std::string first = folder.File("crops/person/a_000000_0.jpg");
  const Size size = ImageSize(first);
  EXPECT_GE(size.width, 21);
  EXPECT_LE(size.width, 22);
  EXPECT_EQ(size.height, 16);
  const bool is_gray = GetParam() == PixelFormat::kGray8;
  const int luma = testing::Byte(testing::ToYcc(green, {ColorMatrix::kBt709, ColorRange::kFull}).y);
  const Rgb want = is_gray ? Rgb{luma, luma, luma} : green;
  for (const auto& [x, y] :
       {std::pair{0, 0}, {size.width - 1, 0}, {0, 15}, {size.width - 1, 15}, {10, 8}}) {
    ExpectColor(PixelOf(first, x, y), want, 8);
  }
  const std::string second = folder.File("crops/person/a_000000_1.jpg");
  const Size corner = ImageSize(second);
  ExpectColor(PixelOf(second, corner.width - 1, corner.height - 1), gray, 8);
}

INSTANTIATE_TEST_SUITE_P(CropsSink, EveryCrop,
                         ::testing::Values(PixelFormat::kI420, PixelFormat::kNv12,
                                           PixelFormat::kYuy2, PixelFormat::kRgb24,
                                           PixelFormat::kBgr24, PixelFormat::kRgba32,
                                           PixelFormat::kGray8),
                         [](const auto& one) { return std::string(ToString(one.param)); });

}  // namespace
}  // namespace retinue
