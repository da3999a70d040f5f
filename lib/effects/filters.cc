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
  SetSigma(sigma);
  const PixelArea frame = picture.area;
  const int reach = kPasses * (radius_ + 1);
  const int y0 = std::max(frame.y0, area.y0 - reach);
  const int y1 = std::min(frame.y1, area.y1 + reach);
  const int width = area.width();
  const int height = y1 - y0;

  // Along the rows, of all rows that the columns will read…
  StartLines(width);
  across_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (int y = y0; y < y1; ++y) {
    for (int c = 0; c < 3; ++c) {
      for (int k = 0; k < width + 2 * reach; ++k) {
        const int x = std::clamp(area.x0 - reach + k, frame.x0, frame.x1 - 1);
        line_[static_cast<std::size_t>(k)] = picture.At(x, y)[c];
      }
      BlurLine();
      const std::size_t row = static_cast<std::size_t>(y - y0) * static_cast<std::size_t>(width);
      for (std::size_t k = 0; k < static_cast<std::size_t>(width); ++k) {
        across_[(row + k) * 3 + static_cast<std::size_t>(c)] =
            line_[k + static_cast<std::size_t>(reach)];
      }
    }
  }

  // …then along the columns. What lies above the frame is its first row, blurred or not.
  StartLines(area.height());
  result_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(area.height()) * 3);
  const std::size_t row_values = static_cast<std::size_t>(width) * 3;
  for (std::size_t i = 0; i < row_values; ++i) {
    for (int k = 0; k < area.height() + 2 * reach; ++k) {
      const int y = std::clamp(area.y0 - reach + k - y0, 0, height - 1);
      line_[static_cast<std::size_t>(k)] = across_[static_cast<std::size_t>(y) * row_values + i];
    }
    BlurLine();
    for (std::size_t k = 0; k < static_cast<std::size_t>(area.height()); ++k) {
      result_[k * row_values + i] = ToByte(line_[k + static_cast<std::size_t>(reach)]);
    }
  }
  return {area, result_.data(), static_cast<std::ptrdiff_t>(row_values)};
}

void Blur::SetSigma(double sigma) {
  // A box of 2r + 1 pixels and two of weight w beside them has the variance
  // (r(r+1)(2r+1)/3 + 2w(r+1)^2) / (2r + 1 + 2w); w follows from sigma^2 / passes.
  const double variance = sigma * sigma / kPasses;
  const double r = std::floor((std::sqrt(12 * variance + 1) - 1) / 2);
  radius_ = static_cast<int>(r);
  edge_ = static_cast<float>((2 * r + 1) * (variance - r * (r + 1) / 3) /
                             (2 * ((r + 1) * (r + 1) - variance)));
}

void Blur::StartLines(int length) {
  line_.resize(static_cast<std::size_t>(length + 2 * kPasses * (radius_ + 1)));
  box_.resize(line_.size());
}

// Each pass takes radius + 1 pixels off both ends; these were put on before.
void Blur::BlurLine() {
  const auto radius = static_cast<std::size_t>(radius_);
  const float scale = 1.0f / (static_cast<float>(2 * radius_ + 1) + 2 * edge_);
  std::size_t begin = 0;
  std::size_t end = line_.size();
  for (int pass = 0; pass < kPasses; ++pass) {
    begin += radius + 1;
    end -= radius + 1;
    // In double: a running sum in float would drift over a long line.
    double sum = 0;
    for (std::size_t k = begin - radius; k <= begin + radius; ++k) {
      sum += static_cast<double>(line_[k]);
    }
    for (std::size_t k = begin; k < end; ++k) {
      const float beside = line_[k - radius - 1] + line_[k + radius + 1];
      box_[k] = (static_cast<float>(sum) + edge_ * beside) * scale;
      sum += static_cast<double>(line_[k + radius + 1]) - static_cast<double>(line_[k - radius]);
    }
    std::swap(line_, box_);
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
  const double left = std::max(inside.x0 + 0.5, bounds.min_x);
  const double top = std::max(inside.y0 + 0.5, bounds.min_y);
  first_column_ = std::min(cell(left, bounds.min_x), last_column);
  first_row_ = std::min(cell(top, bounds.min_y), last_row);
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
