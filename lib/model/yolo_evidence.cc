#include "lib/model/yolo_evidence.h"

#include "lib/model/text.h"
#include "retinue/heads/cell_grid.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::Printable;

constexpr std::int64_t kBoxChannels = 4;
constexpr std::int64_t kCocoClasses = 80;
constexpr std::int64_t kMostEndToEndBoxes = 1000;

// `output0 [1, 84, 8400]`
std::string Seen(const std::string& name, const Shape& shape) {
  return Printable(name) + " " + ToString(shape);
}

tl::unexpected<Error> Unsupported(const std::string& sentence) {
  return Fail(ErrorCode::kUnsupported, sentence);
}

// One row a cell.
bool HasGridCount(std::int64_t rows, const YoloEvidence& evidence) {
  return evidence.input && rows > 0 && (rows == CellCount(*evidence.input, kUsualStrides) ||
                                        rows == CellCount(*evidence.input, kP6Strides));
}

// "4 + C", or with what the boxes carry "4 + C + 32".
std::string Channels(const std::string& classes, int extra) {
  return "4 + " + classes + (extra > 0 ? " + " + std::to_string(extra) : std::string());
}

YoloSpec Spec(std::int64_t channels, int extra, YoloLayout layout) {
  return {.class_count = static_cast<int>(channels - kBoxChannels - extra),
          .layout = layout,
          .output = 0,
          .extra = {}};
}

// Heads that look alike but are not: refused whatever anybody says about the model.
Result<void> RefuseOtherHeads(const std::string& name, const Shape& shape,
                              const YoloEvidence& evidence) {
  const std::int64_t a = shape[1], b = shape[2];
  const auto names = static_cast<std::int64_t>(evidence.name_count);
  const bool stated = evidence.layout == YoloLayout::kAnchorsFirst;
  if (HasEndToEndShape(shape, evidence.extra) && !stated) {
    return Unsupported("the output may be an end-to-end head (boxes already suppressed, " +
                       EndToEndForm(evidence.extra) + "), got " + Seen(name, shape) +
                       "; head=yolo_end2end and names=FILE, or a manifest, settle it");
  }
  if (evidence.input && (HasPriorBoxes(a, *evidence.input) || HasPriorBoxes(b, *evidence.input))) {
    return Unsupported("three prior boxes a cell and objectness are those of YOLOv5 and YOLOv7, "
                       "whose output must be [1, N, 5 + C], got " + Seen(name, shape) +
                       "; head=yolov5 settles it where it is");
  }
  const std::int64_t wanted = names + kBoxChannels + evidence.extra;
  const bool extra_channel = names > 0 && (a == wanted + 1 || b == wanted + 1);
  if (extra_channel && a != wanted && b != wanted) {
    return Unsupported("one channel more than box and classes may be objectness (head=yolox for "
                       "YOLOX, head=yolov5 for v5, v6 and v7) or an angle (a manifest with "
                       "head.angle), got " + Seen(name, shape) + " with " + std::to_string(names) +
                       " class names");
  }
  return {};
}

// Names are known: they say how many channels there are, and so which dimension is which.
Result<YoloSpec> DecideByNames(const std::string& name, const Shape& shape,
                               const YoloEvidence& evidence) {
  const std::int64_t wanted =
      kBoxChannels + static_cast<std::int64_t>(evidence.name_count) + evidence.extra;
  const bool first = shape[1] == wanted && evidence.layout != YoloLayout::kAnchorsFirst;
  const bool second = shape[2] == wanted && evidence.layout != YoloLayout::kChannelsFirst;
  if (first && second) {
    return Unsupported("the channels must be told from the anchors, got " + Seen(name, shape) +
                       "; a manifest with head.layout settles it");
  }
  if (first) return Spec(wanted, evidence.extra, YoloLayout::kChannelsFirst);
  if (second && !evidence.layout && !HasGridCount(shape[1], evidence)) {
    // RT-DETR's [1, 300, 4 + C] has the same form, but boxes in fractions of the picture.
    return Unsupported("a transposed head must have an anchor for each cell of strides 8, 16 and "
                       "32, got " + Seen(name, shape) +
                       "; head=detr settles it for RT-DETR, a manifest with head.layout other "
                       "cases");
  }
  if (second) return Spec(wanted, evidence.extra, YoloLayout::kAnchorsFirst);
  if (shape[1] < 0 && shape[2] < 0 && (evidence.task_known || evidence.asserted)) {
    return Spec(wanted, evidence.extra, evidence.layout.value_or(YoloLayout::kChannelsFirst));
  }
  return Fail(evidence.name_conflict,
              "a model with " + std::to_string(evidence.name_count) +
                  " class names must have an output [1, " + std::to_string(wanted) +
                  ", N] or [1, N, " + std::to_string(wanted) + "], got " + Seen(name, shape));
}

// No names: the user's word, or the one shape that no other head has.
Result<YoloSpec> DecideByShape(const std::string& name, const Shape& shape,
                               const YoloEvidence& evidence) {
  const bool first = evidence.layout != YoloLayout::kAnchorsFirst;
  const std::int64_t channels = shape[first ? 1 : 2], anchors = shape[first ? 2 : 1];
  const std::int64_t classes = channels - kBoxChannels - evidence.extra;
  const bool coco = classes == kCocoClasses && HasGridCount(anchors, evidence);
  // Without a stated layout the smaller dimension is the channels', in any real model.
  const bool plausible = classes > 0 && (anchors < 0 || channels < anchors);
  const bool told = evidence.asserted || evidence.task_known || evidence.layout.has_value();
  if (plausible && (coco || told) && classes <= std::int64_t{kMaxNames}) {
    return Spec(channels, evidence.extra,
                first ? YoloLayout::kChannelsFirst : YoloLayout::kAnchorsFirst);
  }
  if (HasGridCount(shape[1], evidence)) {
    return Unsupported("a row for each cell may be YOLOX (head=yolox), v6 (head=yolov5), or an "
                       "anchor-free YOLO transposed (names=FILE with one name for each class), "
                       "got " + Seen(name, shape));
  }
  return Unsupported("the head of " + Seen(name, shape) +
                     " cannot be told from its shape; if it is an anchor-free YOLO detector "
                     "[1, 4 + C, N], head=yolo, or names=FILE with one name for each class, "
                     "settles it");
}

}  // namespace

bool HasPriorBoxes(std::int64_t rows, Size input) {
  constexpr std::int64_t kPriorBoxes = 3;
  return rows > 0 && (rows == kPriorBoxes * CellCount(input, kUsualStrides) ||
                      rows == kPriorBoxes * CellCount(input, kP6Strides));
}

std::string EndToEndForm(int extra) {
  return "[1, K, 6" + (extra > 0 ? " + " + std::to_string(extra) : std::string()) + "]";
}

bool HasEndToEndShape(const Shape& shape, int extra) {
  // An open K is -1.
  return shape.rank() == 3 && (shape[0] == 1 || shape[0] == Shape::kDynamic) &&
         shape[1] <= kMostEndToEndBoxes && shape[1] != 0 && shape[2] == 6 + extra;
}

bool MustBeEndToEnd(const Shape& shape, const YoloEvidence& evidence) {
  if (!HasEndToEndShape(shape, evidence.extra)) return false;
  if (evidence.layout || evidence.asserted) return false;
  if (!evidence.task_known || evidence.name_count == 0) return false;
  if (evidence.name_count != 2) return true;
  return evidence.input && shape[1] > 0 && !HasGridCount(shape[1], evidence);
}

Result<YoloSpec> DecideYolo(const std::string& output_name, const Shape& shape,
                            const YoloEvidence& evidence) {
  if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != Shape::kDynamic)) {
    return Unsupported("the output of a detector must be [1, " + Channels("C", evidence.extra) +
                       ", N], got " + Seen(output_name, shape));
  }
  RETINUE_RETURN_IF_ERROR(RefuseOtherHeads(output_name, shape, evidence));
  return evidence.name_count > 0 ? DecideByNames(output_name, shape, evidence)
                                 : DecideByShape(output_name, shape, evidence);
}

}  // namespace retinue
