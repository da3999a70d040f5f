#pragma once

// What changes the pixels of a shape before they are drawn: blur, pixelate, erase. Each keeps its
// memory from call to call.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/effects/picture.h"

namespace retinue::internal {

/// A Gaussian blur as three box blurs whose edges have a part weight, so that its
/// standard deviation is exact for every sigma; beside the real curve it is off by at most 3 % of
/// its peak. The cost of a pixel does not depend on sigma; those read grow by about 3 sigma on each
/// side, within the frame.
/// @source P. Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
/// filtering", 2011
class Blur {
 public:
  static constexpr double kLeastSigma = 0.05;  ///< Below, nothing changes by half a grey level.
  static constexpr double kMostSigma = 1000;

  /// `picture` is a whole frame; outside of it lies its nearest pixel. The answer covers `area`
  /// and is valid until the next call.
  RgbView Run(const RgbView& picture, PixelArea area, double sigma);

 private:
  void SetSigma(double sigma);
  void StartLines(int length);
  void BlurLine();

  std::vector<float> across_;  // blurred along its rows
  std::vector<float> line_;    // with what lies before and behind it
  std::vector<float> box_;
  std::vector<std::uint8_t> result_;
  int radius_ = 0;
  float edge_ = 0;  // weight of the two pixels beyond the radius
};

/// The means of square cells over a shape.
class Cells {
 public:
  static constexpr int kMost = 4096;

  /// Cells of `bounds.width() / count` pixels, at least one, from the top left of
  /// the bounds. The mean of a cell is over all pixels of `picture` whose centres lie in it.
  /// Where the bounds lie outside of the picture, the nearest cell that does not; when all of
  /// them do, the nearest pixels.
  void Run(const RgbView& picture, const Bounds& bounds, int count);

  Color At(double x, double y) const;

 private:
  int Column(double x) const;
  int Row(double y) const;

  Bounds bounds_;
  double side_ = 1;
  int first_column_ = 0, columns_ = 0;  // those that hold a pixel
  int first_row_ = 0, rows_ = 0;
  std::vector<double> sums_;
  std::vector<Color> means_;
};

/// Colours from around a shape, spread over its inside: each by the inverse square of its distance.
class Ring {
 public:
  /// Takes colours 10 % outside of a convex hull of at least 3 corners.
  void Run(const RgbView& picture, const Outline& hull);

  Color At(double x, double y) const;

 private:
  static constexpr std::size_t kSamples = 48;
  std::array<Vec2, kSamples> places_;
  std::array<Color, kSamples> colors_;
};

}  // namespace retinue::internal
