#include "retinue/model/manifest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/model/text.h"
#include "lib/model/toml_table.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::Printable;

template <typename T>
using Words = std::pair<std::string_view, T>;

constexpr Words<Task> kTasks[] = {{"detect", Task::kDetect},
                                  {"segment", Task::kSegment},
                                  {"pose", Task::kPose},
                                  {"obb", Task::kObb},
                                  {"classify", Task::kClassify}};
constexpr Words<Layout> kLayouts[] = {{"nchw", Layout::kNchw}, {"nhwc", Layout::kNhwc}};
constexpr Words<ChannelOrder> kOrders[] = {
    {"rgb", ChannelOrder::kRgb}, {"bgr", ChannelOrder::kBgr}, {"gray", ChannelOrder::kGray}};
constexpr Words<Fit> kFits[] = {{"letterbox", Fit::kLetterbox},
                                {"letterbox_top_left", Fit::kLetterboxTopLeft},
                                {"stretch", Fit::kStretch}};
constexpr Words<YoloLayout> kYoloLayouts[] = {{"channels_first", YoloLayout::kChannelsFirst},
                                              {"anchors_first", YoloLayout::kAnchorsFirst}};
constexpr Words<ScoreFunction> kActivations[] = {{"sigmoid", ScoreFunction::kSigmoid},
                                                 {"none", ScoreFunction::kNone}};
enum class HeadKind { kSsd, kYolo, kYoloEnd2End };
constexpr Words<HeadKind> kHeadKinds[] = {{"ssd", HeadKind::kSsd}, {"yolo", HeadKind::kYolo},
                                          {"yolo_end2end", HeadKind::kYoloEnd2End}};

constexpr double kMaxFactor = 1e6;  // of scales and offsets

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string PlainName(TomlTable& table, std::string_view key) {
  std::string name = table.RequiredString(key);
  if (!IsPlainName(name)) {
    table.Complain(key, "must be letters, digits, '_', '-' and '.', got \"" + Printable(name) +
                            "\"");
  }
  return name;
}

std::optional<ManifestSource> ReadSource(TomlTable table) {
  if (!table.exists()) return std::nullopt;
  ManifestSource source;
  source.url = table.String("url").value_or("");
  source.npm = table.String("npm").value_or("");
  source.member = table.String("member").value_or("");
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  source.offset = static_cast<std::uint64_t>(table.Integer("offset", 0, kMost).value_or(0));
  source.length = static_cast<std::uint64_t>(table.Integer("length", 1, kMost).value_or(0));
  table.Finish();

  const std::string_view url = source.url;
  if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://")) {
    table.Complain("url", "must begin with https:// or http://, got \"" + Printable(url) + "\"");
  }
  if (!source.npm.empty() && source.npm.find('@', 1) == std::string::npos) {
    table.Complain("npm", "must be package@version, got \"" + Printable(source.npm) + "\"");
  }
  if (source.url.empty() == source.npm.empty()) {
    table.Complain("url", "or source.npm must be given, one of them");
  }
  if (source.npm.empty() != source.member.empty()) {
    table.Complain("member", "must be given with source.npm, and only with it");
  }
  return source;
}

// `scale` or `offset`: one number for all channels or one for each.
void ReadFactors(TomlTable& table, std::string_view key, int channels,
                 std::array<float, 3>& factors) {
  const auto values = table.Numbers(key, 3);
  if (!values) return;
  const auto wanted = static_cast<std::size_t>(channels);
  if (values->size() != 1 && values->size() != wanted) {
    table.Complain(key, "must be 1 or " + std::to_string(channels) + " numbers, got " +
                            std::to_string(values->size()));
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double value = (*values)[values->size() == 1 ? 0 : std::min(c, wanted - 1)];
    if (std::abs(value) > kMaxFactor || (key == "scale" && value == 0)) {
      table.Complain(key, key == "scale" ? "must not be 0 nor beyond 1e6"
                                         : "must not be beyond 1e6");
      return;
    }
    factors[c] = static_cast<float>(value);
  }
}

std::optional<ManifestInput> ReadInput(TomlTable table, std::optional<int>& stride) {
  if (!table.exists()) return std::nullopt;
  ManifestInput input;
  input.name = table.String("name").value_or("");
  InputSpec& spec = input.spec;
  spec.size.width = static_cast<int>(table.Integer("width", 1, kMaxInputSide).value_or(0));
  spec.size.height = static_cast<int>(table.Integer("height", 1, kMaxInputSide).value_or(0));
  for (const char* side : {"width", "height"}) {
    if (!table.Has(side)) table.Complain(side, "must be given");
  }
  spec.layout = table.Choice<Layout>("layout", kLayouts).value_or(spec.layout);
  spec.order = table.Choice<ChannelOrder>("channels", kOrders).value_or(spec.order);
  spec.fit = table.Choice<Fit>("fit", kFits).value_or(spec.fit);
  spec.pad = static_cast<float>(table.Number("pad", 0, 255).value_or(spec.pad));
  ReadFactors(table, "scale", ChannelCount(spec.order), spec.scale);
  ReadFactors(table, "offset", ChannelCount(spec.order), spec.offset);
  if (const auto s = table.Integer("stride", 1, 1024)) stride = static_cast<int>(*s);
  table.Finish();
  return input;
}

SsdAnchorSpec ReadAnchors(TomlTable table) {
  SsdAnchorSpec anchors;
  for (const double cells : table.Numbers("layers", 16).value_or(std::vector<double>{})) {
    if (!(cells >= 1 && cells <= 1024) || cells != std::floor(cells)) {
      table.Complain("layers", "must be whole numbers between 1 and 1024");
      break;
    }
    anchors.layers.push_back(static_cast<int>(cells));
  }
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

void ReadHead(TomlTable table, Manifest& manifest) {
  if (!table.exists()) return;
  const auto kind = table.Choice<HeadKind>("kind", kHeadKinds);
  if (!kind) {
    table.Complain("kind", "must be given");
    return;
  }
  switch (*kind) {
    case HeadKind::kSsd: manifest.head = ReadSsdHead(table, manifest.input); break;
    case HeadKind::kYolo:
      manifest.head = ManifestYoloHead{table.String("output").value_or(""),
                                       table.Choice<YoloLayout>("layout", kYoloLayouts)};
      break;
    case HeadKind::kYoloEnd2End:
      manifest.head = ManifestYoloEnd2EndHead{table.String("output").value_or("")};
      break;
  }
  const auto fraction = [&](const char* key) -> std::optional<float> {
    const auto value = table.Number(key, 0, 1);
    if (!value) return std::nullopt;
    return static_cast<float>(*value);
  };
  manifest.conf = fraction("conf");
  if (*kind != HeadKind::kYoloEnd2End) manifest.iou = fraction("iou");
  table.Finish();
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view toml) {
  RETINUE_ASSIGN_OR_RETURN(const toml::table document,
                           ParseToml(toml, kMaxManifestBytes, "a manifest"));
  TomlProblem problem;
  TomlTable root(&document, "", problem);
  Manifest manifest;
  manifest.name = PlainName(root, "name");
  manifest.task = root.Choice<Task>("task", kTasks).value_or(Task::kDetect);
  manifest.description = root.String("description").value_or("");
  manifest.licence = root.RequiredString("licence");
  manifest.file = PlainName(root, "file");
  manifest.sha256 = root.String("sha256").value_or("");
  if (!manifest.sha256.empty() && !IsSha256(manifest.sha256)) {
    root.Complain("sha256", "must be 64 lower-case hexadecimal digits");
  }
  manifest.source = ReadSource(root.Table("source"));
  manifest.input = ReadInput(root.Table("input"), manifest.stride);
  ReadHead(root.Table("head"), manifest);
  TomlTable classes = root.Table("classes");
  manifest.names = classes.Strings("names", kMaxNames).value_or(std::vector<std::string>{});
  classes.Finish();
  root.Finish();
  if (problem.error()) return Fail(*problem.error());
  return manifest;
}

}  // namespace retinue
