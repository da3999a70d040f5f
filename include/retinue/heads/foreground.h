#pragma once

// The head of networks that part people from their background. Threads: see Head.

#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"

namespace retinue {

class MaskReader;

/// Reads [1, H, W, 1], f32, f16 or bf16: one object whose mask is where the probability, sampled
/// bilinearly at the centres of the frame's pixels, is above `conf`; nothing where there is no such
/// pixel. Score: the mean probability there, in samples of the output. Box: around the mask.
///
/// A value that is NaN or infinite counts in invalid_count(), and nothing is found then.
/// Cost: the frame's pixels, 1.2 ms at 720p.
class ForegroundHead final : public Head {
 public:
  /// @error kInvalidArgument  A negative output index, or options out of range.
  static Result<std::unique_ptr<ForegroundHead>> Create(const ForegroundSpec& spec,
                                                        const HeadOptions& options = {});
  ~ForegroundHead() override;

  /// `input_to_frame` must not turn (RETINUE_CHECK).
  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  ForegroundHead(const ForegroundSpec& spec, const HeadOptions& options);

  ForegroundSpec spec_;
  HeadOptions options_;
  std::vector<float> converted_;
  std::vector<float> above_;  // probabilities less conf
  std::unique_ptr<MaskReader> reader_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
