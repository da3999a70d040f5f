#include "retinue/results/mask.h"

#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Counts = std::vector<std::uint32_t>;

// Values of pycocotools and numpy: golden/masks.py.
const nlohmann::json& Golden() {
  static const auto golden = nlohmann::json::parse(
      testing::ReadFile(testing::RepositoryFile("lib/results/golden/masks.json")));
  return golden;
}

Size SizeOf(const nlohmann::json& json) {
  return {json["size"][1].get<int>(), json["size"][0].get<int>()};
}

Counts Parsed(const nlohmann::json& text, Size size) {
  auto counts = ParseMaskText(text.get<std::string>(), size);
  EXPECT_TRUE(counts) << counts.error().message;
  return counts.value_or(Counts{});
}

// A picture of '#' and '.', row by row.
struct Drawing {
  std::vector<std::string> rows;
  Size size() const { return {static_cast<int>(rows[0].size()), static_cast<int>(rows.size())}; }
  Counts counts() const {
    Counts counts = {0};
    bool inside = false;
    for (std::size_t x = 0; x < rows[0].size(); ++x) {
      for (const std::string& row : rows) {
        if ((row[x] == '#') != inside) {
          counts.push_back(0);
          inside = !inside;
        }
        ++counts.back();
      }
    }
    return counts;
  }
};

TEST(Mask, CountsAndTextAreThoseOfPycocotools) {
  for (const auto& c : Golden()["masks"]) {
    const auto counts = c["counts"].get<Counts>();
    std::string text = "x";
    AppendMaskText(counts, text);
    EXPECT_EQ(text, "x" + c["text"].get<std::string>());
    EXPECT_EQ(Parsed(c["text"], SizeOf(c)), counts);
    EXPECT_EQ(MaskArea(counts), c["area"].get<std::int64_t>());
    const auto box = c["box"].get<std::vector<float>>();
    EXPECT_EQ(MaskBounds(counts, SizeOf(c)), (Box{box[0], box[1], box[2], box[3]})) << text;
  }
}

TEST(Mask, UnionAndOverlapAreThoseOfPycocotools) {
  for (const auto& c : Golden()["pairs"]) {
    std::vector<Counts> masks;
    for (const auto& text : c["texts"]) masks.push_back(Parsed(text, SizeOf(c)));
    EXPECT_EQ(MaskUnion(masks, SizeOf(c)), Parsed(c["union"], SizeOf(c)));
    EXPECT_EQ(MaskOverlap(masks[0], masks[1]), c["overlap"].get<std::int64_t>());
    EXPECT_EQ(MaskOverlap(masks[1], masks[0]), c["overlap"].get<std::int64_t>());
  }
}

TEST(Mask, UnionOfNoMaskIsNoPixel) { EXPECT_THAT(MaskUnion({}, {3, 2}), ElementsAre(6)); }

TEST(Mask, PolygonsFillWhatPycocotoolsFills) {
  for (const auto& c : Golden()["polygons"]) {
    const auto xy = c["xy"].get<std::vector<double>>();
    EXPECT_EQ(MaskFromPolygon(xy, SizeOf(c)), Parsed(c["text"], SizeOf(c))) << c["xy"];
  }
}

TEST(Mask, PolygonOfPointsIsThatOfTheirCoordinates) {
  const std::vector<Point> corners = {{1, 1}, {9.5f, 2.25f}, {4, 7}};
  const std::vector<double> xy = {1, 1, 9.5, 2.25, 4, 7, 99};
  EXPECT_EQ(MaskFromPolygon(corners, {12, 9}), MaskFromPolygon(xy, {12, 9}));
}

TEST(Mask, PolygonsWithHostileCoordinatesStayInThePicture) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kHuge = 1e300;
  // All of the picture lies inside the first; the other two touch nothing of it.
  EXPECT_THAT(MaskFromPolygon(std::vector<double>{-kHuge, -kHuge, kHuge, -kHuge, kHuge, kHuge,
                                                  -kHuge, kHuge},
                              {4, 3}),
              ElementsAre(0, 12));
  EXPECT_THAT(MaskFromPolygon(std::vector<double>{kNan, kNan}, {4, 3}), ElementsAre(12));
  EXPECT_THAT(MaskFromPolygon(std::vector<double>{}, {4, 3}), ElementsAre(12));
}

struct BadText {
  const char* name;
  std::string text;
  std::string says;
};

TEST(Mask, TextThatIsNoMaskIsAnError) {
  // `04` is 0 and 4; 48 characters stand for 0.
  const std::array<BadText, 8> cases = {{
      {"ends within a count", "0T", "ends within a count"},
      {"character below", "0 ", "another character at byte 1"},
      {"character above", "p", "another character at byte 0"},
      {"count without end", "PPPPPPPPPPPP", "too long at byte 7"},
      {"sums to less", "04", "sum to the 6 pixels of 3x2, got 4"},
      {"sums to more", "07", "sum to the 6 pixels of 3x2, got more"},
      {"negative", "0O7", "0 or more, got -1"},
      {"empty", "", "got 0"},
  }};
  for (const BadText& c : cases) {
    const auto counts = ParseMaskText(c.text, {3, 2});
    ASSERT_FALSE(counts) << c.name;
    EXPECT_EQ(counts.error().code, ErrorCode::kDataLoss) << c.name;
    EXPECT_THAT(counts.error().message, HasSubstr(c.says)) << c.name;
  }
}

TEST(Mask, CountsOfNothingAreJoinedAway) {
  EXPECT_THAT(*MaskFromCounts(std::array<std::int64_t, 5>{2, 1, 0, 3, 0}, {3, 2}),
              ElementsAre(2, 4));
  EXPECT_THAT(*MaskFromCounts(std::array<std::int64_t, 3>{0, 0, 6}, {3, 2}), ElementsAre(6));
  EXPECT_THAT(*MaskFromCounts(std::array<std::int64_t, 2>{0, 6}, {3, 2}), ElementsAre(0, 6));
}

TEST(Mask, EmptyMaskHasNoAreaBoundsOrPolygons) {
  const Counts none = {12};
  EXPECT_EQ(MaskArea(none), 0);
  EXPECT_EQ(MaskBounds(none, {4, 3}), Box{});
  EXPECT_TRUE(MaskPolygons(none, {4, 3}).empty());
  EXPECT_TRUE(MaskPolygons({}, {}).empty());
}

// ---------------------------------------------------------------- polygons

TEST(MaskPolygons, RectangleHasItsFourCorners) {
  const Drawing drawing{{"......", ".####.", ".####.", "......"}};
  const auto polygons = MaskPolygons(drawing.counts(), drawing.size());
  ASSERT_EQ(polygons.size(), 1u);
  EXPECT_THAT(polygons[0],
              ElementsAre(Point{1, 1}, Point{5, 1}, Point{5, 3}, Point{1, 3}));
}

TEST(MaskPolygons, PartsComeByAreaAndHolesAreFilled) {
  const Drawing drawing{{"#......",
                         "..#####",
                         "..#...#",
                         "..#.#.#",
                         "..#...#",
                         "..#####"}};
  const auto polygons = MaskPolygons(drawing.counts(), drawing.size(), 0);
  ASSERT_EQ(polygons.size(), 2u);
  EXPECT_THAT(polygons[0], ElementsAre(Point{2, 1}, Point{7, 1}, Point{7, 6}, Point{2, 6}));
  EXPECT_THAT(polygons[1], ElementsAre(Point{0, 0}, Point{1, 0}, Point{1, 1}, Point{0, 1}));
}

TEST(MaskPolygons, PixelsThatTouchAtACornerAreOnePart) {
  const Drawing drawing{{"#.", ".#"}};
  const auto polygons = MaskPolygons(drawing.counts(), drawing.size(), 0);
  ASSERT_EQ(polygons.size(), 1u);
  EXPECT_THAT(polygons[0],
              ElementsAre(Point{0, 0}, Point{1, 0}, Point{1, 1}, Point{2, 1}, Point{2, 2},
                          Point{1, 2}, Point{1, 1}, Point{0, 1}));
}

TEST(MaskPolygons, ToleranceLeavesOutTheStepsOfASlope) {
  Drawing drawing;
  for (int y = 0; y < 8; ++y) {
    drawing.rows.push_back(std::string(static_cast<std::size_t>(y + 1), '#') +
                           std::string(static_cast<std::size_t>(7 - y), '.'));
  }
  // The slope's steps stick out by sqrt(1/2) at most.
  EXPECT_EQ(MaskPolygons(drawing.counts(), drawing.size(), 0)[0].size(), 18u);
  EXPECT_LE(MaskPolygons(drawing.counts(), drawing.size(), 1)[0].size(), 5u);
  // A single pixel would shrink to a line.
  EXPECT_EQ(MaskPolygons(Drawing{{"#"}}.counts(), {1, 1}, 5)[0].size(), 4u);
}

bool Encloses(const Polygon& polygon, float x, float y) {
  bool inside = false;
  for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Point a = polygon[i], b = polygon[j];
    if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

// Which pixels are inside, or cannot be reached from outside without crossing the mask
// sideways, up or down: what filling holes leaves. A flood, the slow way.
std::vector<bool> WithoutHoles(const Drawing& drawing) {
  const Size size = drawing.size();
  const auto index = [&](int x, int y) { return static_cast<std::size_t>(y * size.width + x); };
  std::vector<bool> outside(static_cast<std::size_t>(size.width * size.height), false);
  const auto is_set = [&](int x, int y) {
    return drawing.rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] == '#';
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        if (outside[index(x, y)] || is_set(x, y)) continue;
        const bool reached = x == 0 || y == 0 || x == size.width - 1 || y == size.height - 1 ||
                             outside[index(x - 1, y)] || outside[index(x + 1, y)] ||
                             outside[index(x, y - 1)] || outside[index(x, y + 1)];
        if (reached) outside[index(x, y)] = changed = true;
      }
    }
  }
  outside.flip();
  return outside;
}

TEST(MaskPolygons, FillTheMaskAndItsHolesExactly) {
  testing::Random random(11);
  for (int round = 0; round < 60; ++round) {
    const int width = 1 + random.Below(24), height = 1 + random.Below(24);
    const double density = random.Uniform(0.05, 0.95);
    Drawing drawing;
    for (int y = 0; y < height; ++y) {
      std::string& row = drawing.rows.emplace_back();
      for (int x = 0; x < width; ++x) row += random.Uniform() < density ? '#' : '.';
    }
    const auto polygons = MaskPolygons(drawing.counts(), drawing.size(), 0);
    const auto filled = WithoutHoles(drawing);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        int around = 0;
        for (const Polygon& polygon : polygons) {
          around += Encloses(polygon, static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
        }
        ASSERT_EQ(around, filled[static_cast<std::size_t>(y * width + x)] ? 1 : 0)
            << "round " << round << " at " << x << ", " << y;
      }
    }
  }
}

double DistanceToOutline(Point p, const Polygon& polygon) {
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double length2 = dx * dx + dy * dy;
    const double t =
        length2 == 0 ? 0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0);
    nearest = std::min(nearest, std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
  }
  return nearest;
}

TEST(MaskPolygons, NoCornerIsFartherOffThanTheTolerance) {
  for (const auto& c : Golden()["masks"]) {
    const auto counts = c["counts"].get<Counts>();
    for (const float tolerance : {0.8f, 1.0f, 2.5f}) {
      const auto all = MaskPolygons(counts, SizeOf(c), 0);
      const auto thin = MaskPolygons(counts, SizeOf(c), tolerance);
      ASSERT_EQ(all.size(), thin.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_LE(thin[i].size(), all[i].size());
        for (const Point corner : all[i]) {
          EXPECT_LE(DistanceToOutline(corner, thin[i]), tolerance + 1e-6);
        }
      }
    }
  }
}

}  // namespace
}  // namespace retinue
