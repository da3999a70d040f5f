#include "apps/cli/keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace retinue::cli {
namespace {

constexpr unsigned Bit(Verb verb) { return 1u << static_cast<unsigned>(verb); }
constexpr unsigned kFaces = Bit(Verb::kFaces);
constexpr unsigned kEffect = Bit(Verb::kEffect);
constexpr unsigned kFaceKeys = kFaces | kEffect;
constexpr unsigned kBoxes = Bit(Verb::kDetect) | Bit(Verb::kTrack) | kFaces;  // draw what they find
constexpr unsigned kRun = kBoxes | kEffect;
constexpr unsigned kBench = Bit(Verb::kBenchRun);
constexpr unsigned kForward = Bit(Verb::kBenchForward);
constexpr unsigned kStages = Bit(Verb::kBenchStages);
constexpr unsigned kLook = kRun | kBench;
constexpr unsigned kList = Bit(Verb::kModelsList);
constexpr unsigned kPull = Bit(Verb::kModelsPull);
constexpr unsigned kInfo = Bit(Verb::kModelsInfo);
constexpr unsigned kVerify = Bit(Verb::kModelsVerify);
constexpr unsigned kEval = Bit(Verb::kEvalDetect);
constexpr unsigned kEvalFaces = Bit(Verb::kEvalFaces);
constexpr unsigned kAll = kEval | kEvalFaces | Bit(Verb::kEffectsFmt) | kLook | kForward | kStages | Bit(Verb::kDevices) | kList | kPull | kInfo | kVerify;

// clang-format off
const Key kKeys[] = {
  {"model",       &Options::model,       kLook | kForward | kInfo | kVerify | kEval | kEvalFaces, "Model", "Known model (see 'retinue models list') or a file: .onnx, .tflite, .xml", 0, 0, nullptr, "NAME|FILE"},
  {"head",        &Options::head,        kLook | kInfo | kVerify | kEval, "Model", "How to read the model's output when it cannot be told: yolo, yolo_end2end, yolov5, yolox, yolov4, nanodet, detr, rfdetr, classify", 0, 0, nullptr, "NAME"},
  {"names",       &Options::names,       kLook | kInfo | kVerify | kEval, "Model", "File with one class name a line, or coco, when the model has none", 0, 0, nullptr, "FILE"},
  {"conf",        &Options::conf,        kLook | kVerify | kEvalFaces, "Model", "Least confidence (ByteTrack keeps what is followed down to 0.1) [0.25]", 0, 1},
  {"iou",         &Options::iou,         kLook | kVerify, "Model", "Overlap above which the weaker of two boxes goes (NMS) [0.7]", 0, 1},
  {"conf",        &Options::conf,        kEval, "Model", "Least confidence that counts [0.001]", 0, 1},
  {"iou",         &Options::iou,         kEval, "Model", "Overlap above which the weaker of two boxes goes (NMS) [0.7]", 0, 1},
  {"multi_label", &Options::multi_label, kEval, "Model", "A box for every class above conf, not the best alone"},
  {"agnostic_nms",&Options::agnostic_nms,kLook | kEval, "Model", "NMS across classes, not per class"},
  {"imgsz",       &Options::imgsz,       kLook | kForward | kInfo | kVerify | kEval, "Model", "Model input size: N or H,W [from the model]", 0, 0, nullptr, "N|H,W"},
  {"rect",        &Options::rect,        kLook, "Model", "Fit the model input to the picture's shape where the model allows it"},
  {"max_det",     &Options::max_det,     kLook | kEval, "Model", "Most objects a frame", 1, 100000},
  {"classes",     &Options::classes,     kLook | kEval, "Model", "Keep only these: ids or names, e.g. person,car", 0, 0, nullptr, "LIST"},
  {"runtime",     &Options::runtime,     kLook | kInfo | kVerify | kEval | kEvalFaces, "Machine", "Inference library", 0, 0, "auto|openvino|onnxruntime"},
  {"device",      &Options::device,      kLook | kForward | kVerify | kEval | kEvalFaces, "Machine", "auto, cpu, cuda:0, ...", 0, 0, nullptr, "NAME"},
  {"precision",   &Options::precision,   kLook | kVerify | kEval | kEvalFaces, "Machine", "What the network computes in", 0, 0, "auto|f32|bf16|f16|int8"},
  {"threads",     &Options::threads,     kLook | kVerify | kEval | kEvalFaces, "Machine", "CPU threads for inference, 0 = every core", 0, 1024},
  {"batch",       &Options::batch,       kLook, "Machine", "Pictures a forward pass, of files, and faces of a frame; more than 1 can pay on a GPU", 1, 1024},
  {"runtime",     &Options::runtimes,    kForward, "Machine", "Inference libraries: all, or a list", 0, 0, nullptr, "all|LIST"},
  {"precision",   &Options::precisions,  kForward, "Machine", "What the network computes in: all, or a list of auto, f32, bf16, f16, int8", 0, 0, nullptr, "all|LIST"},
  {"threads",     &Options::thread_counts,kForward,"Machine", "CPU threads, 0 = every core; or a list", 0, 0, nullptr, "LIST"},
  {"streams",     &Options::in_flight,   kForward, "Machine", "Passes in flight: 1 = one after another, on all threads; 0 = as many as keep the machine busy", 0, 0, nullptr, "LIST"},
  {"batch",       &Options::batches,     kForward, "Machine", "Pictures a pass", 0, 0, nullptr, "LIST"},
  {"vid_stride",  &Options::vid_stride,  kLook, "Frames", "Look at every n-th frame", 1, 1000000},
  {"max_fps",     &Options::max_fps,     kLook, "Frames", "Look at no more frames a second than this, 0 = all", 0, 100000},
  {"max_frames",  &Options::max_frames,  kLook, "Frames", "Stop after so many frames, 0 = all", 0, 1e15},
  {"stream_buffer",&Options::stream_buffer,kRun,"Frames", "Live sources: drop what is late, or take all", 0, 0, "latest|all"},
  {"tracker",     &Options::tracker,     Bit(Verb::kTrack) | Bit(Verb::kBenchRun), "Tracking", "bytetrack, sort, or FILE.toml", 0, 0, nullptr, "NAME|FILE"},
  {"program",     &Options::program,     kEffect, "Effect", "The program, read again when it changes", 0, 0, nullptr, "FILE"},
  {"e",           &Options::effect_text, kEffect, "Effect", "The program itself: -e 'face: pixelate(8)'", 0, 0, nullptr, "TEXT"},
  {"check",       &Options::check,       kEffect, "Effect", "Only say what is wrong with a program", 0, 0, nullptr, "FILE"},
  {"ids",         &Options::ids,         kEffect, "Effect", "What face#1 counts by: from left to right, or who was there first", 0, 0, "position|track"},
  {"hold",        &Options::hold,        kEffect, "Effect", "How long a lost face stays covered; auto: 500ms for programs that hide faces, else not", 0, 0, nullptr, "TIME"},
  {"strict",      &Options::strict,      kEffect, "Effect", "Cover a lost face until it is seen again, up to 10 s"},
  {"max_frame_lag_ms",&Options::max_frame_lag_ms,kEffect,"Effect","Most time for the program of a frame, 0 = all it needs; the rest is skipped", 0, 1e6},
  {"max_faces",   &Options::max_faces,   kFaceKeys | kEvalFaces, "Faces", "Most faces at once; 0: 16, or 64 where they are hidden", 0, 64},
  {"detect_every",&Options::detect_every,kFaceKeys, "Faces", "While fewer faces are followed, look for others this often", 0, 0, nullptr, "TIME"},
  {"smooth",      &Options::smooth,      kFaceKeys, "Faces", "Hold the landmarks of still faces still (video)"},
  {"iris",        &Options::iris,        kFaces | kEvalFaces, "Faces", "Irises too, and lips and eyes more exactly: 478 landmarks"},
  {"tiles",       &Options::tiles,       kFaceKeys | kEvalFaces, "Faces", "Search large pictures tile by tile for faces of 24 pixels and more; auto: still pictures", 0, 0, "auto|true|false"},
  {"save",        &Options::save,        kRun | Bit(Verb::kBenchRun), "Outputs", "Annotated video or image; the container by its extension", 0, 0, nullptr, "FILE"},
  {"json",        &Options::json,        kBench | kForward | kStages, "Outputs", "The figures as JSON; - = standard output", 0, 0, nullptr, "FILE"},
  {"json",        &Options::json,        kRun, "Outputs", "JSON Lines, one object a frame; - = standard output", 0, 0, nullptr, "FILE"},
  {"json",        &Options::json,        kList | kInfo | kVerify, "Outputs", "The same as JSON; - = standard output", 0, 0, nullptr, "FILE"},
  {"label_names", &Options::label_names, kEval, "Labels", "What the class numbers of YOLO labels mean, when not the model's classes: coco, coco91 (COCO's own numbers), FILE", 0, 0, nullptr, "NAME|FILE"},
  {"json",        &Options::json,        kEval | kEvalFaces, "Outputs", "The scores as JSON; - = standard output", 0, 0, nullptr, "FILE"},
  {"mot",         &Options::mot,         kRun, "Outputs", "MOT Challenge text", 0, 0, nullptr, "FILE"},
  {"coco",        &Options::coco,        kRun | kEval, "Outputs", "COCO results", 0, 0, nullptr, "FILE"},
  {"csv",         &Options::csv,         kRun, "Outputs", "CSV, one line an object", 0, 0, nullptr, "FILE"},
  {"txt",         &Options::txt,         kRun, "Outputs", "Folder for YOLO labels, one file a frame", 0, 0, nullptr, "DIR"},
  {"crops",       &Options::crops,       kRun, "Outputs", "Folder for a picture of every object", 0, 0, nullptr, "DIR"},
  {"stats",       &Options::stats,       kRun, "Outputs", "The summary as JSON", 0, 0, nullptr, "FILE"},
  {"show",        &Options::show,        kRun, "Outputs", "Open a window; q or Esc ends"},
  {"overwrite",   &Options::overwrite,   kEval | kRun | kBench | kForward | kStages | kList | kInfo | kVerify | kEvalFaces, "Outputs", "Replace files that exist"},
  {"line_width",  &Options::line_width,  kBoxes, "Picture", "Of boxes, in pixels, 0 = by the picture's size", 0, 100},
  {"show_labels", &Options::show_labels, kBoxes, "Picture", "Write class and id"},
  {"show_conf",   &Options::show_conf,   kBoxes, "Picture", "Write the confidence"},
  {"show_boxes",  &Options::show_boxes,  kBoxes, "Picture", "Draw boxes"},
  {"show_landmarks",&Options::show_landmarks,kFaces,"Picture", "Draw the lines of the face"},
  {"show_landmarks",&Options::effect_landmarks,kEffect,"Picture", "Draw the lines of the face over the effects"},
  {"show_parts",  &Options::effect_parts, kEffect, "Picture", "Draw the outlines of the parts that programs name"},
  {"rounds",      &Options::rounds,      kBench | kForward, "Bench", "How often everything is measured", 1, 100},
  {"seconds",     &Options::seconds,     kBench | kForward | kStages, "Bench", "How long a forward pass or a stage is measured each time", 0.01, 3600},
  {"offline",     &Options::offline,     kPull, "Network", "Fetch nothing: only say what is here"},
  {"source",      &Options::source,      kVerify, "Pictures", "What to compare on: a picture, a folder, a video [synthetic people]", 0, 0, nullptr, "SOURCE"},
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
