#pragma once

// What the boxes of a YOLO model carry behind their scores (BoxExtra), read for the boxes that
// were kept. Threads: an ExtraReader belongs to one thread.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "lib/heads/mask_reader.h"
#include "lib/heads/turned_selector.h"
#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/box_selector.h"
#include "retinue/heads/head.h"
#include "retinue/results/results.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// Where the channels of the boxes lie: channel c of anchor a at
/// data[a · anchor_step + c · channel_step].
struct BoxChannels {
  const float* data = nullptr;
  std::ptrdiff_t anchor_step = 0;
  std::ptrdiff_t channel_step = 0;
  int first_extra = 0;  ///< The channel where `extra` begins.
};

/// Selects boxes and reads their extra, in the order: Begin, Add for each candidate, Select.
class ExtraReader {
 public:
  /// `options` must have passed CheckHeadOptions; `extra` CheckBoxExtra.
  ExtraReader(const BoxExtra& extra, const HeadOptions& options, int class_count);

  bool Wants(int class_id) const { return selector_.Wants(class_id); }
  bool has_angle() const { return turned_.has_value(); }

  /// Forgets the last frame; makes room for `max_boxes`.
  /// @error kInvalidArgument  The prototypes are missing or of another shape or type.
  Result<void> Begin(std::span<const TensorView> outputs, const BoxChannels& channels,
                     std::size_t max_boxes);
  /// Adds a box of anchor `anchor`; false when one of its extra values is NaN or infinite.
  /// With has_angle() the corners are those before turning.
  bool Add(int anchor, const ScoredBox& box);
  /// Fills objects and what they carry.
  /// @error kInvalidArgument  A mapping that turns, with masks.
  Result<void> Select(const Affine& input_to_frame, FrameResult& into);

 private:
  const float* ExtraOf(std::size_t object) const;
  void ReadKeypoints(const KeypointColumns& columns, const Affine& input_to_frame,
                     FrameResult& into) const;
  Result<void> ReadMasks(const Affine& input_to_frame, FrameResult& into);

  BoxExtra extra_;
  int columns_;
  std::size_t max_det_;
  BoxSelector selector_;
  std::optional<TurnedSelector> turned_;
  std::optional<MaskReader> masks_;
  BoxChannels channels_;
  std::vector<int> anchors_;         // of the added boxes
  std::span<const int> kept_;        // which of them each object is
  std::vector<float> coefficients_;  // of one object
};

/// @error kInvalidArgument  A count that is not positive or over its limit, or a negative output.
Result<void> CheckBoxExtra(const BoxExtra& extra);

}  // namespace retinue
