#pragma once

// A Gaussian blur whose cost does not grow with sigma.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/effects/kernels.h"
#include "lib/effects/layers.h"

namespace retinue::internal {

/// A picture at a part of the resolution: its pixel (i, j) stands for those of the frame from
/// (i·factor, j·factor) up to the next.
struct ReducedView {
  PixelView view;
  int factor = 1;
  Bounds limits;  ///< The frame's outermost pixels' centres: beyond, a picture is as there.
};

/// From sigma 4 on a frame is reduced first, by means of blocks of 2, 4, 8 … pixels, such that the
/// sigma that is left lies between 1.9 and 4. That one is a sum over all pixels within 3.2 sigma,
/// weighted by a true Gaussian, along rows and columns. What blocks and the bilinear way back add
/// to the variance is taken off before. Beside a Gaussian: at most 1 of 255 below sigma 4; above,
/// 3 on black and white edges.
class FastBlur {
 public:
  static constexpr double kLeastReduced = 4;

  /// The answer covers `area` and one pixel of its own around it, or more; outside of the frame
  /// lies its nearest pixel. Valid until the next call.
  ReducedView Run(Layers& layers, LayerKind kind, const PixelArea& area, double sigma);

 private:
  void SetSigma(double sigma);
  void Reduce(const PixelView& view, Size frame, const PixelArea& blocks);
  void SumRows(const PixelView& view, Size frame, int first, int end);
  void SumColumns(const PixelArea& columns, Size frame, const PixelArea& blocks, float* out) const;
  void BlurRows(int width, int height);
  void BlurColumns(int width, int height);

  int factor_ = 1;
  int reach_ = 0;
  std::vector<float> weights_;       // of the middle, the next ones …
  std::vector<std::uint16_t> sums_;  // of the rows of a row of blocks
  std::vector<float> reduced_;       // with reach_ blocks more on each side
  std::vector<float> across_;        // blurred along its rows
  std::vector<float> row_;
  std::vector<Pixel> result_;
};

}  // namespace retinue::internal
