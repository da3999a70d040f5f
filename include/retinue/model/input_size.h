#pragma once

// The size of a model's input: reading it, checking it, fitting it to a frame.
// Threads: pure functions.

#include <string_view>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

struct ModelSpec;

/// Largest input side that imgsz may ask for.
inline constexpr int kMaxImgsz = 8192;

/// Reads `imgsz`: "640" (both sides), or height and width as "384,640" or "384x640"; spaces and
/// brackets around it are allowed, as in the metadata's "[384, 640]".
/// @error kInvalidArgument  Anything else, or a side outside 1…kMaxImgsz.
Result<Size> ParseImgsz(std::string_view text);

/// Whether a model can have this input size.
/// @error kInvalidArgument  A side is no multiple of the stride (the sentence names the nearest
///                          that is), or the model has one size only.
Result<void> CheckImgsz(Size size, const ModelSpec& model);

/// The input size to compile for frames of size `frame`.
///
/// @param rect  true: the smallest multiples of the stride that hold the letterboxed frame within
///              `model.input.size`, so no whole rows of padding are computed (1280×720 in 640×640
///              gives 640×384). false, a model of fixed size, one that stretches its input, or an
///              empty frame: `model.input.size`.
/// @source Ultralytics LetterBox(auto=True), with Python's rounding of halves to even
Size ChooseInputSize(Size frame, const ModelSpec& model, bool rect);

}  // namespace retinue
