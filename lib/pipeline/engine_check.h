#pragma once

// Whether an engine is what a model's description says. Thread rule: pure functions.

#include <array>
#include <cstddef>
#include <span>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"
#include "retinue/preprocess/preprocess.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

inline constexpr std::size_t kMaxOutputs = 16;

/// @error kInvalidArgument  Not one input and 1 to kMaxOutputs outputs, or the input is of another
///                          shape or type.
Result<void> CheckEngine(const ModelIo& io, const InputSpec& described);

/// All outputs of a finished request.
class Outputs {
 public:
  Outputs(const Request& request, std::size_t count) : count_(count) {
    for (std::size_t i = 0; i < count; ++i) views_[i] = request.output(static_cast<int>(i));
  }
  std::span<const TensorView> all() const { return std::span(views_).first(count_); }

 private:
  std::array<TensorView, kMaxOutputs> views_;
  std::size_t count_;
};

}  // namespace retinue
