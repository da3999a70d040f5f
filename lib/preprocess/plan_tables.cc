#include "lib/preprocess/plan_tables.h"

#include <algorithm>
#include <cmath>

#include "lib/preprocess/elements.h"

namespace retinue::internal {
namespace {

bool IsRgb(PixelFormat format) {
  return format == PixelFormat::kRgb24 || format == PixelFormat::kBgr24 ||
         format == PixelFormat::kRgba32;
}

/// R, G, B = matrix · components + bias, in 0…255, before clamping.
struct ToRgb {
  double matrix[3][3] = {};
  double bias[3] = {};
};

/// @source ITU-R BT.601-7 2.5, BT.709-6 3, BT.2020-2 table 4 (non-constant luminance), solved for
/// R'G'B'
ToRgb ToRgbOf(const FrameFormat& format) {
  ToRgb to;
  if (IsRgb(format.pixels)) {
    for (int c = 0; c < 3; ++c) to.matrix[c][c] = 1;
    return to;
  }
  const bool is_full = format.color.range == ColorRange::kFull;
  const double luma = is_full ? 1.0 : 255.0 / 219.0, black = is_full ? 0.0 : 16.0;
  const double chroma = is_full ? 1.0 : 255.0 / 224.0;
  const LumaWeights weights = LumaWeightsOf(format.color.matrix);
  const double green = 1 - weights.red - weights.blue;
  const double red_cr = 2 * (1 - weights.red) * chroma;
  const double blue_cb = 2 * (1 - weights.blue) * chroma;
  for (int c = 0; c < 3; ++c) {
    to.matrix[c][0] = luma;
    to.bias[c] = -luma * black;
  }
  if (format.pixels == PixelFormat::kGray8) return to;
  to.matrix[0][2] = red_cr;
  to.matrix[1][1] = -weights.blue / green * blue_cb;
  to.matrix[1][2] = -weights.red / green * red_cr;
  to.matrix[2][1] = blue_cb;
  for (int c = 0; c < 3; ++c) to.bias[c] -= 128 * (to.matrix[c][1] + to.matrix[c][2]);
  return to;
}

/// The largest run within [begin, end) where 0 <= slope·i + start < size, which
/// is one run because the left side is linear.
Span WhereInside(double slope, double start, double size, Span range) {
  const auto is_inside = [&](int i) {
    const double x = slope * i + start;
    return x >= 0 && x < size;
  };
  double low = range.begin, high = range.end;
  if (slope != 0) {
    const double a = -start / slope, b = (size - start) / slope;
    low = std::max(low, std::floor(std::min(a, b)) - 1);
    high = std::min(high, std::ceil(std::max(a, b)) + 1);
  } else if (!is_inside(range.begin)) {
    return {range.begin, range.begin};
  }
  if (low >= high) return {range.begin, range.begin};
  Span span{static_cast<int>(low), static_cast<int>(high)};
  while (span.begin < span.end && !is_inside(span.begin)) ++span.begin;
  while (span.begin < span.end && !is_inside(span.end - 1)) --span.end;
  return span;
}

/// `to` is cleared and filled with the taps of outputs [range.begin, range.end).
void FillTaps(double slope, double start, int divisor, int chroma_shift, int samples, Span range,
              Taps& to) {
  to.first.clear();
  to.weight.clear();
  for (int i = range.begin; i < range.end; ++i) {
    const double position = (slope * i + start - chroma_shift * 0.5) / divisor;
    double first = std::floor(position);
    double weight = std::nearbyint((position - first) * 32768);
    if (weight >= 32768) {
      first += 1;
      weight = 0;
    }
    // Outside the frame (Outside::kRepeat) both taps show its last sample, whatever the weight.
    to.first.push_back(static_cast<std::int32_t>(std::clamp(first, -1.0, samples - 1.0)));
    to.weight.push_back(static_cast<std::int16_t>(weight));
  }
}

/// 1 where a place is one of `count` samples or between two, falling to 0 at the next one beside.
double ShareOf(double place, double count) {
  return std::clamp(std::min(place, count - 1 - place) + 1, 0.0, 1.0);
}

/// `frame` samples are there, of which the region's first is number `first`.
void FillCover(const Side& side, double first, double frame, Span range, Cover& to) {
  to.share.clear();
  to.whole = {range.begin, range.begin};
  for (int i = range.begin; i < range.end; ++i) {
    const double place = side.slope * i + side.start;
    const double share = std::min(ShareOf(place, side.samples), ShareOf(place + first, frame));
    to.share.push_back(static_cast<float>(share));
    if (share < 1) continue;
    if (to.whole.size() == 0) to.whole.begin = i;
    to.whole.end = i + 1;
  }
}

int Used(const Taps& taps, int begin, int end) {
  return taps.first[static_cast<std::size_t>(end - 1)] + 2 -
         taps.first[static_cast<std::size_t>(begin)];
}

/// Chooses how the outputs [begin, end), counted from the first column, are
/// fetched, and writes the shuffles that this takes.
void ChooseFetch(const Taps& taps, int begin, int end, PlanTables& tables, TileSource& source) {
  const auto first = [&](int i) { return taps.first[static_cast<std::size_t>(i)]; };
  source.first = first(begin);
  source.count = Used(taps, begin, end);
  const int step = end - begin > 1 ? first(begin + 1) - first(begin) : 1;
  bool is_even = step >= 1 && step <= 4;
  for (int i = begin + 1; i < end && is_even; ++i) is_even = first(i) - first(i - 1) == step;
  if (is_even) {
    constexpr Fetch kSteps[] = {Fetch::kStep1, Fetch::kStep2, Fetch::kStep3, Fetch::kStep4};
    source.fetch = kSteps[step - 1];
    return;
  }
  source.chunks = 1;
  for (int i = begin; i < end; i += 8) {
    const int last = std::min(i + 7, end - 1);
    source.chunks = std::max(source.chunks, (first(last) - first(i)) / 8 + 1);
  }
  source.fetch = source.chunks <= kMaxChunks ? Fetch::kShuffle : Fetch::kSingle;
  if (source.fetch == Fetch::kSingle) return;
  source.first_mask = tables.masks.size();
  source.first_base = tables.bases.size();
  const auto group_first = [&](int group) { return first(std::min(group, end - 1)); };
  for (int pair = begin; pair < end; pair += 16) {
    for (int group = pair; group <= pair + 8; group += 8) {
      tables.bases.push_back(group_first(group) - source.first);
    }
    for (int chunk = 0; chunk < source.chunks; ++chunk) {
      for (int lane = 0; lane < 16; ++lane) {
        const int output = std::min(pair + lane, end - 1);
        const int at = first(output) - group_first(pair + lane / 8 * 8) - chunk * 8;
        const bool is_here = at >= 0 && at < 8;
        tables.masks.push_back(static_cast<std::uint8_t>(is_here ? at * 2 : 0x80));
        tables.masks.push_back(static_cast<std::uint8_t>(is_here ? at * 2 + 1 : 0x80));
      }
    }
  }
}

}  // namespace

LumaWeights LumaWeightsOf(ColorMatrix matrix) {
  switch (matrix) {
    case ColorMatrix::kBt601: return {0.299, 0.114};
    case ColorMatrix::kBt709: return {0.2126, 0.0722};
    case ColorMatrix::kBt2020: return {0.2627, 0.0593};
  }
  return {0.2126, 0.0722};
}

void BuildComponents(const FrameFormat& format, const InputSpec& spec, PlanTables& tables) {
  const Size size = format.size;
  const int half_width = (size.width + 1) / 2, half_height = (size.height + 1) / 2;
  tables.grids[0] = {size.width, size.height, 1, 1};
  tables.grids[1] = tables.grids[0];
  tables.component_count = spec.order == ChannelOrder::kGray && !IsRgb(format.pixels) ? 1 : 3;
  switch (format.pixels) {
    case PixelFormat::kNv12:
      tables.grids[1] = {half_width, half_height, 2, 2};
      tables.components = {Component{0, 1, 0, 0}, Component{1, 2, 0, 1}, Component{1, 2, 1, 1}};
      return;
    case PixelFormat::kI420:
      tables.grids[1] = {half_width, half_height, 2, 2};
      tables.components = {Component{0, 1, 0, 0}, Component{1, 1, 0, 1}, Component{2, 1, 0, 1}};
      return;
    case PixelFormat::kYuy2:
      tables.grids[1] = {half_width, size.height, 2, 1};
      tables.components = {Component{0, 2, 0, 0}, Component{0, 4, 1, 1}, Component{0, 4, 3, 1}};
      return;
    case PixelFormat::kRgb24:
    case PixelFormat::kRgba32: {
      const int step = format.pixels == PixelFormat::kRgb24 ? 3 : 4;
      tables.components = {Component{0, step, 0, 0}, Component{0, step, 1, 0},
                           Component{0, step, 2, 0}};
      return;
    }
    case PixelFormat::kBgr24:
      tables.components = {Component{0, 3, 2, 0}, Component{0, 3, 1, 0}, Component{0, 3, 0, 0}};
      return;
    case PixelFormat::kGray8:
      tables.component_count = 1;
      tables.components = {Component{0, 1, 0, 0}};
      return;
  }
}

void BuildColor(const FrameFormat& format, const InputSpec& spec, PlanTables& tables) {
  const ToRgb to = ToRgbOf(format);
  ToRgb channels;
  switch (spec.order) {
    case ChannelOrder::kRgb: channels = to; break;
    case ChannelOrder::kBgr:
      for (int c = 0; c < 3; ++c) {
        std::copy_n(to.matrix[2 - c], 3, channels.matrix[c]);
        channels.bias[c] = to.bias[2 - c];
      }
      break;
    case ChannelOrder::kGray: {
      const LumaWeights w = LumaWeightsOf(ColorMatrix::kBt601);
      const double rgb[3] = {w.red, 1 - w.red - w.blue, w.blue};
      // R'G'B' weighted with the frame's own weights is its luma again.
      const double luma[3] = {to.matrix[0][0], 0, 0};
      std::copy_n(IsRgb(format.pixels) ? rgb : luma, 3, channels.matrix[0]);
      channels.bias[0] =
          IsRgb(format.pixels) ? 0 : -luma[0] * (format.color.range == ColorRange::kFull ? 0 : 16);
      break;
    }
  }
  for (int c = 0; c < ChannelCount(spec.order); ++c) {
    const float scale = spec.scale[static_cast<std::size_t>(c)];
    const float offset = spec.offset[static_cast<std::size_t>(c)];
    for (int k = 0; k < 3; ++k) {
      tables.color.matrix[c][k] = static_cast<float>(channels.matrix[c][k] * scale);
    }
    tables.color.bias[c] = static_cast<float>(channels.bias[c] * scale + offset);
    const float at_white = 255.0f * scale + offset;
    tables.color.low[c] = std::min(offset, at_white);
    tables.color.high[c] = std::max(offset, at_white);
    tables.pad_bits[static_cast<std::size_t>(c)] =
        ToElementBits(spec.type, spec.pad * scale + offset);
  }
  tables.pad_components = {spec.pad, spec.pad, spec.pad};
  if (IsRgb(format.pixels)) return;
  const bool is_full = format.color.range == ColorRange::kFull;
  tables.pad_components = {is_full ? spec.pad : 16 + spec.pad * (219.0f / 255), 128, 128};
}

void BuildSpans(Size frame, Span columns, Span rows, Outside outside, double margin,
                PlanTables& tables) {
  const SampleMap& map = tables.map;
  tables.column_cover.share.clear();
  tables.row_cover.share.clear();
  tables.row_span.clear();
  tables.rows = rows;
  tables.columns = columns;
  if (outside == Outside::kRepeat) {
    if (tables.is_turned) tables.row_span.assign(static_cast<std::size_t>(rows.size()), columns);
    return;
  }
  if (!tables.is_turned) {
    const double beside = 2 * margin - 1;
    tables.columns = WhereInside(map.xx, map.x0 + margin, frame.width + beside, columns);
    tables.rows = WhereInside(map.yy, map.y0 + margin, frame.height + beside, rows);
    if (tables.columns.size() == 0) tables.rows = {rows.begin, rows.begin};
    return;
  }
  for (int row = rows.begin; row < rows.end; ++row) {
    const Span by_x = WhereInside(map.xx, map.xy * row + map.x0 + 0.5, frame.width, columns);
    const Span by_y = WhereInside(map.yx, map.yy * row + map.y0 + 0.5, frame.height, columns);
    const int begin = std::max(by_x.begin, by_y.begin);
    tables.row_span.push_back({begin, std::max(begin, std::min(by_x.end, by_y.end))});
  }
}

void BuildCovers(Size frame, const Side& across, const Side& down, Outside outside,
                 PlanTables& tables) {
  const SampleMap& map = tables.map;
  // A turned frame's own edges are as hard as with other fits.
  const bool is_edge_soft = !tables.is_turned && outside == Outside::kPad;
  const auto fill = [&](const Side& side, double start, int samples, Span range, Cover& to) {
    if (is_edge_soft) return FillCover(side, start - side.start, samples, range, to);
    FillCover(side, 0, side.samples, range, to);
  };
  fill(across, map.x0, frame.width, tables.columns, tables.column_cover);
  fill(down, map.y0, frame.height, tables.rows, tables.row_cover);
}

void BuildTaps(PlanTables& tables) {
  const SampleMap& map = tables.map;
  for (std::size_t g = 0; g < 2; ++g) {
    const Grid& grid = tables.grids[g];
    FillTaps(map.xx, map.x0, grid.x_divisor, 0, grid.width, tables.columns, tables.column_taps[g]);
    FillTaps(map.yy, map.y0, grid.y_divisor, grid.y_divisor - 1, grid.height, tables.rows,
             tables.row_taps[g]);
    // Vectors of weights are read past the last output.
    tables.column_taps[g].weight.resize(tables.column_taps[g].weight.size() + kSlack, 0);
  }
}

void BuildTiles(PlanTables& tables) {
  tables.tiles.clear();
  tables.masks.clear();
  tables.bases.clear();
  const int count = tables.columns.size();
  for (int begin = 0; begin < count;) {
    const auto fits = [&](int end) {
      return end - begin <= kTileColumns &&
             Used(tables.column_taps[0], begin, end) <= kTileSamples &&
             Used(tables.column_taps[1], begin, end) <= kTileSamples;
    };
    int end = begin + 1;
    while (end < count && fits(end + 1)) ++end;
    Tile tile{tables.columns.begin + begin, tables.columns.begin + end, {}};
    for (std::size_t g = 0; g < 2; ++g) {
      ChooseFetch(tables.column_taps[g], begin, end, tables, tile.source[g]);
    }
    tables.tiles.push_back(tile);
    begin = end;
  }
}

}  // namespace retinue::internal
