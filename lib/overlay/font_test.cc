#include "lib/overlay/font.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/overlay/overlay.h"

namespace retinue::internal {
namespace {

#define RETINUE_DEFAULT_FONT_OR_SKIP() \
  if (DefaultFont().empty()) GTEST_SKIP() << "built without a default font"

std::u32string Characters(std::string_view text) {
  std::u32string all;
  while (!text.empty()) all += TakeCharacter(text);
  return all;
}

TEST(TakeCharacter, ReadsUtf8) {
  EXPECT_EQ(Characters("aé€😀"), U"aé€😀");
  EXPECT_EQ(Characters(std::string_view("\0x", 2)), std::u32string_view(U"\0x", 2));
}

// The cases of Unicode's "best practices": what is not UTF-8 is replaced, the rest kept.
TEST(TakeCharacter, ReplacesWhatIsNotUtf8) {
  struct Case {
    const char* bytes;
    std::u32string expected;
  };
  for (const Case& c : {Case{"\x80z", U"\uFFFDz"},                     // begins in the middle
                        {"\xC0\xAF", U"\uFFFD\uFFFD"},                 // too long
                        {"\xE2\x82", U"\uFFFD\uFFFD"},                 // ends too early
                        {"\xE2(z", U"\uFFFD(z"},                       // goes on wrongly
                        {"\xED\xA0\x80", U"\uFFFD\uFFFD\uFFFD"},       // half of a pair
                        {"\xF4\x90\x80\x80", U"\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond Unicode
                        {"\xFF", U"\uFFFD"}}) {
    EXPECT_EQ(Characters(c.bytes), c.expected);
  }
}

TEST(FontFace, RefusesWhatIsNoFont) {
  const std::vector<std::byte> zeros(1000);
  for (const std::size_t size : {0u, 4u, 1000u}) {
    const auto face = FontFace::Create(std::span(zeros).first(size));
    ASSERT_FALSE(face.has_value());
    EXPECT_EQ(face.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(face.error().message, ::testing::HasSubstr("TrueType"));
  }
}

struct Inked {
  double sum = 0;  // coverage in pixels
  int width = 0;
  int height = 0;
};

Inked Draw(FontFace& face, std::string_view text) {
  constexpr Size kSize{600, 80};
  auto buffer = FrameBuffer::Create({PixelFormat::kRgb24, kSize, {}}).value();
  Canvas canvas(*buffer);
  canvas.Fill(canvas.bounds(), {0, 0, 0});
  face.Draw(canvas, 10, 50, text, {255, 255, 255});
  Inked inked;
  int left = kSize.width, right = 0, top = kSize.height, bottom = 0;
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) {
      const int value = buffer->plane(0).data[y * buffer->plane(0).stride_bytes + 3 * x];
      inked.sum += value / 255.0;
      if (value <= 5) continue;
      left = std::min(left, x), right = std::max(right, x + 1);
      top = std::min(top, y), bottom = std::max(bottom, y + 1);
    }
  }
  inked.width = std::max(0, right - left);
  inked.height = std::max(0, bottom - top);
  return inked;
}

// Pillow 13.0 (FreeType), ImageFont.truetype("DejaVuSans.ttf", size): getlength, sum of the
// mask, and its extent. FreeType fits outlines to whole pixels, which changes
// each advance by up to half a pixel, and stems likewise.
TEST(FontFace, DrawsAsFreeTypeDoes) {
  RETINUE_DEFAULT_FONT_OR_SKIP();
  auto face = FontFace::Create(DefaultFont()).value();
  struct Case {
    int size;
    const char* text;
    double length, coverage;
    int width, height;
  };
  for (const Case& c : {Case{12, "person", 41.0, 107.1, 39, 10},
                        {18, "person", 60.0, 260.7, 58, 14},
                        {18, "person 3 0.91", 122.0, 472.8, 120, 17},
                        {26, "Fußgänger 70", 182.0, 996.2, 178, 25},
                        {34, "person 3 0.91", 239.0, 1552.1, 233, 32},
                        {34, "日本", 40.0, 334.7, 38, 30}}) {  // not in it: two empty boxes
    face->SetSize(c.size);
    const double tolerance = 0.5 * static_cast<double>(Characters(c.text).size()) + 1;
    const Inked inked = Draw(*face, c.text);
    EXPECT_NEAR(face->WidthOf(c.text), c.length, tolerance) << c.text << c.size;
    EXPECT_NEAR(inked.width, c.width, tolerance) << c.text << c.size;
    EXPECT_NEAR(inked.height, c.height, 2) << c.text << c.size;
    EXPECT_NEAR(inked.sum, c.coverage, 0.12 * c.coverage) << c.text << c.size;
  }
}

TEST(FontFace, DrawsNothingForNothingAndBlanks) {
  RETINUE_DEFAULT_FONT_OR_SKIP();
  auto face = FontFace::Create(DefaultFont()).value();
  EXPECT_EQ(face->WidthOf(""), 0);
  EXPECT_EQ(Draw(*face, "").sum, 0);
  EXPECT_EQ(Draw(*face, "  ").sum, 0);
  EXPECT_GT(face->WidthOf("  "), 0);
}

TEST(FontFace, DrawsTheSameAfterManyOtherCharacters) {
  RETINUE_DEFAULT_FONT_OR_SKIP();
  auto face = FontFace::Create(DefaultFont()).value();
  const Inked before = Draw(*face, "person");
  for (unsigned c = 0x4E00; c < 0x4E00 + 5000; ++c) {  // more than are kept
    const char bytes[] = {static_cast<char>(0xE0 | c >> 12),
                          static_cast<char>(0x80 | (c >> 6 & 0x3F)),
                          static_cast<char>(0x80 | (c & 0x3F))};
    face->WidthOf({bytes, 3});
  }
  EXPECT_EQ(Draw(*face, "person").sum, before.sum);
}

}  // namespace
}  // namespace retinue::internal
