// Effects on frames, faces and programs that nobody would wish for.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/effects/drawing_test_support.h"
#include "retinue/effects/effects.h"
#include "tests/support/count_allocations.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using internal::Apply;
using internal::Faces;
using internal::Picture;
using internal::Program;

TEST(Effects, SaysWhatIsWrongWithThePicture) {
  auto effects = Program("frame: invert");
  Picture picture = Picture::Plain(4, 4, {0, 0, 0});
  EffectsReport report;
  RgbPicture narrow = picture.View();
  narrow.rows.stride_bytes = 11;
  const auto too_narrow = effects->Apply({}, narrow, {}, report);
  ASSERT_FALSE(too_narrow);
  EXPECT_EQ(too_narrow.error().message,
            "rows of the picture must be at least 12 bytes apart, got 11");
  FrameResult other;
  other.size = {5, 4};
  EXPECT_FALSE(effects->Apply(other, picture.View(), {}, report));
  EXPECT_FALSE(effects->Apply({}, {}, {}, report));
}

// Any program on odd frames and faces: it must neither read nor write outside (sanitizers, and the
// bytes around the picture).
TEST(Effects, KeepsInsideThePicture) {
  const std::string parts[] = {"face", "mouth", "forehead", "liris", "frame", "background",
                               "rect(-5, -5, 20, 4)", "rect(1e9, 0, 3, 3)", "rect(2, 1, 0.2, 0.1)"};
  const std::string operations[] = {
      "copy_to(nose+1, frame, rect(3 3 3 3))", "swap_with(face-1)", "scale(1e9)", "scale(0)",
      "scale(-3, 0.01)", "rotate(33)", "spin(7), drift(1e9, 10)", "translate(-1e9, 5)",
      "reshape(5, -1, 0, 2)", "tile(7, 5)", "tile", "blur(3)", "blur(900)", "pixelate(0)",
      "pixelate(3)", "pixelate(1e9)", "erase", "clear, feather(3)", "hue(1e9), saturate(-1)",
      "channels(1e9, -1, 0 / 0), opacity(0.5)", "flip(both), invert, feather(-1)"};
  testing::Random random(11);
  const Size sizes[] = {{1, 1}, {7, 3}, {3, 50}, {33, 17}};
  for (const Size size : sizes) {
    const std::ptrdiff_t stride = size.width * 3 + 5;
    std::vector<std::uint8_t> mask(6, 77);
    for (int count : {0, 1, 16}) {
      FrameResult result;
      result.landmark_count = 478;
      for (int i = 0; i < count; ++i) {
        Face face;
        face.detail = i;
        face.box = {static_cast<float>(random.Uniform(-40, 40)), -3, 20, i % 2 == 0 ? 0.0f : 30.0f};
        if (i == 7) face.box.x = std::nanf("");
        result.faces.push_back(face);
        for (int k = 0; k < 478; ++k) {
          const double reach = i == 3 ? 1e6 : i == 4 ? 0.001 : 40;
          result.landmarks.push_back({static_cast<float>(random.Uniform(-reach, reach)),
                                      static_cast<float>(random.Uniform(-reach, reach)), 0});
        }
        if (i == 5) result.landmarks.back().x = std::nanf("");
      }
      for (const std::string& part : parts) {
        for (const std::string& operation : operations) {
          const std::string program = part + ": " + operation;
          auto effects = Program(program);
          for (int frame = 0; frame < 2; ++frame) {
            std::vector<std::uint8_t> bytes(static_cast<std::size_t>(stride * size.height), 99);
            result.pts = FromSeconds(frame * 0.4);
            EffectsReport report;
            ASSERT_TRUE(effects->Apply(result, {size, {bytes.data(), stride}},
                                       {{3, 2}, {mask.data(), 3}}, report));
            ASSERT_TRUE(effects->ApplyScalar(result, {size, {bytes.data(), stride}},
                                             {{3, 2}, {mask.data(), 3}}, report));
            for (int y = 0; y < size.height; ++y) {
              for (int k = 0; k < 5; ++k) {
                ASSERT_EQ(bytes[static_cast<std::size_t>(y * stride + size.width * 3 + k)], 99)
                    << program;
              }
            }
          }
        }
      }
    }
  }
}

TEST(Effects, AllocateNothingInTheSteadyState) {
  auto effects = Program("face: spin, drift(100), scale(0.8)\nface: swap_with(face+1), blur(4)\n"
                         "face: pixelate(6), tile\nface: erase, opacity(0.5)\nface#0: clear");
  Picture picture = Picture::Noise(160, 90);
  const auto frame = FrameBuffer::Create({PixelFormat::kNv12, {160, 90}, {}}).value();
  FrameResult faces = Faces({{10, 10, 30, 40}, {60, 20, 30, 40}, {110, 15, 30, 40}});
  EffectsReport report;
  long before = 0;
  for (int i = 0; i < 20; ++i) {
    if (i == 3) before = testing::allocations;
    faces.pts = FromSeconds(i * 0.04);
    faces.faces[1].box.x += 1;
    ASSERT_TRUE(effects->Apply(faces, picture.View(), {}, report));
    ASSERT_TRUE(effects->Apply(faces, *frame, {}, report));
    ASSERT_TRUE(effects->ApplyScalar(faces, picture.View(), {}, report));
  }
  EXPECT_GT(before, 0) << "nothing is counted";
  EXPECT_EQ(testing::allocations - before, 0);
}

}  // namespace
}  // namespace retinue
