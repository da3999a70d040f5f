#pragma once

// Frames of 4:2:0 for tests of effects, with conversions in double precision.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "lib/effects/drawing_test_support.h"
#include "retinue/image/frame.h"
#include "tests/support/testing.h"

namespace retinue::internal {

class YuvFrame {
 public:
  YuvFrame(PixelFormat format, Size size, ColorSpace color)
      : buffer_(FrameBuffer::Create({format, size, color}).value()) {}
  YuvFrame(const YuvFrame& other)
      : YuvFrame(other.format().pixels, other.size(), other.format().color) {
    ForEachSample([&](int p, int x, int y) { *Sample(p, x, y) = *other.Sample(p, x, y); });
  }

  FrameBuffer& buffer() { return *buffer_; }
  const FrameFormat& format() const { return buffer_->format(); }
  Size size() const { return format().size; }

  int Luma(int x, int y) const { return *Sample(0, x, y); }
  /// Of a block; kind 0 is Cb, 1 is Cr.
  int Chroma(int x, int y, int kind) const { return *ChromaSample(x, y, kind); }
  void SetLuma(int x, int y, int value) { *Sample(0, x, y) = static_cast<std::uint8_t>(value); }
  void SetChroma(int x, int y, int kind, int value) {
    *ChromaSample(x, y, kind) = static_cast<std::uint8_t>(value);
  }

  void FillRandom(std::uint64_t seed) {
    testing::Random random(seed);
    ForEachSample([&](int p, int x, int y) {
      *Sample(p, x, y) = static_cast<std::uint8_t>(random.Below(256));
    });
  }
  /// Only samples whose colours lie well within 0…255.
  void FillColorful(std::uint64_t seed) {
    testing::Random random(seed);
    ForEachSample([&](int p, int x, int y) {
      *Sample(p, x, y) = static_cast<std::uint8_t>(108 + random.Below(40));
    });
  }

  /// Each pixel with its block's chroma.
  Picture ToRgb() const {
    return Picture(size().width, size().height, [&](int x, int y) {
      const Weights k = WeightsOf();
      const double luma = IsFull() ? Luma(x, y) : (Luma(x, y) - 16) * 255.0 / 219;
      const double chroma = IsFull() ? 1 : 255.0 / 224;
      const double r = luma + 2 * (1 - k.red) * (Chroma(x / 2, y / 2, 1) - 128) * chroma;
      const double b = luma + 2 * (1 - k.blue) * (Chroma(x / 2, y / 2, 0) - 128) * chroma;
      const double g = (luma - k.red * r - k.blue * b) / (1 - k.red - k.blue);
      const auto byte = [](double v) {
        return static_cast<int>(std::lround(std::clamp(v, 0.0, 255.0)));
      };
      return Rgb8{byte(r), byte(g), byte(b)};
    });
  }

  std::array<double, 3> YuvOf(const Rgb8& c) const {
    const Weights k = WeightsOf();
    const double luma = k.red * c[0] + (1 - k.red - k.blue) * c[1] + k.blue * c[2];
    const double cb = (c[2] - luma) / (2 * (1 - k.blue));
    const double cr = (c[0] - luma) / (2 * (1 - k.red));
    if (IsFull()) return {luma, 128 + cb, 128 + cr};
    return {16 + luma * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255};
  }

  /// Of the pixels that a block has.
  std::array<double, 3> MeanYuv(const Picture& picture, int x, int y) const {
    std::array<double, 3> mean{};
    for (int k = 0; k < 4; ++k) {
      const auto yuv = YuvOf(picture.At(std::min(2 * x + k % 2, size().width - 1),
                                        std::min(2 * y + k / 2, size().height - 1)));
      for (std::size_t i = 0; i < 3; ++i) mean[i] += yuv[i] / 4;
    }
    return mean;
  }

  friend bool operator==(const YuvFrame& a, const YuvFrame& b) {
    bool is_same = true;
    a.ForEachSample([&](int p, int x, int y) {
      is_same = is_same && *a.Sample(p, x, y) == *b.Sample(p, x, y);
    });
    return is_same;
  }

 private:
  struct Weights {
    double red, blue;
  };
  Weights WeightsOf() const {
    switch (format().color.matrix) {
      case ColorMatrix::kBt601:
        return {0.299, 0.114};
      case ColorMatrix::kBt709:
        return {0.2126, 0.0722};
      default:
        return {0.2627, 0.0593};
    }
  }
  bool IsFull() const { return format().color.range == ColorRange::kFull; }

  std::uint8_t* Sample(int p, int x, int y) const {
    const MutablePlaneView plane = buffer_->plane(p);
    return plane.data + y * plane.stride_bytes + x;
  }
  std::uint8_t* ChromaSample(int x, int y, int kind) const {
    return format().pixels == PixelFormat::kNv12 ? Sample(1, 2 * x + kind, y)
                                                 : Sample(1 + kind, x, y);
  }
  template <typename Do>
  void ForEachSample(Do act) const {
    for (int p = 0; p < PlaneCount(format().pixels); ++p) {
      for (int y = 0; y < RowCount(format().pixels, size(), p); ++y) {
        for (int x = 0; x < RowBytes(format().pixels, size(), p); ++x) act(p, x, y);
      }
    }
  }

  std::shared_ptr<FrameBuffer> buffer_;
};

}  // namespace retinue::internal
