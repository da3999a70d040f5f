#pragma once

// What a model is: which input it wants, which head reads its outputs, what its
// classes are called. Decided once, from evidence: the manifest beside the model,
// the metadata inside it, the shapes of its tensors, and what the user said.
// Where the evidence does not settle it, the answer is an error that says what
// was seen and which option settles it: never a guess that could give wrong boxes.
//
// Threads: plain values, pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/heads/region_rule.h"
#include "retinue/infer/engine.h"
#include "retinue/model/manifest.h"
#include "retinue/model/task.h"
#include "retinue/preprocess/preprocess.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// Which sizes a model's input may be given, if its runtime can change them.
enum class InputSizing {
  kFixed,   ///< Only `ModelSpec::input.size`: the head depends on it.
  kStride,  ///< Any multiple of the stride: the head works for all.
};

/// Where a model looks that looks at regions of a frame.
struct RegionRules {
  RegionRule found;     ///< From a detection of the first model,
  RegionRule followed;  ///< and from its own landmarks in the frame before.
};

/// Everything the pipeline needs to know about a model, besides running it.
struct ModelSpec {
  Task task = Task::kDetect;
  InputSpec input;                 ///< `size` is the chosen one: imgsz, manifest, metadata, shape.
  std::string input_name;          ///< Of the tensor.
  InputSizing sizing = InputSizing::kStride;
  int stride = 32;                 ///< Pixels; input sides are multiples of it. 1 when kFixed.
  HeadSpec head;
  std::optional<RegionRules> regions;  ///< Of a second model; empty: it looks at whole frames.
  std::vector<std::string> names;  ///< One for each class id of `head`.
  std::string licence;             ///< As the manifest or the model states it; may be empty.
  std::optional<float> default_conf;  ///< Instead of HeadOptions' default, unless the user chose.
  std::optional<float> default_iou;   ///< Likewise.
  /// One line for people: what settled the above, and where each part comes from.
  std::string evidence;
};

/// What the user says about a model; empty = nothing said.
struct Overrides {
  std::optional<Size> imgsz;  ///< Input size instead of the model's own.
  /// The family of the head, and with it what a frame becomes where nothing else says it:
  ///   yolo          v8, v9, 11, 12 and their kin: [1, 4 + C, N], letterboxed RGB / 255
  ///   yolo_end2end  suppressed already: [1, K, 6], the same input
  ///   yolov5        v5, v7 (v6 too): [1, N, 5 + C] in pixels, the same input
  ///   yolox         [1, N, 5 + C] on grids; BGR 0…255, letterboxed at the top left
  ///   yolov4        boxes [1, N, 4] and scores [1, N, C]; RGB / 255, stretched
  ///   nanodet       scores and distributions; BGR less ImageNet's mean, by its deviation
  ///   detr          RT-DETR, D-FINE: logits and boxes; RGB / 255, stretched
  ///   rfdetr        the same, with ImageNet's mean and deviation
  ///   classify      [1, C]; RGB / 255, the middle of the picture
  std::string head;
  std::string names;          ///< Class names, in any form that ParseNames reads, or "coco".
};

/// Works out what a model is.
///
/// @param io        Of the model as read, before compilation. Untrusted: metadata may be anything.
/// @param manifest  Of the model, when there is one; it wins over metadata and shapes, and must
///                  agree with the tensors.
/// @param overrides Win over everything.
///
/// Recognised without `head=`:
///   * manifests with a `[head]`, of every kind;
///   * Ultralytics exports of every task: detect, segment, pose, obb and classify, end-to-end or
///     not, size, stride, names and keypoints from the metadata; transposed, when the number of
///     names says which dimension is which and N is that of strides 8, 16 and 32;
///   * of models without metadata: [1, 84, N] with the N of strides 8, 16 and 32 (80 classes; with
///     prototypes [1, M, H, W] as a second output [1, 84 + M, N]), or as many names as the output
///     has classes; [1, N, 85] with three times that N (YOLOv5, v7); outputs with the names that
///     NanoDet's exporter gives.
/// Families that look alike (YOLOX and YOLOv6; DETR and its normalisation; a classifier) are
/// refused with the words of `head=` that settle it.
///
/// Heads whose boxes are relative to cells or fractions of the input (YOLOX, NanoDet, DETR, SSD)
/// and classifiers have one input size.
///
/// @error kUnsupported      Not understood; the sentence lists all inputs and outputs and says what
///                          settles it where something does.
/// @error kDataLoss         The metadata or the manifest contradict themselves or the tensors (e.g.
///                          80 names for 79 classes), or are not in the form that exporters write.
/// @error kInvalidArgument  An override makes no sense for this model.
/// @source Ultralytics export: metadata keys task, names, stride, imgsz, end2end, channels,
///         kpt_shape, license
Result<ModelSpec> DescribeModel(const ModelIo& io, const Manifest* manifest,
                                const Overrides& overrides = {});

/// All inputs and outputs on one line, for messages: `inputs images f32 [1, 3, 640, 640];
/// outputs output0 f32 [1, 84, 8400]`. At most 8 of each; control characters of names become '?'.
std::string ToString(const ModelIo& io);

/// [1, C, H, W] or [1, H, W, C].
Shape InputShape(const InputSpec& input);

}  // namespace retinue
