// SIMD body of Suppression; included once per instruction set. The scalar twin is
// SuppressScalar in nms.cc.

#if defined(RETINUE_LIB_HEADS_NMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_LIB_HEADS_NMS_INL_H_
#undef RETINUE_LIB_HEADS_NMS_INL_H_
#else
#define RETINUE_LIB_HEADS_NMS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

#include "lib/heads/kept_boxes.h"
#include "retinue/heads/nms.h"

HWY_BEFORE_NAMESPACE();
namespace retinue {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whether one of the kept boxes overlaps `box` by more than `iou`. The operations and their
// order are those of the scalar twin, so both round alike.
bool OverlapsKept(const KeptBoxes& kept, const ScoredBox& box, float area, float iou,
                  bool agnostic) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto x_min = hn::Set(d, box.x_min), y_min = hn::Set(d, box.y_min);
  const auto x_max = hn::Set(d, box.x_max), y_max = hn::Set(d, box.y_max);
  const auto own_area = hn::Set(d, area), limit = hn::Set(d, iou);
  const auto own_class = hn::Set(di, box.class_id);
  const auto zero = hn::Zero(d);
  for (std::size_t i = 0; i < kept.count; i += hn::Lanes(d)) {
    const auto width = hn::Max(zero, hn::Sub(hn::Min(hn::LoadU(d, kept.x_max + i), x_max),
                                             hn::Max(hn::LoadU(d, kept.x_min + i), x_min)));
    const auto height = hn::Max(zero, hn::Sub(hn::Min(hn::LoadU(d, kept.y_max + i), y_max),
                                              hn::Max(hn::LoadU(d, kept.y_min + i), y_min)));
    const auto shared = hn::Mul(width, height);
    const auto both = hn::Sub(hn::Add(hn::LoadU(d, kept.area + i), own_area), shared);
    auto over = hn::Gt(hn::Div(shared, both), limit);
    if (!agnostic) {
      const auto same = hn::Eq(hn::LoadU(di, kept.class_id + i), own_class);
      over = hn::And(over, hn::RebindMask(d, same));
    }
    if (!hn::AllFalse(d, over)) return true;
  }
  return false;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace retinue
HWY_AFTER_NAMESPACE();

#endif  // RETINUE_LIB_HEADS_NMS_INL_H_
