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
  /// A box for every class whose score is above conf, not for the best alone, as the field
  /// does when it measures average precision.
  bool multi_label = false;
  int top = 5;                 ///< Of a classifier, so many best classes.
  std::vector<int> classes{};  ///< Only these class ids; empty = all.
};

/// At most this many boxes, the best ones, go into suppression.
/// @source Ultralytics `non_max_suppression`, max_nms
inline constexpr int kMaxNmsCandidates = 30000;

/// Checks all that can be checked without a model.
/// @error kInvalidArgument  An option is out of its range; the sentence names it.
Result<void> CheckHeadOptions(const HeadOptions& options);

/// Keypoints that each box carries, in pixels of the model input. They may lie outside of it.
struct KeypointColumns {
  int count = 17;
  bool has_score = true;  ///< x, y, score in [0, 1] of each; else x, y, and all scores are 1.
};

/// Coefficients that each box carries, and the prototypes that they weigh: the mask is where
/// the sum of prototypes is above 0 (bilinear between their samples), inside the box.
struct MaskColumns {
  int coefficients = 32;
  int prototypes_output = 1;  ///< Index of the output [1, coefficients, H, W].
  int stride = 4;             ///< Pixels of the model input from one prototype sample to the next.
};

/// The angle that each box carries, in radians, clockwise as seen on the screen.
struct AngleColumn {};

/// What the boxes of a YOLO model carry behind their class scores.
using BoxExtra = std::variant<std::monostate, KeypointColumns, MaskColumns, AngleColumn>;

/// Values of `extra` per box: 0 for none.
int ColumnCount(const BoxExtra& extra);

/// Which of the two last dimensions of a YOLO head's output are the anchors.
enum class YoloLayout {
  kChannelsFirst,  ///< [1, channels, N]: what Ultralytics exports.
  kAnchorsFirst,   ///< [1, N, channels]: the same, transposed by some converters.
};

/// Anchor-free YOLO (v8, v9, 11, 12 and their kin): per anchor cx, cy, w, h in pixels
/// of the model input, then C scores in [0, 1] (sigmoid applied, no objectness), then `extra`.
struct YoloSpec {
  int class_count = 0;
  YoloLayout layout = YoloLayout::kChannelsFirst;
  int output = 0;  ///< Index of the tensor among the model's outputs.
  BoxExtra extra{};
};

/// YOLO that suppresses inside the network (v10, v26, exports with nms=True): [1, K, 6 + extra],
/// a row a box of x_min, y_min, x_max, y_max in pixels of the model input (with an AngleColumn
/// cx, cy, w, h), score, class id, then `extra`.
struct YoloEnd2EndSpec {
  int class_count = 0;
  int output = 0;  ///< Index of the tensor among the model's outputs.
  BoxExtra extra{};
};

/// YOLO with objectness (v5, v7): [1, N, 5 + C + extra], per anchor cx, cy, w, h in pixels of the
/// model input, objectness and C scores in [0, 1]; a class's score is the product of the two. v6,
/// and YOLOX exported with its grids worked in, have the same form.
struct YoloV5Spec {
  int class_count = 0;
  int output = 0;  ///< Index of the tensor among the model's outputs.
  BoxExtra extra{};
};

/// YOLOX: [1, N, 5 + C], as YOLOv5's, but boxes relative to the cells of one grid a stride, in
/// rows from the top left: centre = (value + cell) · stride, size = exp(value) · stride.
struct YoloXSpec {
  int class_count = 0;
  int output = 0;                         ///< Index of the tensor among the model's outputs.
  Size input{};                           ///< Model input in pixels.
  std::vector<int> strides{8, 16, 32};    ///< In the order of the output; 64 too in P6 models.
};

/// YOLOv4 as its TensorFlow Lite converters leave it: boxes [1, N, 4] of cx, cy, w, h in pixels
/// of the model input, and scores [1, N, C] in [0, 1], objectness multiplied in.
struct YoloV4Spec {
  int class_count = 0;
  int boxes_output = 0;
  int scores_output = 1;
};

/// NanoDet: per stride s a grid of cells, each with C scores in [0, 1] and, for the distances
/// from the cell's centre to left, top, right and bottom, a distribution over 0 … B - 1
/// (softmax of B values); distance = its mean · s. Boxes are clipped to the model input.
struct NanoDetSpec {
  int class_count = 0;
  Size input{};                        ///< Model input in pixels.
  std::vector<int> strides{8, 16, 32};
  int bins = 8;                        ///< B.
  /// Indices of the outputs [1, cells, C], one a stride; or a single one [1, N, C + 4 · B] for
  /// all strides, then `distances` is empty.
  std::vector<int> scores{};
  std::vector<int> distances{};        ///< Indices of the outputs [1, cells, 4 · B], one a stride.
  /// Where a cell's centre is: (x + 0.5) · s for NanoDet-m, x · s for NanoDet-Plus.
  float cell_offset = 0.5f;
};

/// What turns a raw class value into a score.
enum class ScoreFunction {
  kNone,     ///< It is a score already.
  kSigmoid,  ///< 1 / (1 + exp(-value)).
};

/// DETR and its kin (RT-DETR, D-FINE, RF-DETR, Deformable DETR): Q queries with class logits
/// [1, Q, C] and boxes [1, Q, 4] of cx, cy, w, h in fractions of the model input; or both in one
/// output [1, Q, 4 + C], boxes first, when the indices are the same (Ultralytics' RT-DETR). The
/// best `top` (query, class) pairs are detections, and nothing is suppressed.
struct DetrSpec {
  int class_count = 0;
  int logits_output = 0;
  int boxes_output = 1;
  Size input{};                        ///< Model input in pixels.
  int top = 300;
  ScoreFunction score = ScoreFunction::kSigmoid;
};

/// One grid of a BlazeSpec.
struct BlazeLayer {
  int stride = 8;  ///< Pixels of the model input between cells.
  int boxes = 2;   ///< In every cell.
};

/// MediaPipe's detectors of one kind of thing (BlazeFace, BlazePose, palms): per box of a grid
/// x, y, w, h and keypoints x, y in pixels of the model input, places relative to the centre of
/// the box's cell, [1, N, 4 + 2 · K], and a logit, [1, N, 1]. Boxes that overlap by more than `iou`
/// become one, their mean weighted by score.
/// @source MediaPipe `TensorsToDetectionsCalculator` (reverse_output_order, fixed_anchor_size)
struct BlazeSpec {
  int class_count = 1;
  Size input{};                      ///< Model input in pixels.
  std::vector<BlazeLayer> layers{};  ///< In the order of the outputs.
  int keypoints = 6;                 ///< K.
  int boxes_output = 0;
  int scores_output = 1;
};

/// Landmarks of one thing that fills the input (MediaPipe's bodies and faces): per point x, y, z in
/// pixels of the model input, and with 5 columns the logits of being visible and of being inside;
/// points first, then `hidden` ones, then what nobody reads. Whether the thing is there at all is
/// one number. A heat map, where there is one, says more exactly where a point is.
/// @source MediaPipe `TensorsToLandmarksCalculator`, `RefineLandmarksFromHeatmapCalculator`
struct LandmarkSpec {
  int class_count = 1;
  /// A face, or one eye of it: with their depth they go to FrameResult::faces and ::landmarks.
  /// Otherwise an object and its keypoints.
  bool is_face = false;
  int points = 33;
  int hidden = 2;             ///< Behind the points: where to look in the next frame.
  int columns = 5;            ///< 3 or 5, of each point.
  Size input{};               ///< Model input in pixels.
  int landmarks_output = 0;   ///< Index of the output with at least (points + hidden) · columns.
  int more_output = -1;       ///< Index of the output of those that the first does not hold; or -1.
  /// A face's mesh of 478 points with attention: 468 in the first output, and the indices of those
  /// of x and y of each FaceRefinement, which take their place or follow them. Otherwise empty.
  std::vector<int> refined_outputs{};
  int presence_output = 1;    ///< Index of the output of one number; -1: it is there.
  ScoreFunction presence = ScoreFunction::kNone;
  int heatmap_output = -1;    ///< Index of the output [1, H, W, points + hidden or more]; or -1.
  int heatmap_window = 7;     ///< Samples each way around a point that the map is read in; odd.
};

/// A network that parts what matters (people) from the background: [1, H, W, 1], of each place of
/// the input the probability that it is foreground.
struct ForegroundSpec {
  int class_count = 1;
  int output = 0;
};

/// A classifier: [1, C], one picture, one value a class.
struct ClassifySpec {
  int class_count = 0;
  int output = 0;
  bool softmax = false;  ///< The values are logits; else probabilities already.
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
using HeadSpec = std::variant<YoloSpec, YoloEnd2EndSpec, YoloV5Spec, YoloXSpec, YoloV4Spec,
                              NanoDetSpec, DetrSpec, SsdSpec, BlazeSpec, LandmarkSpec,
                              ForegroundSpec, ClassifySpec>;

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
  /// @param into            `into.size` is the upright frame's and stays; so do frame and pts. All
  ///                        that was found in it before is forgotten, then it is filled: best
  ///                        score first, ties in the order of the lower anchor index. Boxes are
  ///                        clipped to the frame; one of which nothing is inside is dropped.
  /// @error kInvalidArgument  An output is missing or not of the shape or type that the
  ///                          spec promises; nothing is found then.
  ///
  /// Allocates only while memory grows: from the second frame of the same
  /// shapes on, nothing that fits into what the first frames needed.
  virtual Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                             FrameResult& into) = 0;

  /// Anchors that the last Parse dropped because one of their values was NaN or
  /// infinite. More than 0 means that the network is broken or overflows.
  virtual std::int64_t invalid_count() const { return 0; }
};

/// The head that reads what `spec` describes.
/// @error kInvalidArgument  `options` is out of range, names a class that `spec` does not
///                          have, or `spec` contradicts itself.
Result<std::unique_ptr<Head>> MakeHead(const HeadSpec& spec, const HeadOptions& options = {});

}  // namespace retinue
