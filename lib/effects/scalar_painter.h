#pragma once

// The scalar painter: section 4 of the language's specification word by word, in double precision,
// on RGB. It is the truth that the fast one is tested against.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/effects/filters.h"
#include "lib/effects/painter.h"
#include "lib/effects/picture.h"
#include "retinue/effects/effects.h"

namespace retinue::internal {

class ScalarPainter final : public Painter {
 public:
  /// Both must outlive the frame's draws.
  void Begin(const RgbPicture& picture, const BackgroundMask& mask);

  void BeginStatement() override;
  void Prepare(const Texture& texture) override;
  bool Draw(const Placement& placement) override;
  void EndStatement() override;

 private:
  // A copy of the picture, whose memory is kept.
  class Copy {
   public:
    void Take(const RgbPicture& picture);
    void Update(const RgbPicture& picture, const PixelArea& area);
    RgbView View() const;

   private:
    Size size_;
    std::vector<std::uint8_t> pixels_;
  };

  // Which pixels a statement has changed: a few areas, or what is around them.
  class Changes {
   public:
    void Add(const PixelArea& area);
    void Clear() { count_ = 0; }
    std::span<const PixelArea> areas() const { return {areas_.data(), count_}; }

   private:
    void Widen(const PixelArea& by);
    std::array<PixelArea, 8> areas_;
    std::size_t count_ = 0;
  };

  Color ColorAt(Vec2 p) const;
  double MaskAt(Vec2 p) const;

  RgbPicture picture_;
  const BackgroundMask* mask_ = nullptr;
  Texture texture_;
  RgbView source_;  // of a picture that is drawn as it is, or blurred
  bool has_copies_ = false;
  Copy input_;  // of the statement: the output of the one before
  Copy camera_;
  Changes changes_;
  Blur blur_;
  Cells cells_;
  Ring ring_;
};

}  // namespace retinue::internal
