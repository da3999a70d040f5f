#include "lib/effects/sampler.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

struct Tap {
  int low = 0;
  std::int32_t part = 0;  // in 1/kAllWeight
};
Tap TapAt(double at, double least, double most, int count) {
  const double clamped = std::clamp(at, least, most);
  const int low = std::min(static_cast<int>(clamped), std::max(count - 2, 0));
  return {low, static_cast<std::int32_t>(std::lround((clamped - low) * kAllWeight))};
}

float ToFloat(double v) { return static_cast<float>(v); }

// How far off a whole number a place may be and still count as one: less than any tap can tell.
constexpr double kWhole = 1e-6;
bool IsWhole(double v) { return std::fabs(v - std::round(v)) < kWhole; }

}  // namespace

void RowSampler::Set(const PixelView& view, const Map& map, const PixelArea& pixels,
                     const Bounds& limits) {
  view_ = view;
  map_ = map;
  const double left = view.area.x0 + 0.5;
  const double top = view.area.y0 + 0.5;
  map_.x0 -= left;
  map_.y0 -= top;
  const double last_x = view.area.width() - 1;
  const double last_y = view.area.height() - 1;
  limits_ = {
      std::clamp(limits.min_x - left, 0.0, last_x), std::clamp(limits.min_y - top, 0.0, last_y),
      std::clamp(limits.max_x - left, 0.0, last_x), std::clamp(limits.max_y - top, 0.0, last_y)};
  row_step_ = view.area.height() > 1 ? view.stride : 0;
  way_ = Way::kFree;
  if (map.xy != 0 || map.yx != 0) return;
  way_ = Way::kUpright;
  const Vec2 first = map_.At(pixels.x0 + 0.5, pixels.y0 + 0.5);
  const bool lies_within = first.x > limits_.min_x - kWhole && first.y > limits_.min_y - kWhole &&
                           first.x + pixels.width() - 1 < limits_.max_x + kWhole &&
                           first.y + pixels.height() - 1 < limits_.max_y + kWhole;
  if (map.xx == 1 && map.yy == 1 && lies_within && IsWhole(first.x) && IsWhole(first.y)) {
    way_ = Way::kCopy;
    copy_x_ = static_cast<int>(std::lround(first.x)) - pixels.x0;
    copy_y_ = static_cast<int>(std::lround(first.y)) - pixels.y0;
    return;
  }
  SetColumns(pixels);
}

void RowSampler::SetColumns(const PixelArea& pixels) {
  first_column_ = pixels.x0;
  const auto count = static_cast<std::size_t>(pixels.width());
  // What vectors look at behind the end must be places in the picture, too.
  offset_.assign(count + kSlack, 0);
  right_.assign(count + kSlack, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const double x = pixels.x0 + static_cast<double>(i) + 0.5;
    const Tap tap = TapAt(map_.xx * x + map_.x0, limits_.min_x, limits_.max_x, view_.area.width());
    offset_[i] = tap.low;
    right_[i] = tap.part;
  }
}

RowTaps RowSampler::RowTapsAt(int x, int y, PixelGrid& grid) const {
  const Tap tap =
      TapAt(map_.yy * (y + 0.5) + map_.y0, limits_.min_y, limits_.max_y, view_.area.height());
  grid.first += tap.low * view_.stride;
  const auto i = static_cast<std::size_t>(x - first_column_);
  return {offset_.data() + i, right_.data() + i, tap.part};
}

LineTaps RowSampler::LineTapsAt(int x, int y) const {
  const Vec2 at = map_.At(x + 0.5, y + 0.5);
  return {.x = ToFloat(at.x),
          .y = ToFloat(at.y),
          .step_x = ToFloat(map_.xx),
          .step_y = ToFloat(map_.yx),
          .least_x = ToFloat(limits_.min_x),
          .least_y = ToFloat(limits_.min_y),
          .most_x = ToFloat(limits_.max_x),
          .most_y = ToFloat(limits_.max_y),
          .last_low_x = ToFloat(std::max(view_.area.width() - 2, 0)),
          .last_low_y = ToFloat(std::max(view_.area.height() - 2, 0)),
          .stride = static_cast<std::int32_t>(view_.stride)};
}

const Pixel* RowSampler::CopiedRow(int x, int y) const {
  return view_.data + (y + copy_y_) * view_.stride + x + copy_x_;
}

void RowSampler::Pixels(int x, int y, int count, Pixel* out) const {
  const auto n = static_cast<std::size_t>(count);
  PixelGrid grid = Grid();
  switch (way_) {
    case Way::kCopy: {
      const Pixel* row = CopiedRow(x, y);
      std::transform(row, row + count, out, [](Pixel pixel) { return pixel | kCovered; });
      return;
    }
    case Way::kUpright: {
      const RowTaps taps = RowTapsAt(x, y, grid);
      return SampleRowPixels(grid, taps, n, out);
    }
    case Way::kFree:
      break;
  }
  SampleLinePixels(grid, LineTapsAt(x, y), n, out);
}

void RowSampler::Colors(int x, int y, int count, std::int16_t* colors) const {
  const auto n = static_cast<std::size_t>(count);
  PixelGrid grid = Grid();
  switch (way_) {
    case Way::kCopy:
      return WidenPixels(CopiedRow(x, y), n, colors);
    case Way::kUpright: {
      const RowTaps taps = RowTapsAt(x, y, grid);
      return SampleRow(grid, taps, n, colors);
    }
    case Way::kFree:
      break;
  }
  SampleLine(grid, LineTapsAt(x, y), n, colors);
}

}  // namespace retinue::internal
