#pragma once

// Labels of pictures (ground truth) and results of detectors as the field writes
// them: COCO JSON and YOLO text. All are bytes from outside: every reader has limits
// and answers with an error that says where. Thread rule: plain values, pure functions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/eval/detection_evaluator.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

struct EvalCategory {
  std::int64_t id = 0;
  std::string name;
  friend bool operator==(const EvalCategory&, const EvalCategory&) = default;
};

/// A picture and everything that is labelled in it.
struct LabelledImage {
  std::int64_t id = 0;
  std::string file_name;  ///< As the labels name it; may hold folders.
  Size size;              ///< Empty when the labels do not say.
  std::vector<EvalObject> objects;
};

struct LabelledImages {
  std::vector<EvalCategory> categories;  ///< Ascending ids.
  std::vector<LabelledImage> images;     ///< In the file's order.
  bool has_masks = false;                ///< Some object has one.
  bool has_keypoints = false;
};

/// Which parts to read. Masks cost the most.
struct LabelParts {
  bool masks = true;
  bool keypoints = true;
  /// An object without `bbox` gets the box around its labelled keypoints in place of an error, as
  /// labels of faces need it. Goes with `keypoints`.
  bool boxes_from_keypoints = false;
};

/// What a hostile or mistaken file may cost.
struct LabelLimits {
  std::size_t max_bytes = std::size_t{256} << 20;
  std::size_t max_images = 1'000'000;
  std::size_t max_objects = 5'000'000;   ///< In all pictures.
  std::size_t max_corners = 100'000;     ///< Of one object's outlines, or its keypoints.
  int max_side = 65535;                  ///< Pixels of a picture.
};

/// Reads COCO's ground truth: `{"images": […], "annotations": […], "categories": […]}`.
///
/// Of an annotation: `image_id`, `category_id`, `bbox` [x, y, width, height], and where they are
/// there `area` (else that of the mask or the box), `iscrowd`, `segmentation` (polygons, run
/// lengths as list or text), `keypoints` (x, y, visibility of each). Where some objects have a mask
/// or keypoints, one without gets an empty mask, or as many unlabelled points. Annotations of
/// pictures or categories that are not listed are passed over, as pycocotools does.
///
/// @error kDataLoss           Not JSON (with its byte), or not such an object:
///                            `annotations[12].bbox must be 4 finite numbers, the last two not
///                            negative`.
/// @error kResourceExhausted  Over one of `limits`.
/// Memory: about 6 times the text while it is read (22 MB of outlines: 141 MB).
/// @source cocodataset.org/#format-data
Result<LabelledImages> ParseCocoLabels(std::string_view json, const LabelParts& parts = {},
                                       const LabelLimits& limits = {});

/// What a detector found, as read from a results file.
struct FoundInImages {
  /// In the order of `LabelledImages::images`.
  std::vector<std::vector<EvalObject>> found;
  std::int64_t count = 0;
  bool has_boxes = false;  ///< Then areas are those of boxes, whatever is compared.
  bool has_masks = false;
  bool has_keypoints = false;
};

/// Reads COCO's results, `[{"image_id": 139, "category_id": 1, "score": 0.9, "bbox": […],
/// "segmentation": {…}, "keypoints": […]}, …]`, with any of the last three. Those of categories
/// that `labels` does not list are kept.
///
/// What each object lacks, and its area, are made as pycocotools' `loadRes` does, which goes by the
/// first entry: with `bbox`, areas are those of boxes, and a missing mask is the box; with
/// `segmentation`, areas are those of masks, and boxes the masks' bounds; with `keypoints` only,
/// box and area are the extent of the points.
///
/// @error kDataLoss           As ParseCocoLabels; also an `image_id` that is not among `labels`.
/// @error kResourceExhausted  Over one of `limits`.
Result<FoundInImages> ParseCocoResults(std::string_view json, const LabelledImages& labels,
                                       const LabelParts& parts = {},
                                       const LabelLimits& limits = {});

/// Appends one entry of COCO's results, all digits kept: what ParseCocoResults reads gives the same
/// scores. A mask is written where it has counts, keypoints where there are some (each as seen).
///
/// @param object  Finite numbers.
/// @param size    Of the picture.
void AppendCocoResult(std::int64_t image, const EvalObject& object, Size size, std::string& out);

/// How lines of YOLO labels are to be understood.
struct YoloLabelOptions {
  /// Above 0: lines are `class cx cy w h` and then x, y (and visibility) of so many points.
  int keypoints = 0;
  bool masks = true;  ///< Keep the masks of outlines; else their bounds and areas only.
};

/// Reads the YOLO labels of one picture, a line an object: `class cx cy width height`, or the
/// outline `class x1 y1 x2 y2 x3 y3 …`, or with keypoints; all numbers fractions of the picture.
/// Empty lines are passed over; an empty text is a picture with nothing in it.
///
/// Areas are those of the outlines' masks, as in COCO, or else of boxes.
///
/// @param size  Of the upright picture; not empty.
/// @error kDataLoss           `line 3: expected 5 numbers, or 7 or more of an outline, got 6`; a
///                            class that is no whole number of 0 or more; a number outside of 0 to
///                            1 by more than 0.01.
/// @error kResourceExhausted  Over one of `limits`.
/// @source Ultralytics, "Datasets overview": detect, segment and pose; its check of labels allows
///         the same 0.01.
Result<std::vector<EvalObject>> ParseYoloLabels(std::string_view text, Size size,
                                                const YoloLabelOptions& options = {},
                                                const LabelLimits& limits = {});

}  // namespace retinue
