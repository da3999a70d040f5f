#include "lib/effects/scene.h"

#include <algorithm>
#include <cmath>

namespace retinue::internal {
namespace {

int Wrapped(int index, int offset, int count) {
  const auto sum = static_cast<std::int64_t>(index) + offset;
  return static_cast<int>((sum % count + count) % count);
}

bool IsPlace(const Box& box) {
  constexpr float kFar = 1e7f;
  return std::fabs(box.x) <= kFar && std::fabs(box.y) <= kFar && std::fabs(box.width) <= kFar &&
         std::fabs(box.height) <= kFar;
}

bool StandsBefore(const Face& a, const Face& b, FaceOrder order) {
  if (order == FaceOrder::kTrack && a.id != b.id) return a.id < b.id;
  const Point ca = a.box.center();
  const Point cb = b.box.center();
  if (ca.x != cb.x) return ca.x < cb.x;
  if (ca.y != cb.y) return ca.y < cb.y;
  return Area(a.box) > Area(b.box);
}

double Finite(float value) { return std::isfinite(value) ? static_cast<double>(value) : 0; }

}  // namespace

void Scene::Begin(const FrameResult& result, Size size, double seconds, FaceOrder order) {
  result_ = &result;
  size_ = size;
  seconds_ = seconds;
  order_.clear();
  for (std::size_t i = 0; i < result.faces.size(); ++i) {
    if (IsPlace(result.faces[i].box)) order_.push_back(static_cast<int>(i));
  }
  // Indices break ties, so that this needs no stable sort, which would allocate.
  std::sort(order_.begin(), order_.end(), [&](int a, int b) {
    const Face& fa = result.faces[static_cast<std::size_t>(a)];
    const Face& fb = result.faces[static_cast<std::size_t>(b)];
    if (StandsBefore(fa, fb, order)) return true;
    return !StandsBefore(fb, fa, order) && a < b;
  });
}

std::int64_t Scene::FaceId(int face) const {
  if (face == kNoFace) return 0;
  const std::int64_t id = FaceAt(face).id;
  return id != 0 ? id : -1 - face;
}

EffectValues Scene::ValuesOf(int face) const {
  EffectValues values{};
  const auto set = [&](EffectVariable variable, double value) {
    values[static_cast<std::size_t>(variable)] = value;
  };
  set(EffectVariable::kT, seconds_);
  set(EffectVariable::kW, size_.width);
  set(EffectVariable::kH, size_.height);
  set(EffectVariable::kN, face_count());
  if (face == kNoFace) return values;
  const Face& f = FaceAt(face);
  set(EffectVariable::kI, face);
  set(EffectVariable::kYaw, Finite(f.yaw));
  set(EffectVariable::kPitch, Finite(f.pitch));
  set(EffectVariable::kRoll, Finite(f.roll));
  set(EffectVariable::kMouthOpen, Finite(f.mouth_open));
  set(EffectVariable::kLeyeOpen, Finite(f.leye_open));
  set(EffectVariable::kReyeOpen, Finite(f.reye_open));
  set(EffectVariable::kSmile, Finite(f.smile));
  return values;
}

Outline Scene::OutlineOf(const EffectShape& shape, int face, std::span<const EffectNode> nodes,
                         const EffectValues& values) const {
  switch (shape.kind) {
    case EffectShapeKind::kFrame:
    case EffectShapeKind::kBackground:
      return internal::OutlineOf(Bounds{0, 0, static_cast<double>(size_.width),
                                        static_cast<double>(size_.height)});
    case EffectShapeKind::kRect: {
      std::array<double, 4> r{};
      for (std::size_t i = 0; i < r.size(); ++i) {
        r[i] = Evaluate(nodes.subspan(shape.rect[i].first, shape.rect[i].count), values);
      }
      if (r[2] <= 0 || r[3] <= 0) return {};
      return internal::OutlineOf(Bounds{r[0], r[1], r[0] + r[2], r[1] + r[3]});
    }
    case EffectShapeKind::kPart:
      break;
  }
  const Face& f = FaceAt(face);
  const auto landmarks = result_->LandmarksOf(f);
  if (shape.part == FacePart::kFace && landmarks.empty()) {
    return internal::OutlineOf(Bounds{f.box.x, f.box.y, f.box.right(), f.box.bottom()});
  }
  return internal::OutlineOf(shape.part, landmarks);
}

FaceRange SourceFaces(const EffectShape& shape, int face_count) {
  if (shape.kind != EffectShapeKind::kPart) return {kNoFace, 1};
  if (shape.choice == FaceChoice::kIndex) return {shape.number, shape.number < face_count ? 1 : 0};
  return {0, face_count};
}

int BaseFace(const EffectShape& source, int face, int face_count) {
  if (face == kNoFace || source.choice != FaceChoice::kOffset) return face;
  return Wrapped(face, -source.number, face_count);
}

FaceRange DestinationFaces(const EffectShape& shape, int base_face, int face_count) {
  if (shape.kind != EffectShapeKind::kPart) return {kNoFace, 1};
  if (face_count == 0) return {0, 0};
  switch (shape.choice) {
    case FaceChoice::kIndex: return {shape.number, shape.number < face_count ? 1 : 0};
    case FaceChoice::kOffset: return {Wrapped(std::max(base_face, 0), shape.number, face_count), 1};
    case FaceChoice::kNone: break;
  }
  return base_face == kNoFace ? FaceRange{0, face_count} : FaceRange{base_face, 1};
}

std::optional<int> AbsentIndex(const PlannedStatement& statement, int face_count) {
  const auto is_absent = [&](const EffectShape& shape) {
    return shape.kind == EffectShapeKind::kPart && shape.choice == FaceChoice::kIndex &&
           shape.number >= face_count;
  };
  if (is_absent(statement.source)) return statement.source.number;
  for (const EffectDestination& destination : statement.destinations) {
    if (is_absent(destination.shape)) return destination.shape.number;
  }
  return std::nullopt;
}

}  // namespace retinue::internal
