#include "retinue/heads/box_selector.h"

#include <algorithm>

namespace retinue {

BoxSelector::BoxSelector(const HeadOptions& options, int class_count)
    : wanted_(static_cast<std::size_t>(class_count), options.classes.empty() ? 1 : 0),
      max_det_(static_cast<std::size_t>(options.max_det)),
      suppression_({.iou = options.iou,
                    .agnostic = options.agnostic_nms,
                    .max_kept = options.max_det,
                    .max_candidates = kMaxNmsCandidates}) {
  for (const int id : options.classes) wanted_[static_cast<std::size_t>(id)] = 1;
}

void BoxSelector::Begin(std::size_t max_boxes) {
  boxes_.clear();
  boxes_.reserve(max_boxes);
  suppression_.Reserve(max_boxes);
}

void BoxSelector::Select(const Affine& input_to_frame, FrameResult& into) {
  std::vector<Detection>& out = into.objects;
  out.clear();
  out.reserve(max_det_);
  kept_.clear();
  kept_.reserve(max_det_);
  for (const int index : suppression_.Run(boxes_)) {
    const ScoredBox& b = boxes_[static_cast<std::size_t>(index)];
    const Box in_input = BoxFromCorners(b.x_min, b.y_min, b.x_max, b.y_max);
    const Box in_frame = Clip(MapBox(input_to_frame, in_input), into.size);
    if (!(in_frame.width > 0 && in_frame.height > 0)) continue;
    out.push_back({.box = in_frame, .score = b.score, .class_id = b.class_id});
    kept_.push_back(index);
  }
}

}  // namespace retinue
