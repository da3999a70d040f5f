// Any text given to the readers of dlib's XML and of .pts, and to COCO's as faces are labelled: an
// error, or faces that can be evaluated.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/eval/face_evaluator.h"
#include "retinue/eval/face_labels.h"
#include "retinue/eval/labels.h"

namespace {

void Evaluate(const retinue::LabelledImages& labels) {
  retinue::FaceEvaluator evaluator;
  std::int64_t added = 0;
  for (const auto& image : labels.images) {
    added += evaluator.Add(image.id, image.objects, image.objects).has_value();
  }
  const retinue::FaceScores scores = evaluator.Scores();
  RETINUE_CHECK(scores.images == added);
  RETINUE_CHECK(scores.found + scores.missed == scores.labelled);
  RETINUE_CHECK(scores.nme >= -1);  // NaN is not
}

void Read(const retinue::Result<retinue::LabelledImages>& labels) {
  if (labels) {
    Evaluate(*labels);
  } else {
    RETINUE_CHECK(!labels.error().message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  retinue::LabelLimits limits;
  limits.max_bytes = 1 << 16;
  limits.max_images = 100;
  limits.max_objects = 2000;
  limits.max_corners = 200;
  Read(retinue::ParseDlibLabels(text, limits));
  Read(retinue::ParseCocoLabels(text, {.masks = false, .boxes_from_keypoints = true}, limits));
  auto points = retinue::ParsePts(text, limits);
  if (!points) {
    RETINUE_CHECK(!points.error().message.empty());
    return 0;
  }
  retinue::LabelledImages labels;
  labels.images.resize(1);
  labels.images[0].objects = {retinue::FaceOf(*std::move(points))};
  Evaluate(labels);
  return 0;
}
