#include "lib/model/yolo_evidence.h"

#include "lib/model/text.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::Printable;

constexpr std::int64_t kBoxChannels = 4;
constexpr std::int64_t kCocoChannels = kBoxChannels + 80;
constexpr std::int64_t kMostEndToEndBoxes = 1000;

// `output0 [1, 84, 8400]`
std::string Seen(const std::string& name, const Shape& shape) {
  return Printable(name) + " " + ToString(shape);
}

tl::unexpected<Error> Unsupported(const std::string& sentence) {
  return Fail(ErrorCode::kUnsupported, sentence);
}

// Three prior boxes a cell instead of one cell a box.
bool HasPriorBoxes(std::int64_t anchors, const YoloEvidence& evidence) {
  return evidence.input && anchors > 0 && anchors == 3 * YoloAnchorCount(*evidence.input);
}

YoloSpec Spec(std::int64_t channels, YoloLayout layout) {
  return {.class_count = static_cast<int>(channels - kBoxChannels), .layout = layout, .output = 0};
}

// Heads that look alike but are not: refused whatever anybody says about the model.
Result<void> RefuseOtherHeads(const std::string& name, const Shape& shape,
                              const YoloEvidence& evidence) {
  const std::int64_t a = shape[1], b = shape[2];
  const auto names = static_cast<std::int64_t>(evidence.name_count);
  const bool stated = evidence.layout == YoloLayout::kAnchorsFirst;
  if (HasEndToEndShape(shape) && !stated) {
    return Unsupported("the output may be an end-to-end head (boxes already suppressed, [1, K, 6]), "
                       "got " + Seen(name, shape) +
                       "; head=yolo_end2end and names=FILE, or a manifest, settle it");
  }
  if (HasPriorBoxes(a, evidence) || HasPriorBoxes(b, evidence)) {
    return Unsupported("a head with three prior boxes a cell and objectness (YOLOv5, YOLOv7) is "
                       "not supported yet, got " + Seen(name, shape));
  }
  const bool extra_channel = names > 0 && (a == names + 5 || b == names + 5);
  if (extra_channel && a != names + kBoxChannels && b != names + kBoxChannels) {
    return Unsupported("a head with one channel more than box and classes (objectness as in YOLOv5 "
                       "and YOLOX, or oriented boxes) is not supported yet, got " +
                       Seen(name, shape) + " with " + std::to_string(names) + " class names");
  }
  return {};
}

// Names are known: they say how many channels there are, and so which dimension is which.
Result<YoloSpec> DecideByNames(const std::string& name, const Shape& shape,
                               const YoloEvidence& evidence) {
  const std::int64_t wanted = kBoxChannels + static_cast<std::int64_t>(evidence.name_count);
  const bool first = shape[1] == wanted && evidence.layout != YoloLayout::kAnchorsFirst;
  const bool second = shape[2] == wanted && evidence.layout != YoloLayout::kChannelsFirst;
  if (first && second) {
    return Unsupported("the channels must be told from the anchors, got " + Seen(name, shape) +
                       "; a manifest with head.layout settles it");
  }
  if (first) return Spec(wanted, YoloLayout::kChannelsFirst);
  if (second && !evidence.layout &&
      !(evidence.input && shape[1] == YoloAnchorCount(*evidence.input))) {
    // RT-DETR's [1, 300, 4 + C] has the same form, but boxes in fractions of the picture.
    return Unsupported("a transposed head must have an anchor for each cell of strides 8, 16 and "
                       "32, got " + Seen(name, shape) +
                       "; DETR models are not supported yet, and a manifest with head.layout "
                       "settles other cases");
  }
  if (second) return Spec(wanted, YoloLayout::kAnchorsFirst);
  const bool open = shape.IsDynamic();
  if (open && shape[1] < 0 && shape[2] < 0 && (evidence.task_is_detect || evidence.asserted)) {
    return Spec(wanted, evidence.layout.value_or(YoloLayout::kChannelsFirst));
  }
  return Fail(evidence.name_conflict,
              "a detector with " + std::to_string(evidence.name_count) +
                  " class names must have an output [1, " + std::to_string(wanted) +
                  ", N] or [1, N, " + std::to_string(wanted) + "], got " + Seen(name, shape));
}

// No names: the user's word, or the one shape that no other head has.
Result<YoloSpec> DecideByShape(const std::string& name, const Shape& shape,
                               const YoloEvidence& evidence) {
  const bool first = evidence.layout != YoloLayout::kAnchorsFirst;
  const std::int64_t channels = shape[first ? 1 : 2], anchors = shape[first ? 2 : 1];
  const bool coco = channels == kCocoChannels && evidence.input &&
                    anchors == YoloAnchorCount(*evidence.input);
  // Without a stated layout the smaller dimension is the channels', in any real model.
  const bool plausible = channels > kBoxChannels && (anchors < 0 || channels < anchors);
  const bool told = evidence.asserted || evidence.task_is_detect || evidence.layout.has_value();
  if (plausible && (coco || told) && channels - kBoxChannels <= std::int64_t{kMaxNames}) {
    return Spec(channels, first ? YoloLayout::kChannelsFirst : YoloLayout::kAnchorsFirst);
  }
  if (evidence.input && shape[1] == YoloAnchorCount(*evidence.input)) {
    return Unsupported("a transposed head and one with objectness (YOLOX, not supported yet) "
                       "cannot be told apart, got " + Seen(name, shape) +
                       "; names=FILE with one name for each class settles it");
  }
  return Unsupported("the head of " + Seen(name, shape) +
                     " cannot be told from its shape; if it is an anchor-free YOLO detector "
                     "[1, 4 + C, N], head=yolo, or names=FILE with one name for each class, "
                     "settles it");
}

}  // namespace

std::int64_t YoloAnchorCount(Size input) {
  std::int64_t count = 0;
  for (const int stride : {8, 16, 32}) {
    count += std::int64_t{input.width / stride} * (input.height / stride);
  }
  return count;
}

bool HasEndToEndShape(const Shape& shape) {
  // An open K is -1.
  return shape.rank() == 3 && (shape[0] == 1 || shape[0] == Shape::kDynamic) &&
         shape[1] <= kMostEndToEndBoxes && shape[1] != 0 && shape[2] == 6;
}

bool MustBeEndToEnd(const Shape& shape, const YoloEvidence& evidence) {
  if (!HasEndToEndShape(shape) || evidence.layout || evidence.asserted) return false;
  if (!evidence.task_is_detect || evidence.name_count == 0) return false;
  if (evidence.name_count != 2) return true;
  return evidence.input && shape[1] > 0 && shape[1] != YoloAnchorCount(*evidence.input);
}

Result<YoloSpec> DecideYolo(const std::string& output_name, const Shape& shape,
                            const YoloEvidence& evidence) {
  if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != Shape::kDynamic)) {
    return Unsupported("the output of a detector must be [1, 4 + C, N], got " +
                       Seen(output_name, shape));
  }
  RETINUE_RETURN_IF_ERROR(RefuseOtherHeads(output_name, shape, evidence));
  return evidence.name_count > 0 ? DecideByNames(output_name, shape, evidence)
                                 : DecideByShape(output_name, shape, evidence);
}

}  // namespace retinue
