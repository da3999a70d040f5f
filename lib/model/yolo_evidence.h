#pragma once

// Whether an output tensor is the raw head of an anchor-free YOLO detector and
// with how many classes, or that of one that suppresses inside the network.
// Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// All that is known about a model besides the shape of its output.
struct YoloEvidence {
  bool task_known = false;                ///< The metadata says what the model does.
  bool asserted = false;                  ///< The user or a manifest says that it is this head.
  std::size_t name_count = 0;             ///< Class names known; 0 = none.
  ErrorCode name_conflict = ErrorCode::kDataLoss;  ///< Whose fault wrong names are.
  std::optional<YoloLayout> layout;       ///< From a manifest.
  std::optional<Size> input;              ///< When the model declares a fixed size.
  int extra = 0;                          ///< Channels behind the classes.
};

/// Whether there are three rows for each cell of strides 8, 16, 32 (and 64): the prior boxes of
/// YOLOv5 and YOLOv7.
bool HasPriorBoxes(std::int64_t rows, Size input);

/// "[1, K, 6 + 51]"
std::string EndToEndForm(int extra);

/// [1, K, 6 + extra] with a K that only lists of boxes have.
bool HasEndToEndShape(const Shape& shape, int extra);

/// True where nothing but an end-to-end head fits: that shape, the task known, and no
/// grid of two classes (4 + 2 channels) that it could be as well.
bool MustBeEndToEnd(const Shape& shape, const YoloEvidence& evidence);

/// Decides from the shape and the evidence; `spec.output` and `spec.extra` are the caller's.
/// @error kUnsupported  Some other head (says which, where shapes tell), or undecidable (says
///                      which option settles it).
/// @error               `name_conflict` when the shape has another number of classes than names.
Result<YoloSpec> DecideYolo(const std::string& output_name, const Shape& shape,
                            const YoloEvidence& evidence);

}  // namespace retinue
