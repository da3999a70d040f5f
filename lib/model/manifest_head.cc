#include "lib/model/manifest_head.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "lib/model/head_kind.h"
#include "lib/model/text.h"
#include "retinue/results/face_refinement.h"

namespace retinue {
namespace {

constexpr Words<YoloLayout> kYoloLayouts[] = {{"channels_first", YoloLayout::kChannelsFirst},
                                              {"anchors_first", YoloLayout::kAnchorsFirst}};
constexpr Words<ScoreFunction> kActivations[] = {{"sigmoid", ScoreFunction::kSigmoid},
                                                 {"none", ScoreFunction::kNone}};
constexpr Words<RegionRule::Extent> kExtents[] = {{"reach", RegionRule::Extent::kReach},
                                                  {"box", RegionRule::Extent::kBox},
                                                  {"points", RegionRule::Extent::kPoints}};
constexpr Words<bool> kSubjects[] = {{"body", false}, {"face", true}};
constexpr Words<bool> kSoftmax[] = {{"softmax", true}, {"none", false}};

constexpr std::int64_t kMostColumns = 1000;
constexpr std::size_t kMostStrides = 8;
constexpr double kMostStride = 1024;

std::string TextOf(TomlTable& table, std::string_view key) {
  return table.String(key).value_or("");
}

// A list of whole numbers; empty when there is none.
std::vector<int> WholeNumbers(TomlTable& table, std::string_view key, std::size_t most_items,
                              double most) {
  std::vector<int> values;
  for (const double value : table.Numbers(key, most_items).value_or(std::vector<double>{})) {
    if (!(value >= 1 && value <= most) || value != std::floor(value)) {
      table.Complain(key, "must be whole numbers between 1 and " +
                              std::to_string(static_cast<int>(most)));
      return {};
    }
    values.push_back(static_cast<int>(value));
  }
  return values;
}

ManifestExtra ReadExtra(TomlTable& table) {
  ManifestExtra extra;
  const auto keypoints = table.Integer("keypoints", 1, kMostColumns);
  const auto has_scores = table.Boolean("keypoint_scores");
  const auto masks = table.Integer("masks", 1, kMostColumns);
  const bool angle = table.Boolean("angle").value_or(false);
  extra.prototypes = TextOf(table, "prototypes");
  if (keypoints) {
    extra.columns = KeypointColumns{static_cast<int>(*keypoints), has_scores.value_or(true)};
  } else if (masks) {
    extra.columns = MaskColumns{.coefficients = static_cast<int>(*masks)};
  } else if (angle) {
    extra.columns = AngleColumn{};
  }
  if ((keypoints ? 1 : 0) + (masks ? 1 : 0) + (angle ? 1 : 0) > 1) {
    table.Complain("kind", "must come with one of keypoints, masks and angle");
  }
  if (has_scores && !keypoints) table.Complain("keypoint_scores", "must come with keypoints");
  if (!extra.prototypes.empty() && !masks) table.Complain("prototypes", "must come with masks");
  return extra;
}

SsdAnchorSpec ReadAnchors(TomlTable table) {
  SsdAnchorSpec anchors;
  anchors.layers = WholeNumbers(table, "layers", 16, 1024);
  for (const double r : table.Numbers("aspect_ratios", 16).value_or(std::vector<double>{})) {
    if (!(r >= 1e-3 && r <= 1e3)) {
      table.Complain("aspect_ratios", "must be between 0.001 and 1000");
      break;
    }
    anchors.aspect_ratios.push_back(static_cast<float>(r));
  }
  const auto scale = [&](const char* key) {
    const auto value = table.Number(key, 1e-3, 10);
    if (!value) table.Complain(key, "must be given");
    return static_cast<float>(value.value_or(1));
  };
  anchors.min_scale = scale("min_scale");
  anchors.max_scale = scale("max_scale");
  anchors.interpolated_aspect_ratio =
      static_cast<float>(table.Number("interpolated_ratio", 0, 1e3).value_or(1.0));
  anchors.reduce_lowest = table.Boolean("reduce_lowest").value_or(false);
  for (const char* key : {"layers", "aspect_ratios"}) {
    if (!table.Has(key)) table.Complain(key, "must be given");
  }
  table.Finish();
  return anchors;
}

ManifestSsdHead ReadSsdHead(TomlTable& table, const std::optional<ManifestInput>& input) {
  ManifestSsdHead head;
  head.boxes = table.RequiredString("boxes");
  head.classes = table.RequiredString("scores");
  head.spec.score =
      table.Choice<ScoreFunction>("activation", kActivations).value_or(ScoreFunction::kSigmoid);
  head.spec.has_background = table.Integer("background", -1, 0).value_or(0) == 0;
  if (const auto scales = table.Numbers("box_scales", 4)) {
    if (scales->size() != 4 || !std::all_of(scales->begin(), scales->end(), [](double s) {
          return s >= 1e-3 && s <= 1e6;
        })) {
      table.Complain("box_scales", "must be 4 numbers between 0.001 and 1e6: y, x, h, w");
    } else {
      std::transform(scales->begin(), scales->end(), head.spec.box_scales.begin(),
                     [](double s) { return static_cast<float>(s); });
    }
  }
  TomlTable anchors = table.Table("anchors");
  if (!anchors.exists()) table.Complain("anchors", "must be given");
  head.spec.anchors = ReadAnchors(std::move(anchors));
  if (input) {
    head.spec.input = input->spec.size;
  } else {
    table.Complain("kind", "\"ssd\" must come with a table [input]");
  }
  return head;
}

ManifestNanoDetHead ReadNanoDetHead(TomlTable& table) {
  ManifestNanoDetHead head;
  const auto names = [&](const char* key) {
    return table.Strings(key, kMostStrides).value_or(std::vector<std::string>{});
  };
  head.scores = names("scores");
  head.distances = names("distances");
  head.strides = WholeNumbers(table, "strides", kMostStrides, kMostStride);
  if (const auto offset = table.Number("cell_offset", 0, 1)) {
    head.cell_offset = static_cast<float>(*offset);
  }
  const bool single = head.scores.size() == 1 && head.distances.empty();
  if (!single && head.scores.size() != head.distances.size()) {
    table.Complain("distances", "must name as many outputs as scores, or none with a single one");
  }
  if (!head.strides.empty() && !single && !head.scores.empty() &&
      head.scores.size() != head.strides.size()) {
    table.Complain("strides", "must be as many as there are outputs of scores");
  }
  return head;
}

ManifestDetrHead ReadDetrHead(TomlTable& table) {
  ManifestDetrHead head;
  head.boxes = TextOf(table, "boxes");
  head.logits = TextOf(table, "logits");
  head.top = static_cast<int>(table.Integer("top", 1, kMaxNmsCandidates).value_or(head.top));
  head.score =
      table.Choice<ScoreFunction>("activation", kActivations).value_or(ScoreFunction::kSigmoid);
  return head;
}

ManifestBlazeHead ReadBlazeHead(TomlTable& table, const std::optional<ManifestInput>& input) {
  ManifestBlazeHead head;
  head.boxes = TextOf(table, "boxes");
  head.scores = TextOf(table, "scores");
  const auto strides = WholeNumbers(table, "strides", kMostStrides, kMostStride);
  const auto boxes = WholeNumbers(table, "boxes_per_cell", kMostStrides, 100);
  if (strides.empty() || strides.size() != boxes.size()) {
    table.Complain("boxes_per_cell", "must be one for each of strides");
  }
  for (std::size_t i = 0; i < std::min(strides.size(), boxes.size()); ++i) {
    head.spec.layers.push_back({strides[i], boxes[i]});
  }
  head.spec.keypoints = static_cast<int>(table.Integer("keypoints", 0, 100).value_or(0));
  if (input) {
    head.spec.input = input->spec.size;
  } else {
    table.Complain("kind", "\"blaze\" must come with a table [input]");
  }
  return head;
}

ManifestLandmarkHead ReadLandmarkHead(TomlTable& table,
                                      const std::optional<ManifestInput>& input) {
  ManifestLandmarkHead head;
  head.landmarks = TextOf(table, "landmarks");
  head.more = TextOf(table, "more");
  head.refined = table.Strings("refined", kFaceRefinements).value_or(std::vector<std::string>{});
  head.presence = TextOf(table, "presence");
  head.heatmaps = TextOf(table, "heatmaps");
  LandmarkSpec& spec = head.spec;
  const auto number = [&](const char* key, std::int64_t least, std::int64_t most, int otherwise) {
    return static_cast<int>(table.Integer(key, least, most).value_or(otherwise));
  };
  spec.is_face = table.Choice<bool>("of", kSubjects).value_or(false);
  spec.points = number("points", 1, kMostColumns, 1);
  if (!table.Has("points")) table.Complain("points", "must be given");
  spec.hidden = number("hidden", 0, kMostColumns, 0);
  spec.columns = number("columns", 3, 5, 3);
  const bool is_whole = spec.is_face && spec.points == static_cast<int>(kIrisLandmarks) &&
                        spec.columns == 3 && head.refined.size() == kFaceRefinements &&
                        head.more.empty();
  if (!head.refined.empty() && !is_whole) {
    table.Complain("refined", "must be the five parts of a face of 478 points of 3 columns");
  }
  if (spec.columns == 4) table.Complain("columns", "must be 3 or 5");
  spec.heatmap_window = number("window", 1, 63, spec.heatmap_window);
  if (spec.heatmap_window % 2 == 0) table.Complain("window", "must be odd");
  spec.presence =
      table.Choice<ScoreFunction>("activation", kActivations).value_or(ScoreFunction::kSigmoid);
  if (input) {
    spec.input = input->spec.size;
  } else {
    table.Complain("kind", "\"landmarks\" must come with a table [input]");
  }
  return head;
}

ManifestHead ReadHeadOfKind(TomlTable& table, HeadKind kind,
                            const std::optional<ManifestInput>& input) {
  switch (kind) {
    case HeadKind::kSsd: return ReadSsdHead(table, input);
    case HeadKind::kYolo:
      return ManifestYoloHead{TextOf(table, "output"),
                              table.Choice<YoloLayout>("layout", kYoloLayouts), ReadExtra(table)};
    case HeadKind::kYoloEnd2End:
      return ManifestYoloEnd2EndHead{TextOf(table, "output"), ReadExtra(table)};
    case HeadKind::kYoloV5: return ManifestYoloV5Head{TextOf(table, "output"), ReadExtra(table)};
    case HeadKind::kYoloX:
      return ManifestYoloXHead{TextOf(table, "output"),
                               WholeNumbers(table, "strides", kMostStrides, kMostStride)};
    case HeadKind::kYoloV4:
      return ManifestYoloV4Head{TextOf(table, "boxes"), TextOf(table, "scores")};
    case HeadKind::kNanoDet: return ReadNanoDetHead(table);
    case HeadKind::kDetr:
    case HeadKind::kRfDetr: return ReadDetrHead(table);
    case HeadKind::kBlaze: return ReadBlazeHead(table, input);
    case HeadKind::kLandmarks: return ReadLandmarkHead(table, input);
    case HeadKind::kForeground: return ManifestForegroundHead{TextOf(table, "output")};
    case HeadKind::kClassify:
      return ManifestClassifyHead{TextOf(table, "output"),
                                  table.Choice<bool>("activation", kSoftmax).value_or(false)};
  }
  return {};
}

bool IsSuppressed(HeadKind kind) {
  return kind != HeadKind::kYoloEnd2End && kind != HeadKind::kDetr &&
         kind != HeadKind::kLandmarks && kind != HeadKind::kForeground &&
         kind != HeadKind::kClassify;
}

}  // namespace

void ReadManifestHead(TomlTable table, Manifest& manifest) {
  if (!table.exists()) return;
  const auto kind = table.Choice<HeadKind>("kind", ManifestHeadKinds());
  if (!kind) {
    table.Complain("kind", "must be given");
    return;
  }
  manifest.head = ReadHeadOfKind(table, *kind, manifest.input);
  const auto fraction = [&](const char* key) -> std::optional<float> {
    const auto value = table.Number(key, 0, 1);
    if (!value) return std::nullopt;
    return static_cast<float>(*value);
  };
  if (*kind != HeadKind::kClassify) manifest.conf = fraction("conf");
  if (IsSuppressed(*kind)) manifest.iou = fraction("iou");
  table.Finish();
}

// `points` is how many the rule may name.
RegionRule ReadRegionRule(TomlTable table, std::int64_t points) {
  RegionRule rule;
  if (!table.exists()) {
    table.Complain("from", "must be given");
    return rule;
  }
  rule.extent = table.Choice<RegionRule::Extent>("extent", kExtents).value_or(rule.extent);
  rule.from = static_cast<int>(table.Integer("from", 0, points - 1).value_or(rule.from));
  rule.to = static_cast<int>(table.Integer("to", 0, points - 1).value_or(rule.to));
  rule.angle_degrees =
      static_cast<float>(table.Number("angle", -360, 360).value_or(rule.angle_degrees));
  rule.scale = static_cast<float>(table.Number("scale", 0.01, 100).value_or(rule.scale));
  if (rule.from == rule.to) table.Complain("to", "must be another point than from");
  table.Finish();
  return rule;
}

std::optional<ManifestRegions> ReadManifestRegions(TomlTable table, const ManifestHead& head) {
  if (!table.exists()) return std::nullopt;
  const auto* landmarks = std::get_if<ManifestLandmarkHead>(&head);
  if (landmarks == nullptr) {
    table.Complain("detector", "must come with [head] kind = \"landmarks\"");
    return std::nullopt;
  }
  ManifestRegions regions;
  regions.detector = table.RequiredString("detector");
  regions.found = ReadRegionRule(table.Table("found"), kMostColumns);
  regions.followed =
      ReadRegionRule(table.Table("followed"), landmarks->spec.points + landmarks->spec.hidden);
  table.Finish();
  return regions;
}

Task TaskOf(const BoxExtra& extra) {
  if (std::holds_alternative<KeypointColumns>(extra)) return Task::kPose;
  if (std::holds_alternative<MaskColumns>(extra)) return Task::kSegment;
  return std::holds_alternative<AngleColumn>(extra) ? Task::kObb : Task::kDetect;
}

Task TaskOf(const ManifestHead& head) {
  return std::visit(
      [](const auto& one) {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Kind, ManifestClassifyHead>) return Task::kClassify;
        if constexpr (std::is_same_v<Kind, ManifestForegroundHead>) return Task::kSegment;
        if constexpr (std::is_same_v<Kind, ManifestLandmarkHead>) {
          return one.spec.is_face ? Task::kFaces : Task::kPose;
        }
        if constexpr (requires { one.extra; }) return TaskOf(one.extra.columns);
        return Task::kDetect;
      },
      head);
}

}  // namespace retinue
