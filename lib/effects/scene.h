#pragma once

// A frame as a program sees it: its faces in order, the values of variables, shapes as outlines.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "lib/effects/expression.h"
#include "lib/effects/outlines.h"
#include "retinue/effects/effects.h"
#include "retinue/effects/plan.h"
#include "retinue/results/results.h"

namespace retinue::internal {

/// No face: the place of a source that is none's.
inline constexpr int kNoFace = -1;

class Scene {
 public:
  /// Takes over a frame; `result` must outlive its use. Faces whose box is no number are left out.
  void Begin(const FrameResult& result, Size size, double seconds, FaceOrder order);

  int face_count() const { return static_cast<int>(order_.size()); }
  Size size() const { return size_; }

  /// The face's stable id; of one that is not followed its place in the order, as a negative
  /// number. 0 for kNoFace.
  std::int64_t FaceId(int face) const;

  /// The variables as the face (or kNoFace: all of a face's are 0) sees them.
  EffectValues ValuesOf(int face) const;

  /// The outline of a shape; of a part, of that face. Empty: it is not there.
  Outline OutlineOf(const EffectShape& shape, int face, std::span<const EffectNode> nodes,
                    const EffectValues& values) const;

 private:
  const Face& FaceAt(int face) const {
    return result_->faces[static_cast<std::size_t>(order_[static_cast<std::size_t>(face)])];
  }

  const FrameResult* result_ = nullptr;
  Size size_;
  double seconds_ = 0;
  std::vector<int> order_;
};

/// Faces `first`, `first` + 1 … of a scene.
struct FaceRange {
  int first = 0;
  int count = 0;
};

/// The faces that a statement's shape stands for: each once, or kNoFace for shapes of no face.
FaceRange SourceFaces(const EffectShape& shape, int face_count);

/// The face that destinations without a choice refer to, for a source of `face`.
int BaseFace(const EffectShape& source, int face, int face_count);

/// The faces that a destination stands for.
FaceRange DestinationFaces(const EffectShape& shape, int base_face, int face_count);

/// The index of a `#N` of the statement that there is no face for.
std::optional<int> AbsentIndex(const PlannedStatement& statement, int face_count);

}  // namespace retinue::internal
