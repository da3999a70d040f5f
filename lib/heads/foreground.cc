#include "retinue/heads/foreground.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/heads/mask_reader.h"
#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {

Result<std::unique_ptr<ForegroundHead>> ForegroundHead::Create(const ForegroundSpec& spec,
                                                               const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options, spec.class_count));
  RETINUE_RETURN_IF_ERROR(CheckOutputIndex(spec.output));
  return std::unique_ptr<ForegroundHead>(new ForegroundHead(spec, options));
}

// A mask of one prototype, which is the probability itself; an output as large as the input.
ForegroundHead::ForegroundHead(const ForegroundSpec& spec, const HeadOptions& options)
    : spec_(spec),
      options_(options),
      reader_(std::make_unique<MaskReader>(
          MaskColumns{.coefficients = 1, .prototypes_output = 0, .stride = 1})) {}
ForegroundHead::~ForegroundHead() = default;

Result<void> ForegroundHead::Parse(std::span<const TensorView> outputs,
                                   const Affine& input_to_frame, FrameResult& into) {
  into.ClearFound();
  invalid_ = 0;
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, spec_.output));
  const Shape& shape = tensor->shape;
  if (shape.rank() != 4 || shape[0] != 1 || shape[3] != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "the foreground must be [1, H, W, 1], got " + ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* values, ToFloat(*tensor, "the foreground", converted_));
  const auto all = std::span(values, static_cast<std::size_t>(shape.ElementCount()));
  above_.resize(all.size());
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    invalid_ += !std::isfinite(all[i]);
    above_[i] = all[i] - options_.conf;
    if (above_[i] > 0) {
      sum += all[i];
      ++count;
    }
  }
  if (invalid_ > 0 || count == 0) return {};

  const TensorView prototypes{ElementType::kF32, Shape{1, 1, shape[1], shape[2]}, above_.data()};
  RETINUE_RETURN_IF_ERROR(reader_->Begin(std::span(&prototypes, 1)));
  const float one = 1;
  const Box frame = BoundsOf(WholeFrame(into.size));
  reader_->Append(std::span(&one, 1), frame, input_to_frame, into.size, into.masks);
  const Box box = MaskBounds(into.masks[0], into.size);
  if (box.width > 0 && box.height > 0) {
    const auto mean = static_cast<float>(sum / static_cast<double>(count));
    into.objects.push_back({.box = box, .score = std::min(mean, 1.0f), .detail = 0});
  } else {
    into.masks.Clear();
  }
  return {};
}

}  // namespace retinue
