#include "lib/effects/paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retinue::internal {
namespace {

// Below it a shape is thinner than anything that could be seen, and its inverse means nothing.
constexpr double kLeastScale = 1e-6;

struct Turn {
  double cosine = 1;
  double sine = 0;
};

// Exact at right angles, where every pixel must come to lie on a pixel.
Turn TurnOf(double degrees) {
  const double turn = degrees - 360 * std::floor(degrees / 360);
  if (turn == 0) return {1, 0};
  if (turn == 90) return {0, 1};
  if (turn == 180) return {-1, 0};
  if (turn == 270) return {0, -1};
  const double radians = turn * std::numbers::pi / 180;
  return {std::cos(radians), std::sin(radians)};
}

// Columns of the pixels of row `y` whose centres lie in the convex `hull`.
struct Span {
  int begin = 0;
  int end = 0;
};
Span SpanOf(const Outline& hull, int y, int width) {
  const double at = y + 0.5;
  double left = 1e18;
  double right = -1e18;
  const auto corners = hull.points();
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec2 a = corners[i];
    const Vec2 b = corners[i + 1 == corners.size() ? 0 : i + 1];
    if ((a.y <= at) == (b.y <= at)) continue;
    const double x = a.x + (b.x - a.x) * ((at - a.y) / (b.y - a.y));
    left = std::min(left, x);
    right = std::max(right, x);
  }
  const auto column = [width](double x) {
    return static_cast<int>(std::clamp(std::ceil(x - 0.5), 0.0, static_cast<double>(width)));
  };
  return left < right ? Span{column(left), column(right)} : Span{};
}

// How far inside of its nearest edge a point lies.
class EdgeDistance {
 public:
  explicit EdgeDistance(const Outline& hull) {
    const auto corners = hull.points();
    double area = 0;
    for (std::size_t i = 0; i < corners.size(); ++i) {
      const Vec2 a = corners[i];
      const Vec2 b = corners[(i + 1) % corners.size()];
      area += a.x * b.y - b.x * a.y;
      const double length = std::hypot(b.x - a.x, b.y - a.y);
      if (length > 0) edges_[size_++] = {a, {-(b.y - a.y) / length, (b.x - a.x) / length}};
    }
    sign_ = area < 0 ? -1 : 1;
  }
  double Of(double x, double y) const {
    double least = 1e18;
    for (std::size_t i = 0; i < size_; ++i) {
      const Edge& e = edges_[i];
      least = std::min(least, sign_ * ((x - e.at.x) * e.inwards.x + (y - e.at.y) * e.inwards.y));
    }
    return least;
  }

 private:
  struct Edge {
    Vec2 at;
    Vec2 inwards;
  };
  std::array<Edge, Outline::kMost> edges_;
  std::size_t size_ = 0;
  double sign_ = 1;
};

double MaskAt(const Paint& paint, Size frame, Vec2 p) {
  const Size size = paint.mask_size;
  const SamplePlace h = PlaceOf(p.x * size.width / frame.width, 0, size.width);
  const SamplePlace v = PlaceOf(p.y * size.height / frame.height, 0, size.height);
  const auto at = [&](int x, int y) {
    return static_cast<float>(paint.mask[y * paint.mask_stride_bytes + x]);
  };
  const float top = at(h.low, v.low) + (at(h.high, v.low) - at(h.low, v.low)) * h.part;
  const float bottom = at(h.low, v.high) + (at(h.high, v.high) - at(h.low, v.high)) * h.part;
  return static_cast<double>(top + (bottom - top) * v.part) / 255;
}

Color ColorAt(const Paint& paint, Vec2 p) {
  switch (paint.kind) {
    case PaintKind::kPicture: return Sample(paint.picture, p.x, p.y);
    case PaintKind::kCells: return paint.cells->At(p.x, p.y);
    case PaintKind::kRing: return paint.ring->At(p.x, p.y);
    case PaintKind::kSolid: break;
  }
  return paint.solid;
}

std::uint8_t Blended(std::uint8_t below, float above, double alpha) {
  const double value = below + (static_cast<double>(above) - below) * alpha;
  return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
}

// From the frame's pixels back to the source.
class Backwards {
 public:
  explicit Backwards(const Paint& paint) : placement_(paint.placement) {
    turn_ = TurnOf(placement_.angle_deg);
    inverse_x_ = (paint.flip_horizontal ? -1 : 1) / placement_.scale_x;
    inverse_y_ = (paint.flip_vertical ? -1 : 1) / placement_.scale_y;
  }
  Vec2 At(double x, double y) const {
    const double dx = x - placement_.to.x;
    const double dy = y - placement_.to.y;
    return {placement_.from.x + (turn_.cosine * dx + turn_.sine * dy) * inverse_x_,
            placement_.from.y + (turn_.cosine * dy - turn_.sine * dx) * inverse_y_};
  }

 private:
  const Placement& placement_;
  Turn turn_;
  double inverse_x_ = 1;
  double inverse_y_ = 1;
};

}  // namespace

Vec2 Placement::Forward(Vec2 p) const {
  const Turn turn = TurnOf(angle_deg);
  const double x = (p.x - from.x) * scale_x;
  const double y = (p.y - from.y) * scale_y;
  return {to.x + turn.cosine * x - turn.sine * y, to.y + turn.sine * x + turn.cosine * y};
}

PixelArea Draw(const Paint& paint, Size size, MutablePlaneView target) {
  const Placement& placement = paint.placement;
  if (std::fabs(placement.scale_x) < kLeastScale || std::fabs(placement.scale_y) < kLeastScale) {
    return {};
  }
  if (paint.opacity <= 0) return {};
  Outline hull = paint.hull;
  for (Vec2& p : hull.points()) p = placement.Forward(p);
  const Bounds bounds = BoundsOf(hull);
  const bool is_seen = bounds.max_x > 0 && bounds.max_y > 0 && bounds.min_x < size.width &&
                       bounds.min_y < size.height;
  if (!is_seen) return {};
  const PixelArea area = PixelsAround(bounds, size);
  const Backwards backwards(paint);
  const EdgeDistance edge(hull);
  for (int y = area.y0; y < area.y1; ++y) {
    const Span span = SpanOf(hull, y, size.width);
    std::uint8_t* out = target.data + y * target.stride_bytes + span.begin * 3;
    for (int x = span.begin; x < span.end; ++x, out += 3) {
      const Vec2 p = backwards.At(x + 0.5, y + 0.5);
      double alpha = paint.opacity;
      if (paint.feather > 0) {
        alpha *= std::clamp(edge.Of(x + 0.5, y + 0.5) / paint.feather, 0.0, 1.0);
      }
      if (paint.mask != nullptr) alpha *= MaskAt(paint, size, p);
      const Color color = paint.change.Apply(ColorAt(paint, p));
      out[0] = Blended(out[0], color.r, alpha);
      out[1] = Blended(out[1], color.g, alpha);
      out[2] = Blended(out[2], color.b, alpha);
    }
  }
  return area;
}

}  // namespace retinue::internal
