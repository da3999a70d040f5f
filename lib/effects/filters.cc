#include "lib/effects/filters.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace retinue::internal {
namespace {

constexpr int kPasses = 3;

std::uint8_t ToByte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
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
  // A box of 2r + 1 pixels and two of weight w beside them has the variance
  // (r(r+1)(2r+1)/3 + 2w(r+1)^2) / (2r + 1 + 2w); w follows from sigma^2 / passes.
  const double variance = sigma * sigma / kPasses;
  const double r = std::floor((std::sqrt(12 * variance + 1) - 1) / 2);
  radius_ = static_cast<int>(r);
  edge_ = static_cast<float>((2 * r + 1) * (variance - r * (r + 1) / 3) /
                             (2 * ((r + 1) * (r + 1) - variance)));
  const int reach = kPasses * (radius_ + 1);
  const PixelArea frame = picture.area;
  const PixelArea read{std::max(frame.x0, area.x0 - reach), std::max(frame.y0, area.y0 - reach),
                       std::min(frame.x1, area.x1 + reach), std::min(frame.y1, area.y1 + reach)};
  const auto width = static_cast<std::size_t>(read.width());
  const auto height = static_cast<std::size_t>(read.height());
  pixels_.resize(width * height * 3);
  for (int y = read.y0; y < read.y1; ++y) {
    const std::uint8_t* row = picture.At(read.x0, y);
    std::copy(row, row + width * 3,
              pixels_.begin() + static_cast<std::ptrdiff_t>(
                                    static_cast<std::size_t>(y - read.y0) * width * 3));
  }
  BlurLines(read.height(), read.width(), width * 3, 3);
  BlurLines(read.width(), read.height(), 3, width * 3);

  result_.resize(static_cast<std::size_t>(area.width()) *
                 static_cast<std::size_t>(area.height()) * 3);
  auto out = result_.begin();
  for (int y = area.y0; y < area.y1; ++y) {
    const std::size_t start = (static_cast<std::size_t>(y - read.y0) * width +
                               static_cast<std::size_t>(area.x0 - read.x0)) * 3;
    for (std::size_t i = 0; i < static_cast<std::size_t>(area.width()) * 3; ++i) {
      *out++ = ToByte(pixels_[start + i]);
    }
  }
  return {area, result_.data(), static_cast<std::ptrdiff_t>(area.width()) * 3};
}

// Blurs lines of pixels along themselves: pixel k of a line lies at line · line_step + k · step.
// What lies before and behind a line is its first and last pixel: right at the frame's edge; where
// the frame goes on, it is far enough from the area that is wanted.
void Blur::BlurLines(int lines, int length, std::size_t line_step, std::size_t step) {
  line_.resize(static_cast<std::size_t>(length));
  const float scale = 1.0f / (static_cast<float>(2 * radius_ + 1) + 2 * edge_);
  for (int pass = 0; pass < kPasses; ++pass) {
    for (int i = 0; i < lines * 3; ++i) {
      float* start = pixels_.data() + static_cast<std::size_t>(i / 3) * line_step +
                     static_cast<std::size_t>(i % 3);
      for (std::size_t k = 0; k < line_.size(); ++k) line_[k] = start[k * step];
      const auto at = [&](int k) {
        return line_[static_cast<std::size_t>(std::clamp(k, 0, length - 1))];
      };
      // In double: a running sum in float would drift over a long line.
      double sum = 0;
      for (int k = -radius_; k <= radius_; ++k) sum += static_cast<double>(at(k));
      for (int k = 0; k < length; ++k) {
        const float edges = at(k - radius_ - 1) + at(k + radius_ + 1);
        start[static_cast<std::size_t>(k) * step] =
            (static_cast<float>(sum) + edge_ * edges) * scale;
        sum += static_cast<double>(at(k + radius_ + 1)) - static_cast<double>(at(k - radius_));
      }
    }
  }
}

int Cells::Column(double x) const {
  const double column = std::floor((x - bounds_.min_x) / side_) - first_column_;
  return static_cast<int>(std::clamp(column, 0.0, columns_ - 1.0));
}
int Cells::Row(double y) const {
  const double row = std::floor((y - bounds_.min_y) / side_) - first_row_;
  return static_cast<int>(std::clamp(row, 0.0, rows_ - 1.0));
}

void Cells::Run(const RgbView& picture, const Bounds& bounds, int count) {
  bounds_ = bounds;
  side_ = std::max(1.0, bounds.width() / count);
  const auto cell = [this](double at, double min) {
    return static_cast<int>(std::clamp(std::floor((at - min) / side_), -1e8, 1e8));
  };
  const PixelArea inside = picture.area;
  const auto last_column = cell(std::min(inside.x1 - 0.5, bounds.max_x), bounds.min_x);
  const auto last_row = cell(std::min(inside.y1 - 0.5, bounds.max_y), bounds.min_y);
  first_column_ = std::min(cell(std::max(inside.x0 + 0.5, bounds.min_x), bounds.min_x), last_column);
  first_row_ = std::min(cell(std::max(inside.y0 + 0.5, bounds.min_y), bounds.min_y), last_row);
  columns_ = last_column - first_column_ + 1;
  rows_ = last_row - first_row_ + 1;
  const auto [x0, x1] =
      PixelsOfCells(bounds.min_x, side_, first_column_, last_column, inside.x0, inside.x1);
  const auto [y0, y1] =
      PixelsOfCells(bounds.min_y, side_, first_row_, last_row, inside.y0, inside.y1);

  const auto cells = static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_);
  sums_.assign(cells * 4, 0.0);
  for (int y = y0; y < y1; ++y) {
    const std::uint8_t* p = picture.At(x0, y);
    const auto row = static_cast<std::size_t>(Row(y + 0.5)) * static_cast<std::size_t>(columns_);
    for (int x = x0; x < x1; ++x, p += 3) {
      double* sum = &sums_[(row + static_cast<std::size_t>(Column(x + 0.5))) * 4];
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
  return means_[static_cast<std::size_t>(Row(y)) * static_cast<std::size_t>(columns_) +
                static_cast<std::size_t>(Column(x))];
}

void Ring::Run(const RgbView& picture, const Outline& hull) {
  constexpr double kOutside = 1.1;
  const Vec2 center = BoundsOf(hull).center();
  Outline ring = hull;
  for (Vec2& p : ring.points()) {
    p = {center.x + (p.x - center.x) * kOutside, center.y + (p.y - center.y) * kOutside};
  }
  const auto corners = ring.points();
  const auto next = [&](std::size_t i) { return corners[(i + 1) % corners.size()]; };
  double length = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    length += std::hypot(next(i).x - corners[i].x, next(i).y - corners[i].y);
  }
  std::size_t corner = 0;
  double walked = 0;  // up to the corner
  for (std::size_t k = 0; k < kSamples; ++k) {
    const double at = length * static_cast<double>(k) / kSamples;
    double side = std::hypot(next(corner).x - corners[corner].x, next(corner).y - corners[corner].y);
    while (walked + side < at && corner + 1 < corners.size()) {
      walked += side;
      ++corner;
      side = std::hypot(next(corner).x - corners[corner].x, next(corner).y - corners[corner].y);
    }
    const double part = side > 0 ? std::clamp((at - walked) / side, 0.0, 1.0) : 0;
    places_[k] = {corners[corner].x + (next(corner).x - corners[corner].x) * part,
                  corners[corner].y + (next(corner).y - corners[corner].y) * part};
    colors_[k] = Sample(picture, places_[k].x, places_[k].y);
  }
}

Color Ring::At(double x, double y) const {
  double r = 0, g = 0, b = 0, weights = 0;
  for (std::size_t k = 0; k < kSamples; ++k) {
    const double dx = places_[k].x - x;
    const double dy = places_[k].y - y;
    const double weight = 1 / (dx * dx + dy * dy + 1e-6);
    r += weight * static_cast<double>(colors_[k].r);
    g += weight * static_cast<double>(colors_[k].g);
    b += weight * static_cast<double>(colors_[k].b);
    weights += weight;
  }
  return {static_cast<float>(r / weights), static_cast<float>(g / weights),
          static_cast<float>(b / weights)};
}

}  // namespace retinue::internal
