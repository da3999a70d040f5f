#include "retinue/effects/face_parts.h"

#include "lib/effects/outlines.h"

namespace retinue {

std::span<const std::int16_t> PartOutline(FacePart part) { return internal::OutlineIndices(part); }

}  // namespace retinue
