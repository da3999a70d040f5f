#pragma once

// Heads turn the output tensors of a network into detections. A head sees
// tensors, one mapping and its options: never an engine, never a frame, so each
// is tested on recorded tensors. Which head a model needs is decided by
// lib/model; what a head needs to know about a model is plain data (HeadSpec).
//
// Threads: one Head per stream, used by one thread at a time (it owns scratch
// memory that it reuses). Everything else here is plain values.
//
// A new kind of head: a spec (plain data), a class derived from Head, one case
// in MakeHead. Users of the library derive from Head directly and need neither.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/results/results.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// What the user may choose about detections, whatever the model.
struct HeadOptions {
  float conf = 0.25f;          ///< Scores must be above this (not equal), in [0, 1].
  float iou = 0.7f;            ///< A box goes when a better one overlaps it by more, in [0, 1].
  bool agnostic_nms = false;   ///< Boxes of different classes suppress each other too.
  int max_det = 300;           ///< At most this many detections a frame, 1…30000.
  std::vector<int> classes{};  ///< Only these class ids; empty = all.
};

/// At most this many boxes, the best ones, go into suppression.
/// @source Ultralytics `non_max_suppression`, max_nms
inline constexpr int kMaxNmsCandidates = 30000;

/// Checks all that can be checked without a model.
/// @error kInvalidArgument  An option is out of its range; the sentence names it.
Result<void> CheckHeadOptions(const HeadOptions& options);

/// How the one output of an anchor-free YOLO detector lies in memory.
enum class YoloLayout {
  kChannelsFirst,  ///< [1, 4 + C, N]: what Ultralytics exports.
  kAnchorsFirst,   ///< [1, N, 4 + C]: the same, transposed by some converters.
};

/// Anchor-free YOLO (v8, v11 and their kin): per anchor cx, cy, w, h in pixels
/// of the model input, then C scores in [0, 1] (sigmoid applied, no objectness).
struct YoloSpec {
  int class_count = 0;
  YoloLayout layout = YoloLayout::kChannelsFirst;
  int output = 0;  ///< Index of the tensor among the model's outputs.
};

/// YOLO that suppresses inside the network (v10, v26, exports with nms=True): [1, K, 6],
/// a row a box of x_min, y_min, x_max, y_max in pixels of the model input, score, class id.
struct YoloEnd2EndSpec {
  int class_count = 0;
  int output = 0;  ///< Index of the tensor among the model's outputs.
};

/// The prior boxes of an SSD detector, as a rule that generates them.
/// @source MediaPipe `SsdAnchorsCalculator` (options of the same names)
struct SsdAnchorSpec {
  std::vector<int> layers{};         ///< Cells in each direction, one entry a feature map.
  float min_scale = 0.2f;            ///< Box size of the first layer, fraction of the input.
  float max_scale = 0.95f;           ///< Box size of the last layer.
  std::vector<float> aspect_ratios{};  ///< Width over height; one box each in every cell.
  /// Width over height of one more box a cell, of size sqrt(s(i) · s(i + 1)); 0 = none.
  float interpolated_aspect_ratio = 1.0f;
  /// Layer 0 has three boxes a cell: size 0.1 ratio 1, then s(0) at ratios 2 and 1/2.
  bool reduce_lowest = false;
};

/// What turns a raw class value into a score.
enum class ScoreFunction {
  kNone,     ///< It is a score already.
  kSigmoid,  ///< 1 / (1 + exp(-value)).
};

/// An SSD detector with raw outputs (no suppression inside the model):
/// boxes [1, N, 4] as offsets y, x, h, w from N generated anchors, and
/// classes [1, N, B + C], B = 1 when column 0 is the background, else 0.
struct SsdSpec {
  int class_count = 0;                 ///< C, without the background.
  bool has_background = true;          ///< Column 0 of the classes means "nothing here".
  Size input{};                        ///< Model input in pixels: what fractions are of.
  SsdAnchorSpec anchors{};
  std::array<float, 4> box_scales{10, 10, 5, 5};  ///< y, x, h, w: offsets are divided by these.
  ScoreFunction score = ScoreFunction::kSigmoid;
  int boxes_output = 0;                ///< Index of the boxes among the model's outputs.
  int classes_output = 1;              ///< Index of the classes among the model's outputs.
};

/// Everything that a head needs to know about a model.
using HeadSpec = std::variant<YoloSpec, YoloEnd2EndSpec, SsdSpec>;

/// Number of classes of whichever spec it is.
int ClassCount(const HeadSpec& spec);

/// Turns output tensors into detections.
class Head {
 public:
  virtual ~Head() = default;

  /// Reads the outputs of one inference of batch 1.
  ///
  /// @param outputs         All outputs of the model, in its order; f32, f16 or bf16.
  /// @param input_to_frame  From pixels of the model input to pixels of the upright frame.
  /// @param frame           Size of the upright frame; boxes are clipped to it, and a box
  ///                        of which nothing is inside is dropped.
  /// @param out             Cleared, then filled: best score first, ties in the order of
  ///                        the lower anchor index. Its memory is reused.
  /// @error kInvalidArgument  An output is missing or not of the shape or type that the
  ///                          spec promises; `out` is empty.
  ///
  /// Allocates only while memory grows: from the second frame of the same
  /// shapes on, nothing that fits into what the first frames needed.
  virtual Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                             Size frame, std::vector<Detection>& out) = 0;

  /// Anchors that the last Parse dropped because one of their values was NaN or
  /// infinite. More than 0 means that the network is broken or overflows.
  virtual std::int64_t invalid_count() const { return 0; }
};

/// The head that reads what `spec` describes.
/// @error kInvalidArgument  `options` is out of range, names a class that `spec` does not
///                          have, or `spec` contradicts itself.
Result<std::unique_ptr<Head>> MakeHead(const HeadSpec& spec, const HeadOptions& options = {});

}  // namespace retinue
