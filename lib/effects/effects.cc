#include "retinue/effects/effects.h"

#include <string>
#include <utility>

#include "lib/effects/fast_painter.h"
#include "lib/effects/runner.h"
#include "lib/effects/scalar_painter.h"

namespace retinue {
namespace {

std::string Text(Size s) { return std::to_string(s.width) + "x" + std::to_string(s.height); }

Result<void> CheckFaces(const FrameResult& result, Size size) {
  if (IsEmpty(result.size) || result.size == size) return {};
  return Fail(ErrorCode::kInvalidArgument, "the faces are of a frame of " + Text(result.size) +
                                               ", the picture has " + Text(size));
}

Result<void> CheckPicture(const RgbPicture& picture) {
  const Size size = picture.size;
  if (IsEmpty(size) || size.width > Frame::kMaxSide || size.height > Frame::kMaxSide ||
      picture.rows.data == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                "the picture must be 1x1 to 16384x16384 pixels, got " + Text(size));
  }
  if (picture.rows.stride_bytes < std::ptrdiff_t{3} * size.width) {
    return Fail(ErrorCode::kInvalidArgument,
                "rows of the picture must be at least " + std::to_string(3 * size.width) +
                    " bytes apart, got " + std::to_string(picture.rows.stride_bytes));
  }
  return {};
}

bool HasMask(const BackgroundMask& mask) {
  return mask.rows.data != nullptr && !IsEmpty(mask.size);
}

}  // namespace

class Effects::Impl {
 public:
  Impl(EffectPlan plan, const EffectsOptions& options) : runner(std::move(plan), options) {}

  void ApplyFast(const FrameResult& result, const internal::Canvas& canvas,
                 const BackgroundMask& background, EffectsReport& report,
                 const EffectsDeadline& deadline) {
    fast.Begin(canvas, background);
    runner.Run({&result, canvas.size, HasMask(background), deadline}, fast, report);
    fast.Finish();
  }

  internal::Runner runner;
  internal::FastPainter fast;
  internal::ScalarPainter scalar;
};

Effects::Effects(EffectPlan plan, const EffectsOptions& options)
    : impl_(std::make_unique<Impl>(std::move(plan), options)) {}
Effects::~Effects() = default;

void Effects::SetPlan(EffectPlan plan) { impl_->runner.SetPlan(std::move(plan)); }
const EffectPlan& Effects::plan() const { return impl_->runner.plan(); }

Result<void> Effects::Apply(const FrameResult& result, FrameBuffer& frame,
                            const BackgroundMask& background, EffectsReport& report,
                            const EffectsDeadline& deadline) {
  RETINUE_RETURN_IF_ERROR(CheckFaces(result, frame.format().size));
  RETINUE_ASSIGN_OR_RETURN(const internal::Canvas canvas, internal::CanvasOf(frame));
  impl_->ApplyFast(result, canvas, background, report, deadline);
  return {};
}

Result<void> Effects::Apply(const FrameResult& result, const RgbPicture& picture,
                            const BackgroundMask& background, EffectsReport& report,
                            const EffectsDeadline& deadline) {
  RETINUE_RETURN_IF_ERROR(CheckPicture(picture));
  RETINUE_RETURN_IF_ERROR(CheckFaces(result, picture.size));
  impl_->ApplyFast(result, internal::CanvasOf(picture), background, report, deadline);
  return {};
}

Result<void> Effects::ApplyScalar(const FrameResult& result, const RgbPicture& picture,
                                  const BackgroundMask& background, EffectsReport& report,
                                  const EffectsDeadline& deadline) {
  RETINUE_RETURN_IF_ERROR(CheckPicture(picture));
  RETINUE_RETURN_IF_ERROR(CheckFaces(result, picture.size));
  impl_->scalar.Begin(picture, background);
  impl_->runner.Run({&result, picture.size, HasMask(background), deadline}, impl_->scalar, report);
  return {};
}

}  // namespace retinue
