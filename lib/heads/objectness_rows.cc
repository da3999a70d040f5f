#include "lib/heads/objectness_rows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace retinue {

std::int64_t FindObjects(const OutputRows& rows, int classes, float conf,
                         std::vector<Candidate>& out) {
  out.clear();
  out.reserve(static_cast<std::size_t>(rows.count));
  std::int64_t invalid = 0;
  const float* row = rows.data;
  for (int i = 0; i < rows.count; ++i, row += rows.columns) {
    const float objectness = row[4];
    // A value times 0 is NaN unless it is finite.
    const float zero = (row[0] + row[1]) * 0.0f + (row[2] + row[3]) * 0.0f + objectness * 0.0f;
    if (zero != 0.0f) {
      const bool is_finite =
          std::all_of(row, row + 5, [](float value) { return std::isfinite(value); });
      if (!is_finite) {
        ++invalid;
        continue;
      }
    }
    if (!(objectness > conf)) continue;
    const float* scores = row + kObjectnessLeading;
    float finite = 0;
    for (int c = 0; c < classes; ++c) finite += scores[c] * 0.0f;
    if (finite != 0.0f) {
      ++invalid;
      continue;
    }
    const float* best = std::max_element(scores, scores + classes);
    const float score = objectness * *best;
    if (score > conf) out.push_back({i, static_cast<int>(best - scores), score});
  }
  return invalid;
}

}  // namespace retinue
