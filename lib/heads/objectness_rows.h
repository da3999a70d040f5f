#pragma once

// Rows of detectors that score "something is here" apart from what it is: YOLOv5,
// YOLOv7 and YOLOX. Thread rule: pure functions over the caller's memory.

#include <cstdint>
#include <vector>

#include "lib/heads/output_rows.h"
#include "retinue/heads/score_scan.h"

namespace retinue {

/// Values of a row: four of a box, objectness, then the classes' scores.
inline constexpr int kObjectnessLeading = 5;

/// Finds the rows where objectness, and objectness · best class score, are > `conf`; the score of a
/// candidate is the product. A row has kObjectnessLeading values, `classes` scores, maybe more.
///
/// @return  Number of rows that are never found because a value is NaN or infinite: of every row
///          the box and the objectness are looked at, the classes only where objectness passes.
///
/// Cost: one cache line of each row, and the classes of those that pass.
/// @source YOLOv5 `non_max_suppression`; YOLOX `postprocess`
std::int64_t FindObjects(const OutputRows& rows, int classes, float conf,
                         std::vector<Candidate>& out);

}  // namespace retinue
