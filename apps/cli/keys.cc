#include "apps/cli/keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace retinue::cli {
namespace {

constexpr unsigned Bit(Verb verb) { return 1u << static_cast<unsigned>(verb); }
constexpr unsigned kRun = Bit(Verb::kDetect) | Bit(Verb::kTrack);
constexpr unsigned kBench = Bit(Verb::kBenchRun);
constexpr unsigned kLook = kRun | kBench;
constexpr unsigned kAll = kLook | Bit(Verb::kDevices);

// clang-format off
const Key kKeys[] = {
  {"model",       &Options::model,       kLook, "Model", "Known model (see 'retinue devices') or a file: .onnx, .tflite, .xml", 0, 0, nullptr, "NAME|FILE"},
  {"head",        &Options::head,        kLook, "Model", "How to read the model's output when it cannot be told: yolo, yolo_end2end", 0, 0, nullptr, "NAME"},
  {"names",       &Options::names,       kLook, "Model", "File with one class name a line, when the model has none", 0, 0, nullptr, "FILE"},
  {"conf",        &Options::conf,        kLook, "Model", "Least confidence (ByteTrack keeps what is followed down to 0.1) [0.25]", 0, 1},
  {"iou",         &Options::iou,         kLook, "Model", "Overlap above which the weaker of two boxes goes (NMS) [0.7]", 0, 1},
  {"agnostic_nms",&Options::agnostic_nms,kLook, "Model", "NMS across classes, not per class"},
  {"imgsz",       &Options::imgsz,       kLook, "Model", "Model input size: N or H,W [from the model]", 0, 0, nullptr, "N|H,W"},
  {"rect",        &Options::rect,        kLook, "Model", "Fit the model input to the picture's shape where the model allows it"},
  {"max_det",     &Options::max_det,     kLook, "Model", "Most objects a frame", 1, 100000},
  {"classes",     &Options::classes,     kLook, "Model", "Keep only these: ids or names, e.g. person,car", 0, 0, nullptr, "LIST"},
  {"runtime",     &Options::runtime,     kLook, "Machine", "Inference library", 0, 0, "auto|openvino|onnxruntime"},
  {"device",      &Options::device,      kLook, "Machine", "auto, cpu, cuda:0, ...", 0, 0, nullptr, "NAME"},
  {"precision",   &Options::precision,   kLook, "Machine", "What the network computes in", 0, 0, "auto|f32|bf16|f16|int8"},
  {"threads",     &Options::threads,     kLook, "Machine", "CPU threads for inference, 0 = every core", 0, 1024},
  {"vid_stride",  &Options::vid_stride,  kLook, "Frames", "Look at every n-th frame", 1, 1000000},
  {"max_fps",     &Options::max_fps,     kLook, "Frames", "Look at no more frames a second than this, 0 = all", 0, 100000},
  {"max_frames",  &Options::max_frames,  kLook, "Frames", "Stop after so many frames, 0 = all", 0, 1e15},
  {"stream_buffer",&Options::stream_buffer,kRun,"Frames", "Live sources: drop what is late, or take all", 0, 0, "latest|all"},
  {"tracker",     &Options::tracker,     Bit(Verb::kTrack) | Bit(Verb::kBenchRun), "Tracking", "bytetrack, sort, or FILE.toml", 0, 0, nullptr, "NAME|FILE"},
  {"save",        &Options::save,        kRun | Bit(Verb::kBenchRun), "Outputs", "Annotated video or image; the container by its extension", 0, 0, nullptr, "FILE"},
  {"json",        &Options::json,        kLook, "Outputs", "JSON Lines, one object a frame; - = standard output", 0, 0, nullptr, "FILE"},
  {"mot",         &Options::mot,         kRun, "Outputs", "MOT Challenge text", 0, 0, nullptr, "FILE"},
  {"coco",        &Options::coco,        kRun, "Outputs", "COCO results", 0, 0, nullptr, "FILE"},
  {"csv",         &Options::csv,         kRun, "Outputs", "CSV, one line an object", 0, 0, nullptr, "FILE"},
  {"txt",         &Options::txt,         kRun, "Outputs", "Folder for YOLO labels, one file a frame", 0, 0, nullptr, "DIR"},
  {"crops",       &Options::crops,       kRun, "Outputs", "Folder for a picture of every object", 0, 0, nullptr, "DIR"},
  {"stats",       &Options::stats,       kRun, "Outputs", "The summary as JSON", 0, 0, nullptr, "FILE"},
  {"show",        &Options::show,        kRun, "Outputs", "Open a window; q or Esc ends"},
  {"overwrite",   &Options::overwrite,   kRun | Bit(Verb::kBenchRun), "Outputs", "Replace files that exist"},
  {"line_width",  &Options::line_width,  kRun, "Picture", "Of boxes, in pixels, 0 = by the picture's size", 0, 100},
  {"show_labels", &Options::show_labels, kRun, "Picture", "Write class and id"},
  {"show_conf",   &Options::show_conf,   kRun, "Picture", "Write the confidence"},
  {"show_boxes",  &Options::show_boxes,  kRun, "Picture", "Draw boxes"},
  {"rounds",      &Options::rounds,      Bit(Verb::kBenchRun), "Bench", "How often run and bound are measured, in turn", 1, 100},
  {"quiet",       &Options::quiet,       kAll, "Talking", "Errors only"},
  {"verbose",     &Options::verbose,     kAll, "Talking", "Say what was decided"},
  {"log_format",  &Options::log_format,  kAll, "Talking", "Of what is said on standard error", 0, 0, "text|json"},
  {"dry_run",     &Options::dry_run,     kLook, "Talking", "Print what would be done, do nothing"},
  {"config",      &Options::config,      kAll, "Talking", "TOML file with these keys; the command line wins", 0, 0, nullptr, "FILE"},
};
// clang-format on

// From here on a bound only keeps the number in its type and is not told.
constexpr double kEndless = 1e9;

template <typename T>
bool IsNumber(const std::string& text, double low, double high) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  // Written so that NaN is outside.
  return read.ec == std::errc() && read.ptr == end && static_cast<double>(value) >= low &&
         static_cast<double>(value) <= high;
}

bool IsSwitchValue(const std::string& text) {
  static constexpr std::array<std::string_view, 8> kValues = {"true", "false", "yes", "no",
                                                              "on",   "off",   "1",   "0"};
  return std::find(kValues.begin(), kValues.end(), text) != kValues.end();
}

bool IsWordOf(std::string_view words, std::string_view text) {
  return text.find('|') == std::string_view::npos && !text.empty() &&
         ("|" + std::string(words) + "|").find("|" + std::string(text) + "|") != std::string::npos;
}

bool IsReal(const Key& key) {
  return std::holds_alternative<double Options::*>(key.target) ||
         std::holds_alternative<std::optional<float> Options::*>(key.target);
}

std::string Range(const Key& key) {
  return key.high < kEndless ? fmt::format("{} to {}", key.low, key.high)
                             : fmt::format("{} or more", key.low);
}

bool Fits(const Key& key, const std::string& value) {
  if (IsSwitch(key)) return IsSwitchValue(value);
  if (key.words != nullptr) return IsWordOf(key.words, value);
  if (std::holds_alternative<std::string Options::*>(key.target)) return true;
  return IsReal(key) ? IsNumber<double>(value, key.low, key.high)
                     : IsNumber<std::int64_t>(value, key.low, key.high);
}

// What a value must be, for a sentence.
std::string Expected(const Key& key) {
  if (IsSwitch(key)) return "true or false";
  if (key.words != nullptr) {
    std::string words = key.words;
    const auto last = words.rfind('|');
    words.replace(last, 1, " or ");
    for (auto bar = words.find('|'); bar != std::string::npos; bar = words.find('|')) {
      words.replace(bar, 1, ", ");
    }
    return words;
  }
  return IsReal(key) ? Range(key) : "a whole number, " + Range(key);
}

}  // namespace

std::vector<const Key*> KeysOf(Verb verb) {
  std::vector<const Key*> keys;
  for (const Key& key : kKeys) {
    if ((key.verbs & Bit(verb)) != 0) keys.push_back(&key);
  }
  return keys;
}

const Key* FindKey(Verb verb, std::string_view name) {
  const auto keys = KeysOf(verb);
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key* key) { return name == key->name; });
  return found == keys.end() ? nullptr : *found;
}

bool IsSwitch(const Key& key) { return std::holds_alternative<bool Options::*>(key.target); }

std::string ProblemWith(const Key& key, const std::string& value) {
  if (Fits(key, value)) return {};
  return fmt::format("{} must be {}, got '{}'", key.name, Expected(key), value);
}

std::string Placeholder(const Key& key) {
  if (IsSwitch(key)) return "true|false";
  if (key.words != nullptr) return key.words;
  if (std::holds_alternative<std::string Options::*>(key.target)) return key.value;
  return key.high < kEndless ? fmt::format("{}..{}", key.low, key.high) : "N";
}

}  // namespace retinue::cli
