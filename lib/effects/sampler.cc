#include "lib/effects/sampler.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

struct Tap {
  int low = 0;
  std::int32_t part = 0;  // in 1/kAllWeight
};
Tap TapAt(double at, int count) {
  const double clamped = std::clamp(at, 0.0, count - 1.0);
  const int low = std::min(static_cast<int>(clamped), std::max(count - 2, 0));
  return {low, static_cast<std::int32_t>(std::lround((clamped - low) * kAllWeight))};
}

// How far off a whole number a place may be and still count as one: less than any tap can tell.
constexpr double kWhole = 1e-6;
bool IsWhole(double v) { return std::fabs(v - std::round(v)) < kWhole; }

}  // namespace

void RowSampler::Set(const PixelView& view, const Map& map, const PixelArea& pixels) {
  view_ = view;
  map_ = map;
  map_.x0 -= view.area.x0 + 0.5;
  map_.y0 -= view.area.y0 + 0.5;
  row_step_ = view.area.height() > 1 ? view.stride : 0;
  way_ = Way::kFree;
  top_.resize(kChunk + kSlack);
  bottom_.resize(kChunk + kSlack);
  if (map.xy == 0 && map.yx == 0) {
    const Vec2 first = map_.At(pixels.x0 + 0.5, pixels.y0 + 0.5);
    const bool lies_within = first.x > -kWhole && first.y > -kWhole &&
                             first.x + pixels.width() - kWhole < view.area.width() &&
                             first.y + pixels.height() - kWhole < view.area.height();
    if (map.xx == 1 && map.yy == 1 && lies_within && IsWhole(first.x) && IsWhole(first.y)) {
      way_ = Way::kCopy;
      copy_x_ = static_cast<int>(std::lround(first.x)) - pixels.x0;
      copy_y_ = static_cast<int>(std::lround(first.y)) - pixels.y0;
      return;
    }
    way_ = Way::kUpright;
    return SetColumns(pixels);
  }
  offset_.resize(kChunk + kSlack);
}

void RowSampler::SetColumns(const PixelArea& pixels) {
  first_column_ = pixels.x0;
  const auto count = static_cast<std::size_t>(pixels.width());
  // What vectors look at behind the end must be places in the picture, too.
  offset_.assign(count + kSlack, 0);
  right_.assign(count + kSlack, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const double x = pixels.x0 + static_cast<double>(i) + 0.5;
    const Tap tap = TapAt(map_.xx * x + map_.x0, view_.area.width());
    offset_[i] = tap.low;
    right_[i] = tap.part;
  }
}

Taps RowSampler::TapsOf(int x, int y, int count, const Pixel*& first) {
  first = view_.data;
  if (way_ == Way::kUpright) {
    const Tap tap = TapAt(map_.yy * (y + 0.5) + map_.y0, view_.area.height());
    first += tap.low * view_.stride;
    const auto i = static_cast<std::size_t>(x - first_column_);
    MixWeights(right_.data() + i, tap.part, static_cast<std::size_t>(count), top_.data(),
               bottom_.data());
    return {offset_.data() + i, top_.data(), bottom_.data()};
  }
  const Vec2 at = map_.At(x + 0.5, y + 0.5);
  const auto number = [](double v) { return static_cast<float>(v); };
  const TapLine line{.x = number(at.x),
                     .y = number(at.y),
                     .step_x = number(map_.xx),
                     .step_y = number(map_.yx),
                     .most_x = number(view_.area.width() - 1),
                     .most_y = number(view_.area.height() - 1),
                     .last_low_x = std::max(view_.area.width() - 2, 0),
                     .last_low_y = std::max(view_.area.height() - 2, 0),
                     .stride = static_cast<std::int32_t>(view_.stride)};
  MakeTaps(line, static_cast<std::size_t>(count), offset_.data(), top_.data(), bottom_.data());
  return {offset_.data(), top_.data(), bottom_.data()};
}

const Pixel* RowSampler::CopiedRow(int x, int y) const {
  return view_.data + (y + copy_y_) * view_.stride + x + copy_x_;
}

void RowSampler::Pixels(int x, int y, int count, Pixel* out) {
  if (way_ == Way::kCopy) {
    const Pixel* row = CopiedRow(x, y);
    std::transform(row, row + count, out, [](Pixel pixel) { return pixel | kCovered; });
    return;
  }
  const Pixel* first = nullptr;
  const Taps taps = TapsOf(x, y, count, first);
  SamplePixels(first, row_step_, taps, static_cast<std::size_t>(count), out);
}

void RowSampler::Colors(int x, int y, int count, std::int16_t* colors) {
  if (way_ == Way::kCopy) {
    return WidenPixels(CopiedRow(x, y), static_cast<std::size_t>(count), colors);
  }
  const Pixel* first = nullptr;
  const Taps taps = TapsOf(x, y, count, first);
  Sample(first, row_step_, taps, static_cast<std::size_t>(count), colors);
}

}  // namespace retinue::internal
