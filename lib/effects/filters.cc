#include "lib/effects/filters.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace retinue::internal {
namespace {

constexpr double kReach = 5;  // in sigmas; beyond lie 6e-7 of the weight

std::uint8_t ToByte(double value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
}

// Pixels whose centres lie in cells `first` to `last`, within begin…end; never none.
std::pair<int, int> PixelsOfCells(double min, double side, int first, int last, int begin,
                                  int end) {
  const auto pixel = [&](int cell) {
    return static_cast<int>(std::clamp(std::ceil(min + cell * side - 0.5),
                                       static_cast<double>(begin), static_cast<double>(end)));
  };
  const int from = std::min(pixel(first), end - 1);
  return {from, std::max(pixel(last + 1), from + 1)};
}

}  // namespace

RgbView Blur::Run(const RgbView& picture, PixelArea area, double sigma) {
  SetSigma(sigma);
  const PixelArea frame = picture.area;
  const int y0 = std::max(frame.y0, area.y0 - reach_);
  const int y1 = std::min(frame.y1, area.y1 + reach_);
  const auto row_values = static_cast<std::size_t>(area.width()) * 3;

  // Along the rows, of all rows that the columns will read…
  across_.assign(row_values * static_cast<std::size_t>(y1 - y0), 0.0);
  for (int x = area.x0; x < area.x1; ++x) {
    WeighPixels(x, frame.x0, frame.x1);
    for (int y = y0; y < y1; ++y) {
      double* sum = &across_[static_cast<std::size_t>(y - y0) * row_values +
                             static_cast<std::size_t>(x - area.x0) * 3];
      const std::uint8_t* p = picture.At(first_, y);
      for (const double weight : weights_) {
        for (int c = 0; c < 3; ++c) sum[c] += weight * *p++;
      }
    }
  }

  // …then along the columns.
  result_.resize(row_values * static_cast<std::size_t>(area.height()));
  for (int y = area.y0; y < area.y1; ++y) {
    WeighPixels(y, frame.y0, frame.y1);
    for (std::size_t i = 0; i < row_values; ++i) {
      const double* value = &across_[static_cast<std::size_t>(first_ - y0) * row_values + i];
      double sum = 0;
      for (std::size_t k = 0; k < weights_.size(); ++k) sum += weights_[k] * value[k * row_values];
      result_[static_cast<std::size_t>(y - area.y0) * row_values + i] = ToByte(sum);
    }
  }
  return {area, result_.data(), static_cast<std::ptrdiff_t>(row_values)};
}

void Blur::SetSigma(double sigma) {
  reach_ = static_cast<int>(std::ceil(kReach * sigma));
  behind_.clear();
  double sum = 0;
  for (int k = -reach_; k <= reach_; ++k) {
    sum += std::exp(-(k / sigma) * (k / sigma) / 2);
    behind_.push_back(sum);
  }
  for (double& weight : behind_) weight /= sum;
}

// The weights of pixels begin…end for the place of pixel `at`; the first and last have those of
// all that lies beyond them, too.
void Blur::WeighPixels(int at, int begin, int end) {
  first_ = std::max(begin, at - reach_);
  const int last = std::min(end - 1, at + reach_);
  weights_.clear();
  double before = 0;
  for (int p = first_; p <= last; ++p) {
    const double upto = p == last ? 1 : behind_[static_cast<std::size_t>(p - at + reach_)];
    weights_.push_back(upto - before);
    before = upto;
  }
}

int CellGrid::Column(double x) const {
  const double column = std::floor((x - bounds_.min_x) / side_) - first_column_;
  return static_cast<int>(std::clamp(column, 0.0, columns_ - 1.0));
}
int CellGrid::Row(double y) const {
  const double row = std::floor((y - bounds_.min_y) / side_) - first_row_;
  return static_cast<int>(std::clamp(row, 0.0, rows_ - 1.0));
}

void CellGrid::Place(const PixelArea& inside, const Bounds& bounds, int count) {
  bounds_ = bounds;
  side_ = std::max(1.0, bounds.width() / count);
  const auto cell = [this](double at, double min) {
    return static_cast<int>(std::clamp(std::floor((at - min) / side_), -1e8, 1e8));
  };
  const auto last_column = cell(std::min(inside.x1 - 0.5, bounds.max_x), bounds.min_x);
  const auto last_row = cell(std::min(inside.y1 - 0.5, bounds.max_y), bounds.min_y);
  const double left = std::max(inside.x0 + 0.5, bounds.min_x);
  const double top = std::max(inside.y0 + 0.5, bounds.min_y);
  first_column_ = std::min(cell(left, bounds.min_x), last_column);
  first_row_ = std::min(cell(top, bounds.min_y), last_row);
  columns_ = last_column - first_column_ + 1;
  rows_ = last_row - first_row_ + 1;
  std::tie(pixels_.x0, pixels_.x1) =
      PixelsOfCells(bounds.min_x, side_, first_column_, last_column, inside.x0, inside.x1);
  std::tie(pixels_.y0, pixels_.y1) =
      PixelsOfCells(bounds.min_y, side_, first_row_, last_row, inside.y0, inside.y1);
}

void Cells::Run(const RgbView& picture, const Bounds& bounds, int count) {
  grid_.Place(picture.area, bounds, count);
  const auto columns = static_cast<std::size_t>(grid_.columns());
  const std::size_t cells = columns * static_cast<std::size_t>(grid_.rows());
  sums_.assign(cells * 4, 0.0);
  const PixelArea& pixels = grid_.pixels();
  for (int y = pixels.y0; y < pixels.y1; ++y) {
    const std::uint8_t* p = picture.At(pixels.x0, y);
    const std::size_t row = static_cast<std::size_t>(grid_.Row(y + 0.5)) * columns;
    for (int x = pixels.x0; x < pixels.x1; ++x, p += 3) {
      double* sum = &sums_[(row + static_cast<std::size_t>(grid_.Column(x + 0.5))) * 4];
      sum[0] += p[0];
      sum[1] += p[1];
      sum[2] += p[2];
      sum[3] += 1;
    }
  }
  means_.resize(cells);
  for (std::size_t i = 0; i < cells; ++i) {
    const double* sum = &sums_[i * 4];
    const double scale = sum[3] > 0 ? 1 / sum[3] : 0;
    means_[i] = {static_cast<float>(sum[0] * scale), static_cast<float>(sum[1] * scale),
                 static_cast<float>(sum[2] * scale)};
  }
}

Color Cells::At(double x, double y) const {
  return means_[static_cast<std::size_t>(grid_.Row(y)) *
                    static_cast<std::size_t>(grid_.columns()) +
                static_cast<std::size_t>(grid_.Column(x))];
}

void Ring::Place(const Outline& hull) {
  colored_ = 0;
  constexpr double kOutside = 1.1;
  const Vec2 center = BoundsOf(hull).center();
  Outline ring = hull;
  for (Vec2& p : ring.points()) {
    p = {center.x + (p.x - center.x) * kOutside, center.y + (p.y - center.y) * kOutside};
  }
  const auto corners = ring.points();
  const auto next = [&](std::size_t i) { return corners[(i + 1) % corners.size()]; };
  const auto side_of = [&](std::size_t i) {
    return std::hypot(next(i).x - corners[i].x, next(i).y - corners[i].y);
  };
  double length = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) length += side_of(i);
  std::size_t corner = 0;
  double walked = 0;  // up to the corner
  for (std::size_t k = 0; k < kSamples; ++k) {
    const double at = length * static_cast<double>(k) / kSamples;
    double side = side_of(corner);
    while (walked + side < at && corner + 1 < corners.size()) {
      walked += side;
      ++corner;
      side = side_of(corner);
    }
    const double part = side > 0 ? std::clamp((at - walked) / side, 0.0, 1.0) : 0;
    places_[k] = {corners[corner].x + (next(corner).x - corners[corner].x) * part,
                  corners[corner].y + (next(corner).y - corners[corner].y) * part};
  }
}

Color Ring::At(double x, double y) const {
  double r = 0, g = 0, b = 0, weights = 0;
  for (std::size_t k = 0; k < kSamples; ++k) {
    const double dx = places_[k].x - x;
    const double dy = places_[k].y - y;
    const double weight = 1 / (dx * dx + dy * dy + kNear);
    r += weight * static_cast<double>(colors_[k].r);
    g += weight * static_cast<double>(colors_[k].g);
    b += weight * static_cast<double>(colors_[k].b);
    weights += weight;
  }
  return {static_cast<float>(r / weights), static_cast<float>(g / weights),
          static_cast<float>(b / weights)};
}

}  // namespace retinue::internal
