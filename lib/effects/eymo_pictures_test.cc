// Beside pictures that eymo itself drew (data/eymo_reference, whose README says how). Landmarks are
// MediaPipe's (golden/portrait_landmarks.py), eymo's come from a coarser crop and are up to 3 px
// beside them, which shows most where a small eye is drawn large; the pictures are JPEGs.

#include <cmath>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#include <stb_image.h>

#include "retinue/effects/effects.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

struct Jpeg {
  Size size;
  std::vector<std::uint8_t> rgb;
};

Jpeg ReadJpeg(const std::string& path) {
  const std::string bytes = testing::ReadFile(path);
  Jpeg jpeg;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                            static_cast<int>(bytes.size()), &jpeg.size.width, &jpeg.size.height,
                            &channels, 3),
      stbi_image_free);
  EXPECT_TRUE(pixels) << path;
  if (pixels) {
    jpeg.rgb.assign(pixels.get(), pixels.get() + static_cast<std::ptrdiff_t>(jpeg.size.width) *
                                                     jpeg.size.height * 3);
  }
  return jpeg;
}

FrameResult PortraitFace() {
  std::istringstream text(testing::ReadFile(
      testing::RepositoryFile("lib/effects/golden/portrait_landmarks.txt")));
  FrameResult result;
  Landmark landmark;
  while (text >> landmark.x >> landmark.y >> landmark.z) result.landmarks.push_back(landmark);
  result.landmark_count = static_cast<int>(result.landmarks.size());
  Face face;
  face.box = {240, 80, 200, 260};
  face.detail = 0;
  result.faces.push_back(face);
  return result;
}

// Mean differences per channel, of the pixels that eymo changed (by more than 25) and the others.
struct Difference {
  double changed = 0;
  double others = 0;
};
Difference DifferenceOf(const Jpeg& a, const Jpeg& eymo, const Jpeg& before, Size within) {
  double sums[2] = {0, 0};
  double counts[2] = {0, 0};
  for (int y = 0; y < within.height; ++y) {
    for (int x = 0; x < within.width; ++x) {
      double off = 0;
      double change = 0;
      for (int c = 0; c < 3; ++c) {
        const auto i = static_cast<std::size_t>((y * a.size.width + x) * 3 + c);
        off += std::abs(a.rgb[i] - eymo.rgb[i]) / 3.0;
        change += std::abs(before.rgb[i] - eymo.rgb[i]) / 3.0;
      }
      sums[change > 25] += off;
      counts[change > 25] += 1;
    }
  }
  return {counts[1] > 0 ? sums[1] / counts[1] : 0, counts[0] > 0 ? sums[0] / counts[0] : 0};
}

struct EymoPicture {
  const char* name;
  const char* program;
  double most = 0.4;    // of the difference that drawing nothing leaves where eymo drew
  double others = 1.5;  // grey levels where it did not: what JPEG and outlines' edges leave
};

class EymoPictures : public ::testing::TestWithParam<EymoPicture> {};

TEST_P(EymoPictures, AreDrawnAlike) {
  RETINUE_TEST_DATA_OR_SKIP(portrait, "faces/patlevin/portrait.jpg");
  RETINUE_TEST_DATA_OR_SKIP(
      drawn_by_eymo, std::string("eymo_reference/") + GetParam().name + "__portrait.jpg");
  const Jpeg before = ReadJpeg(portrait);
  const Jpeg eymo = ReadJpeg(drawn_by_eymo);
  ASSERT_EQ(before.size, (Size{681, 445}));
  ASSERT_EQ(eymo.size, before.size);

  Jpeg drawn = before;
  Effects effects(ReadEffects(GetParam().program).value());
  EffectsReport report;
  ASSERT_TRUE(effects.Apply(PortraitFace(),
                            {drawn.size, {drawn.rgb.data(), drawn.size.width * 3}}, {}, report));
  // Without the last column and row of tiles, which eymo squeezes and the specification cuts.
  const Size whole_tiles{640, 400};
  const Difference difference = DifferenceOf(drawn, eymo, before, whole_tiles);
  const Difference undrawn = DifferenceOf(before, eymo, before, whole_tiles);
  EXPECT_LE(difference.changed, undrawn.changed * GetParam().most);
  EXPECT_LE(difference.others, GetParam().others);
}

INSTANTIATE_TEST_SUITE_P(
    Programs, EymoPictures,
    ::testing::Values(
        EymoPicture{"swap_eyes", "leye: swap_with(reye)", 0.65},
        EymoPicture{"mouth_on_forehead", "mouth: copy_to(forehead)"},
        EymoPicture{"mouth_big", "mouth: scale(2)", 0.1},
        EymoPicture{"nose_moved", "nose: translate(40, -30)", 0.1},
        EymoPicture{"face_flip", "face: flip(vertical)", 0.15},
        EymoPicture{"mouth_bright", "mouth: brighten(1.5), saturate(2)", 0.1},
        EymoPicture{"face_red", "face: channels(1, 0.2, 0.2)", 0.05},
        EymoPicture{"eye_everywhere", "leye_region: copy_to(nose, mouth)"},
        EymoPicture{"face_reshape", "face: reshape(1.2, 1.2, 1.5, 1.0)"},
        EymoPicture{"mouth_tile", "mouth: tile", 0.15, 8},
        EymoPicture{"face_half", "face: scale(0.5)", 0.1},
        EymoPicture{"rotate180", "face: rotate(180)", 0.1},
        EymoPicture{"two_steps", "leye: copy_to(mouth)\nnose: scale(1.5)"},
        EymoPicture{"triclops",
                    "leye: reshape(0.9, 1.4, 1.5, 1.9), copy_to(forehead), saturate(1.2), "
                    "translate(10, 0)"},
        EymoPicture{"two-mouth-monster-tile",
                    "nose: scale(0.8), channels(0.8, 0.8, 1.2)\n"
                    "mouth: flip(vertical), scale(1.6), copy_to(leye_region+1), brighten(1.2)\n"
                    "reye_region: scale(1.6), swap_with(mouth+1), brighten(1.2)\n"
                    "face: tile, flip(vertical)",
                    0.2, 12}),
    [](const auto& picture) {
      std::string name = picture.param.name;
      for (char& c : name) {
        if (c == '-') c = '_';
      }
      return name;
    });

}  // namespace
}  // namespace retinue
