#pragma once

// Small pictures, programs and faces for the tests of what programs draw.
//
// Faces are given as boxes (a face without landmarks has the part `face`, its box), so that
// expected places are plain arithmetic.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "retinue/effects/effects.h"
#include "tests/support/testing.h"

namespace retinue::internal {

using Rgb8 = std::array<int, 3>;

// A picture of its own pixels.
class Picture {
 public:
  Picture(int width, int height, const std::function<Rgb8(int, int)>& color)
      : size_{width, height}, bytes_(static_cast<std::size_t>(width * height * 3)) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          bytes_[Index(x, y, c)] =
              static_cast<std::uint8_t>(color(x, y)[static_cast<std::size_t>(c)]);
        }
      }
    }
  }
  static Picture Plain(int width, int height, Rgb8 color) {
    return Picture(width, height, [color](int, int) { return color; });
  }
  static Picture Noise(int width, int height) {
    testing::Random random(width * 1000 + height);
    return Picture(width, height, [&](int, int) {
      return Rgb8{random.Below(256), random.Below(256), random.Below(256)};
    });
  }

  RgbPicture View() { return {size_, {bytes_.data(), size_.width * 3}}; }
  Rgb8 At(int x, int y) const {
    return {bytes_[Index(x, y, 0)], bytes_[Index(x, y, 1)], bytes_[Index(x, y, 2)]};
  }
  Size size() const { return size_; }
  friend bool operator==(const Picture&, const Picture&) = default;

 private:
  std::size_t Index(int x, int y, int c) const {
    return static_cast<std::size_t>((y * size_.width + x) * 3 + c);
  }
  Size size_;
  std::vector<std::uint8_t> bytes_;
};

inline std::unique_ptr<Effects> Program(const std::string& text,
                                        const EffectsOptions& options = {}) {
  auto plan = ReadEffects(text, {.segmentation = true, .iris = true});
  EXPECT_TRUE(plan) << plan.error().message;
  return std::make_unique<Effects>(std::move(*plan), options);
}

inline FrameResult Faces(std::vector<Box> boxes, double seconds = 0) {
  FrameResult result;
  result.pts = FromSeconds(seconds);
  for (const Box& box : boxes) {
    Face face;
    face.box = box;
    face.id = static_cast<std::int64_t>(result.faces.size()) + 1;
    result.faces.push_back(face);
  }
  return result;
}

inline EffectsReport Apply(Effects& effects, const FrameResult& faces, Picture& picture,
                    const BackgroundMask& mask = {}) {
  EffectsReport report;
  const auto done = effects.Apply(faces, picture.View(), mask, report);
  EXPECT_TRUE(done) << done.error().message;
  return report;
}

// Of two pictures, with a message that says where the first difference is.
inline void ExpectNear(const Picture& drawn, const Picture& expected, int tolerance,
                const std::string& name) {
  ASSERT_EQ(drawn.size(), expected.size());
  for (int y = 0; y < drawn.size().height; ++y) {
    for (int x = 0; x < drawn.size().width; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_NEAR(drawn.At(x, y)[c], expected.At(x, y)[c], tolerance)
            << name << " at " << x << ", " << y;
      }
    }
  }
}

// What both executors draw; they must agree to `tolerance`.
inline Picture Drawn(const std::string& program, const Picture& picture,
                     const FrameResult& faces = {}, int tolerance = 1) {
  Picture drawn = picture;
  Apply(*Program(program), faces, drawn);
  Picture truth = picture;
  EffectsReport report;
  EXPECT_TRUE(Program(program)->ApplyScalar(faces, truth.View(), {}, report));
  ExpectNear(drawn, truth, tolerance, "beside the scalar executor: " + program);
  return drawn;
}

}  // namespace retinue::internal
