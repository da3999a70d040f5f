#include "retinue/pipeline/effect_stage.h"

#include <utility>

#include "retinue/image/copy.h"

namespace retinue {

EffectStage::EffectStage(EffectPlan plan, EffectStageOptions options)
    : options_(std::move(options)), effects_(std::move(plan), options_.effects) {}

Result<std::unique_ptr<EffectStage>> EffectStage::Create(EffectPlan plan,
                                                         EffectStageOptions options) {
  if (options.max_lag < Nanoseconds{0}) {
    return Fail(ErrorCode::kInvalidArgument, "max_lag must not be negative");
  }
  if (options.max_lag > Nanoseconds{0} && options.clock == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "max_lag needs a clock");
  }
  return std::unique_ptr<EffectStage>(new EffectStage(std::move(plan), std::move(options)));
}

Result<Frame> EffectStage::Draw(const Frame& frame, const FrameResult& result) {
  if (frame.IsEmpty()) {
    return Fail(ErrorCode::kInvalidArgument, "a frame to draw into must hold pixels, got none");
  }
  if (options_.next_plan) {
    if (auto plan = options_.next_plan()) effects_.SetPlan(*std::move(plan));
  }
  EffectsDeadline deadline;
  if (options_.max_lag > Nanoseconds{0}) {
    deadline = {options_.clock, options_.clock->Now() + options_.max_lag};
  }
  BackgroundMask background;
  if (options_.background != nullptr && plan().uses_background) {
    RETINUE_ASSIGN_OR_RETURN(background, options_.background->Look(frame));
  }
  RETINUE_ASSIGN_OR_RETURN(auto picture, pool_.Get(DrawableFormat(frame.format())));
  CopyPixels(frame, *picture);
  RETINUE_RETURN_IF_ERROR(effects_.Apply(result, *picture, background, report_, deadline));
  ++summary_.frames;
  summary_.statements_late += report_.late;
  if (report_.late > 0) ++summary_.frames_late;
  if (options_.on_absent) {
    for (const AbsentFace& face : report_.absent) options_.on_absent(face);
  }
  return FrameBuffer::Publish(std::move(picture), frame.id(), frame.timing());
}

}  // namespace retinue
