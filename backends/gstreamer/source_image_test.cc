// Image files: JPEG, PNG, WebP, BMP; orientation by EXIF.

#include <array>
#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/gstreamer/source_test_support.h"

namespace retinue {
namespace {

using testing::BigEndian;
using testing::Collected;
using testing::Decoded;
using testing::Generate;
using testing::Keep;
using testing::LittleEndian;
using testing::ReadFile;
using testing::ReadMedia;
using testing::TemporaryFolder;
using testing::WriteFile;

struct ImageCase {
  const char* name;
  const char* file;
  const char* options;
  PixelFormat format;
  const char* ffmpegs;  // the same format in ffmpeg's words
};

class ImageFile : public ::testing::TestWithParam<ImageCase> {};

TEST_P(ImageFile, IsOneUprightPictureAndThenTheEnd) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File(GetParam().file);
  ASSERT_TRUE(Generate("testsrc=s=853x479:d=1", std::string(GetParam().options) + " -frames:v 1",
                       path));
  const Collected all = ReadMedia(path, Keep::kPixels);
  EXPECT_EQ(all.error, "");
  EXPECT_TRUE(all.info.is_image);
  EXPECT_FALSE(all.info.is_live);
  EXPECT_EQ(all.info.frame_count, 1);
  EXPECT_EQ(all.info.size, (Size{853, 479}));
  EXPECT_EQ(all.format.pixels, GetParam().format);
  ASSERT_EQ(all.seconds, std::vector<double>{0});
  const std::string expected = Decoded(path, GetParam().ffmpegs);
  ASSERT_EQ(all.pixels.size(), expected.size());
  EXPECT_GT(testing::Psnr(reinterpret_cast<const std::uint8_t*>(all.pixels.data()),
                          reinterpret_cast<const std::uint8_t*>(expected.data()), expected.size()),
            50);  // JPEG's transform may be rounded in more than one way
}

INSTANTIATE_TEST_SUITE_P(
    All, ImageFile,
    ::testing::Values(
        ImageCase{"Jpeg", "a.jpg", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p", PixelFormat::kI420,
                  "yuvj420p"},
        ImageCase{"JpegWithTheWrongName", "a.png.txt", "-f mjpeg -q:v 2 -pix_fmt yuvj420p",
                  PixelFormat::kI420, "yuvj420p"},
        ImageCase{"JpegWithFullChroma", "a.jpg", "-c:v mjpeg -q:v 2 -pix_fmt yuvj444p",
                  PixelFormat::kRgb24, "rgb24"},
        ImageCase{"RgbPng", "a.png", "-pix_fmt rgb24", PixelFormat::kRgb24, "rgb24"},
        ImageCase{"RgbaPng", "a.png", "-pix_fmt rgba", PixelFormat::kRgba32, "rgba"},
        ImageCase{"GrayPng", "a.png", "-pix_fmt gray", PixelFormat::kGray8, "gray"}),
    [](const auto& test) { return test.param.name; });

TEST(ImageFiles, ReadsWebpAndBmp) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  for (const char* file : {"a.webp", "lossless.webp", "a.bmp"}) {
    const std::string path = folder.File(file);
    const bool is_lossless = std::string(file).starts_with("lossless");
    if (!Generate("testsrc=s=323x241:d=1", is_lossless ? "-lossless 1 -frames:v 1" : "-frames:v 1",
                  path)) {
      continue;  // an ffmpeg without WebP
    }
    const Collected all = ReadMedia(path, Keep::kPixels);
    EXPECT_EQ(all.error, "") << file;
    EXPECT_TRUE(all.info.is_image) << file;
    EXPECT_EQ(all.info.size, (Size{323, 241})) << file;
    ASSERT_EQ(all.seconds.size(), 1u) << file;
    const char* format = "";
    switch (all.format.pixels) {
      case PixelFormat::kRgb24: format = "rgb24"; break;
      case PixelFormat::kBgr24: format = "bgr24"; break;
      case PixelFormat::kRgba32: format = "rgba"; break;
      case PixelFormat::kI420: format = "yuv420p"; break;
      default: FAIL() << file << " as " << ToString(all.format.pixels);
    }
    const std::string expected = Decoded(path, format);
    ASSERT_EQ(all.pixels.size(), expected.size()) << file;
    // libwebp interpolates the chroma of a lossy picture, ffmpeg repeats it.
    EXPECT_GT(testing::Psnr(reinterpret_cast<const std::uint8_t*>(all.pixels.data()),
                            reinterpret_cast<const std::uint8_t*>(expected.data()),
                            expected.size()),
              std::string(file) == "a.webp" ? 25 : 60) << file << " as " << format;
  }
}

// The stored picture as a viewer that follows `orientation` shows it.
// @source EXIF 2.32, 4.6.5.1.6: where the visual top and left of the stored rows and columns are.
std::string Upright(const std::string& stored, int width, int height, int orientation) {
  const bool is_turned = orientation >= 5;
  const int out_width = is_turned ? height : width;
  const int out_height = is_turned ? width : height;
  std::string out(stored.size(), '\0');
  for (int y = 0; y < out_height; ++y) {
    for (int x = 0; x < out_width; ++x) {
      int row = y;
      int column = x;
      switch (orientation) {
        case 2: column = width - 1 - x; break;
        case 3: row = height - 1 - y; column = width - 1 - x; break;
        case 4: row = height - 1 - y; break;
        case 5: row = x; column = y; break;
        case 6: row = height - 1 - x; column = y; break;
        case 7: row = height - 1 - x; column = width - 1 - y; break;
        case 8: row = x; column = width - 1 - y; break;
        default: break;
      }
      for (int c = 0; c < 3; ++c) {
        out[static_cast<std::size_t>((y * out_width + x) * 3 + c)] =
            stored[static_cast<std::size_t>((row * width + column) * 3 + c)];
      }
    }
  }
  return out;
}

std::uint32_t Crc32(const std::string& bytes) {  // @source ISO 3309, as PNG's annex D has it
  std::uint32_t crc = 0xffffffffu;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

TEST(ImageFiles, TurnsAPngUprightByEachOfTheEightExifOrientations) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string plain = folder.File("plain.png");
  ASSERT_TRUE(Generate("testsrc=s=37x24:d=1", "-pix_fmt rgb24 -frames:v 1", plain));
  const std::string png = ReadFile(plain);
  const Collected stored = ReadMedia(plain, Keep::kPixels);
  ASSERT_EQ(stored.format.pixels, PixelFormat::kRgb24);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string content = "eXIf" + testing::TiffWithOrientation(orientation, orientation % 2);
    const std::string chunk = BigEndian(content.size() - 4, 4) + content +
                              BigEndian(Crc32(content), 4);
    const std::string path = folder.File(std::to_string(orientation) + ".png");
    WriteFile(path, png.substr(0, 33) + chunk + png.substr(33));  // behind IHDR
    const Collected all = ReadMedia(path, Keep::kPixels);
    EXPECT_EQ(all.error, "");
    EXPECT_EQ(all.info.size, orientation >= 5 ? (Size{24, 37}) : (Size{37, 24})) << orientation;
    EXPECT_TRUE(all.pixels == Upright(stored.pixels, 37, 24, orientation)) << orientation;
  }
}

TEST(ImageFiles, TurnsAJpegUprightByEachOfTheEightExifOrientations) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string jpeg = folder.File("plain.jpg");
  ASSERT_TRUE(Generate("testsrc=s=37x24:d=1", "-pix_fmt yuvj444p -frames:v 1", jpeg));
  const Collected plain = ReadMedia(jpeg, Keep::kPixels);
  ASSERT_EQ(plain.format.pixels, PixelFormat::kRgb24);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string path = folder.File(std::to_string(orientation) + ".jpg");
    const std::string tiff = testing::TiffWithOrientation(orientation, orientation % 2);
    WriteFile(path, testing::JpegWithExif(ReadFile(jpeg), tiff));
    const Collected all = ReadMedia(path, Keep::kPixels);
    EXPECT_EQ(all.error, "");
    EXPECT_EQ(all.info.size, orientation >= 5 ? (Size{24, 37}) : (Size{37, 24})) << orientation;
    EXPECT_TRUE(all.pixels == Upright(plain.pixels, 37, 24, orientation)) << orientation;
  }
}

// Pillow decodes by the same library, so `convert`, which does too, is asked instead of ffmpeg,
// whose other transform and chroma would hide a difference of a few levels.
TEST(ImageFiles, DecodesJpegAsImageMagickDoes) {
  RETINUE_PROGRAM_OR_SKIP("convert");
  const TemporaryFolder folder;
  const struct {
    const char* name;
    const char* options;
    PixelFormat format = PixelFormat::kRgb24;
    const char* raw = "rgb";
  } cases[] = {{"444", "-sampling-factor 1x1"},
               {"422", "-sampling-factor 2x1"},
               {"440", "-sampling-factor 1x2"},
               {"progressive", "-sampling-factor 1x1 -interlace JPEG"},
               {"gray", "-colorspace Gray", PixelFormat::kGray8, "gray"},
               {"cmyk", "-colorspace CMYK"}};
  for (const auto& one : cases) {
    const std::string path = folder.File(std::string(one.name) + ".jpg");
    const std::string plain = folder.File(std::string(one.name) + ".rgb");
    ASSERT_EQ(testing::Shell("convert -size 321x203 plasma:red-blue -seed 5 " +
                             std::string(one.options) + " -quality 90 " + testing::Quoted(path) +
                             " && convert " + testing::Quoted(path) +
                             " -colorspace sRGB -depth 8 " +
                             testing::Quoted(std::string(one.raw) + ":" + plain))
                  .status,
              0);
    const Collected all = ReadMedia(path, Keep::kPixels);
    EXPECT_EQ(all.error, "") << one.name;
    ASSERT_EQ(all.format.pixels, one.format) << one.name;
    const std::string expected = ReadFile(plain);
    ASSERT_EQ(all.pixels.size(), expected.size()) << one.name;
    EXPECT_GT(testing::Psnr(reinterpret_cast<const std::uint8_t*>(all.pixels.data()),
                            reinterpret_cast<const std::uint8_t*>(expected.data()),
                            expected.size()),
              50)
        << one.name;
  }
}

TEST(ImageFiles, GivesWhatIsThereOfACutJpegAndSaysSo) {
  RETINUE_TEST_DATA_OR_SKIP(path, "images/bus.jpg");
  const TemporaryFolder folder;
  const std::string whole = ReadFile(path);
  WriteFile(folder.File("half.jpg"), whole.substr(0, whole.size() / 2));
  const Collected half = ReadMedia(folder.File("half.jpg"), Keep::kPixels);
  EXPECT_EQ(half.error, "");
  EXPECT_EQ(half.info.size, (Size{810, 1080}));
  EXPECT_EQ(half.stats.warning, "the JPEG is damaged: Premature end of JPEG file");
  const Collected all = ReadMedia(path, Keep::kPixels);
  EXPECT_EQ(half.pixels.substr(0, 810 * 400), all.pixels.substr(0, 810 * 400));

  WriteFile(folder.File("head.jpg"), whole.substr(0, 100));
  const Collected head = ReadMedia(folder.File("head.jpg"));
  EXPECT_EQ(head.code, ErrorCode::kDataLoss);
  EXPECT_THAT(head.error, ::testing::HasSubstr("the JPEG is damaged"));
}

TEST(ImageFiles, TurnsAWebpUpright) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string webp = folder.File("plain.webp");
  if (!Generate("testsrc=s=48x32:d=1", "-frames:v 1 -lossless 0", webp)) return;
  const std::string file = ReadFile(webp);
  // The extended format (RFC 9649): VP8X with the EXIF flag and the canvas, the picture, EXIF.
  const std::string tiff = testing::TiffWithOrientation(8, false);
  const std::size_t picture = file.find("VP8", 12);
  const std::string body = "WEBPVP8X" + LittleEndian(10, 4) + LittleEndian(8, 4) +
                           LittleEndian(47, 3) + LittleEndian(31, 3) + file.substr(picture) +
                           "EXIF" + LittleEndian(tiff.size(), 4) + tiff;
  if (file.substr(picture, 4) == "VP8X") return;
  const std::string path = folder.File("turned.webp");
  WriteFile(path, "RIFF" + LittleEndian(body.size(), 4) + body);
  const Collected two = ReadMedia(path, Keep::kPixels);
  EXPECT_EQ(two.error, "");
  EXPECT_EQ(two.info.size, (Size{32, 48}));
}

TEST(ImageFiles, RefusesAPictureThatIsTooLargeBeforeDecodingIt) {
  RETINUE_PROGRAM_OR_SKIP("ffmpeg");
  const TemporaryFolder folder;
  const std::string path = folder.File("wide.png");
  ASSERT_TRUE(Generate("color=s=16400x8:d=1", "-pix_fmt gray -frames:v 1", path));
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(all.error, path + ": pictures must be at most 16384 pixels on each side, got 16400x8");
}

TEST(ImageFiles, ReadsTheReferencePhotographs) {
  RETINUE_TEST_DATA_OR_SKIP(path, "images/bus.jpg");
  const Collected all = ReadMedia(path);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.info.size, (Size{810, 1080}));  // file(1)
  EXPECT_EQ(all.format.color, (ColorSpace{ColorMatrix::kBt601, ColorRange::kFull}));  // JFIF
}

}  // namespace
}  // namespace retinue
