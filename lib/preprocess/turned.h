#pragma once

#include <cstdint>

#include "lib/preprocess/plan_tables.h"

namespace retinue::internal {

/// Samples one row of a turned region: columns `span` (inside PictureOfRow) of
/// output row `row`, one component after another into `rows[component]`, in
/// units of 1/128. Fixed point: 1/32768 of a sample in weights, which with the
/// rounding of two blends stays within 0.02 of 255 of the exact value.
void SampleTurnedRow(const PlanTables& tables, const Frame& frame, int row, Span span,
                     std::int16_t* const* rows);

}  // namespace retinue::internal
