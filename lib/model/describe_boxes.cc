// Detectors that carry nothing but boxes: YOLOX, YOLOv4, NanoDet, DETR, SSD; and classifiers.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "lib/model/describe.h"
#include "retinue/heads/cell_grid.h"
#include "retinue/heads/ssd.h"
#include "retinue/model/class_names.h"
#include "retinue/results/face_refinement.h"

namespace retinue {
namespace {

constexpr int kObjectnessColumns = 5;
constexpr int kBins = 8;  // NanoDet's reg_max + 1
constexpr std::int64_t kPriorBoxes = 3;
constexpr std::int64_t kMostQueries = 2000;  // of a DETR: hundreds; grids of cells have more

std::int64_t Without(std::int64_t columns, std::int64_t other) {
  return columns == Shape::kDynamic ? columns : columns - other;
}

// The strides whose cells are `rows`: the stated ones, or the usual ones with or without 64.
std::optional<std::vector<int>> StridesOf(const std::vector<int>& stated, std::int64_t rows,
                                          Size input) {
  const auto fit = [&](std::span<const int> strides) {
    const std::int64_t cells = CellCount(input, strides);
    return cells > 0 && IsOrMayBe(rows, cells);
  };
  const auto list = [](std::span<const int> strides) {
    return std::vector<int>(strides.begin(), strides.end());
  };
  if (!stated.empty()) return fit(stated) ? std::optional(stated) : std::nullopt;
  if (fit(kUsualStrides)) return list(kUsualStrides);
  if (fit(kP6Strides)) return list(kP6Strides);
  return std::nullopt;
}

std::string CellsText(Size input) {
  return std::to_string(CellCount(input, kUsualStrides)) +
         " rows, one for each cell of strides 8, 16 and 32 (or " +
         std::to_string(CellCount(input, kP6Strides)) + " with 64), for an input of " +
         std::to_string(input.width) + "x" + std::to_string(input.height);
}

// Which of a model's outputs are boxes [1, N, 4] and which their scores [1, N, C].
struct BoxesAndScores {
  int boxes = 0;
  int scores = 1;
};

Result<BoxesAndScores> TellApart(const Facts& facts, HeadKind kind, const std::string& boxes,
                                 const std::string& scores) {
  if (!boxes.empty() && !scores.empty()) {
    BoxesAndScores found;
    RETINUE_ASSIGN_OR_RETURN(found.boxes, FindOutput(facts.io, boxes));
    RETINUE_ASSIGN_OR_RETURN(found.scores, FindOutput(facts.io, scores));
    return found;
  }
  const std::string family(FamilyName(kind));
  const auto& outputs = facts.io.outputs;
  if (outputs.size() != 2 || !IsOneList(outputs[0].shape) || !IsOneList(outputs[1].shape)) {
    return DoesNotFit(facts, "a " + family + " head must have two outputs, boxes [1, N, 4] and "
                             "scores [1, N, C]; a manifest with [head] can name them");
  }
  const bool first = outputs[0].shape[2] == 4, second = outputs[1].shape[2] == 4;
  if (first == second) {
    return DoesNotFit(facts, "the boxes [1, N, 4] of a " + family + " head must be told from the "
                             "scores [1, N, C]; a manifest with [head] can name them");
  }
  return first ? BoxesAndScores{0, 1} : BoxesAndScores{1, 0};
}

// Checks both lists and counts the classes.
Result<int> CountListed(const Facts& facts, HeadKind kind, const BoxesAndScores& outputs) {
  const Shape& boxes = OutputShape(facts, outputs.boxes);
  const Shape& scores = OutputShape(facts, outputs.scores);
  const bool fits = outputs.boxes != outputs.scores && IsOneList(boxes) && IsOneList(scores) &&
                    IsOrMayBe(boxes[2], 4) &&
                    (IsOrMayBe(boxes[1], scores[1]) || scores[1] == Shape::kDynamic);
  if (!fits) {
    return DoesNotFit(facts, "the outputs of a " + std::string(FamilyName(kind)) +
                                 " head must be boxes [1, N, 4] and scores [1, N, C]");
  }
  return CountClasses(facts, kind, "[1, N, C]", scores[2]);
}

// --- NanoDet -------------------------------------------------------------------------------

constexpr std::string_view kScoresName = "cls_pred_stride_";
constexpr std::string_view kDistancesName = "dis_pred_stride_";

std::optional<int> OutputNamed(const ModelIo& io, std::string_view prefix, int stride) {
  const std::string name = std::string(prefix) + std::to_string(stride);
  for (std::size_t i = 0; i < io.outputs.size(); ++i) {
    if (io.outputs[i].name == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

// The outputs of every stride, by the names that the manifest or the exporter gave them.
Result<void> FindNanoDetOutputs(const Facts& facts, const ManifestNanoDetHead& stated,
                                NanoDetSpec& spec) {
  if (!stated.scores.empty()) {
    for (const std::string& name : stated.scores) {
      RETINUE_ASSIGN_OR_RETURN(const int output, FindOutput(facts.io, name));
      spec.scores.push_back(output);
    }
    for (const std::string& name : stated.distances) {
      RETINUE_ASSIGN_OR_RETURN(const int output, FindOutput(facts.io, name));
      spec.distances.push_back(output);
    }
    return {};
  }
  if (facts.io.outputs.size() == 1) {
    spec.scores = {0};
    return {};
  }
  for (const int stride : kP6Strides) {
    const auto scores = OutputNamed(facts.io, kScoresName, stride);
    const auto distances = OutputNamed(facts.io, kDistancesName, stride);
    if (!scores || !distances) continue;
    spec.scores.push_back(*scores);
    spec.distances.push_back(*distances);
  }
  if (!spec.scores.empty() && 2 * spec.scores.size() == facts.io.outputs.size()) return {};
  return DoesNotFit(facts, "a NanoDet head must have one output, or two a stride with names like " +
                               std::string(kScoresName) + "8 and " + std::string(kDistancesName) +
                               "8; a manifest with [head] can name others");
}

// The cells, bins and classes of outputs of their own for each stride.
Result<void> DescribeLevels(const Facts& facts, NanoDetSpec& spec) {
  if (CellCount(spec.input, spec.strides) == 0) {
    return DoesNotFit(facts, "the strides of a NanoDet head must be those of a grid of cells");
  }
  std::int64_t columns = Shape::kDynamic, bins = Shape::kDynamic;
  for (std::size_t i = 0; i < spec.scores.size(); ++i) {
    const Shape& scores = OutputShape(facts, spec.scores[i]);
    const Shape& distances = OutputShape(facts, spec.distances[i]);
    const int stride[] = {spec.strides[i]};
    const std::int64_t cells = CellCount(spec.input, stride);
    const bool fits = IsOneList(scores) && IsOneList(distances) && IsOrMayBe(scores[1], cells) &&
                      IsOrMayBe(distances[1], cells) && (i == 0 || scores[2] == columns) &&
                      (i == 0 || distances[2] == bins);
    if (!fits) {
      return DoesNotFit(facts, "the outputs of a NanoDet head must be, for stride " +
                                   std::to_string(stride[0]) + ", scores [1, " +
                                   std::to_string(cells) + ", C] and distances [1, " +
                                   std::to_string(cells) + ", 4 * B]");
    }
    columns = scores[2];
    bins = distances[2];
  }
  if (bins != Shape::kDynamic) {
    if (bins % 4 != 0 || bins < 8 || bins > 4096) {
      return DoesNotFit(facts, "the distances of a NanoDet head must be [1, N, 4 * B]");
    }
    spec.bins = static_cast<int>(bins / 4);
  }
  RETINUE_ASSIGN_OR_RETURN(spec.class_count,
                           CountClasses(facts, HeadKind::kNanoDet, "[1, N, C]", columns));
  return {};
}

}  // namespace

bool HasNanoDetOutputs(const ModelIo& io) {
  return OutputNamed(io, kScoresName, 8) && OutputNamed(io, kDistancesName, 8);
}

bool IsYoloV4RowCount(std::int64_t rows, Size input) {
  constexpr std::array<int, 2> kTinyStrides = {16, 32};
  return rows > 0 && (rows == kPriorBoxes * CellCount(input, kUsualStrides) ||
                      rows == kPriorBoxes * CellCount(input, kTinyStrides));
}

Result<HeadSpec> DescribeYoloX(const Facts& facts, Size input) {
  const auto* found = facts.Stated<ManifestYoloXHead>();
  const ManifestYoloXHead stated = found != nullptr ? *found : ManifestYoloXHead{};
  RETINUE_ASSIGN_OR_RETURN(const int output, ChooseOutput(facts.io, stated.output, 3));
  const Shape& shape = OutputShape(facts, output);
  const auto strides = IsOneList(shape) ? StridesOf(stated.strides, shape[1], input) : std::nullopt;
  if (!strides) {
    return DoesNotFit(facts, "a YOLOX head must have an output [1, N, 5 + C] of " +
                                 CellsText(input));
  }
  RETINUE_ASSIGN_OR_RETURN(const int classes,
                           CountClasses(facts, HeadKind::kYoloX, "[1, N, 5 + C]",
                                        Without(shape[2], kObjectnessColumns)));
  return YoloXSpec{.class_count = classes, .output = output, .input = input, .strides = *strides};
}

Result<HeadSpec> DescribeYoloV4(const Facts& facts) {
  const auto* found = facts.Stated<ManifestYoloV4Head>();
  const ManifestYoloV4Head stated = found != nullptr ? *found : ManifestYoloV4Head{};
  RETINUE_ASSIGN_OR_RETURN(const BoxesAndScores outputs,
                           TellApart(facts, HeadKind::kYoloV4, stated.boxes, stated.scores));
  RETINUE_ASSIGN_OR_RETURN(const int classes, CountListed(facts, HeadKind::kYoloV4, outputs));
  return YoloV4Spec{.class_count = classes,
                    .boxes_output = outputs.boxes,
                    .scores_output = outputs.scores};
}

Result<HeadSpec> DescribeNanoDet(const Facts& facts, Size input) {
  const auto* found = facts.Stated<ManifestNanoDetHead>();
  const ManifestNanoDetHead stated = found != nullptr ? *found : ManifestNanoDetHead{};
  NanoDetSpec spec;
  spec.input = input;
  spec.bins = kBins;
  RETINUE_RETURN_IF_ERROR(FindNanoDetOutputs(facts, stated, spec));
  if (spec.distances.empty()) {
    const Shape& shape = OutputShape(facts, spec.scores[0]);
    const auto strides =
        IsOneList(shape) ? StridesOf(stated.strides, shape[1], input) : std::nullopt;
    if (!strides) {
      return DoesNotFit(facts, "a NanoDet head with one output must be [1, N, C + 32] of " +
                                   CellsText(input));
    }
    spec.strides = *strides;
    spec.cell_offset = stated.cell_offset.value_or(0.0f);
    RETINUE_ASSIGN_OR_RETURN(spec.class_count,
                             CountClasses(facts, HeadKind::kNanoDet, "[1, N, C + 32]",
                                          Without(shape[2], 4 * kBins)));
    return spec;
  }
  spec.strides = stated.strides;
  if (spec.strides.empty()) {
    const std::size_t count = std::min(spec.scores.size(), std::size(kP6Strides));
    spec.strides.assign(kP6Strides, kP6Strides + count);
  }
  if (spec.strides.size() != spec.scores.size()) {
    return DoesNotFit(facts, "a NanoDet head must have one output of scores for each stride");
  }
  spec.cell_offset = stated.cell_offset.value_or(0.5f);
  RETINUE_RETURN_IF_ERROR(DescribeLevels(facts, spec));
  return spec;
}

Result<HeadSpec> DescribeDetr(const Facts& facts, Size input) {
  const auto* found = facts.Stated<ManifestDetrHead>();
  const ManifestDetrHead stated = found != nullptr ? *found : ManifestDetrHead{};
  DetrSpec spec{.input = input, .top = stated.top, .score = stated.score};
  if (facts.io.outputs.size() == 1) {  // Ultralytics' RT-DETR: boxes, then scores
    const Shape& shape = facts.io.outputs[0].shape;
    if (!IsOneList(shape) || shape[1] > kMostQueries) {
      return DoesNotFit(facts, "a DETR head with one output must be [1, Q, 4 + C] with Q up to " +
                                   std::to_string(kMostQueries));
    }
    spec.boxes_output = spec.logits_output = 0;
    if (found == nullptr) spec.score = ScoreFunction::kNone;
    RETINUE_ASSIGN_OR_RETURN(
        spec.class_count,
        CountClasses(facts, HeadKind::kDetr, "[1, Q, 4 + C]", Without(shape[2], 4)));
    return spec;
  }
  RETINUE_ASSIGN_OR_RETURN(const BoxesAndScores outputs,
                           TellApart(facts, HeadKind::kDetr, stated.boxes, stated.logits));
  spec.boxes_output = outputs.boxes;
  spec.logits_output = outputs.scores;
  const Shape& logits = OutputShape(facts, outputs.scores);
  if (logits.rank() == 3 && logits[1] > kMostQueries) {
    return DoesNotFit(facts, "a DETR head must have up to " + std::to_string(kMostQueries) +
                                 " queries");
  }
  RETINUE_ASSIGN_OR_RETURN(spec.class_count, CountListed(facts, HeadKind::kDetr, outputs));
  return spec;
}

Result<HeadSpec> DescribeSsd(const Facts& facts) {
  const ManifestSsdHead& head = *facts.Stated<ManifestSsdHead>();
  SsdSpec spec = head.spec;
  RETINUE_ASSIGN_OR_RETURN(spec.boxes_output, FindOutput(facts.io, head.boxes));
  RETINUE_ASSIGN_OR_RETURN(spec.classes_output, FindOutput(facts.io, head.classes));
  auto anchors = SsdAnchors(spec.anchors);
  if (!anchors) return Fail(Error{ErrorCode::kDataLoss, anchors.error().message}, "the manifest");
  const auto count = static_cast<std::int64_t>(anchors->size());
  const Shape& boxes = OutputShape(facts, spec.boxes_output);
  const Shape& classes = OutputShape(facts, spec.classes_output);
  const std::int64_t background = spec.has_background ? 1 : 0;
  const auto named = static_cast<std::int64_t>(facts.names.names.size());
  const std::int64_t columns =
      named > 0 ? named + background : (classes.rank() == 3 ? classes[2] : 0);
  const auto fits = [&](const Shape& shape, std::int64_t wanted) {
    return IsOneList(shape) && IsOrMayBe(shape[1], count) && IsOrMayBe(shape[2], wanted);
  };
  const bool columns_ok = columns > background && columns <= std::int64_t{kMaxNames};
  if (!columns_ok || !fits(boxes, 4) || !fits(classes, columns)) {
    return Fail(facts.names.conflict,
                "an SSD head with " + std::to_string(count) + " anchors and " +
                    std::to_string(named) + " class names must have boxes [1, " +
                    std::to_string(count) + ", 4] and scores [1, " + std::to_string(count) + ", " +
                    std::to_string(columns) + "]; the model has " + ToString(facts.io));
  }
  spec.class_count = static_cast<int>(columns - background);
  return spec;
}

Result<HeadSpec> DescribeBlaze(const Facts& facts) {
  const ManifestBlazeHead& head = *facts.Stated<ManifestBlazeHead>();
  BlazeSpec spec = head.spec;
  std::int64_t count = 0;
  for (const BlazeLayer& layer : spec.layers) {
    count += CellCount(spec.input, {&layer.stride, 1}) * layer.boxes;
  }
  const int columns = 4 + 2 * spec.keypoints;
  const auto find = [&](const std::string& name, std::int64_t wanted) -> Result<int> {
    if (!name.empty()) return FindOutput(facts.io, name);
    for (std::size_t i = 0; i < facts.io.outputs.size(); ++i) {
      const Shape& shape = facts.io.outputs[i].shape;
      if (IsOneList(shape) && shape[1] == count && shape[2] == wanted) return static_cast<int>(i);
    }
    return DoesNotFit(facts, "a BlazeFace head of this manifest must have outputs [1, " +
                                 std::to_string(count) + ", " + std::to_string(columns) +
                                 "] and [1, " + std::to_string(count) + ", 1]");
  };
  RETINUE_ASSIGN_OR_RETURN(spec.boxes_output, find(head.boxes, columns));
  RETINUE_ASSIGN_OR_RETURN(spec.scores_output, find(head.scores, 1));
  return spec;
}

Result<HeadSpec> DescribeLandmarks(const Facts& facts) {
  const ManifestLandmarkHead& head = *facts.Stated<ManifestLandmarkHead>();
  LandmarkSpec spec = head.spec;
  // Of a refined mesh the irises' ten points are in outputs of their own.
  const int apart = head.refined.empty() ? 0 : int{kIrisLandmarks - kMeshLandmarks};
  const std::int64_t least = std::int64_t{spec.points + spec.hidden - apart} * spec.columns;
  const auto& outputs = facts.io.outputs;
  // The names of these outputs are numbers; the first of the right size is meant.
  const auto find = [&](const std::string& name, const std::string& what,
                        auto fits) -> Result<int> {
    if (!name.empty()) return FindOutput(facts.io, name);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (fits(outputs[i].shape.IsDynamic() ? -1 : outputs[i].shape.ElementCount())) {
        return static_cast<int>(i);
      }
    }
    return DoesNotFit(facts, "a landmark head of this manifest must have an output of " + what);
  };
  const bool has_more = !head.more.empty();
  if (has_more && head.landmarks.empty()) {
    return DoesNotFit(facts, "landmarks of two outputs must name both");
  }
  RETINUE_ASSIGN_OR_RETURN(
      spec.landmarks_output,
      find(head.landmarks, std::to_string(least) + " or more values, up to twice as many",
           [&](std::int64_t n) { return n >= least && n < 2 * least; }));
  if (has_more) {
    RETINUE_ASSIGN_OR_RETURN(spec.more_output, FindOutput(facts.io, head.more));
  }
  for (const std::string& part : head.refined) {
    RETINUE_ASSIGN_OR_RETURN(const int output, FindOutput(facts.io, part));
    spec.refined_outputs.push_back(output);
  }
  spec.presence_output = -1;
  if (head.presence != "none") {
    RETINUE_ASSIGN_OR_RETURN(spec.presence_output, find(head.presence, "one value",
                                                        [](std::int64_t n) { return n == 1; }));
  }
  if (!head.heatmaps.empty()) {
    RETINUE_ASSIGN_OR_RETURN(spec.heatmap_output, FindOutput(facts.io, head.heatmaps));
    const Shape& shape = OutputShape(facts, spec.heatmap_output);
    if (shape.rank() != 4 || !IsOrMayBe(shape[0], 1) || shape[3] < spec.points + spec.hidden) {
      return DoesNotFit(facts, "the heat maps must be [1, H, W, " +
                                   std::to_string(spec.points + spec.hidden) + " or more]");
    }
  }
  return spec;
}

Result<HeadSpec> DescribeForeground(const Facts& facts) {
  const auto& stated = *facts.Stated<ManifestForegroundHead>();
  RETINUE_ASSIGN_OR_RETURN(const int output, ChooseOutput(facts.io, stated.output, 4));
  const Shape& shape = OutputShape(facts, output);
  if (shape.rank() != 4 || !IsOrMayBe(shape[0], 1) || !IsOrMayBe(shape[3], 1)) {
    return DoesNotFit(facts, "the output of a foreground must be [1, H, W, 1]");
  }
  return ForegroundSpec{.output = output};
}

Result<HeadSpec> DescribeClassify(const Facts& facts) {
  const auto* stated = facts.Stated<ManifestClassifyHead>();
  RETINUE_ASSIGN_OR_RETURN(const int output,
                           ChooseOutput(facts.io, stated != nullptr ? stated->output : "", 2));
  const Shape& shape = OutputShape(facts, output);
  if (shape.rank() != 2 || !IsOrMayBe(shape[0], 1)) {
    return DoesNotFit(facts, "the output of a classifier must be [1, C]");
  }
  RETINUE_ASSIGN_OR_RETURN(const int classes,
                           CountClasses(facts, HeadKind::kClassify, "[1, C]", shape[1]));
  return ClassifySpec{.class_count = classes,
                      .output = output,
                      .softmax = stated != nullptr && stated->softmax};
}

}  // namespace retinue
