#pragma once

// Reads a picture along the rows of a draw, bilinearly, clamped at the picture's edges.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/effects/kernels.h"
#include "lib/effects/layers.h"
#include "lib/effects/placement.h"

namespace retinue::internal {

class RowSampler {
 public:
  /// Pixels `columns` of any row will be asked for. `map` leads from the frame's places to those
  /// of `view`; the view must stay as it is.
  void Set(const PixelView& view, const Map& map, const PixelArea& pixels) {
    Set(view, map, pixels, {-1e9, -1e9, 1e9, 1e9});
  }
  /// Clamped at `limits`, too: places of the view that samples lie within.
  void Set(const PixelView& view, const Map& map, const PixelArea& pixels, const Bounds& limits);

  /// `count` ≤ kChunk samples of row `y` from column `x` on, as covered pixels. `out` has kSlack.
  void Pixels(int x, int y, int count, Pixel* out) const;
  /// The same as colours in 1/128, for what is done with them.
  void Colors(int x, int y, int count, std::int16_t* colors) const;

 private:
  enum class Way {
    kCopy,     // pixels lie on pixels, all within the view
    kUpright,  // rows on rows: the columns' taps are the same for all
    kFree,
  };
  void SetColumns(const PixelArea& pixels);
  RowTaps RowTapsAt(int x, int y, PixelGrid& grid) const;
  LineTaps LineTapsAt(int x, int y) const;
  PixelGrid Grid() const { return {view_.data, row_step_}; }
  const Pixel* CopiedRow(int x, int y) const;

  PixelView view_;
  // Both count from the centre of the view's first pixel.
  Map map_;
  Bounds limits_;
  Way way_ = Way::kFree;
  std::ptrdiff_t row_step_ = 0;
  int copy_x_ = 0, copy_y_ = 0;
  int first_column_ = 0;
  std::vector<std::int32_t> offset_, right_;  // of kUpright, for all columns
};

}  // namespace retinue::internal
