#pragma once

// The head of networks that place the landmarks of one body or face. Threads: see Head.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "retinue/heads/head.h"

namespace retinue {

namespace internal {
/// A map for each point, its samples side by side: [row][column][map].
struct HeatMaps {
  const float* data = nullptr;
  int rows = 0, columns = 0, maps = 0;
};
}  // namespace internal

/// Reads what LandmarkSpec describes; outputs of f32, f16 or bf16.
///
/// What it finds: one object, or none when its presence is ≤ conf. Score: the presence. Keypoints:
/// `points + hidden`, mapped to the frame, with their visibility (1 with 3 columns) as score; so
/// whoever shows them cuts the hidden ones off (RegionFollower does). Box: around the points that
/// are not hidden, clipped to the frame; an object of which nothing is inside is dropped.
///
/// With is_face the same as one face and its landmarks (hidden ones too), z scaled as x and y.
/// Refined points keep the mesh's z; an iris has the mean of its lids'.
///
/// A point is moved to the mean of the heat map in the window around it, weighted by its values
/// (sigmoid), where one of them is at least 0.5.
///
/// An object with a value that is NaN or infinite is dropped and counted in invalid_count().
/// Of the options only `conf` has something to choose.
///
/// Cost: points · window² exponentials, some 0.02 ms for a body.
/// @source MediaPipe (see LandmarkSpec); checked against lib/heads/golden/landmarks.json, which
///         landmarks.py there writes with numpy
class LandmarkHead final : public Head {
 public:
  /// @error kInvalidArgument  The spec contradicts itself or the options are out of range.
  static Result<std::unique_ptr<LandmarkHead>> Create(const LandmarkSpec& spec,
                                                      const HeadOptions& options = {});

  Result<void> Parse(std::span<const TensorView> outputs, const Affine& input_to_frame,
                     FrameResult& into) override;
  std::int64_t invalid_count() const override { return invalid_; }

 private:
  LandmarkHead(const LandmarkSpec& spec, const HeadOptions& options)
      : spec_(spec), options_(options) {}

  Result<std::span<const float>> ReadPoints(std::span<const TensorView> outputs);
  Result<std::span<const float>> ReadRefined(std::span<const TensorView> outputs);
  Result<float> ReadPresence(std::span<const TensorView> outputs);
  void AddFace(std::span<const float> values, float score, const Affine& input_to_frame,
               FrameResult& into) const;
  void AddObject(std::span<const float> values, const internal::HeatMaps& maps, float score,
                 const Affine& input_to_frame, FrameResult& into) const;

  LandmarkSpec spec_;
  HeadOptions options_;
  std::array<std::vector<float>, 4> converted_;
  std::vector<float> joined_;  // of several outputs
  std::int64_t invalid_ = 0;
};

}  // namespace retinue
