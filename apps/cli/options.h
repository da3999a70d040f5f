#pragma once

// The options of the command, and how they are read: one list of
// `key=value` / `--key value` from the command line, over `config=FILE.toml`,
// over RETINUE_* of the environment, over the defaults below.
// Thread rule: plain values.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/failure.h"

namespace retinue::cli {

/// What `retinue VERB` may be told; each key with its text and bounds is in keys.cc.
struct Options {
  std::vector<std::string> sources;

  // Model
  std::string model;  // name of a known model, or a file; empty = the default model
  std::string head;
  std::string names;  // file with one class name a line
  std::optional<float> conf;
  std::optional<float> iou;
  bool agnostic_nms = false;
  std::string imgsz;  // "640" or "384,640" (h,w)
  bool rect = true;
  int max_det = 300;
  std::string classes;  // "0,2" or "person,car"

  // Where it runs
  std::string runtime = "auto";
  std::string device = "auto";
  std::string precision = "auto";
  int threads = 0;
  int batch = 1;  // pictures a forward pass

  // Frames
  int vid_stride = 1;
  double max_fps = 0;
  std::int64_t max_frames = 0;
  std::string stream_buffer = "latest";

  // Tracking
  std::string tracker = "bytetrack";

  // Faces
  int max_faces = 0;  // 0: 16, or all that can be followed where faces are to be hidden
  std::string detect_every = "auto";  // 250ms, or every frame where faces are to be hidden
  bool smooth = true;
  bool iris = false;
  std::string tiles = "auto";
  std::string hold = "auto";
  // Without keys of their own: what an effects program needs.
  bool keep_unsure = false;  // faces that only the detector sees
  bool background = false;

  // Effects
  std::string program;      // file
  std::string effect_text;  // instead of a file
  std::string check;        // file
  std::string ids = "position";
  bool strict = false;
  double max_frame_lag_ms = 0;
  bool effect_landmarks = false;  // drawn over the effects
  bool effect_parts = false;

  // Outputs
  std::string save, json, mot, coco, csv, txt, crops, stats;
  bool show = false;
  bool overwrite = false;

  // Picture
  int line_width = 0;
  bool show_labels = true;
  bool show_conf = true;
  bool show_boxes = true;
  bool show_landmarks = true;

  // Talking
  bool quiet = false;
  bool verbose = false;
  std::string log_format = "text";
  bool dry_run = false;
  std::string config;

  // bench
  int rounds = 3;
  double seconds = 1;
  std::string runtimes = "all";  // lists, each value of one with each of the others
  std::string precisions = "all";
  std::string thread_counts = "0";
  std::string in_flight = "1,0";
  std::string batches = "1";

  // models
  bool offline = false;  // no network
  std::string source;    // pictures to verify with

  // eval
  bool multi_label = true;  // a box for every class above conf
  std::string label_names;  // what the class numbers of label files mean
};

/// Which keys a verb takes.
enum class Verb {
  kDetect,
  kTrack,
  kFaces,
  kEffect,
  kEffectsFmt,
  kBenchRun,
  kBenchForward,
  kBenchStages,
  kDevices,
  kModelsList,
  kModelsPull,
  kModelsInfo,
  kModelsVerify,
  kEvalDetect,
  kEvalFaces
};

/// What the arguments ask for.
struct CommandLine {
  Options options;
  bool help = false;
  std::string help_text;  ///< Filled when `help`.
};

/// Reads the arguments after the verb.
///
/// @error kExitUsage  An unknown key (names the nearest known one), a value of the wrong type
///                    or out of range, a config file that is missing or has errors.
Outcome<CommandLine> ParseOptions(Verb verb, std::span<const std::string> arguments);

}  // namespace retinue::cli
