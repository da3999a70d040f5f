#include "retinue/pipeline/region_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/pipeline/engine_check.h"

namespace retinue {

Result<std::unique_ptr<RegionModel>> RegionModel::Create(std::shared_ptr<Engine> engine,
                                                         const ModelSpec& model,
                                                         const HeadOptions& options) {
  if (engine == nullptr) return Fail(ErrorCode::kInvalidArgument, "regions need an engine");
  RETINUE_RETURN_IF_ERROR(CheckEngine(engine->io(), model.input));
  RETINUE_ASSIGN_OR_RETURN(auto head, MakeHead(model.head, options));
  return std::unique_ptr<RegionModel>(
      new RegionModel(std::move(engine), model, std::move(head)));
}

Result<void> RegionModel::Begin(Slot& slot, const Frame& frame, const Region& region) {
  if (slot.request == nullptr) {
    RETINUE_ASSIGN_OR_RETURN(slot.request, engine_->NewRequest());
  }
  if (slot.plan.IsEmpty() || slot.plan.format() != frame.format()) {
    RETINUE_ASSIGN_OR_RETURN(slot.plan, PlanPreprocess(frame.format(), region, model_->input));
  } else {
    RETINUE_RETURN_IF_ERROR(slot.plan.SetRegion(region));
  }
  Preprocess(slot.plan, frame, slot.request->input(0));
  RETINUE_RETURN_IF_ERROR(slot.request->Start());
  slot.is_running = true;
  return {};
}

Result<void> RegionModel::Complete(Slot& slot, const Frame& frame, FrameResult& found) {
  slot.is_running = false;
  RETINUE_RETURN_IF_ERROR(slot.request->Wait());
  found.Clear();
  found.frame = frame.id().number;
  found.pts = frame.pts();
  found.size = frame.size();
  const Outputs outputs(*slot.request, engine_->io().outputs.size());
  RETINUE_RETURN_IF_ERROR(head_->Parse(outputs.all(), slot.plan.input_to_frame(), found));
  invalid_ += head_->invalid_count();
  return {};
}

Result<void> RegionModel::LookAtAll(const Frame& frame, std::span<const Region> regions) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    Slot& slot = slots_[i % slots_.size()];
    if (slot.is_running) RETINUE_RETURN_IF_ERROR(Complete(slot, frame, found_[done++]));
    RETINUE_RETURN_IF_ERROR(Begin(slot, frame, regions[i]));
  }
  for (; done < regions.size(); ++done) {
    RETINUE_RETURN_IF_ERROR(Complete(slots_[done % slots_.size()], frame, found_[done]));
  }
  return {};
}

Result<std::span<const FrameResult>> RegionModel::Look(const Frame& frame,
                                                       std::span<const Region> regions) {
  if (regions.size() > kMaxRegions) {
    return Fail(ErrorCode::kInvalidArgument, "a frame may have up to " +
                                                 std::to_string(kMaxRegions) + " regions, got " +
                                                 std::to_string(regions.size()));
  }
  const auto busy = static_cast<std::size_t>(std::max(1, engine_->info().requests));
  slots_.resize(std::max(slots_.size(), std::min(regions.size(), busy)));
  found_.resize(std::max(found_.size(), regions.size()));
  invalid_ = 0;
  auto looked = LookAtAll(frame, regions);
  for (Slot& slot : slots_) {  // After an error others may still be under way.
    if (std::exchange(slot.is_running, false)) (void)slot.request->Wait();
  }
  if (!looked) return Fail(std::move(looked).error());
  return std::span<const FrameResult>(found_).first(regions.size());
}

}  // namespace retinue
