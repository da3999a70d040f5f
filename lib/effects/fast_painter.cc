#include "lib/effects/fast_painter.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

// As in sampler.cc: no tap could tell the difference.
bool IsWhole(double v) { return std::fabs(v - std::round(v)) < 1e-6; }

Pixel ToPixel(const Color& color) {
  const auto byte = [](float v) { return static_cast<Pixel>(std::clamp(v, 0.0f, 255.0f) + 0.5f); };
  return byte(color.r) | byte(color.g) << 8 | byte(color.b) << 16 | kCovered;
}

bool IsUpright(const Map& map) { return map.xy == 0 && map.yx == 0; }

bool IsIdentity(const Map& map) {
  return IsUpright(map) && map.xx == 1 && map.yy == 1 && std::fabs(map.x0) < 1e-6 &&
         std::fabs(map.y0) < 1e-6;
}

// First `map`, then times the factors.
Map Scaled(Map map, double x, double y) {
  return {map.xx * x, map.xy * x, map.x0 * x, map.yx * y, map.yy * y, map.y0 * y};
}

// Where a map leads the pixels of an area to.
Bounds BoundsOf(const Map& map, const PixelArea& area) {
  Outline corners = OutlineOf(Bounds{area.x0 + 0.0, area.y0 + 0.0, area.x1 + 0.0, area.y1 + 0.0});
  for (Vec2& p : corners.points()) p = map.At(p.x, p.y);
  return BoundsOf(corners);
}

Bounds Intersection(const Bounds& a, const Bounds& b) {
  return {std::max(a.min_x, b.min_x), std::max(a.min_y, b.min_y), std::min(a.max_x, b.max_x),
          std::min(a.max_y, b.max_y)};
}

// Without regard to a frame.
PixelArea PixelsOf(const Bounds& b) {
  return {static_cast<int>(std::floor(b.min_x)), static_cast<int>(std::floor(b.min_y)),
          static_cast<int>(std::ceil(b.max_x)), static_cast<int>(std::ceil(b.max_y))};
}

}  // namespace

void FastPainter::Begin(const Canvas& canvas, const BackgroundMask& mask) {
  layers_.Begin(canvas);
  mask_ = &mask;
  has_mask_pixels_ = false;
}

void FastPainter::BeginStatement() {
  layers_.BeginStatement();
  has_drawn_ = false;
}

// --- textures ---

void FastPainter::Prepare(const Texture& texture) {
  texture_ = texture;
  prepared_draws_ = 0;
  stamp_.is_there = false;
  const bool is_changed = texture.change != ColorChange{};
  way_ = is_changed ? Way::kShade : Way::kSample;
  is_blended_ = texture.opacity < 1 || texture.feather > 0 || texture.is_masked;
  if (texture.is_masked) TakeMask();
  if (texture.kind == Texture::Kind::kSolid) {
    way_ = Way::kSolid;
    cell_colors_.assign(1, ToPixel(texture.change.Apply(texture.solid)));
    return;
  }
  if (texture.kind == Texture::Kind::kSurroundings) return PrepareSpread();
  const Bounds bounds = BoundsOf(texture.hull);
  if (texture.blur_sigma > 0) {
    blurred_ = blur_.Run(layers_, Kind(), PixelsToSample(bounds, layers_.canvas().size),
                         texture.blur_sigma);
  }
  if (texture.cells > 0) PrepareCells(bounds);
}

void FastPainter::PrepareCells(const Bounds& bounds) {
  way_ = Way::kCells;
  const Size size = layers_.canvas().size;
  const bool is_blurred = texture_.blur_sigma > 0;
  grid_.Place(is_blurred ? PixelsToSample(bounds, size) : PixelArea{0, 0, size.width, size.height},
              bounds, texture_.cells);
  const PixelArea& area = grid_.pixels();
  const auto width = static_cast<std::size_t>(area.width());
  const auto columns = static_cast<std::size_t>(grid_.columns());
  PixelView view;
  if (is_blurred) {
    const double part = 1.0 / blurred_.factor;
    sampler_.Set(blurred_.view, Scaled({}, part, part), area, blurred_.limits);
  } else {
    view = layers_.Read(Kind(), area);
  }
  cell_colors_.clear();
  cell_sums_.resize(columns * 4);
  sums_.resize(4 * width + kSlack);
  for (int y = area.y0; y < area.y1;) {
    // The columns' sums over the rows of a row of cells, then those of the cells.
    const int row = grid_.Row(y + 0.5);
    std::fill(sums_.begin(), sums_.end(), 0u);
    for (; y < area.y1 && grid_.Row(y + 0.5) == row; ++y) {
      if (!is_blurred) {
        AddPixelsWide(view.Row(y), width, sums_.data());
        continue;
      }
      for (int x = area.x0; x < area.x1; x += kChunk) {
        const int count = std::min(kChunk, area.x1 - x);
        sampler_.Pixels(x, y, count, pixels_.data());
        AddPixelsWide(pixels_.data(), static_cast<std::size_t>(count),
                      &sums_[static_cast<std::size_t>(x - area.x0) * 4]);
      }
    }
    AddCellColors(area, y);
  }
  FillCellColors(grid_.rows());
}

// Cells of rows before `end` that no pixel lies in: only where they are no larger than one.
void FastPainter::FillCellColors(int end) {
  cell_colors_.resize(static_cast<std::size_t>(end) * static_cast<std::size_t>(grid_.columns()),
                      ToPixel(texture_.change.Apply({})));
}

// Those of the row of cells whose last pixels are above row `end`.
void FastPainter::AddCellColors(const PixelArea& area, int end) {
  std::fill(cell_sums_.begin(), cell_sums_.end(), 0.0);
  const int row = grid_.Row(end - 0.5);
  int begin = end;
  while (begin > area.y0 && grid_.Row(begin - 0.5) == row) --begin;
  for (int x = area.x0; x < area.x1; ++x) {
    double* cell = &cell_sums_[static_cast<std::size_t>(grid_.Column(x + 0.5)) * 4];
    const std::uint32_t* sum = &sums_[static_cast<std::size_t>(x - area.x0) * 4];
    for (int c = 0; c < 3; ++c) cell[c] += sum[c];
    cell[3] += end - begin;
  }
  FillCellColors(row);
  for (std::size_t i = 0; i < cell_sums_.size(); i += 4) {
    const double* cell = &cell_sums_[i];
    const double scale = cell[3] > 0 ? 1 / cell[3] : 0;
    const auto mean = [&](int c) { return static_cast<float>(cell[c] * scale); };
    cell_colors_.push_back(ToPixel(texture_.change.Apply({mean(0), mean(1), mean(2)})));
  }
}

void FastPainter::PrepareSpread() {
  way_ = Way::kSpread;
  ring_.Place(texture_.hull);
  const Bounds bounds = BoundsOf(texture_.hull);
  spread_center_ = bounds.center();
  spread_.near = static_cast<float>(Ring::kNear);
  const Size size = layers_.canvas().size;
  std::size_t k = 0;
  for (const Vec2 place : ring_.places()) {
    const Bounds point{place.x, place.y, place.x, place.y};
    const PixelView view = layers_.Read(Kind(), PixelsToSample(point, size));
    sampler_.Set(view,
                 {.xx = 1, .xy = 0, .x0 = place.x - 0.5, .yx = 0, .yy = 1, .y0 = place.y - 0.5},
                 {0, 0, 1, 1});
    sampler_.Colors(0, 0, 1, colors_.data());
    const auto color = [&](std::size_t c) { return static_cast<float>(colors_[c]) / 128; };
    spread_.x[k] = static_cast<float>(place.x - spread_center_.x);
    spread_.y[k] = static_cast<float>(place.y - spread_center_.y);
    spread_.r[k] = color(0);
    spread_.g[k] = color(1);
    spread_.b[k] = color(2);
    ++k;
  }
}

// Its weights as the red of pixels, so that it can be sampled as they are.
void FastPainter::TakeMask() {
  if (has_mask_pixels_) return;
  has_mask_pixels_ = true;
  const Size size = mask_->size;
  mask_pixels_.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) +
                      kSlack);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* row = mask_->rows.data + y * mask_->rows.stride_bytes;
    std::copy(row, row + size.width,
              mask_pixels_.begin() + static_cast<std::ptrdiff_t>(y) * size.width);
  }
  mask_view_ = {{0, 0, size.width, size.height}, mask_pixels_.data(), size.width};
}

// --- draws ---

bool FastPainter::Draw(const Placement& placement) {
  const PlacedHull placed = Place(texture_.hull, placement, layers_.canvas().size);
  if (placed.area.empty()) return false;
  backwards_ = Backwards(placement, texture_.flip_horizontal, texture_.flip_vertical);
  map_ = backwards_.AsMap();
  if (ChangesNothing()) return true;
  // A second draw of the same texture is one of many tiles.
  ++prepared_draws_;
  if (prepared_draws_ == 2 && CanStamp(placed)) MakeStamp(placed, placement);
  if (!stamp_.is_there || !DrawStamp(placement, placed.area)) PaintRows(placed);
  has_drawn_ = true;
  return true;
}

// What is drawn onto itself as it is, unless something else was drawn there before.
bool FastPainter::ChangesNothing() const {
  return way_ == Way::kSample && texture_.blur_sigma == 0 && !texture_.is_camera && !has_drawn_ &&
         IsIdentity(map_);
}

void FastPainter::PaintRows(const PlacedHull& placed) {
  coverage_.Set(placed.hull, placed.area);
  PrepareDraw(placed.area);
  if (is_blended_) PrepareFade(placed.hull, placed.area);
  for (int y = placed.area.y0; y < placed.area.y1; ++y) {
    const ColumnSpan span = coverage_.Row(y);
    if (span.begin < span.end) PaintRow(y, span.begin, span.end);
  }
}

void FastPainter::PaintRow(int y, int begin, int end) {
  // The camera's pixels in their own place are the frame's once more, to the last bit.
  const bool is_frame = texture_.is_camera && way_ == Way::kSample && texture_.blur_sigma == 0 &&
                        !is_blended_ && IsIdentity(map_);
  const auto need = is_blended_ ? Layers::Need::kPixels : Layers::Need::kNothing;
  Pixel* row = layers_.Write(y, begin, end, need);
  for (int x = begin; x < end; x += kChunk) {
    const int count = std::min(kChunk, end - x);
    PaintSpan(x, y, count);
    if (is_blended_) {
      FillAlpha(x, y, count);
      BlendPixels(pixels_.data(), row + x, alpha_.data(), static_cast<std::size_t>(count),
                  pixels_.data());
    }
    if (is_frame) {
      std::for_each_n(pixels_.begin(), count, [](Pixel& pixel) { pixel &= ~kCovered; });
    }
    std::copy_n(pixels_.begin(), count, row + x);
  }
}

void FastPainter::PrepareDraw(const PixelArea& area) {
  if (way_ == Way::kSample || way_ == Way::kShade) PrepareSource(area);
  if (way_ == Way::kCells && IsUpright(map_)) {
    cell_columns_begin_ = area.x0;
    cell_columns_.clear();
    for (int x = area.x0; x < area.x1; ++x) {
      cell_columns_.push_back(grid_.Column(backwards_.At(x + 0.5, area.y0 + 0.5).x));
    }
  }
}

void FastPainter::PrepareSource(const PixelArea& area) {
  if (texture_.blur_sigma > 0) {
    const double part = 1.0 / blurred_.factor;
    return sampler_.Set(blurred_.view, Scaled(map_, part, part), area, blurred_.limits);
  }
  const PixelArea pixels = PixelsToSample(
      Intersection(BoundsOf(texture_.hull), BoundsOf(map_, area)), layers_.canvas().size);
  sampler_.Set(layers_.Read(Kind(), pixels), map_, area);
}

void FastPainter::PrepareFade(const Outline& hull, const PixelArea& area) {
  const Size size = layers_.canvas().size;
  if (texture_.is_masked) {
    mask_sampler_.Set(mask_view_,
                      Scaled(map_, static_cast<double>(mask_->size.width) / size.width,
                             static_cast<double>(mask_->size.height) / size.height),
                      area);
  }
  edges_.clear();
  if (texture_.feather <= 0) return;
  edge_center_ = {(area.x0 + area.x1) * 0.5, (area.y0 + area.y1) * 0.5};
  const EdgeDistance distance(hull);
  for (const EdgeDistance::Edge& edge : distance.edges()) {
    const double offset = (edge_center_.x - edge.at.x) * edge.inwards.x +
                          (edge_center_.y - edge.at.y) * edge.inwards.y;
    edges_.push_back({static_cast<float>(edge.inwards.x), static_cast<float>(edge.inwards.y),
                      static_cast<float>(offset)});
  }
}

// Colours of pixels from (x, y) on, into pixels_.
void FastPainter::PaintSpan(int x, int y, int count) {
  const auto n = static_cast<std::size_t>(count);
  switch (way_) {
    case Way::kSample:
      return sampler_.Pixels(x, y, count, pixels_.data());
    case Way::kShade:
      sampler_.Colors(x, y, count, colors_.data());
      return Shade(colors_.data(), n, texture_.change, pixels_.data());
    case Way::kSolid: {
      std::fill_n(pixels_.begin(), count, cell_colors_.front());
      return;
    }
    case Way::kCells:
      return FillCells(x, y, count);
    case Way::kSpread:
      break;
  }
  const Vec2 at = map_.At(x + 0.5, y + 0.5);
  SpreadColors(spread_, static_cast<float>(at.x - spread_center_.x),
               static_cast<float>(at.y - spread_center_.y), static_cast<float>(map_.xx),
               static_cast<float>(map_.yx), n, colors_.data());
  Shade(colors_.data(), n, texture_.change, pixels_.data());
}

void FastPainter::FillCells(int x, int y, int count) {
  const auto columns = static_cast<std::size_t>(grid_.columns());
  const auto color = [&](int row, int column) {
    return cell_colors_[static_cast<std::size_t>(row) * columns + static_cast<std::size_t>(column)];
  };
  if (IsUpright(map_)) {
    const int row = grid_.Row(backwards_.At(x + 0.5, y + 0.5).y);
    const int* column = &cell_columns_[static_cast<std::size_t>(x - cell_columns_begin_)];
    std::transform(column, column + count, pixels_.begin(), [&](int c) { return color(row, c); });
    return;
  }
  for (int k = 0; k < count; ++k) {
    const Vec2 p = backwards_.At(x + k + 0.5, y + 0.5);
    pixels_[static_cast<std::size_t>(k)] = color(grid_.Row(p.y), grid_.Column(p.x));
  }
}

void FastPainter::FillAlpha(int x, int y, int count) {
  const auto n = static_cast<std::size_t>(count);
  std::fill_n(alpha_.begin(), count, static_cast<float>(texture_.opacity));
  if (!edges_.empty()) {
    FadeEdges(edges_.data(), edges_.size(), static_cast<float>(x + 0.5 - edge_center_.x),
              static_cast<float>(y + 0.5 - edge_center_.y),
              static_cast<float>(1 / texture_.feather), n, alpha_.data());
  }
  if (!texture_.is_masked) return;
  mask_sampler_.Colors(x, y, count, colors_.data());
  FadeByRed(colors_.data(), n, alpha_.data());
}

// --- tiles ---

bool FastPainter::CanStamp(const PlacedHull& placed) const {
  if (is_blended_ || way_ == Way::kSolid) return false;
  const Bounds bounds = BoundsOf(placed.hull);
  const Size size = layers_.canvas().size;
  return bounds.width() <= size.width && bounds.height() <= size.height;
}

void FastPainter::MakeStamp(const PlacedHull& placed, const Placement& placement) {
  const PixelArea area = PixelsOf(BoundsOf(placed.hull));
  stamp_.is_there = true;
  stamp_.to = placement.to;
  stamp_.coverage.Set(placed.hull, area);
  stamp_.pixels.resize(static_cast<std::size_t>(area.width()) *
                       static_cast<std::size_t>(area.height()));
  PrepareDraw(area);
  Pixel* out = stamp_.pixels.data();
  for (int y = area.y0; y < area.y1; ++y, out += area.width()) {
    const ColumnSpan span = stamp_.coverage.Row(y);
    for (int x = span.begin; x < span.end; x += kChunk) {
      const int count = std::min(kChunk, span.end - x);
      PaintSpan(x, y, count);
      std::copy_n(pixels_.begin(), count, out + (x - area.x0));
    }
  }
}

// False: it does not lie whole pixels away. Its size and angle are those of all tiles.
bool FastPainter::DrawStamp(const Placement& placement, const PixelArea& area) {
  const double off_x = placement.to.x - stamp_.to.x;
  const double off_y = placement.to.y - stamp_.to.y;
  if (!IsWhole(off_x) || !IsWhole(off_y)) return false;
  const int dx = static_cast<int>(std::lround(off_x));
  const int dy = static_cast<int>(std::lround(off_y));
  const Coverage& coverage = stamp_.coverage;
  const int y_end = std::min(area.y1, coverage.area().y1 + dy);
  for (int y = std::max(area.y0, coverage.area().y0 + dy); y < y_end; ++y) {
    const ColumnSpan span = coverage.Row(y - dy);
    const int begin = std::max(span.begin + dx, 0);
    const int end = std::min(span.end + dx, layers_.canvas().size.width);
    if (begin >= end) continue;
    const Pixel* from =
        stamp_.pixels.data() +
        static_cast<std::ptrdiff_t>(y - dy - coverage.area().y0) * coverage.area().width() +
        (begin - dx - coverage.area().x0);
    std::copy(from, from + (end - begin),
              layers_.Write(y, begin, end, Layers::Need::kNothing) + begin);
  }
  return true;
}

}  // namespace retinue::internal
