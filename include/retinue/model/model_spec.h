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

/// Everything the pipeline needs to know about a model, besides running it.
struct ModelSpec {
  Task task = Task::kDetect;
  InputSpec input;                 ///< `size` is the chosen one: imgsz, manifest, metadata or shape.
  std::string input_name;          ///< Of the tensor.
  InputSizing sizing = InputSizing::kStride;
  int stride = 32;                 ///< Pixels; input sides are multiples of it. 1 when kFixed.
  HeadSpec head;
  std::vector<std::string> names;  ///< One for each class id of `head`.
  std::string licence;             ///< As the manifest or the model states it; may be empty.
  std::optional<float> default_conf;  ///< Instead of HeadOptions' default, unless the user chose.
  std::optional<float> default_iou;   ///< Likewise.
  std::string evidence;            ///< One line for people: what settled the above.
};

/// What the user says about a model; empty = nothing said.
struct Overrides {
  std::optional<Size> imgsz;  ///< Input size instead of the model's own.
  std::string head;           ///< "yolo": the output is [1, 4 + C, N] without objectness;
                              ///< "yolo_end2end": it is [1, K, 6], suppressed already.
  std::string names;          ///< Class names, in any form that ParseNames reads.
};

/// Works out what a model is.
///
/// @param io        Of the model as read, before compilation. Untrusted: metadata may be anything.
/// @param manifest  Of the model, when there is one; it wins over metadata and shapes, and must
///                  agree with the tensors.
/// @param overrides Win over everything.
///
/// Recognised:
///   * manifests with a `[head]` (ssd, yolo, yolo_end2end);
///   * Ultralytics exports of task detect: one output [1, 4 + C, N] (or transposed, when the
///     number of names says which is which and N is that of strides 8, 16 and 32), size, stride
///     and names from the metadata;
///   * the same without metadata when the user says `head=yolo`, gives as many names as the output
///     has classes, or the output is [1, 84, N] with the N of strides 8, 16 and 32;
///   * end-to-end exports (YOLO26, YOLOv10, nms=True): one output [1, K, 6], when the metadata says
///     so or allows nothing else, or the user says `head=yolo_end2end` and names the classes.
///
/// @error kUnsupported      Understood, but retinue has no head for it yet (pose, segmentation,
///                          oriented boxes, classification, heads with objectness such as
///                          YOLOv5's, YOLOX, raw SSD without a manifest), or not understood.
///                          The sentence lists all inputs and outputs.
/// @error kDataLoss         The metadata contradicts itself or the tensors (e.g. 80 names for 79
///                          classes), or is not in the form that exporters write.
/// @error kInvalidArgument  An override makes no sense for this model.
/// @source Ultralytics export: metadata keys task, names, stride, imgsz, end2end, channels, license
Result<ModelSpec> DescribeModel(const ModelIo& io, const Manifest* manifest,
                                const Overrides& overrides = {});

/// All inputs and outputs on one line, for messages: `inputs images f32 [1, 3, 640, 640];
/// outputs output0 f32 [1, 84, 8400]`. At most 8 of each; control characters of names become '?'.
std::string ToString(const ModelIo& io);

/// [1, C, H, W] or [1, H, W, C].
Shape InputShape(const InputSpec& input);

}  // namespace retinue
