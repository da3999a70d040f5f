#include "lib/effects/outlines.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

// The first eight @source the language's specification (as eymo has them).
constexpr short kFace[] = {10,  109, 67,  103, 54,  21,  162, 127, 234, 93,  132, 58,
                           172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365,
                           397, 288, 435, 361, 323, 454, 356, 389, 251, 284, 332, 297, 338};
constexpr short kForehead[] = {54, 68, 107, 9, 336, 298, 284, 332, 297, 338, 10, 109, 67, 103};
constexpr short kNose[] = {168, 193, 245, 188, 174, 236, 198, 209, 49,  64,  98, 97,
                           2,   326, 327, 294, 279, 429, 420, 456, 419, 351, 417};
constexpr short kMouth[] = {164, 167, 165, 216, 212, 202, 204, 194, 201, 200,
                            421, 418, 424, 422, 432, 436, 322, 391, 393};
constexpr short kLeye[] = {133, 173, 157, 158, 159, 160, 161, 246,
                           33,  7,   163, 144, 145, 153, 154, 155};
constexpr short kReye[] = {263, 466, 388, 387, 386, 385, 384, 398,
                           362, 382, 381, 380, 374, 373, 390, 249};
constexpr short kLeyeRegion[] = {107, 66,  105, 63,  70,  156, 35,  31, 228,
                                 229, 230, 231, 232, 233, 245, 193, 55};
constexpr short kReyeRegion[] = {300, 293, 334, 296, 336, 285, 417, 465, 453,
                                 452, 451, 450, 449, 448, 261, 265, 353};
// The outer ring of FACEMESH_LIPS, and the contours FACEMESH_RIGHT_… (the person's right: left in
// the picture) and FACEMESH_LEFT_… @source MediaPipe 0.10.21,
// mediapipe/python/solutions/face_mesh_connections.py
constexpr short kLips[] = {0,   37, 39,  40,  185, 61,  146, 91,  181, 84,
                           17, 314, 405, 321, 375, 291, 409, 270, 269, 267};
constexpr short kLeyebrow[] = {46, 53, 52, 65, 55, 107, 66, 105, 63, 70};
constexpr short kReyebrow[] = {276, 283, 282, 295, 285, 336, 296, 334, 293, 300};
constexpr short kLiris[] = {469, 470, 471, 472};
constexpr short kRiris[] = {474, 475, 476, 477};

constexpr std::array<std::span<const short>, kFacePartCount> kIndices = {
    kFace, kForehead, kNose, kMouth, kLips, kLeye, kReye, kLeyeRegion, kReyeRegion,
    kLeyebrow, kReyebrow, kLiris, kRiris};

bool IsPlace(const Landmark& l) {
  constexpr float kFar = 1e7f;
  return std::fabs(l.x) <= kFar && std::fabs(l.y) <= kFar;
}

double Cross(Vec2 o, Vec2 a, Vec2 b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

}  // namespace

std::span<const short> OutlineIndices(FacePart part) {
  return kIndices[static_cast<std::size_t>(part)];
}

Outline OutlineOf(FacePart part, std::span<const Landmark> landmarks) {
  Outline outline;
  for (const short index : OutlineIndices(part)) {
    const auto i = static_cast<std::size_t>(index);
    if (i >= landmarks.size() || !IsPlace(landmarks[i])) return {};
    outline.Add({static_cast<double>(landmarks[i].x), static_cast<double>(landmarks[i].y)});
  }
  if (part == FacePart::kForehead) Stretch(outline, 1, 1, 2.2, 0.7);
  return outline;
}

Outline OutlineOf(const Bounds& r) {
  Outline outline;
  outline.Add({r.min_x, r.min_y});
  outline.Add({r.max_x, r.min_y});
  outline.Add({r.max_x, r.max_y});
  outline.Add({r.min_x, r.max_y});
  return outline;
}

Bounds BoundsOf(const Outline& outline) {
  if (outline.empty()) return {};
  const Vec2 first = outline.points().front();
  Bounds bounds{first.x, first.y, first.x, first.y};
  for (const Vec2 p : outline.points()) {
    bounds = {std::min(bounds.min_x, p.x), std::min(bounds.min_y, p.y),
              std::max(bounds.max_x, p.x), std::max(bounds.max_y, p.y)};
  }
  return bounds;
}

void Stretch(Outline& outline, double left, double right, double top, double bottom) {
  const Vec2 center = BoundsOf(outline).center();
  for (Vec2& p : outline.points()) {
    p.x = center.x + (p.x - center.x) * (p.x < center.x ? left : right);
    p.y = center.y + (p.y - center.y) * (p.y < center.y ? top : bottom);
  }
}

Outline ConvexHull(const Outline& outline) {
  std::array<Vec2, Outline::kMost> sorted;
  const auto points = outline.points();
  std::copy(points.begin(), points.end(), sorted.begin());
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(points.size());
  std::sort(sorted.begin(), end,
            [](Vec2 a, Vec2 b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  const auto count = static_cast<std::size_t>(std::unique(sorted.begin(), end) - sorted.begin());
  if (count < 3) return {};
  std::array<Vec2, 2 * Outline::kMost> hull;
  std::size_t size = 0;
  const auto add = [&](Vec2 p, std::size_t keep) {
    while (size >= keep + 2 && Cross(hull[size - 2], hull[size - 1], p) <= 0) --size;
    hull[size++] = p;
  };
  for (std::size_t i = 0; i < count; ++i) add(sorted[i], 0);
  const std::size_t lower = size - 1;
  for (std::size_t i = count - 1; i-- > 0;) add(sorted[i], lower);
  Outline result;
  for (std::size_t i = 0; i + 1 < size; ++i) result.Add(hull[i]);
  return result;
}

}  // namespace retinue::internal
