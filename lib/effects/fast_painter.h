#pragma once

// The fast painter: what ScalarPainter draws, row by row in vectors, into a frame of any of the
// formats of canvas.h. Nothing is read, converted or written but what a program reads or draws.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/effects/canvas.h"
#include "lib/effects/coverage.h"
#include "lib/effects/fast_blur.h"
#include "lib/effects/filters.h"
#include "lib/effects/kernels.h"
#include "lib/effects/layers.h"
#include "lib/effects/painter.h"
#include "lib/effects/sampler.h"

namespace retinue::internal {

class FastPainter final : public Painter {
 public:
  /// What they point to must outlive the frame's draws.
  void Begin(const Canvas& canvas, const BackgroundMask& mask);

  void BeginStatement() override;
  void Prepare(const Texture& texture) override;
  bool Draw(const Placement& placement) override;
  void EndStatement() override {}

  /// Writes what was drawn into the frame.
  void Finish() { layers_.Finish(); }

 private:
  // How pixels get their colours.
  enum class Way {
    kSample,  // from a picture
    kShade,   // the same, changed
    kSolid,
    kCells,
    kSpread,
  };
  // A texture as it was drawn once, for draws of it that lie whole pixels away: tiles.
  struct Stamp {
    bool is_there = false;
    Vec2 to;
    Coverage coverage;
    std::vector<Pixel> pixels;  // of the coverage's area
  };

  LayerKind Kind() const { return texture_.is_camera ? LayerKind::kCamera : LayerKind::kInput; }
  void PrepareCells(const Bounds& bounds);
  void AddCellColors(const PixelArea& area, int end);
  void FillCellColors(int end);
  void PrepareSpread();
  void TakeMask();

  bool ChangesNothing() const;
  void PaintRows(const PlacedHull& placed);
  void PaintRow(int y, int begin, int end);
  void PrepareDraw(const PixelArea& area);
  void PrepareSource(const PixelArea& area);
  void PrepareFade(const Outline& hull, const PixelArea& area);
  void PaintSpan(int x, int y, int count);
  void FillCells(int x, int y, int count);
  void FillAlpha(int x, int y, int count);

  bool CanStamp(const PlacedHull& placed) const;
  void MakeStamp(const PlacedHull& placed, const Placement& placement);
  bool DrawStamp(const Placement& placement, const PixelArea& area);

  Layers layers_;
  const BackgroundMask* mask_ = nullptr;
  bool has_mask_pixels_ = false;
  std::vector<Pixel> mask_pixels_;
  PixelView mask_view_;
  bool has_drawn_ = false;  // in this statement

  // Of the texture.
  Texture texture_;
  FastBlur blur_;
  ReducedView blurred_;
  CellGrid grid_;
  std::vector<std::uint32_t> sums_;  // of columns of pixels
  std::vector<double> cell_sums_;    // of a row of cells, with their numbers of pixels
  std::vector<Pixel> cell_colors_;
  Ring ring_;
  Spread spread_{};
  Vec2 spread_center_;
  int prepared_draws_ = 0;
  Way way_ = Way::kSample;
  bool is_blended_ = false;

  // Of the draw.
  Map map_;
  Backwards backwards_{{}, false, false};
  Coverage coverage_;
  RowSampler sampler_, mask_sampler_;
  std::vector<EdgeLine> edges_;
  Vec2 edge_center_;
  std::vector<int> cell_columns_;
  int cell_columns_begin_ = 0;
  Stamp stamp_;

  // Of a part of a row.
  static constexpr std::size_t kBuffer = kChunk + kSlack;
  alignas(64) std::array<Pixel, kBuffer> pixels_{};
  alignas(64) std::array<std::int16_t, 4 * kBuffer> colors_{};
  alignas(64) std::array<float, kBuffer> alpha_{};
};

}  // namespace retinue::internal
