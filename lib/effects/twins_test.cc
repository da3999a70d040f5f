// The fast executor beside the scalar one, which is the truth: random programs of all operations,
// faces and frames as nobody would wish for, on RGB.
//
// Tolerances: colours are rounded to 1 of 255 after each draw, and weights of samples to 1/16384;
// so both may round one and the same colour to different sides: 1. A change of colours (factors up
// to 2 here) stretches what is off by less than a half before it is rounded: 3. So does a blur,
// whose reduced resolution is off by up to 2.5: 3 (4 where it is then stretched).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/effects/drawing_test_support.h"
#include "retinue/effects/effects.h"

namespace retinue {
namespace {

using internal::ExpectNear;
using internal::Picture;
using internal::Program;

class Programs {
 public:
  explicit Programs(std::uint64_t seed) : random_(seed) {}

  std::string Statement(int& tolerance) {
    std::string text = Shape() + ":";
    const int count = random_.Below(4);
    for (int i = 0; i < count; ++i) text += (i == 0 ? " " : ", ") + Operation(tolerance);
    return text + "\n";
  }

  FrameResult Faces(Size size, int count) {
    FrameResult result;
    result.landmark_count = 478;
    for (int i = 0; i < count; ++i) {
      Face face;
      face.detail = random_.Below(5) == 0 ? -1 : i;
      face.id = i + 1;
      face.mouth_open = static_cast<float>(random_.Uniform());
      const double x = random_.Uniform(-0.2, 1) * size.width;
      const double y = random_.Uniform(-0.2, 1) * size.height;
      const double side = random_.Uniform(2, 0.6 * size.width + 3);
      const auto number = [](double v) { return static_cast<float>(v); };
      face.box = {number(x), number(y), number(side), number(side * 1.2)};
      result.faces.push_back(face);
      for (int k = 0; k < 478; ++k) {
        result.landmarks.push_back(
            {number(x + random_.Uniform(0, side)), number(y + random_.Uniform(0, side * 1.2)), 0});
      }
    }
    return result;
  }

  int Below(int n) { return random_.Below(n); }

 private:
  template <std::size_t kCount>
  std::string OneOf(const char* const (&list)[kCount]) {
    return list[random_.Below(static_cast<int>(kCount))];
  }
  std::string Number(double low, double high) { return std::to_string(random_.Uniform(low, high)); }
  std::string Shape() {
    return OneOf({"face", "forehead", "nose", "mouth", "lips", "leye", "reye", "leye_region",
                  "reye_region", "leyebrow", "riris", "face#0", "mouth+1", "nose-2", "frame",
                  "background", "rect(3, 2, 20.5, 13.25)", "rect(-8, 5, 30, 9)",
                  "rect(w / 2, h / 3, 11, 17)"});
  }
  std::string Operation(int& tolerance) {
    static const char* const kColors[] = {"brighten", "saturate"};
    switch (random_.Below(20)) {
      case 0:
        return "copy_to(" + Shape() + ", " + Shape() + ")";
      case 1:
        return "swap_with(" + Shape() + ")";
      case 2:
        return "scale(" + Number(-2, 3) + ", " + Number(0.2, 2) + ")";
      case 3:
        return "scale(" + OneOf({"2", "0.5", "1", "-1", "1 + i"}) + ")";
      case 4:
        return "rotate(" + Number(-400, 400) + ")";
      case 5:
        return "rotate(" + OneOf({"90", "180", "270", "0"}) + ")";
      case 6:
        return "spin(" + Number(-2, 2) + ")";
      case 7:
        return "translate(" + Number(-20, 20) + ", " + OneOf({"3", "0", "-2.5"}) + ")";
      case 8:
        return "drift(" + Number(0, 30) + ", " + Number(0, 360) + ")";
      case 9:
        return "flip(" + OneOf({"horizontal", "vertical", "both"}) + ")";
      case 10:
        return "reshape(" + Number(0.3, 2) + ", 1, " + Number(0.3, 2) + ", 1.5)";
      case 11:
        return "tile(" + OneOf({"16, 10", "7.5, 9", "31, 24", "160, 100"}) + ")";
      case 12:
        tolerance = 3;
        return OneOf(kColors) + "(" + Number(0, 2) + ")";
      case 13:
        tolerance = 3;
        return "hue(" + Number(-400, 400) + ")";
      case 14:
        tolerance = 3;
        return "channels(" + Number(0, 2) + ", 1, " + Number(0, 2) + ")";
      case 15:
        tolerance = 3;
        return "blur(" + OneOf({"0.3", "1.5", "3.9", "4.1", "9", "40"}) + ")";
      case 16:
        return "pixelate(" + OneOf({"1", "3", "8", "200"}) + ")";
      case 17:
        return OneOf({"fill(200, 30.5, 90)", "erase", "invert"});
      case 18:
        return OneOf({"opacity(0.4)", "opacity(0)", "feather(3)", "feather(40)"});
      default:
        return "clear";
    }
  }

  testing::Random random_;
};

// Smooth with some noise: a picture's neighbours have to do with each other.
Picture Wavy(Size size, std::uint64_t seed) {
  testing::Random random(seed);
  return Picture(size.width, size.height, [&](int x, int y) {
    const int wave = (x * 5 + y * 3) % 256;
    return internal::Rgb8{std::min(wave + random.Below(60), 255), 255 - wave, random.Below(256)};
  });
}

TEST(FastEffects, DrawWhatTheScalarOnesDraw) {
  const Size sizes[] = {{1, 1},   {7, 3},   {2, 40},   {63, 31},
                        {64, 64}, {65, 20}, {130, 97}, {300, 40}};
  Programs programs(5);
  std::vector<std::uint8_t> mask(5 * 4, 0);
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<std::uint8_t>(i * 37);
  const BackgroundMask background{{5, 4}, {mask.data(), 5}};
  int draws = 0;
  for (int i = 0; i < 1500; ++i) {
    const Size size = sizes[programs.Below(8)];
    int tolerance = 1;
    const std::string text = programs.Statement(tolerance);
    auto fast = Program(text);
    auto scalar = Program(text);
    FrameResult faces = programs.Faces(size, i % 7 == 0 ? 16 : programs.Below(4));
    for (int frame = 0; frame < 2; ++frame) {
      faces.pts = FromSeconds(frame * 0.37);
      Picture drawn = Wavy(size, static_cast<std::uint64_t>(i));
      Picture truth = drawn;
      EffectsReport report, expected;
      ASSERT_TRUE(fast->Apply(faces, drawn.View(), background, report));
      ASSERT_TRUE(scalar->ApplyScalar(faces, truth.View(), background, expected));
      ExpectNear(drawn, truth, tolerance, text);
      if (HasFatalFailure()) return;
      EXPECT_EQ(report.draws, expected.draws) << text;
      EXPECT_EQ(report.skipped, expected.skipped) << text;
      draws += report.draws;
    }
  }
  EXPECT_GT(draws, 3000) << "hardly anything is compared";
}

// Pictures of one statement are the next one's: what is off adds up.
TEST(FastEffects, DrawChainsOfStatements) {
  Programs programs(6);
  const Size size{130, 97};
  for (int i = 0; i < 150; ++i) {
    std::string text;
    int statements = 0;
    while (statements < 4) {
      int tolerance = 1;
      const std::string statement = programs.Statement(tolerance);
      if (tolerance > 1) continue;
      text += statement;
      ++statements;
    }
    const FrameResult faces = programs.Faces(size, 3);
    Picture drawn = Wavy(size, static_cast<std::uint64_t>(i));
    Picture truth = drawn;
    EffectsReport report;
    ASSERT_TRUE(Program(text)->Apply(faces, drawn.View(), {}, report));
    ASSERT_TRUE(Program(text)->ApplyScalar(faces, truth.View(), {}, report));
    ExpectNear(drawn, truth, 4, text);
    if (HasFatalFailure()) return;
  }
}

TEST(FastEffects, BlurOfEverySigmaIsTheGaussians) {
  const Picture edges = Picture(150, 90, [](int x, int y) {
    return internal::Rgb8{x > 70 ? 255 : 0, (x / 20 + y / 15) % 2 * 255, x % 37 == 0 ? 255 : 20};
  });
  for (const double sigma :
       {0.05, 0.8, 2.0, 3.99, 4.0, 5.0, 7.9, 8.0, 15.0, 16.0, 31.0, 50.0, 120.0, 1000.0}) {
    const std::string program = "rect(31, 17, 101, 60): blur(" + std::to_string(sigma) + ")";
    internal::Drawn(program, edges, {}, sigma < 4 ? 1 : 3);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace retinue
