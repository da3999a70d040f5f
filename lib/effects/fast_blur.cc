#include "lib/effects/fast_blur.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace retinue::internal {
namespace {

constexpr double kReach = 3.2;  // in sigmas; beyond lie 0.14 % of the weight

int FloorDiv(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

}  // namespace

void FastBlur::SetSigma(double sigma) {
  factor_ = 1;
  while (sigma / factor_ >= kLeastReduced) factor_ *= 2;
  double variance = sigma * sigma;
  if (factor_ > 1) {
    // Of a block of `factor` pixels, and of the tent that bilinear sampling is.
    const double f = factor_;
    variance = (variance - (f * f - 1) / 12 - f * f / 6) / (f * f);
  }
  reach_ = static_cast<int>(std::ceil(kReach * std::sqrt(variance)));
  weights_.clear();
  double sum = 0;
  for (int k = 0; k <= reach_; ++k) {
    const double weight = std::exp(-k * k / (2 * variance));
    weights_.push_back(static_cast<float>(weight));
    sum += k == 0 ? weight : 2 * weight;
  }
  for (float& weight : weights_) weight = static_cast<float>(static_cast<double>(weight) / sum);
}

ReducedView FastBlur::Run(Layers& layers, LayerKind kind, const PixelArea& area, double sigma) {
  SetSigma(sigma);
  const Size frame = layers.canvas().size;
  const PixelArea wanted{FloorDiv(area.x0, factor_) - 1, FloorDiv(area.y0, factor_) - 1,
                         FloorDiv(area.x1 - 1, factor_) + 2, FloorDiv(area.y1 - 1, factor_) + 2};
  const PixelArea blocks{wanted.x0 - reach_, wanted.y0 - reach_, wanted.x1 + reach_,
                         wanted.y1 + reach_};
  const auto inside = [](int at, int end) { return std::clamp(at, 0, end - 1); };
  const PixelArea pixels{inside(blocks.x0 * factor_, frame.width),
                         inside(blocks.y0 * factor_, frame.height),
                         inside(blocks.x1 * factor_ - 1, frame.width) + 1,
                         inside(blocks.y1 * factor_ - 1, frame.height) + 1};
  Reduce(layers.Read(kind, pixels), frame, blocks);
  BlurRows(wanted.width(), blocks.height());
  BlurColumns(wanted.width(), wanted.height());
  const double f = factor_;
  return {{wanted, result_.data(), wanted.width()},
          factor_,
          {0.5 / f, 0.5 / f, (frame.width - 0.5) / f, (frame.height - 0.5) / f}};
}

void FastBlur::Reduce(const PixelView& view, Size frame, const PixelArea& blocks) {
  const auto row_values = static_cast<std::size_t>(blocks.width()) * 4;
  reduced_.resize(row_values * static_cast<std::size_t>(blocks.height()) + kSlack);
  for (int j = blocks.y0; j < blocks.y1; ++j) {
    SumRows(view, frame, j * factor_, (j + 1) * factor_);
    SumColumns(view.area, frame, blocks,
               &reduced_[static_cast<std::size_t>(j - blocks.y0) * row_values]);
  }
}

// Rows first…end of the picture, its edges repeated.
void FastBlur::SumRows(const PixelView& view, Size frame, int first, int end) {
  const auto count = static_cast<std::size_t>(view.area.width());
  sums_.assign(4 * count + kSlack, 0);
  const auto add = [&](int row, int times) {
    if (times > 0) AddPixels(view.Row(row), count, times, sums_.data());
  };
  add(0, std::min(end, 0) - first);
  for (int y = std::max(first, 0); y < std::min(end, frame.height); ++y) add(y, 1);
  add(frame.height - 1, end - std::max(first, frame.height));
}

// The sums of `columns`, which are pixels, to blocks; beyond the frame its edge repeated.
void FastBlur::SumColumns(const PixelArea& columns, Size frame, const PixelArea& blocks,
                          float* out) const {
  const float scale = 1.0f / static_cast<float>(factor_ * factor_);
  for (int i = blocks.x0; i < blocks.x1; ++i, out += 4) {
    std::array<std::uint32_t, 4> sum{};
    const auto add = [&](int x, int times) {
      const std::uint16_t* value = &sums_[static_cast<std::size_t>(x - columns.x0) * 4];
      for (std::size_t c = 0; c < 4; ++c) {
        sum[c] += value[c] * static_cast<std::uint32_t>(times);
      }
    };
    const int first = i * factor_;
    const int end = first + factor_;
    if (first < 0) add(0, std::min(end, 0) - first);
    const int inside = std::max(first, 0);
    const int inside_end = std::min(end, frame.width);
    if (inside < inside_end) {
      const std::uint16_t* value = &sums_[static_cast<std::size_t>(inside - columns.x0) * 4];
      for (int x = inside; x < inside_end; ++x, value += 4) {
        for (std::size_t c = 0; c < 4; ++c) sum[c] += value[c];
      }
    }
    if (end > frame.width) add(frame.width - 1, end - std::max(first, frame.width));
    for (std::size_t c = 0; c < 4; ++c) out[c] = static_cast<float>(sum[c]) * scale;
  }
}

// `width` blocks of all rows, from the reach_-th on.
void FastBlur::BlurRows(int width, int height) {
  const auto values = static_cast<std::size_t>(width) * 4;
  const std::size_t from_values = values + static_cast<std::size_t>(8 * reach_);
  across_.resize(values * static_cast<std::size_t>(height) + kSlack);
  for (std::size_t j = 0; j < static_cast<std::size_t>(height); ++j) {
    Convolve(&reduced_[j * from_values + static_cast<std::size_t>(4 * reach_)], 4, weights_.data(),
             reach_, values, &across_[j * values]);
  }
}

void FastBlur::BlurColumns(int width, int height) {
  const auto values = static_cast<std::size_t>(width) * 4;
  row_.resize(values + kSlack);
  result_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) + kSlack);
  for (std::size_t j = 0; j < static_cast<std::size_t>(height); ++j) {
    Convolve(&across_[(j + static_cast<std::size_t>(reach_)) * values],
             static_cast<std::ptrdiff_t>(values), weights_.data(), reach_, values, row_.data());
    PackPixels(row_.data(), static_cast<std::size_t>(width),
               &result_[j * static_cast<std::size_t>(width)]);
  }
}

}  // namespace retinue::internal
