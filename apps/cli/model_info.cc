// `models info`: what a model is, what goes in and comes out, how that is known.

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <type_traits>
#include <variant>

#include "apps/cli/model_commands.h"
#include "apps/cli/model_pull.h"
#include "apps/cli/models.h"
#include "lib/model/text.h"
#include "retinue/model/task.h"

namespace retinue::cli {
namespace {

using Json = nlohmann::ordered_json;
using model_text::Printable;

constexpr std::size_t kNamesShown = 12;
constexpr std::size_t kMetadataShown = 160;  // bytes of a value

const char* Word(Layout layout) { return layout == Layout::kNchw ? "nchw" : "nhwc"; }
const char* Word(ChannelOrder order) {
  return order == ChannelOrder::kRgb ? "rgb" : order == ChannelOrder::kBgr ? "bgr" : "gray";
}
const char* Word(Fit fit) {
  switch (fit) {
    case Fit::kLetterbox:
      return "letterbox";
    case Fit::kLetterboxTopLeft:
      return "letterbox_top_left";
    case Fit::kStretch:
      return "stretch";
    case Fit::kCenterCrop:
      return "center_crop";
    case Fit::kLetterboxWarp:
      return "letterbox_warp";
  }
  return "?";
}

Json ExtraJson(const BoxExtra& extra) {
  if (const auto* points = std::get_if<KeypointColumns>(&extra)) {
    return {{"keypoints", points->count}, {"keypoint_scores", points->has_score}};
  }
  if (const auto* mask = std::get_if<MaskColumns>(&extra)) {
    return {{"mask_coefficients", mask->coefficients},
            {"prototypes_output", mask->prototypes_output}};
  }
  if (std::holds_alternative<AngleColumn>(extra)) return {{"angle", true}};
  return Json::object();
}

/// What each kind of head is called, and what it was told.
struct HeadWords {
  Json operator()(const YoloSpec& s) const {
    Json json = {
        {"kind", "yolo"},
        {"output", s.output},
        {"layout", s.layout == YoloLayout::kChannelsFirst ? "channels_first" : "anchors_first"}};
    json.update(ExtraJson(s.extra));
    return json;
  }
  Json operator()(const YoloEnd2EndSpec& s) const { return WithExtra("yolo_end2end", s); }
  Json operator()(const YoloV5Spec& s) const { return WithExtra("yolov5", s); }
  Json operator()(const YoloXSpec& s) const {
    return {{"kind", "yolox"}, {"output", s.output}, {"strides", s.strides}};
  }
  Json operator()(const YoloV4Spec& s) const {
    return {
        {"kind", "yolov4"}, {"boxes_output", s.boxes_output}, {"scores_output", s.scores_output}};
  }
  Json operator()(const NanoDetSpec& s) const {
    return {{"kind", "nanodet"},  {"strides", s.strides},     {"bins", s.bins},
            {"scores", s.scores}, {"distances", s.distances}, {"cell_offset", s.cell_offset}};
  }
  Json operator()(const DetrSpec& s) const {
    return {{"kind", "detr"},
            {"logits_output", s.logits_output},
            {"boxes_output", s.boxes_output},
            {"top", s.top}};
  }
  Json operator()(const SsdSpec& s) const {
    return {{"kind", "ssd"},
            {"boxes_output", s.boxes_output},
            {"classes_output", s.classes_output},
            {"background", s.has_background},
            {"sigmoid", s.score == ScoreFunction::kSigmoid},
            {"layers", s.anchors.layers}};
  }
  Json operator()(const BlazeSpec& s) const {
    return {{"kind", "blaze"},
            {"boxes_output", s.boxes_output},
            {"scores_output", s.scores_output},
            {"keypoints", s.keypoints}};
  }
  Json operator()(const LandmarkSpec& s) const {
    Json json = {{"kind", "landmarks"},
                 {"landmarks_output", s.landmarks_output},
                 {"presence_output", s.presence_output},
                 {"points", s.points},
                 {"hidden", s.hidden},
                 {"columns", s.columns}};
    if (!s.refined_outputs.empty()) json["refined_outputs"] = s.refined_outputs;
    if (s.more_output >= 0) json["more_output"] = s.more_output;
    if (s.heatmap_output >= 0) json["heatmap_output"] = s.heatmap_output;
    return json;
  }
  Json operator()(const ForegroundSpec& s) const {
    return {{"kind", "foreground"}, {"output", s.output}};
  }
  Json operator()(const ClassifySpec& s) const {
    return {{"kind", "classify"}, {"output", s.output}, {"softmax", s.softmax}};
  }

 private:
  template <typename Spec>
  static Json WithExtra(const char* kind, const Spec& spec) {
    Json json = {{"kind", kind}, {"output", spec.output}};
    json.update(ExtraJson(spec.extra));
    return json;
  }
};

Json TensorsJson(std::span<const TensorInfo> tensors) {
  Json list = Json::array();
  for (const TensorInfo& tensor : tensors) {
    Json shape = Json::array();
    for (const std::int64_t dim : tensor.shape.dims()) {
      shape.push_back(dim == Shape::kDynamic ? Json() : Json(dim));
    }
    list.push_back(
        {{"name", Printable(tensor.name, 200)}, {"type", ToString(tensor.type)}, {"shape", shape}});
  }
  return list;
}

Json SpecJson(const ModelSpec& spec) {
  const InputSpec& input = spec.input;
  return {{"task", ToString(spec.task)},
          {"head", std::visit(HeadWords{}, spec.head)},
          {"input",
           {{"name", Printable(spec.input_name, 200)},
            {"size", {input.size.height, input.size.width}},
            {"sizes", spec.sizing == InputSizing::kFixed ? "this one" : "multiples of stride"},
            {"stride", spec.stride},
            {"type", ToString(input.type)},
            {"layout", Word(input.layout)},
            {"channels", Word(input.order)},
            {"scale", input.scale},
            {"offset", input.offset},
            {"fit", Word(input.fit)},
            {"pad", input.pad},
            {"outside", input.outside == Outside::kRepeat ? "repeat" : "pad"}}},
          {"licence", Printable(spec.licence, 200)},
          {"agpl", !LicenceNote(spec.licence).empty()},
          {"conf", spec.default_conf ? Json(*spec.default_conf) : Json()},
          {"iou", spec.default_iou ? Json(*spec.default_iou) : Json()},
          {"evidence", spec.evidence},
          {"names", spec.names}};
}

// `1/255` where that is what it is.
std::string Factor(float value) {
  const float inverse = value != 0 ? 1 / value : 0;
  const bool is_fraction = inverse > 1.5f && std::abs(inverse - std::round(inverse)) < 1e-3f;
  return is_fraction ? fmt::format("1/{:.0f}", inverse) : fmt::format("{:.4g}", value);
}

std::string Factors(const std::array<float, 3>& values) {
  if (values[0] == values[1] && values[1] == values[2]) return Factor(values[0]);
  return fmt::format("({}, {}, {})", Factor(values[0]), Factor(values[1]), Factor(values[2]));
}

std::string NamesText(const std::vector<std::string>& names) {
  std::string text = fmt::format("{}: ", names.size());
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
    text += (i > 0 ? ", " : "") + Printable(names[i], 40);
  }
  return names.size() > kNamesShown ? text + ", ..." : text;
}

// {"kind": "yolo", "output": 0} -> "yolo (output 0)"
std::string HeadText(const Json& head) {
  std::string rest;
  for (const auto& [key, value] : head.items()) {
    if (key == "kind") continue;
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    rest += (rest.empty() ? "" : ", ") + key + " " + shown;
  }
  return head["kind"].get<std::string>() + (rest.empty() ? "" : " (" + rest + ")");
}

std::string Line(const char* name, const std::string& value) {
  return fmt::format("{:<14}{}\n", name, value);
}

std::string TensorsText(const char* name, std::span<const TensorInfo> tensors) {
  std::string text;
  for (const TensorInfo& tensor : tensors) {
    text +=
        Line(text.empty() ? name : "", fmt::format("{} {} {}", Printable(tensor.name, 100),
                                                   ToString(tensor.type), ToString(tensor.shape)));
  }
  return text;
}

std::string SpecText(const ModelSpec& spec) {
  const InputSpec& input = spec.input;
  std::string text = Line("task", std::string(ToString(spec.task)));
  text += Line("head", HeadText(std::visit(HeadWords{}, spec.head)));
  text += Line("classes", NamesText(spec.names));
  text +=
      Line("input size", fmt::format("{}x{} ({})", input.size.width, input.size.height,
                                     spec.sizing == InputSizing::kFixed
                                         ? "this one only"
                                         : fmt::format("others: multiples of {}", spec.stride)));
  text += Line("pixels", fmt::format("{} {} {}, value = pixel * {} + {}", Word(input.order),
                                     Word(input.layout), ToString(input.type), Factors(input.scale),
                                     Factors(input.offset)));
  text += Line("fitted by", input.fit == Fit::kStretch || input.fit == Fit::kCenterCrop
                                ? std::string(Word(input.fit))
                                : fmt::format("{}, padded with {:g}", Word(input.fit), input.pad));
  if (spec.default_conf)
    text += Line("conf", fmt::format("{:g} unless you say", *spec.default_conf));
  if (spec.default_iou) text += Line("iou", fmt::format("{:g} unless you say", *spec.default_iou));
  text += Line("licence", spec.licence.empty() ? "not stated" : Printable(spec.licence, 200));
  if (const auto note = LicenceNote(spec.licence); !note.empty()) text += Line("", note);
  return text + Line("known from", spec.evidence);
}

}  // namespace

Outcome<void> InfoOfModel(const Options& given) {
  auto name = OneModel(given);
  if (!name) return PassOn(name);
  Options options = given;
  options.model = *name;
  const auto opened = OpenModel(options);
  if (!opened) return PassOn(opened);
  const auto spec = Describe(*opened, options);

  const LocatedModel& located = opened->located;
  const ModelIo& io = opened->model->io();
  std::error_code error;
  const auto bytes = std::filesystem::file_size(located.path, error);
  const auto hash = RememberedSha256(located.path);
  const std::string runtime =
      fmt::format("{} {}", opened->runtime->name(), opened->runtime->version());

  std::string text = Line("model", located.name);
  const Manifest* manifest = located.manifest ? &*located.manifest : nullptr;
  if (manifest != nullptr) text += Line("", manifest->description);
  if (manifest != nullptr && manifest->regions) {
    text += Line("looks at", "what " + manifest->regions->detector + " finds");
  }
  text +=
      Line("file", fmt::format("{} ({:.1f} MB)", located.path, static_cast<double>(bytes) * 1e-6));
  text += Line("sha256", hash ? *hash : hash.error().message);
  text += Line("read by", runtime);
  if (spec) text += SpecText(*spec);
  text += TensorsText("inputs", io.inputs) + TensorsText("outputs", io.outputs);
  bool is_first = true;
  for (const auto& [key, value] : io.metadata) {
    text += Line(std::exchange(is_first, false) ? "metadata" : "",
                 Printable(key, 60) + " = " + Printable(value, kMetadataShown));
  }

  Json json = {{"name", located.name},
               {"path", located.path},
               {"bytes", bytes},
               {"sha256", hash ? Json(*hash) : Json()},
               {"runtime", runtime}};
  if (manifest != nullptr) json["description"] = manifest->description;
  if (manifest != nullptr && manifest->regions) json["detector"] = manifest->regions->detector;
  if (spec) json.update(SpecJson(*spec));
  if (!spec) json["problem"] = spec.error().message;
  json["inputs"] = TensorsJson(io.inputs);
  json["outputs"] = TensorsJson(io.outputs);
  Json metadata = Json::object();
  for (const auto& [key, value] : io.metadata)
    metadata[Printable(key, 200)] = Printable(value, 4096);
  json["metadata"] = metadata;

  if (auto printed = Print(options, text, json); !printed) return printed;
  if (!spec) return PassOn(spec);
  return {};
}

}  // namespace retinue::cli
