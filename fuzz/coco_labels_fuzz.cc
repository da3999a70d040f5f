// Any text given to the readers of COCO JSON, as labels and as results: an error, or objects that
// can be evaluated.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/eval/detection_evaluator.h"
#include "retinue/eval/labels.h"

namespace {

void Evaluate(const retinue::LabelledImages& labels, const retinue::FoundInImages& found,
              retinue::EvalShape shape) {
  retinue::DetectionEvaluatorOptions options;
  options.shape = shape;
  for (const auto& category : labels.categories) options.categories.push_back(category.id);
  retinue::DetectionEvaluator evaluator(options);
  for (std::size_t i = 0; i < labels.images.size(); ++i) {
    // Keypoints may differ in number: an error then, and not counted.
    (void)evaluator.Add(labels.images[i].id, labels.images[i].objects, found.found[i]);
  }
  const retinue::DetectionScores scores = evaluator.Scores();
  RETINUE_CHECK(scores.ap >= -1 && scores.ap <= 1);
  RETINUE_CHECK(scores.categories.size() == labels.categories.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  retinue::LabelLimits limits;
  limits.max_bytes = 1 << 16;
  limits.max_images = 100;
  limits.max_objects = 200;
  limits.max_corners = 200;
  limits.max_side = 48;

  retinue::LabelledImages fixed;
  fixed.categories = {{1, "person"}};
  fixed.images.resize(1);
  fixed.images[0].id = 1;
  fixed.images[0].size = {16, 12};
  const auto found = retinue::ParseCocoResults(text, fixed, {}, limits);
  if (found) {
    Evaluate(fixed, *found, retinue::EvalShape::kBox);
  } else {
    RETINUE_CHECK(!found.error().message.empty());
  }

  const auto labels = retinue::ParseCocoLabels(text, {}, limits);
  if (!labels) {
    RETINUE_CHECK(!labels.error().message.empty());
    return 0;
  }
  retinue::FoundInImages same;
  for (const auto& image : labels->images) same.found.push_back(image.objects);
  Evaluate(*labels, same, retinue::EvalShape::kBox);
  if (labels->has_masks) Evaluate(*labels, same, retinue::EvalShape::kMask);
  if (labels->has_keypoints) Evaluate(*labels, same, retinue::EvalShape::kKeypoints);
  return 0;
}
