#include "retinue/pipeline/background_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/pipeline/engine_check.h"

namespace retinue {

Result<std::unique_ptr<BackgroundModel>> BackgroundModel::Create(RegionEngine model) {
  if (model.engine == nullptr || !std::holds_alternative<ForegroundSpec>(model.model.head) ||
      model.model.input.fit != Fit::kStretch) {
    return Fail(ErrorCode::kInvalidArgument,
                "a background needs a model of the foreground that looks at the whole frame");
  }
  RETINUE_RETURN_IF_ERROR(CheckEngine(model.engine->io(), model.model.input));
  std::unique_ptr<BackgroundModel> background(new BackgroundModel(std::move(model)));
  RETINUE_ASSIGN_OR_RETURN(background->request_, background->model_.engine->NewRequest());
  return background;
}

Result<BackgroundMask> BackgroundModel::Look(const Frame& frame) {
  if (plan_.IsEmpty() || plan_.format() != frame.format()) {
    RETINUE_ASSIGN_OR_RETURN(plan_, PlanPreprocess(frame.format(), WholeFrame(frame.size()),
                                                   model_.model.input));
  }
  Preprocess(plan_, frame, request_->input(0));
  RETINUE_RETURN_IF_ERROR(request_->Start());
  RETINUE_RETURN_IF_ERROR(request_->Wait());
  const Outputs outputs(*request_, model_.engine->io().outputs.size());
  const auto index =
      static_cast<std::size_t>(std::get<ForegroundSpec>(model_.model.head).output);
  const auto is_mask = [](const TensorView& tensor) {
    const Shape& shape = tensor.shape;
    return tensor.type == ElementType::kF32 && shape.rank() == 4 && shape[0] == 1 && shape[3] == 1;
  };
  if (index >= outputs.all().size() || !is_mask(outputs.all()[index])) {
    return Fail(ErrorCode::kInvalidArgument, "the foreground must be [1, H, W, 1] of f32");
  }
  const TensorView& foreground = outputs.all()[index];
  const auto values = foreground.as<float>();
  background_.resize(values.size());
  std::transform(values.begin(), values.end(), background_.begin(), [](float share) {
    const float background = 1 - share;
    return background < 1 ? static_cast<std::uint8_t>(std::max(background, 0.0f) * 255 + 0.5f)
                          : std::uint8_t{255};  // NaN too
  });
  const Size size{static_cast<int>(foreground.shape[2]), static_cast<int>(foreground.shape[1])};
  return BackgroundMask{size, {background_.data(), size.width}};
}

}  // namespace retinue
