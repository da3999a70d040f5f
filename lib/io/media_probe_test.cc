#include "retinue/io/media_probe.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace retinue {
namespace {

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string Big(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string Little(std::uint64_t value, int bytes) {
  const std::string big = Big(value, bytes);
  return {big.rbegin(), big.rend()};
}

// A directory with another tag first. @source EXIF 2.32, 4.6.2
std::string Tiff(int orientation, bool is_little) {
  const auto number = [is_little](std::uint64_t value, int bytes) {
    return is_little ? Little(value, bytes) : Big(value, bytes);
  };
  return (is_little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
         number(0x010f, 2) + number(2, 2) + number(4, 4) + "abc" + std::string(1, '\0') +
         number(0x0112, 2) + number(3, 2) + number(1, 4) +
         number(static_cast<std::uint64_t>(orientation), 2) + number(0, 2) + number(0, 4);
}

std::string Jpeg(const std::string& exif) {
  const std::string content = std::string("Exif\0\0", 6) + exif;
  return "\xff\xd8\xff\xe0" + Big(4, 2) + "JF" + "\xff\xe1" + Big(content.size() + 2, 2) + content +
         "\xff\xda" + Big(2, 2) + "pixels";
}

std::string Png(const std::string& exif) {
  return "\x89PNG\r\n\x1a\n" + Big(4, 4) + "IHDR" + "abcd" + Big(0, 4) + Big(exif.size(), 4) +
         "eXIf" + exif + Big(0, 4);
}

std::string Webp(const std::string& exif) {
  const std::string body =
      "WEBPVP8X" + Little(3, 4) + "abc" + std::string(1, '\0') +
      "EXIF" + Little(exif.size(), 4) + exif;
  return "RIFF" + Little(body.size(), 4) + body;
}

TEST(ImageKindOf, KnowsTheFourKindsByTheirFirstBytes) {
  EXPECT_EQ(ImageKindOf(Bytes("\xff\xd8\xff\xe0")), ImageKind::kJpeg);
  EXPECT_EQ(ImageKindOf(Bytes("\x89PNG\r\n\x1a\n")), ImageKind::kPng);
  EXPECT_EQ(ImageKindOf(Bytes("RIFFabcdWEBPVP8 ")), ImageKind::kWebp);
  EXPECT_EQ(ImageKindOf(Bytes("BMabcd" + std::string(4, '\0'))), ImageKind::kBmp);
  for (const std::string other : {"", "B", "BM is a text", "RIFFabcdAVI ", "RIFFabcdWEB",
                                  "\x89PNG\n", "\xff\xd8", "ftyp"}) {
    EXPECT_EQ(ImageKindOf(Bytes(other)), ImageKind::kNone) << other;
  }
  EXPECT_EQ(MediaType(ImageKind::kWebp), "image/webp");
  EXPECT_EQ(MediaType(ImageKind::kNone), "");
}

TEST(ExifOrientation, IsReadFromEachKindInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool is_little : {true, false}) {
      const std::string tiff = Tiff(orientation, is_little);
      EXPECT_EQ(ExifOrientation(Bytes(Jpeg(tiff))), orientation);
      EXPECT_EQ(ExifOrientation(Bytes(Png(tiff))), orientation);
      EXPECT_EQ(ExifOrientation(Bytes(Webp(tiff))), orientation);
      // Some writers put JPEG's prefix into WebP too.
      EXPECT_EQ(ExifOrientation(Bytes(Webp(std::string("Exif\0\0", 6) + tiff))), orientation);
    }
  }
}

TEST(ExifOrientation, IsOneWhereTheFileSaysNothingUsable) {
  EXPECT_EQ(ExifOrientation({}), 1);
  EXPECT_EQ(ExifOrientation(Bytes("no image")), 1);
  EXPECT_EQ(ExifOrientation(Bytes(Jpeg(Tiff(0, true)))), 1);
  EXPECT_EQ(ExifOrientation(Bytes(Jpeg(Tiff(9, true)))), 1);
  EXPECT_EQ(ExifOrientation(Bytes(Jpeg("XX*" + Tiff(6, true)))), 1);
  std::string as_long = Tiff(6, false);
  as_long[8 + 2 + 12 + 3] = 4;  // the type of the tag becomes LONG
  EXPECT_EQ(ExifOrientation(Bytes(Jpeg(as_long))), 1);
  // Behind the start of the picture nothing is metadata.
  const std::string jpeg = Jpeg(Tiff(6, true));
  EXPECT_EQ(ExifOrientation(Bytes("\xff\xd8\xff\xda" + Big(2, 2) + jpeg.substr(2))), 1);
}

TEST(ExifOrientation, TakesAnyPrefixAndAnyChangedByteWithoutHarm) {
  testing::Random random(5);
  for (const std::string& file : {Jpeg(Tiff(6, true)), Png(Tiff(6, false)), Webp(Tiff(6, true))}) {
    for (std::size_t size = 0; size <= file.size(); ++size) {
      // A copy of exactly that size, so that a sanitizer sees a byte too far.
      const std::string prefix = file.substr(0, size);
      const int orientation = ExifOrientation(Bytes(prefix));
      EXPECT_TRUE(orientation == 1 || orientation == 6);
    }
    for (int round = 0; round < 2000; ++round) {
      std::string changed = file;
      for (int i = 0; i < 3; ++i) {
        changed[static_cast<std::size_t>(random.Below(static_cast<int>(file.size())))] =
            static_cast<char>(random.Below(256));
      }
      const int orientation = ExifOrientation(Bytes(changed));
      EXPECT_GE(orientation, 1);
      EXPECT_LE(orientation, 8);
    }
  }
}

std::optional<std::uint64_t> Promised(const std::string& file) {
  const auto read = [&file](std::uint64_t offset, std::span<std::byte> into) -> std::size_t {
    if (offset >= file.size()) return 0;
    const std::size_t count =
        std::min<std::size_t>(into.size(), file.size() - static_cast<std::size_t>(offset));
    std::copy_n(Bytes(file).begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
  };
  return PromisedBytes(read, file.size());
}

struct Promise {
  const char* name;
  std::string file;
  std::optional<std::uint64_t> expected;  // by hand: headers plus stated lengths
};

class PromiseOf : public ::testing::TestWithParam<Promise> {};

TEST_P(PromiseOf, IsTheSumOfTheOutermostBoxes) {
  EXPECT_EQ(Promised(GetParam().file), GetParam().expected);
}

const std::string kFtyp = Big(16, 4) + "ftyp" + "isomabcd";
const std::string kEbml = std::string("\x1a\x45\xdf\xa3") + "\x84" + "abcd";  // 9 bytes
const std::string kSegment = "\x18\x53\x80\x67";

INSTANTIATE_TEST_SUITE_P(
    All, PromiseOf,
    ::testing::Values(
        Promise{"WholeMp4", kFtyp + Big(12, 4) + "mdat" + "data", 28},
        Promise{"CutMp4", kFtyp + Big(100, 4) + "mdat" + "data", 116},
        Promise{"CutMp4WithLongBox", kFtyp + Big(1, 4) + "mdat" + Big(1000, 8) + "data", 1016},
        Promise{"CutInABoxHeader", kFtyp + Big(12, 4), 24},
        Promise{"Mp4ToTheEnd", kFtyp + Big(0, 4) + "mdat" + "data", 28},
        Promise{"BoxSmallerThanItsHeader", kFtyp + Big(4, 4) + "mdat" + "data", std::nullopt},
        Promise{"LongBoxThatOverflows", kFtyp + Big(1, 4) + "mdat" + Big(UINT64_MAX, 8),
                std::nullopt},
        Promise{"GarbageBehindTheBoxes", kFtyp + Big(12, 4) + "\x01\x02\x03\x04" + "data",
                std::nullopt},
        Promise{"WholeAvi", "RIFF" + Little(8, 4) + "AVI data", 16},
        Promise{"CutAvi", "RIFF" + Little(800, 4) + "AVI data", 808},
        Promise{"AviWithASecondChunk",
                "RIFF" + Little(8, 4) + "AVI dataRIFF" + Little(50, 4) + "AVIXdata", 74},
        Promise{"AviWithTrash", "RIFF" + Little(8, 4) + "AVI datatrash", 16},
        Promise{"AviWithoutItsLength", "RIFF" + Little(0, 4) + "AVI data", std::nullopt},
        Promise{"AviWithoutItsPadding", "RIFF" + Little(7, 4) + "AVI dat", 15},
        Promise{"Wave", "RIFF" + Little(800, 4) + "WAVEdata", std::nullopt},
        Promise{"WholeMatroska", kEbml + kSegment + "\x83" + "abc", 17},
        Promise{"CutMatroska", kEbml + kSegment + "\x41\xf4" + "abc", 515},
        Promise{"MatroskaOfUnknownLength",
                kEbml + kSegment + "\x01\xff\xff\xff\xff\xff\xff\xff" + "abc", std::nullopt},
        Promise{"MatroskaWithoutASegment", kEbml + "abcdefgh", std::nullopt},
        Promise{"Text", "A text is no container at all", std::nullopt},
        Promise{"Nothing", "", std::nullopt}),
    [](const auto& test) { return test.param.name; });

TEST(PromisedBytes, TakesAnyBytesWithoutHarm) {
  testing::Random random(9);
  const std::string starts[] = {kFtyp, kEbml + kSegment, "RIFF" + Little(8, 4) + "AVI "};
  for (int round = 0; round < 3000; ++round) {
    std::string file = starts[round % 3];
    for (int i = 0; i < 40; ++i) file += static_cast<char>(random.Below(256));
    file[static_cast<std::size_t>(random.Below(static_cast<int>(file.size())))] =
        static_cast<char>(random.Below(256));
    Promised(file.substr(0, static_cast<std::size_t>(random.Below(60))));
  }
}

}  // namespace
}  // namespace retinue
