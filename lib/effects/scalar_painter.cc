#include "lib/effects/scalar_painter.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace retinue::internal {
namespace {

std::size_t RowBytes(Size size) { return static_cast<std::size_t>(size.width) * 3; }

// Columns of the pixels of row `y` whose centres lie in the convex `hull`.
struct Span {
  int begin = 0;
  int end = 0;
};
Span SpanOf(const Outline& hull, int y, int width) {
  const double at = y + 0.5;
  const double below = at + kOnEdge;
  double left = 1e18;
  double right = -1e18;
  const auto corners = hull.points();
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec2 a = corners[i];
    const Vec2 b = corners[i + 1 == corners.size() ? 0 : i + 1];
    if ((a.y <= below) == (b.y <= below)) continue;
    const double x = a.x + (b.x - a.x) * std::clamp((at - a.y) / (b.y - a.y), 0.0, 1.0);
    left = std::min(left, x);
    right = std::max(right, x);
  }
  const auto column = [width](double x) {
    return static_cast<int>(
        std::clamp(std::ceil(x - 0.5 - kOnEdge), 0.0, static_cast<double>(width)));
  };
  return left < right ? Span{column(left), column(right)} : Span{};
}

std::uint8_t Blended(std::uint8_t below, float above, double alpha) {
  const double value = below + (static_cast<double>(above) - below) * alpha;
  return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
}

}  // namespace

void ScalarPainter::Copy::Take(const RgbPicture& picture) {
  size_ = picture.size;
  pixels_.resize(RowBytes(size_) * static_cast<std::size_t>(size_.height));
  Update(picture, {0, 0, size_.width, size_.height});
}

void ScalarPainter::Copy::Update(const RgbPicture& picture, const PixelArea& area) {
  for (int y = area.y0; y < area.y1; ++y) {
    const std::uint8_t* from = picture.rows.data + y * picture.rows.stride_bytes + area.x0 * 3;
    std::copy(from, from + area.width() * 3,
              pixels_.begin() +
                  static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * RowBytes(size_)) +
                  area.x0 * 3);
  }
}

RgbView ScalarPainter::Copy::View() const {
  return {{0, 0, size_.width, size_.height},
          pixels_.data(),
          static_cast<std::ptrdiff_t>(RowBytes(size_))};
}

void ScalarPainter::Changes::Add(const PixelArea& area) {
  if (count_ < areas_.size()) {
    areas_[count_++] = area;
    return;
  }
  for (std::size_t i = 1; i < count_; ++i) Widen(areas_[i]);
  Widen(area);
  count_ = 1;
}

void ScalarPainter::Changes::Widen(const PixelArea& by) {
  PixelArea& all = areas_[0];
  all = {std::min(all.x0, by.x0), std::min(all.y0, by.y0), std::max(all.x1, by.x1),
         std::max(all.y1, by.y1)};
}

void ScalarPainter::Begin(const RgbPicture& picture, const BackgroundMask& mask) {
  picture_ = picture;
  mask_ = &mask;
  has_copies_ = false;
}

void ScalarPainter::BeginStatement() { changes_.Clear(); }

void ScalarPainter::Prepare(const Texture& texture) {
  if (!std::exchange(has_copies_, true)) {
    input_.Take(picture_);
    camera_.Take(picture_);
  }
  texture_ = texture;
  source_ = texture.is_camera ? camera_.View() : input_.View();
  if (texture.kind == Texture::Kind::kSolid) return;
  if (texture.kind == Texture::Kind::kSurroundings) {
    ring_.Place(texture.hull);
    for (const Vec2 place : ring_.places()) ring_.AddColor(Sample(source_, place.x, place.y));
    return;
  }
  const Bounds bounds = BoundsOf(texture.hull);
  if (texture.blur_sigma > 0) {
    source_ = blur_.Run(source_, PixelsToSample(bounds, picture_.size), texture.blur_sigma);
  }
  if (texture.cells > 0) cells_.Run(source_, bounds, texture.cells);
}

bool ScalarPainter::Draw(const Placement& placement) {
  const PlacedHull placed = Place(texture_.hull, placement, picture_.size);
  const PixelArea& area = placed.area;
  if (area.empty()) return false;
  const Backwards backwards(placement, texture_.flip_horizontal, texture_.flip_vertical);
  const EdgeDistance edge(placed.hull);
  for (int y = area.y0; y < area.y1; ++y) {
    const Span span = SpanOf(placed.hull, y, picture_.size.width);
    std::uint8_t* out = picture_.rows.data + y * picture_.rows.stride_bytes + span.begin * 3;
    for (int x = span.begin; x < span.end; ++x, out += 3) {
      const Vec2 p = backwards.At(x + 0.5, y + 0.5);
      double alpha = texture_.opacity;
      if (texture_.feather > 0) {
        alpha *= std::clamp(edge.Of(x + 0.5, y + 0.5) / texture_.feather, 0.0, 1.0);
      }
      if (texture_.is_masked) alpha *= MaskAt(p);
      const Color color = texture_.change.Apply(ColorAt(p));
      out[0] = Blended(out[0], color.r, alpha);
      out[1] = Blended(out[1], color.g, alpha);
      out[2] = Blended(out[2], color.b, alpha);
    }
  }
  changes_.Add(area);
  return true;
}

void ScalarPainter::EndStatement() {
  for (const PixelArea& area : changes_.areas()) input_.Update(picture_, area);
}

Color ScalarPainter::ColorAt(Vec2 p) const {
  switch (texture_.kind) {
    case Texture::Kind::kSolid:
      return texture_.solid;
    case Texture::Kind::kSurroundings:
      return ring_.At(p.x, p.y);
    case Texture::Kind::kPicture:
      break;
  }
  return texture_.cells > 0 ? cells_.At(p.x, p.y) : Sample(source_, p.x, p.y);
}

double ScalarPainter::MaskAt(Vec2 p) const {
  const Size size = mask_->size;
  const SamplePlace h = PlaceOf(p.x * size.width / picture_.size.width, 0, size.width);
  const SamplePlace v = PlaceOf(p.y * size.height / picture_.size.height, 0, size.height);
  const auto at = [&](int x, int y) {
    return static_cast<float>(mask_->rows.data[y * mask_->rows.stride_bytes + x]);
  };
  const float top = at(h.low, v.low) + (at(h.high, v.low) - at(h.low, v.low)) * h.part;
  const float bottom = at(h.low, v.high) + (at(h.high, v.high) - at(h.low, v.high)) * h.part;
  return static_cast<double>(top + (bottom - top) * v.part) / 255;
}

}  // namespace retinue::internal
