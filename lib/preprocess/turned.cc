#include "lib/preprocess/turned.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>

namespace retinue::internal {
namespace {

constexpr double kOne = 4294967296.0;

int Whole(std::int64_t position) { return static_cast<int>(position >> 32); }
int Weight(std::int64_t position) { return static_cast<int>((position >> 17) & 0x7fff); }

std::int64_t CeilOfRatio(std::int64_t a, std::int64_t b) {  // b > 0
  return a / b + (a % b > 0 ? 1 : 0);
}

// Which i of the first `count` have 0 <= first + i · step < end.
Span WithinOf(std::int64_t first, std::int64_t step, std::int64_t end, int count) {
  if (step < 0) {  // the same from the other end
    const Span back = WithinOf(first + (count - 1) * step, -step, end, count);
    return {count - back.end, count - back.begin};
  }
  if (step == 0) return first >= 0 && first < end ? Span{0, count} : Span{};
  const auto at = [&](std::int64_t position) {
    return static_cast<int>(
        std::clamp<std::int64_t>(CeilOfRatio(position - first, step), 0, count));
  };
  return {at(0), at(end)};
}

}  // namespace

Walk WalkOf(const SampleMap& map, const Grid& grid, int row, int column) {
  const double x = (map.xx * column + map.xy * row + map.x0) / grid.x_divisor;
  const double y =
      (map.yx * column + map.yy * row + map.y0 - (grid.y_divisor - 1) * 0.5) / grid.y_divisor;
  return {std::llround(x * kOne), std::llround(y * kOne),
          std::llround(map.xx / grid.x_divisor * kOne),
          std::llround(map.yx / grid.y_divisor * kOne)};
}

Span WithinOf(const Walk& walk, int count, int last_x, int last_y) {
  const auto end = [](int last) { return (std::int64_t{last} + 1) << 32; };
  if (last_x < 0 || last_y < 0) return {};
  const Span across = WithinOf(walk.x, walk.step_x, end(last_x), count);
  const Span down = WithinOf(walk.y, walk.step_y, end(last_y), count);
  const Span both{std::max(across.begin, down.begin), std::min(across.end, down.end)};
  return both.size() > 0 ? both : Span{};
}

bool IsReachable(const PlaneView& plane, int rows) {
  return std::int64_t{std::abs(plane.stride_bytes)} * rows <=
         std::numeric_limits<std::int32_t>::max();
}

void SampleTurned(const PlaneView& plane, int step_bytes, const Grid& grid, Walk walk, int count,
                  std::int16_t* to) {
  const int right = grid.width - 1, bottom = grid.height - 1;
  for (int i = 0; i < count; ++i, walk.x += walk.step_x, walk.y += walk.step_y) {
    const int x = Whole(walk.x), y = Whole(walk.y);
    const auto column = [&](int at) {
      return std::ptrdiff_t{std::clamp(at, 0, right)} * step_bytes;
    };
    const auto line = [&](int at) {
      return plane.data + std::clamp(at, 0, bottom) * plane.stride_bytes;
    };
    const std::ptrdiff_t x0 = column(x), x1 = column(x + 1);
    const std::uint8_t* const row0 = line(y);
    const std::uint8_t* const row1 = line(y + 1);
    const int u = Weight(walk.x), v = Weight(walk.y);
    // At most 255 · 32768 in 32 bits; brought to 1/128 before the second blend.
    const int top = (row0[x0] * (32768 - u) + row0[x1] * u + 128) >> 8;
    const int low = (row1[x0] * (32768 - u) + row1[x1] * u + 128) >> 8;
    to[i] = static_cast<std::int16_t>((top * (32768 - v) + low * v + 16384) >> 15);
  }
}

}  // namespace retinue::internal
