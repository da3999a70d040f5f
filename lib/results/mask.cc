#include "retinue/results/mask.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "retinue/base/check.h"

namespace retinue {
namespace {

using Counts = std::vector<std::uint32_t>;

std::uint64_t PixelsOf(Size size) {
  RETINUE_CHECK(size.width >= 0 && size.height >= 0);
  const auto pixels =
      static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height);
  RETINUE_CHECK(pixels <= std::numeric_limits<std::uint32_t>::max());
  return pixels;
}

// Joins runs to the form that mask.h promises.
class RunJoiner {
 public:
  void Add(std::uint32_t length, bool inside) {
    if (length == 0) return;
    // The first count is of what is outside.
    if (counts_.empty() && inside) counts_.push_back(0);
    const bool last_inside = !counts_.empty() && counts_.size() % 2 == 0;
    if (counts_.empty() || inside != last_inside) {
      counts_.push_back(length);
    } else {
      counts_.back() += length;
    }
  }
  Counts Take() {
    if (counts_.empty()) counts_.push_back(0);
    return std::move(counts_);
  }

 private:
  Counts counts_;
};

// Calls visit(length, in_a, in_b) for stretches in which neither mask changes, up to the end
// of the shorter.
template <typename Visit>
void WalkBoth(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, Visit&& visit) {
  std::size_t i = 0, j = 0;
  std::uint32_t left_a = a.empty() ? 0 : a[0];
  std::uint32_t left_b = b.empty() ? 0 : b[0];
  for (;;) {
    while (left_a == 0 && i + 1 < a.size()) left_a = a[++i];
    while (left_b == 0 && j + 1 < b.size()) left_b = b[++j];
    const std::uint32_t step = std::min(left_a, left_b);
    if (step == 0) return;
    visit(step, i % 2 == 1, j % 2 == 1);
    left_a -= step;
    left_b -= step;
  }
}

// Polygons are drawn on a grid of this many lines a pixel. @source cocoapi rleFrPoly
constexpr double kGrid = 5;

struct GridPoint {
  int x = 0;
  int y = 0;
};

// Beyond this, corners are taken as this far away: their place on the grid stays an int.
constexpr double kFarthest = 1 << 20;

int OnGrid(double coordinate) {
  if (!(coordinate > -kFarthest)) coordinate = -kFarthest;  // NaN too
  return static_cast<int>(kGrid * std::min(coordinate, kFarthest) + 0.5);
}

// Collects where, in COCO's order of pixels, the outline of a polygon goes from outside to
// inside or back: where it steps over the middle line of a column.
class OutlineCrossings {
 public:
  explicit OutlineCrossings(Size size) : size_(size) {}

  void Visit(GridPoint point) {
    if (started_ && point.x != last_.x) {
      Cross(std::min(point.x, last_.x), std::min(point.y, last_.y));
    }
    started_ = true;
    last_ = point;
  }
  std::vector<std::uint32_t> Take() { return std::move(places_); }

 private:
  void Cross(int low_x, int low_y) {
    const double column = (low_x + 0.5) / kGrid - 0.5;
    if (column != std::floor(column) || column < 0 || column > size_.width - 1) return;
    const double row = std::ceil(std::clamp((low_y + 0.5) / kGrid - 0.5, 0.0,
                                            static_cast<double>(size_.height)));
    const auto height = static_cast<std::uint32_t>(size_.height);
    places_.push_back(static_cast<std::uint32_t>(column) * height +
                      static_cast<std::uint32_t>(row));
  }

  Size size_;
  bool started_ = false;
  GridPoint last_;
  std::vector<std::uint32_t> places_;
};

// Visits the grid points of one edge from `from` to `to`. Which of two neighbouring lines of the
// grid a slanted edge takes must not depend on its direction: it is reckoned from the lower end.
template <typename Visit>
void WalkEdge(GridPoint from, GridPoint to, Visit&& visit) {
  const int dx = std::abs(to.x - from.x);
  const int dy = std::abs(to.y - from.y);
  const bool is_flat = dx >= dy;
  const int steps = is_flat ? dx : dy;
  if (steps == 0) return;
  const bool backwards = is_flat ? from.x > to.x : from.y > to.y;
  const GridPoint low = backwards ? to : from;
  const GridPoint high = backwards ? from : to;
  const double slope = static_cast<double>(is_flat ? high.y - low.y : high.x - low.x) / steps;
  const int across = is_flat ? low.y : low.x;
  for (int step = 0; step <= steps; ++step) {
    const int along = backwards ? steps - step : step;
    const int aside = static_cast<int>(across + slope * along + 0.5);
    visit(is_flat ? GridPoint{low.x + along, aside} : GridPoint{aside, low.y + along});
  }
}

// The mask that changes at each of `places`; two changes at one place are none.
Counts MaskFromChanges(std::vector<std::uint32_t> places, std::uint32_t pixels) {
  std::sort(places.begin(), places.end());
  RunJoiner runs;
  std::uint32_t last = 0;
  bool inside = false;
  for (const std::uint32_t place : places) {
    runs.Add(place - last, inside);
    last = place;
    inside = !inside;
  }
  runs.Add(pixels - last, inside);
  return runs.Take();
}

// `corner(i)`, i < count, is a corner as two doubles.
template <typename Corner>
Counts Fill(std::size_t count, Size size, Corner&& corner) {
  const auto pixels = static_cast<std::uint32_t>(PixelsOf(size));
  OutlineCrossings crossings(size);
  const auto on_grid = [&](std::size_t i) {
    const auto [x, y] = corner(i);
    return GridPoint{OnGrid(x), OnGrid(y)};
  };
  for (std::size_t i = 0; i < count; ++i) {
    WalkEdge(on_grid(i), on_grid(i + 1 == count ? 0 : i + 1),
             [&](GridPoint point) { crossings.Visit(point); });
  }
  return MaskFromChanges(crossings.Take(), pixels);
}

}  // namespace

std::int64_t MaskArea(std::span<const std::uint32_t> counts) {
  std::int64_t area = 0;
  for (std::size_t i = 1; i < counts.size(); i += 2) area += counts[i];
  return area;
}

Box MaskBounds(std::span<const std::uint32_t> counts, Size size) {
  const auto height = static_cast<std::uint64_t>(std::max(size.height, 1));
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max(), right = 0;
  std::uint64_t top = left, bottom = 0;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < counts.size(); begin += counts[i], ++i) {
    if (i % 2 == 0 || counts[i] == 0) continue;
    const std::uint64_t last = begin + counts[i] - 1;
    const bool one_column = begin / height == last / height;
    left = std::min(left, begin / height);
    right = std::max(right, last / height);
    top = std::min(top, one_column ? begin % height : 0);
    bottom = std::max(bottom, one_column ? last % height : height - 1);
  }
  if (left > right) return {};
  return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left + 1),
          static_cast<float>(bottom - top + 1)};
}

void AppendMaskText(std::span<const std::uint32_t> counts, std::string& out) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // From the fourth on, the difference to the count before the last, five bits a character.
    std::int64_t value = counts[i];
    if (i > 2) value -= counts[i - 2];
    for (bool more = true; more;) {
      auto bits = static_cast<unsigned>(value & 0x1f);
      value >>= 5;
      more = (bits & 0x10) != 0 ? value != -1 : value != 0;
      if (more) bits |= 0x20;
      out += static_cast<char>(bits + 48);
    }
  }
}

Result<std::vector<std::uint32_t>> MaskFromCounts(std::span<const std::int64_t> counts, Size size) {
  const std::uint64_t pixels = PixelsOf(size);
  RunJoiner runs;
  std::uint64_t sum = 0;
  bool fits = true;
  for (std::size_t i = 0; i < counts.size() ; ++i) {
    if (counts[i] < 0) {
      return Fail(ErrorCode::kDataLoss, "expected a mask's counts to be 0 or more, got " +
                                            std::to_string(counts[i]));
    }
    const auto count = static_cast<std::uint64_t>(counts[i]);
    fits = count <= pixels - sum;
    if (!fits) break;
    sum += count;
    runs.Add(static_cast<std::uint32_t>(count), i % 2 == 1);
  }
  if (fits && sum == pixels) return runs.Take();
  return Fail(ErrorCode::kDataLoss,
              "expected a mask's counts to sum to the " + std::to_string(pixels) +
                  " pixels of " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                  ", got " + (fits ? std::to_string(sum) : "more"));
}

Result<std::vector<std::uint32_t>> ParseMaskText(std::string_view text, Size size) {
  constexpr int kMaxCharacters = 7;  // 35 bits: more than a difference of two counts needs
  std::vector<std::int64_t> counts;
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t value = 0;
    bool more = true;
    for (int k = 0; more; ++k, ++at) {
      if (at == text.size()) {
        return Fail(ErrorCode::kDataLoss, "the mask's text ends within a count");
      }
      const int code = static_cast<unsigned char>(text[at]) - 48;
      if (code < 0 || code > 63 || k == kMaxCharacters) {
        return Fail(ErrorCode::kDataLoss, "expected a mask's text as COCO writes it, found " +
                                              std::string(k == kMaxCharacters
                                                              ? "a count that is too long"
                                                              : "another character") +
                                              " at byte " + std::to_string(at));
      }
      value |= static_cast<std::int64_t>(code & 0x1f) << (5 * k);
      more = (code & 0x20) != 0;
      if (!more && (code & 0x10) != 0) value -= std::int64_t{1} << (5 * (k + 1));
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    counts.push_back(value);
  }
  return MaskFromCounts(counts, size);
}

std::vector<std::uint32_t> MaskFromPolygon(std::span<const Point> corners, Size size) {
  return Fill(corners.size(), size, [&](std::size_t i) {
    return std::pair<double, double>(corners[i].x, corners[i].y);
  });
}

std::vector<std::uint32_t> MaskFromPolygon(std::span<const double> coordinates, Size size) {
  return Fill(coordinates.size() / 2, size, [&](std::size_t i) {
    return std::pair<double, double>(coordinates[2 * i], coordinates[2 * i + 1]);
  });
}

std::vector<std::uint32_t> MaskUnion(std::span<const std::vector<std::uint32_t>> masks, Size size) {
  Counts all = {static_cast<std::uint32_t>(PixelsOf(size))};
  for (const Counts& mask : masks) {
    RunJoiner runs;
    WalkBoth(all, mask, [&](std::uint32_t length, bool a, bool b) { runs.Add(length, a || b); });
    all = runs.Take();
  }
  return all;
}

std::int64_t MaskOverlap(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::int64_t overlap = 0;
  WalkBoth(a, b, [&](std::uint32_t length, bool in_a, bool in_b) {
    if (in_a && in_b) overlap += length;
  });
  return overlap;
}

}  // namespace retinue
