#pragma once

// Which landmarks the parts of a face are made of. Thread rule: constants.

#include <cstdint>
#include <span>

#include "retinue/effects/syntax.h"

namespace retinue {

/// The outline of a part: indices into the mesh of 468 landmarks, of irises into that of 478. A
/// forehead's is stretched before it is used, see the language's reference.
std::span<const std::int16_t> PartOutline(FacePart part);

}  // namespace retinue
