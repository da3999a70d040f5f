#pragma once

// Instance masks from prototypes and coefficients. Threads: a MaskReader belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/results/mask.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// Samples of a prototype along one axis of the frame, for the pixels from `first` on.
struct MaskTaps {
  int first = 0;                 ///< First pixel of the box.
  std::vector<int> cell;         ///< Of each pixel, the sample before it.
  std::vector<float> weight;     ///< Of the sample behind it, in [0, 1].
};

/// Weighs prototypes with coefficients, samples the sum bilinearly at the centres of the frame's
/// pixels, and keeps as the mask those of the box where it is above 0.
/// @source Ultralytics `process_mask_native` (retina_masks=True) of 8.4.190, which cuts the padding
///         off in pixels of the input, as is done here. Older ones (8.3.235) cut off whole samples:
///         their masks lie as much as two pixels of the input aside, in the mean at an IoU of 0.983
///         with these (8.4.190: 0.999; 367 masks of 64 pictures of COCO)
class MaskReader {
 public:
  explicit MaskReader(const MaskColumns& columns) : columns_(columns) {}

  /// Looks at the prototypes of a frame, [1, K, H, W] of f32, f16 or bf16.
  /// @error kInvalidArgument  They are missing or of another shape or type.
  Result<void> Begin(std::span<const TensorView> outputs);

  /// Appends the mask of one object; `coefficients` are K values, all finite.
  /// @param box             Of the object, in pixels of the frame, inside of it.
  /// @param input_to_frame  Must not turn (RETINUE_CHECK).
  void Append(std::span<const float> coefficients, const Box& box, const Affine& input_to_frame,
              Size frame, MaskList& out);

  /// The slow twin of Append, pixel by pixel. For tests.
  void AppendScalar(std::span<const float> coefficients, const Box& box,
                    const Affine& input_to_frame, Size frame, MaskList& out);

 private:
  void MakeTaps(float from, float to, float scale, float shift, int samples, int pixels,
                MaskTaps& taps) const;
  void WeighWindow(std::span<const float> coefficients);

  MaskColumns columns_;
  const float* prototypes_ = nullptr;
  int height_ = 0;
  int width_ = 0;
  MaskTaps across_, down_;
  // The samples that a box needs: columns [left_, left_ + wide_), rows [top_, top_ + high_).
  int left_ = 0, top_ = 0, wide_ = 0, high_ = 0;
  std::vector<float> window_;  // [high_][wide_]
  std::vector<float> turned_;  // [wide_][high_]
  std::vector<float> column_;  // [high_] of one column of pixels
  std::vector<float> converted_;
};

}  // namespace retinue
