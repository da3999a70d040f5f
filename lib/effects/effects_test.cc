// What operations draw. Expected pictures are made here, pixel by pixel, from the language's
// specification.

#include "retinue/effects/effects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/effects/drawing_test_support.h"

namespace retinue {
namespace {

using internal::Apply;
using internal::Drawn;
using internal::ExpectNear;
using internal::Faces;
using internal::Picture;
using internal::Program;
using internal::Rgb8;

// The specification, slowly: draws source (a rectangle) onto target, with `map` from a pixel's
// centre to the source's picture, where `inside` says so; bilinear, clamped.
Picture Reference(const Picture& from, const std::function<bool(double, double)>& inside,
                  const std::function<std::array<double, 2>(double, double)>& map) {
  return Picture(from.size().width, from.size().height, [&](int x, int y) {
    if (!inside(x + 0.5, y + 0.5)) return from.At(x, y);
    const auto [sx, sy] = map(x + 0.5, y + 0.5);
    const double px = std::clamp(sx - 0.5, 0.0, from.size().width - 1.0);
    const double py = std::clamp(sy - 0.5, 0.0, from.size().height - 1.0);
    const int x0 = static_cast<int>(px);
    const int y0 = static_cast<int>(py);
    const int x1 = std::min(x0 + 1, from.size().width - 1);
    const int y1 = std::min(y0 + 1, from.size().height - 1);
    Rgb8 color{};
    for (std::size_t c = 0; c < 3; ++c) {
      const double value = (from.At(x0, y0)[c] * (x0 + 1 - px) + from.At(x1, y0)[c] * (px - x0)) *
                               (y0 + 1 - py) +
                           (from.At(x0, y1)[c] * (x0 + 1 - px) + from.At(x1, y1)[c] * (px - x0)) *
                               (py - y0);
      color[c] = static_cast<int>(std::floor(value + 0.5));
    }
    return color;
  });
}

bool InRect(double x, double y, double left, double top, double width, double height) {
  return x >= left && x < left + width && y >= top && y < top + height;
}

TEST(Effects, AnEmptyProgramChangesNothing) {
  const Picture picture = Picture::Noise(20, 10);
  EXPECT_EQ(Drawn("", picture, Faces({{1, 1, 5, 5}})), picture);
  EXPECT_EQ(Drawn("face:", picture), picture);
}

TEST(Effects, DrawnOntoItselfAShapeIsTheSame) {
  const Picture picture = Picture::Noise(40, 30);
  const FrameResult faces = Faces({{3.3f, 4.7f, 20.1f, 11.9f}});
  for (const char* program :
       {"face:", "face: reshape(2, 0.5, 1.3, 1.1)", "face: copy_to(face)", "frame: rotate(360)",
        "face: rotate(-720)", "face: hue(360)", "face: channels(1, 1, 1)", "frame: scale(1)"}) {
    ExpectNear(Drawn(program, picture, faces), picture, 0, program);
  }
}

TEST(Effects, SwappedTwiceEqualShapesAreAsBefore) {
  const Picture picture = Picture::Noise(64, 30);
  const std::string swap = "rect(3, 4, 20, 15): swap_with(rect(33, 9, 20, 15))\n";
  const Picture once = Drawn(swap, picture);
  EXPECT_EQ(once.At(3, 4), picture.At(33, 9));
  EXPECT_EQ(once.At(33, 9), picture.At(3, 4));
  EXPECT_EQ(Drawn(swap + swap, picture), picture);
}

// Expected places by hand from the specification's sections 3 and 4.
TEST(Effects, PutsPixelsWhereTheSpecificationSays) {
  const Picture picture = Picture::Noise(60, 40);
  struct Case {
    const char* name;
    const char* program;
    std::function<bool(double, double)> inside;
    std::function<std::array<double, 2>(double, double)> map;
  };
  const std::vector<Case> cases = {
      {"copy stretches bounds onto bounds", "rect(10, 5, 10, 8): copy_to(rect(30, 20, 20, 12))",
       [](double x, double y) { return InRect(x, y, 30, 20, 20, 12); },
       [](double x, double y) {
         return std::array{10 + (x - 30) / 2, 5 + (y - 20) / 1.5};
       }},
      {"scale is about the centre", "rect(20, 10, 10, 8): scale(2, 1.5)",
       [](double x, double y) { return InRect(x, y, 15, 8, 20, 12); },
       [](double x, double y) { return std::array{25 + (x - 25) / 2, 14 + (y - 14) / 1.5}; }},
      {"a negative scale mirrors", "rect(20, 10, 10, 8): scale(-1, 1)",
       [](double x, double y) { return InRect(x, y, 20, 10, 10, 8); },
       [](double x, double y) { return std::array{50 - x, y}; }},
      {"translate moves right and down", "rect(20, 10, 10, 8): translate(5.5, -3)",
       [](double x, double y) { return InRect(x, y, 25.5, 7, 10, 8); },
       [](double x, double y) { return std::array{x - 5.5, y + 3}; }},
      {"rotate(90) is clockwise", "rect(20, 10, 12, 8): rotate(90)",
       [](double x, double y) { return InRect(x, y, 22, 8, 8, 12); },
       // What was right of the centre (26, 14) comes to lie below it.
       [](double x, double y) { return std::array{26 + (y - 14), 14 - (x - 26)}; }},
      {"flip(horizontal)", "rect(20, 10, 10, 8): flip(horizontal)",
       [](double x, double y) { return InRect(x, y, 20, 10, 10, 8); },
       [](double x, double y) { return std::array{50 - x, y}; }},
      {"flip(vertical)", "rect(20, 10, 10, 8): flip(vertical)",
       [](double x, double y) { return InRect(x, y, 20, 10, 10, 8); },
       [](double x, double y) { return std::array{x, 28 - y}; }},
      {"reshape takes in surroundings", "rect(20, 10, 10, 8): reshape(2, 1, 1, 3), copy_to(frame)",
       [](double, double) { return true; },
       // 20…30 becomes 15…30, 10…18 becomes 10…26.
       [](double x, double y) { return std::array{15 + x * 15 / 60, 10 + y * 16 / 40}; }},
      {"tiles show the bounds and are cut at the edge", "rect(10, 5, 10, 8): tile(25, 16)",
       [](double, double) { return true; },
       [](double x, double y) {
         return std::array{10 + std::fmod(x, 25) * 10 / 25, 5 + std::fmod(y, 16) * 8 / 16};
       }},
      {"the last operation holds", "rect(20, 10, 10, 8): translate(9, 9), translate(1, 0)",
       [](double x, double y) { return InRect(x, y, 21, 10, 10, 8); },
       [](double x, double y) { return std::array{x - 1, y}; }},
      {"rect without commas, of expressions", "rect(w / 6 h / 4, 5 * 2 8): translate(n, t)",
       [](double, double) { return false; },
       [](double x, double y) { return std::array{x, y}; }},
  };
  for (const Case& c : cases) {
    ExpectNear(Drawn(c.program, picture), Reference(picture, c.inside, c.map), 1, c.name);
  }
}

TEST(Effects, TurnsWithoutShearOnAWideFrame) {
  const Picture picture = Picture::Noise(120, 30);
  const double cosine = std::cos(30 * std::acos(-1) / 180);
  const double sine = 0.5;
  const auto back = [&](double x, double y) {
    return std::array{60 + cosine * (x - 60) + sine * (y - 15),
                      15 - sine * (x - 60) + cosine * (y - 15)};
  };
  ExpectNear(Drawn("rect(50, 10, 20, 10): rotate(30)", picture),
             Reference(picture,
                       [&](double x, double y) {
                         const auto [sx, sy] = back(x, y);
                         return InRect(sx, sy, 50, 10, 20, 10);
                       },
                       back),
             1, "rotate(30)");
}

TEST(Effects, StatementsReadWhatTheOneBeforeMade) {
  const Picture picture = Picture::Noise(50, 10);
  const Picture drawn = Drawn("rect(0, 0, 10, 10): copy_to(rect(10, 0, 10, 10))\n"
                              "rect(10, 0, 10, 10): copy_to(rect(20, 0, 10, 10))\n"
                              "rect(20, 0, 10, 10): copy_to(rect(30, 0, 10, 10))", picture);
  EXPECT_EQ(drawn.At(33, 4), picture.At(3, 4));
  // But the draws of one read the same.
  const Picture both = Drawn("rect(0, 0, 10, 10): swap_with(rect(10, 0, 10, 10)), "
                             "copy_to(rect(20, 0, 10, 10))", picture);
  EXPECT_EQ(both.At(23, 4), picture.At(3, 4));
  EXPECT_EQ(both.At(3, 4), picture.At(13, 4));
}

TEST(Effects, ManySmallDrawsAreSeenByTheNextStatement) {
  const Picture picture = Picture::Noise(100, 60);
  const Picture drawn = Drawn("rect(0, 0, 4, 4): tile(10, 10), scale(0.5)\n"
                              "frame: flip(horizontal)", picture);
  const Picture tiles = Drawn("rect(0, 0, 4, 4): tile(10, 10), scale(0.5)", picture);
  for (const int x : {3, 14, 55, 96}) EXPECT_EQ(drawn.At(99 - x, 33), tiles.At(x, 33)) << x;
}

// Python: colorsys.rgb_to_hsv / hsv_to_rgb of (200, 100, 50) / 255, changed and clamped as the
// specification says, times 255, rounded.
TEST(Effects, ChangesColoursAsColorsysDoes) {
  const struct {
    const char* operations;
    Rgb8 expected;
  } cases[] = {
      {"brighten(0.5)", {100, 50, 25}},  {"brighten(2)", {255, 128, 64}},
      {"saturate(0.5)", {200, 150, 125}}, {"saturate(2)", {200, 67, 0}},
      {"saturate(0)", {200, 200, 200}},  {"hue(120)", {50, 200, 100}},
      {"hue(-45)", {200, 50, 112}},      {"channels(0.5, 2, 10)", {100, 200, 255}},
      {"channels(2, 1, 1), hue(180)", {50, 205, 255}},
      {"invert", {55, 155, 205}},        {"invert, brighten(0.5)", {155, 205, 230}},
      {"fill(1, 2, 300)", {1, 2, 255}},
  };
  for (const auto& c : cases) {
    const Picture drawn =
        Drawn(std::string("frame: ") + c.operations, Picture::Plain(3, 2, {200, 100, 50}));
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(drawn.At(1, 1)[i], c.expected[i], 1) << c.operations << " channel " << i;
    }
  }
}

TEST(Effects, BlendsByOpacityAndFeather) {
  const Picture black = Picture::Plain(40, 40, {0, 0, 0});
  const Picture half = Drawn("rect(10, 10, 20, 20): fill(200, 100, 50), opacity(0.25)", black);
  EXPECT_EQ(half.At(20, 20), (Rgb8{50, 25, 13}));
  EXPECT_EQ(half.At(9, 20), (Rgb8{0, 0, 0}));
  const Picture soft = Drawn("rect(10, 10, 20, 20): fill(200, 200, 200), feather(5)", black);
  EXPECT_EQ(soft.At(10, 20)[0], 20);  // 0.5 px inside of the edge: a tenth
  EXPECT_EQ(soft.At(13, 20)[0], 140);
  EXPECT_EQ(soft.At(27, 20)[0], 100);  // 2.5 px
  EXPECT_EQ(soft.At(20, 20)[0], 200);
}

TEST(Effects, ClearShowsTheCamera) {
  const Picture picture = Picture::Noise(40, 20);
  const Picture drawn = Drawn("frame: invert\nrect(10, 5, 8, 6): clear", picture);
  EXPECT_EQ(drawn.At(12, 7), picture.At(12, 7));
  EXPECT_EQ(drawn.At(9, 7)[0], 255 - picture.At(9, 7)[0]);
}

TEST(Effects, PixelatesToTrueMeans) {
  const Picture picture = Picture::Noise(70, 50);
  const Picture drawn = Drawn("rect(11, 7, 40, 30): pixelate(8)", picture);  // cells of 5 px
  for (int cy = 0; cy < 6; ++cy) {
    for (int cx = 0; cx < 8; ++cx) {
      std::array<double, 3> sum{};
      for (int i = 0; i < 25; ++i) {
        const Rgb8 p = picture.At(11 + cx * 5 + i % 5, 7 + cy * 5 + i / 5);
        for (std::size_t c = 0; c < 3; ++c) sum[c] += p[c];
      }
      for (int i = 0; i < 25; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
          ASSERT_NEAR(drawn.At(11 + cx * 5 + i % 5, 7 + cy * 5 + i / 5)[c], sum[c] / 25, 0.51);
        }
      }
    }
  }
  EXPECT_EQ(drawn.At(10, 10), picture.At(10, 10));
}

// Nothing but the means may be left: pictures of equal means become the same.
TEST(Effects, PixelatedDetailCannotBeTold) {
  const auto stripes = [](int phase) {
    return Picture(32, 32, [phase](int x, int) { return Rgb8{(x + phase) % 2 * 200, 10, 20}; });
  };
  EXPECT_EQ(Drawn("frame: pixelate(8)", stripes(0)), Drawn("frame: pixelate(8)", stripes(1)));
}

// Beside the definition: the sum over all pixels, weighted by a Gaussian, clamped at the edge.
TEST(Effects, BlursLikeAGaussian) {
  const Picture picture = Picture(48, 40, [](int x, int y) {
    return Rgb8{x > 20 ? 220 : 30, (x / 6 + y / 5) % 2 * 255, x * 5};
  });
  for (const double sigma : {0.7, 2.0, 6.5}) {
    const Picture drawn = Drawn("frame: blur(" + std::to_string(sigma) + ")", picture);
    const int reach = static_cast<int>(std::ceil(5 * sigma));
    std::vector<double> weights;
    double total = 0;
    for (int k = -reach; k <= reach; ++k) {
      weights.push_back(std::exp(-k * k / (2 * sigma * sigma)));
      total += weights.back();
    }
    double worst = 0;
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 48; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          double sum = 0;
          for (int j = -reach; j <= reach; ++j) {
            for (int i = -reach; i <= reach; ++i) {
              sum += weights[static_cast<std::size_t>(i + reach)] *
                     weights[static_cast<std::size_t>(j + reach)] *
                     picture.At(std::clamp(x + i, 0, 47), std::clamp(y + j, 0, 39))[c];
            }
          }
          worst = std::max(worst, std::abs(drawn.At(x, y)[c] - sum / (total * total)));
        }
      }
    }
    // Three boxes are off the curve by up to 3 % of a step of 255 at small sigmas.
    EXPECT_LE(worst, 8) << sigma;
  }
}

TEST(Effects, ABlurOfAPartIsTheBlurOfTheWhole) {
  const Picture picture = Picture::Noise(90, 60);
  const Picture part = Drawn("rect(30, 20, 20, 15): blur(3)", picture);
  const Picture whole = Drawn("frame: blur(3)", picture);
  EXPECT_EQ(part.At(31, 21), whole.At(31, 21));
  EXPECT_EQ(part.At(48, 33), whole.At(48, 33));
  EXPECT_EQ(part.At(29, 21), picture.At(29, 21));
}

TEST(Effects, EraseFillsFromAround) {
  const Picture spot = Picture(60, 40, [](int x, int y) {
    return InRect(x, y, 20, 10, 20, 20) ? Rgb8{255, 0, 0} : Rgb8{10, 100, 200};
  });
  const Picture drawn = Drawn("rect(20, 10, 20, 20): erase", spot);
  ExpectNear(drawn, Picture::Plain(60, 40, {10, 100, 200}), 1, "erase");
  // Between two sides it goes over from one to the other.
  const Picture sides = Picture(60, 40, [](int x, int) {
    return x < 30 ? Rgb8{0, 0, 0} : Rgb8{200, 200, 200};
  });
  const Picture between = Drawn("rect(20, 10, 20, 20): erase", sides);
  EXPECT_LT(between.At(20, 20)[0], 30);
  EXPECT_GT(between.At(39, 20)[0], 170);
  EXPECT_NEAR(between.At(30, 20)[0], 100, 15);
}

TEST(Effects, DrawsTheBackgroundThroughItsMask) {
  const Picture picture = Picture::Plain(20, 10, {100, 100, 100});
  Picture drawn = picture;
  std::vector<std::uint8_t> mask(200, 255);
  for (int i = 0; i < 200; ++i) {
    if (i % 20 >= 10) mask[static_cast<std::size_t>(i)] = 0;
  }
  auto effects = Program("background: fill(0, 200, 0)");
  Apply(*effects, {}, drawn, {{20, 10}, {mask.data(), 20}});
  EXPECT_EQ(drawn.At(9, 5), (Rgb8{0, 200, 0}));
  EXPECT_EQ(drawn.At(10, 5), (Rgb8{100, 100, 100}));
  Picture without = picture;
  EXPECT_EQ(Apply(*effects, {}, without).skipped, 1);
  EXPECT_EQ(without, picture);
}

}  // namespace
}  // namespace retinue
