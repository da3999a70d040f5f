#pragma once

// Type: UTF-8 text as masks of coverage, from a TrueType font. Thread rule:
// one FontFace per thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/overlay/canvas.h"
#include "retinue/base/result.h"

namespace retinue::internal {

/// Takes one character off the front of `text`; what is not UTF-8 gives U+FFFD, a byte at a
/// time. `text` must not be empty.
char32_t TakeCharacter(std::string_view& text);

/// One font at one size, with the glyphs used so far.
class FontFace {
 public:
  /// @param bytes  Of a .ttf or .otf file; copied.
  /// @error kInvalidArgument  They do not begin like a font.
  static Result<std::unique_ptr<FontFace>> Create(std::span<const std::byte> bytes);
  ~FontFace();

  /// Sets the size of the em square; forgets the glyphs if it is another than before.
  void SetSize(int pixels);

  /// From the baseline up to the highest, and down to the lowest usual glyph; both positive.
  int ascent() const { return ascent_; }
  int descent() const { return descent_; }

  /// How far the pen moves over `text`, in whole pixels, rounded up.
  int WidthOf(std::string_view text);

  /// Draws `text` from the pen's place (x, baseline). Rasterises a glyph when it is first
  /// used, otherwise allocates nothing.
  void Draw(Canvas& canvas, int x, int baseline, std::string_view text, const Ink& ink);

 private:
  struct Glyph {
    int left = 0, top = 0;  // of its mask, from the pen's place on the baseline
    int width = 0, height = 0;
    std::size_t offset = 0;  // of its mask in masks_
    float advance = 0;
  };
  struct Tables;  // the rasteriser's

  FontFace();
  const Glyph& Get(char32_t character);
  Glyph Rasterise(char32_t character);

  std::vector<std::byte> bytes_;
  std::unique_ptr<Tables> tables_;
  int size_ = 0;
  int ascent_ = 0;
  int descent_ = 0;
  float scale_ = 0;
  std::vector<std::pair<char32_t, Glyph>> glyphs_;  // sorted
  std::vector<std::uint8_t> masks_;
};

}  // namespace retinue::internal
