#pragma once

// Reading MOT challenge text: what MotFormat (result_format.h) writes, and the
// ground truth, detection and result files of the challenges. Thread rule: pure
// functions, plain values.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

/// One line of a MOT file.
struct MotRow {
  std::int64_t frame = 1;  ///< As in the file: the challenges count from 1.
  std::int64_t id = -1;    ///< -1: a detection without identity.
  Box box;                 ///< Pixels, exactly as in the file: may reach out of the picture.
  float score = 1;         ///< Column 7; in ground truth 0 means "do not count this one".
  int class_id = -1;       ///< -1 when the file has none.
  float visibility = -1;   ///< Fraction seen, in ground truth of 9 columns; else -1.
  friend bool operator==(const MotRow&, const MotRow&) = default;
};

/// What a hostile or mistaken file may cost.
struct MotLimits {
  std::size_t max_rows = 5'000'000;        ///< About 200 MB of MotRow.
  std::int64_t max_frame = 100'000'000;
};

/// Reads lines of 6 to 10 numbers, `frame,id,left,top,width,height[,score[,…]]`, with
/// commas and any spaces around them. Empty lines, CR LF and a byte order mark
/// are passed over; the order of the lines is kept.
///
/// Column 8 is the class when the line has 8 or 9 columns, and also with 10 when
/// columns 9 and 10 are both -1, as retinue writes; otherwise columns 8 to 10 are
/// a place in the world (MOT15) and ignored. Column 9 of 9 is the visibility.
///
/// @error kDataLoss  `line 12: …`: too few or too many columns, text that is no
///                   finite number, a frame below 0 or above the limit, an id or class that
///                   is no whole number, a negative width or height.
/// @error kResourceExhausted  More lines than limits.max_rows.
///
/// Cost: about a microsecond a line. @source arXiv:1504.01942 and 1603.00831, data format
Result<std::vector<MotRow>> ParseMot(std::string_view text, const MotLimits& limits = {});

}  // namespace retinue
