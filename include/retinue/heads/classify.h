#pragma once

// The head of classifiers. Threads: see Head.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"

namespace retinue {

/// Reads one tensor of C values, f32, f16 or bf16, of any shape that holds C elements: a value a
/// class. Fills FrameResult::classes with the `top` best of the wanted classes, best first, ties
/// in the order of the lower id. `conf` has no effect: a classifier always has an opinion.
///
/// A NaN or an infinity among the values makes all of them meaningless after a softmax: then
/// nothing is found, and invalid_count() says how many there were.
/// @source Ultralytics `Probs.top5`
class ClassifyHead final : public Head {
 public:
  /// @error kInvalidArgument  Fewer than one class, a negative output index, or options out
  ///                          of range.
  static Result<std::unique_ptr<ClassifyHead>> Create(const ClassifySpec& spec,
                                                      const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  ClassifyHead(const ClassifySpec& spec, const HeadOptions& options);

  ClassifySpec spec_;
  int top_;
  std::vector<int> wanted_;  // class ids
  std::vector<float> converted_;
  std::vector<ClassScore> scores_;
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
