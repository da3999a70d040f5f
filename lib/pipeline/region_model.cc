#include "retinue/pipeline/region_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/pipeline/engine_check.h"
#include "retinue/infer/batching_engine.h"

namespace retinue {

Result<std::unique_ptr<RegionModel>> RegionModel::Create(const RegionEngine& what) {
  const ModelSpec& model = what.model;
  if (what.engine == nullptr) return Fail(ErrorCode::kInvalidArgument, "regions need an engine");
  RETINUE_ASSIGN_OR_RETURN(auto single, EngineOfOne(what.engine));
  RETINUE_RETURN_IF_ERROR(CheckEngine(single->io(), model.input));
  RETINUE_ASSIGN_OR_RETURN(auto head, MakeHead(model.head, what.head));
  std::unique_ptr<RegionModel> made(new RegionModel(std::move(single), model, std::move(head)));
  if (what.batched == nullptr) return made;
  RETINUE_ASSIGN_OR_RETURN(auto slices, BatchingEngine::Create(what.batched));
  RETINUE_RETURN_IF_ERROR(CheckEngine(slices->io(), model.input));
  made->batch_ = static_cast<std::size_t>(slices->batch());
  made->batched_.engine = std::move(slices);
  return made;
}

Result<void> RegionModel::Begin(const Lane& lane, Slot& slot, const Frame& frame,
                                const Region& region) {
  if (slot.request == nullptr) {
    RETINUE_ASSIGN_OR_RETURN(slot.request, lane.engine->NewRequest());
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

Result<void> RegionModel::Complete(const Lane& lane, Slot& slot, const Frame& frame,
                                   FrameResult& found) {
  slot.is_running = false;
  RETINUE_RETURN_IF_ERROR(slot.request->Wait());
  found.Clear();
  found.frame = frame.id().number;
  found.pts = frame.pts();
  found.size = frame.size();
  const Outputs outputs(*slot.request, lane.engine->io().outputs.size());
  RETINUE_RETURN_IF_ERROR(head_->Parse(outputs.all(), slot.plan.input_to_frame(), found));
  invalid_ += head_->invalid_count();
  return {};
}

Result<void> RegionModel::LookBy(Lane& lane, const Frame& frame, std::span<const Region> regions,
                                 std::span<FrameResult> found) {
  if (regions.empty()) return {};
  const auto busy = static_cast<std::size_t>(std::max(1, lane.engine->info().requests));
  auto& slots = lane.slots;
  slots.resize(std::max(slots.size(), std::min(regions.size(), busy)));
  std::size_t done = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    Slot& slot = slots[i % slots.size()];
    if (slot.is_running) RETINUE_RETURN_IF_ERROR(Complete(lane, slot, frame, found[done++]));
    RETINUE_RETURN_IF_ERROR(Begin(lane, slot, frame, regions[i]));
  }
  for (; done < regions.size(); ++done) {
    RETINUE_RETURN_IF_ERROR(Complete(lane, slots[done % slots.size()], frame, found[done]));
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
  found_.resize(std::max(found_.size(), regions.size()));
  invalid_ = 0;
  const std::span<FrameResult> found = std::span(found_).first(regions.size());
  const std::size_t whole = batch_ == 0 ? 0 : regions.size() / batch_ * batch_;
  auto looked = LookBy(batched_, frame, regions.first(whole), found.first(whole));
  if (looked) looked = LookBy(single_, frame, regions.subspan(whole), found.subspan(whole));
  for (Lane* lane : {&batched_, &single_}) {
    for (Slot& slot : lane->slots) {  // After an error others may still be under way.
      if (std::exchange(slot.is_running, false)) (void)slot.request->Wait();
    }
  }
  if (!looked) return Fail(std::move(looked).error());
  return std::span<const FrameResult>(found);
}

}  // namespace retinue
