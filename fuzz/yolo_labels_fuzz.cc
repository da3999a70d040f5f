// Any text given to the reader of YOLO labels: an error, or objects that can be evaluated.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/eval/detection_evaluator.h"
#include "retinue/eval/labels.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  retinue::LabelLimits limits;
  limits.max_bytes = 1 << 16;
  limits.max_objects = 200;
  limits.max_corners = 500;
  constexpr retinue::Size kPicture{32, 24};
  for (const int keypoints : {0, 3}) {
    const auto objects = retinue::ParseYoloLabels(text, kPicture, {keypoints, true}, limits);
    if (!objects) {
      RETINUE_CHECK(!objects.error().message.empty());
      continue;
    }
    RETINUE_CHECK(objects->size() <= limits.max_objects);
    retinue::DetectionEvaluator evaluator(
        {.shape = keypoints > 0 ? retinue::EvalShape::kKeypoints : retinue::EvalShape::kBox,
         .categories = {0, 1},
         .keypoint_sigmas = {}});
    RETINUE_CHECK(evaluator.Add(0, *objects, *objects).has_value());
    const retinue::DetectionScores scores = evaluator.Scores();
    RETINUE_CHECK(scores.ap >= -1 && scores.ap <= 1);
  }
  return 0;
}
