#include "lib/heads/mask_reader.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "lib/heads/to_float.h"
#include "retinue/base/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/heads/mask_reader.cc"
#include <hwy/foreach_target.h>

#include "lib/heads/mask_reader-inl.h"

#if HWY_ONCE
namespace retinue {
namespace {

HWY_EXPORT(WeighRow);
HWY_EXPORT(Blend);

constexpr std::int64_t kMaxPrototypeSide = 4096;

// The pixels of the mask, given in ascending order, as run lengths.
class RunWriter {
 public:
  RunWriter(Size size, MaskList& out)
      : total_(static_cast<std::uint32_t>(size.width) * static_cast<std::uint32_t>(size.height)),
        out_(out) {}

  void Add(std::uint32_t begin, std::uint32_t end) {
    if (begin != end_) {
      Flush();
      begin_ = begin;
    }
    end_ = end;
  }
  void Finish() {
    Flush();
    if (written_ < total_) out_.AddRun(total_ - written_);
    out_.EndMask();
  }

 private:
  void Flush() {
    if (end_ == begin_) return;
    out_.AddRun(begin_ - written_);
    out_.AddRun(end_ - begin_);
    written_ = end_;
  }

  std::uint32_t total_;
  MaskList& out_;
  std::uint32_t written_ = 0;  // pixels told so far
  std::uint32_t begin_ = 0;    // the run that may still grow
  std::uint32_t end_ = 0;
};

bool IsInside(float before, float behind, float weight) {
  return before + weight * (behind - before) > 0;
}

}  // namespace

Result<void> MaskReader::Begin(std::span<const TensorView> outputs) {
  const auto index = static_cast<std::size_t>(columns_.prototypes_output);
  if (index >= outputs.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the prototypes of masks must be output " + std::to_string(index) +
                    ", got a model with outputs " + std::to_string(outputs.size()));
  }
  const Shape& shape = outputs[index].shape;
  const auto is_side = [](std::int64_t n) { return n >= 1 && n <= kMaxPrototypeSide; };
  if (shape.rank() != 4 || shape[0] != 1 || shape[1] != columns_.coefficients ||
      !is_side(shape[2]) || !is_side(shape[3])) {
    return Fail(ErrorCode::kInvalidArgument,
                "the prototypes of masks must be [1, " + std::to_string(columns_.coefficients) +
                    ", H, W], got " + ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(prototypes_,
                           ToFloat(outputs[index], "the prototypes of masks", converted_));
  height_ = static_cast<int>(shape[2]);
  width_ = static_cast<int>(shape[3]);
  const auto samples = static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_);
  window_.reserve(samples);
  turned_.reserve(samples);
  column_.reserve(static_cast<std::size_t>(height_));
  return {};
}

void MaskReader::MakeTaps(float from, float to, float scale, float shift, int samples, int pixels,
                          MaskTaps& taps) const {
  taps.cell.clear();
  taps.weight.clear();
  taps.cell.reserve(static_cast<std::size_t>(pixels));
  taps.weight.reserve(static_cast<std::size_t>(pixels));
  taps.first = std::clamp(static_cast<int>(std::ceil(from)), 0, pixels);
  const int end = std::clamp(static_cast<int>(std::ceil(to)), taps.first, pixels);
  for (int pixel = taps.first; pixel < end; ++pixel) {
    const float at = (static_cast<float>(pixel) + 0.5f) * scale + shift;
    const float held = std::clamp(at, 0.0f, static_cast<float>(samples - 1));
    const int cell = std::clamp(static_cast<int>(held), 0, std::max(0, samples - 2));
    taps.cell.push_back(cell);
    taps.weight.push_back(held - static_cast<float>(cell));
  }
}

// The weighed sum at the samples that the taps touch, columns after one another.
void MaskReader::WeighWindow(std::span<const float> coefficients) {
  left_ = across_.cell.front();
  top_ = down_.cell.front();
  wide_ = std::min(across_.cell.back() + 2, width_) - left_;
  high_ = std::min(down_.cell.back() + 2, height_) - top_;
  const auto wide = static_cast<std::size_t>(wide_), high = static_cast<std::size_t>(high_);
  const auto width = static_cast<std::size_t>(width_);
  const std::size_t plane = width * static_cast<std::size_t>(height_);
  window_.resize(wide * high);
  turned_.resize(wide * high);
  for (std::size_t y = 0; y < high; ++y) {
    const float* row = prototypes_ + (static_cast<std::size_t>(top_) + y) * width +
                       static_cast<std::size_t>(left_);
    HWY_DYNAMIC_DISPATCH(WeighRow)
    (row, plane, coefficients.data(), coefficients.size(), wide, window_.data() + y * wide);
  }
  for (std::size_t y = 0; y < high; ++y) {
    for (std::size_t x = 0; x < wide; ++x) turned_[x * high + y] = window_[y * wide + x];
  }
}

void MaskReader::Append(std::span<const float> coefficients, const Box& box,
                        const Affine& input_to_frame, Size frame, MaskList& out) {
  RETINUE_CHECK(input_to_frame.b == 0 && input_to_frame.d == 0);
  const Affine to_input = input_to_frame.Inverse();
  const auto stride = static_cast<float>(columns_.stride);
  MakeTaps(box.x, box.right(), to_input.a / stride, to_input.c / stride - 0.5f, width_,
           frame.width, across_);
  MakeTaps(box.y, box.bottom(), to_input.e / stride, to_input.f / stride - 0.5f, height_,
           frame.height, down_);
  RunWriter runs(frame, out);
  if (across_.cell.empty() || down_.cell.empty()) return runs.Finish();
  WeighWindow(coefficients);

  const auto high = static_cast<std::size_t>(high_);
  const std::size_t rows = down_.cell.size();
  column_.resize(high);
  for (std::size_t x = 0; x < across_.cell.size(); ++x) {
    const int cell = across_.cell[x] - left_;
    const float* before = turned_.data() + static_cast<std::size_t>(cell) * high;
    const float* behind = cell + 1 < wide_ ? before + high : before;
    HWY_DYNAMIC_DISPATCH(Blend)(before, behind, across_.weight[x], high, column_.data());
    const auto start = static_cast<std::uint32_t>(across_.first + static_cast<int>(x)) *
                           static_cast<std::uint32_t>(frame.height) +
                       static_cast<std::uint32_t>(down_.first);
    // Between two samples the sum is a straight line: where both ends are on one side of 0, so
    // are the pixels between them.
    for (std::size_t y = 0; y < rows;) {
      const int sample = down_.cell[y] - top_;
      std::size_t end = y + 1;
      while (end < rows && down_.cell[end] - top_ == sample) ++end;
      const float above = column_[static_cast<std::size_t>(sample)];
      const float below = sample + 1 < high_ ? column_[static_cast<std::size_t>(sample) + 1]
                                             : above;
      const auto at = [&](std::size_t row) { return start + static_cast<std::uint32_t>(row); };
      if (above > 0 && below > 0) {
        runs.Add(at(y), at(end));
      } else if (above > 0 || below > 0) {
        for (std::size_t i = y; i < end; ++i) {
          if (IsInside(above, below, down_.weight[i])) runs.Add(at(i), at(i + 1));
        }
      }
      y = end;
    }
  }
  runs.Finish();
}

void MaskReader::AppendScalar(std::span<const float> coefficients, const Box& box,
                              const Affine& input_to_frame, Size frame, MaskList& out) {
  const Affine to_input = input_to_frame.Inverse();
  const auto sample = [&](int x, int y) {
    double sum = 0;
    for (std::size_t k = 0; k < coefficients.size(); ++k) {
      const std::size_t plane = k * static_cast<std::size_t>(width_ * height_);
      sum += double{coefficients[k]} *
             double{prototypes_[plane + static_cast<std::size_t>(y * width_ + x)]};
    }
    return sum;
  };
  const auto place = [](double at, int samples, int& cell) {
    const double held = std::clamp(at, 0.0, static_cast<double>(samples - 1));
    cell = std::min(static_cast<int>(held), std::max(0, samples - 2));
    return held - cell;
  };
  RunWriter runs(frame, out);
  for (int x = 0; x < frame.width; ++x) {
    for (int y = 0; y < frame.height; ++y) {
      const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
      if (fx < box.x || fx >= box.right() || fy < box.y || fy >= box.bottom()) continue;
      const Point p = to_input.Apply({fx + 0.5f, fy + 0.5f});
      int left = 0, top = 0;
      const double wx = place(double{p.x} / columns_.stride - 0.5, width_, left);
      const double wy = place(double{p.y} / columns_.stride - 0.5, height_, top);
      const int right = std::min(left + 1, width_ - 1), bottom = std::min(top + 1, height_ - 1);
      const double value =
          (sample(left, top) * (1 - wx) + sample(right, top) * wx) * (1 - wy) +
          (sample(left, bottom) * (1 - wx) + sample(right, bottom) * wx) * wy;
      const auto at = static_cast<std::uint32_t>(x * frame.height + y);
      if (value > 0) runs.Add(at, at + 1);
    }
  }
  runs.Finish();
}

}  // namespace retinue
#endif  // HWY_ONCE
