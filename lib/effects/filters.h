#pragma once

// What changes the pixels of a shape before they are drawn: blur, pixelate, erase. Each keeps its
// memory from call to call.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/effects/picture.h"

namespace retinue::internal {

/// A Gaussian blur as its definition has it: a sum over all pixels within 5 sigma. Slow.
class Blur {
 public:
  /// `picture` is a whole frame; outside of it lies its nearest pixel. The answer covers `area`
  /// and is valid until the next call.
  RgbView Run(const RgbView& picture, PixelArea area, double sigma);

 private:
  void SetSigma(double sigma);
  void WeighPixels(int at, int begin, int end);

  int reach_ = 0;
  std::vector<double> behind_;   // weights of all places up to -reach, -reach + 1 … reach
  int first_ = 0;                // the pixel of weights_[0]
  std::vector<double> weights_;  // of a line's pixels, for one place
  std::vector<double> across_;   // blurred along its rows
  std::vector<std::uint8_t> result_;
};

/// Square cells over a shape, and which pixels belong to them.
class CellGrid {
 public:
  /// Cells of `bounds.width() / count` pixels, at least one, from the top left of the bounds.
  /// Where the bounds lie outside of the picture `inside`, the nearest cell that does not; when
  /// all of them do, the nearest pixels.
  void Place(const PixelArea& inside, const Bounds& bounds, int count);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  /// All pixels whose centres lie in cells; never none.
  const PixelArea& pixels() const { return pixels_; }
  /// The cell of a place: 0…columns() - 1, 0…rows() - 1.
  int Column(double x) const;
  int Row(double y) const;

 private:
  Bounds bounds_;
  double side_ = 1;
  int first_column_ = 0, columns_ = 0;  // those that hold a pixel
  int first_row_ = 0, rows_ = 0;
  PixelArea pixels_;
};

/// The means of a picture's cells.
class Cells {
 public:
  void Run(const RgbView& picture, const Bounds& bounds, int count);
  Color At(double x, double y) const;

 private:
  CellGrid grid_;
  std::vector<double> sums_;
  std::vector<Color> means_;
};

/// Colours from around a shape, spread over its inside: each by the inverse square of its distance.
class Ring {
 public:
  static constexpr std::size_t kSamples = 48;
  /// So near to a sample there is nothing but its colour.
  static constexpr double kNear = 1e-6;

  /// Takes places 10 % outside of a convex hull of at least 3 corners; they want colours.
  void Place(const Outline& hull);
  std::span<const Vec2> places() const { return places_; }
  /// Of the next place.
  void AddColor(Color color) { colors_[colored_++] = color; }
  std::span<const Color> colors() const { return colors_; }

  Color At(double x, double y) const;

 private:
  std::array<Vec2, kSamples> places_;
  std::array<Color, kSamples> colors_;
  std::size_t colored_ = 0;
};

}  // namespace retinue::internal
