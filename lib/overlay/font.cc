#include "lib/overlay/font.h"

#include <algorithm>
#include <cmath>

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb_truetype.h>

namespace retinue::internal {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
// More than any list of class names needs at a time; then the cache starts again.
constexpr std::size_t kMostGlyphs = 4096;

const unsigned char* Bytes(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(0);
  std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t character = length == 1 ? first : first & (0xFFu >> (length + 1));
  bool is_valid = first < 0x80 || (first >= 0xC2 && first <= 0xF4);
  for (std::size_t i = 1; i < length; ++i) {
    is_valid = is_valid && (byte(i) & 0xC0) == 0x80;
    character = character << 6 | (byte(i) & 0x3F);
  }
  // Too long an encoding, half of a surrogate pair, or beyond Unicode.
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  is_valid = is_valid && character >= kLeast[length] && character <= 0x10FFFF &&
             (character < 0xD800 || character > 0xDFFF);
  text.remove_prefix(is_valid ? length : 1);
  return is_valid ? character : kReplacement;
}

struct FontFace::Tables {
  stbtt_fontinfo info{};
};

FontFace::FontFace() = default;
FontFace::~FontFace() = default;

Result<std::unique_ptr<FontFace>> FontFace::Create(std::span<const std::byte> bytes) {
  const auto fail = [](const char* message) { return Fail(ErrorCode::kInvalidArgument, message); };
  // The rasteriser trusts what it reads; at least the header must be there.
  if (bytes.size() < 100) {
    return fail("a font must be a TrueType or OpenType file, got fewer than 100 bytes");
  }
  std::unique_ptr<FontFace> face(new FontFace);
  face->bytes_.assign(bytes.begin(), bytes.end());
  face->tables_ = std::make_unique<Tables>();
  const unsigned char* data = Bytes(face->bytes_);
  const int offset = stbtt_GetFontOffsetForIndex(data, 0);
  if (offset < 0 || !stbtt_InitFont(&face->tables_->info, data, offset)) {
    return fail("a font must be a TrueType or OpenType file, got something else");
  }
  face->SetSize(16);
  return face;
}

void FontFace::SetSize(int pixels) {
  if (pixels == size_) return;
  size_ = pixels;
  glyphs_.clear();
  masks_.clear();
  scale_ = stbtt_ScaleForMappingEmToPixels(&tables_->info, static_cast<float>(pixels));
  int ascent = 0;
  int descent = 0;
  int gap = 0;
  stbtt_GetFontVMetrics(&tables_->info, &ascent, &descent, &gap);
  ascent_ = static_cast<int>(std::ceil(scale_ * static_cast<float>(ascent)));
  descent_ = static_cast<int>(std::ceil(-scale_ * static_cast<float>(descent)));
}

FontFace::Glyph FontFace::Rasterise(char32_t character) {
  const stbtt_fontinfo* info = &tables_->info;
  const int index = stbtt_FindGlyphIndex(info, static_cast<int>(character));
  int advance = 0;
  int bearing = 0;
  stbtt_GetGlyphHMetrics(info, index, &advance, &bearing);
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  stbtt_GetGlyphBitmapBox(info, index, scale_, scale_, &left, &top, &right, &bottom);
  const Glyph glyph{.left = left,
                    .top = top,
                    .width = right - left,
                    .height = bottom - top,
                    .offset = masks_.size(),
                    .advance = scale_ * static_cast<float>(advance)};
  masks_.resize(masks_.size() + static_cast<std::size_t>(glyph.width) *
                                    static_cast<std::size_t>(glyph.height));
  if (masks_.size() > glyph.offset) {
    stbtt_MakeGlyphBitmap(info, masks_.data() + glyph.offset, glyph.width, glyph.height,
                          glyph.width, scale_, scale_, index);
  }
  return glyph;
}

const FontFace::Glyph& FontFace::Get(char32_t character) {
  const auto find = [&] {
    return std::lower_bound(glyphs_.begin(), glyphs_.end(), character,
                            [](const auto& entry, char32_t c) { return entry.first < c; });
  };
  auto place = find();
  if (place == glyphs_.end() || place->first != character) {
    if (glyphs_.size() >= kMostGlyphs) {
      glyphs_.clear();
      masks_.clear();
      place = glyphs_.begin();
    }
    place = glyphs_.insert(place, {character, Rasterise(character)});
  }
  return place->second;
}

int FontFace::WidthOf(std::string_view text) {
  float pen = 0;
  while (!text.empty()) pen += Get(TakeCharacter(text)).advance;
  return static_cast<int>(std::ceil(pen));
}

void FontFace::Draw(Canvas& canvas, int x, int baseline, std::string_view text, const Ink& ink) {
  float pen = 0;
  while (!text.empty()) {
    const Glyph& glyph = Get(TakeCharacter(text));
    const auto pixels =
        static_cast<std::size_t>(glyph.width) * static_cast<std::size_t>(glyph.height);
    const Mask mask{glyph.width, glyph.height, std::span(masks_).subspan(glyph.offset, pixels)};
    canvas.FillMask(x + static_cast<int>(std::lround(pen)) + glyph.left, baseline + glyph.top,
                    mask, ink);
    pen += glyph.advance;
  }
}

}  // namespace retinue::internal
