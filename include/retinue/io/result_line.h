#pragma once

// Reading retinue's own JSON Lines back, one line at a time: for programs that
// work on results without the video. Thread rule: pure function, plain values.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/results/results.h"

namespace retinue {

/// One frame of a JSON Lines file.
struct ResultLine {
  std::string stream;               ///< The source as the user named it.
  FrameResult result;               ///< Objects without `id` have kNoTrack.
  std::vector<std::string> labels;  ///< One for each object, same order.
};

/// Longer lines are refused.
inline constexpr std::size_t kMaxResultLineBytes = std::size_t{4} << 20;

/// Parses one line that JsonLinesFormat wrote (schema v1, docs/schema/), with or
/// without its line end. Fields that it does not know are passed over, so files of later
/// versions with the same `v` can be read.
///
/// @error kUnsupported  `v` is not 1.
/// @error kDataLoss     Not JSON, or a field is missing or not what the schema says; the
///                      message names it: `objects[2].box must be 4 numbers`.
/// @error kResourceExhausted  Longer than kMaxResultLineBytes or nested deeper than 16.
///
/// Cost: a few microseconds an object; memory at most about 30 times the line.
Result<ResultLine> ParseResultLine(std::string_view line);

}  // namespace retinue
