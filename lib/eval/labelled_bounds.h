#pragma once

// The box around labelled points. Private to lib/eval.

#include <optional>
#include <span>

#include "retinue/eval/detection_evaluator.h"

namespace retinue::internal {

/// Nothing where no point is labelled.
std::optional<EvalBox> BoundsOfLabelled(std::span<const EvalPoint> points);

}  // namespace retinue::internal
