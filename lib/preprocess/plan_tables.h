#pragma once

// What a PreprocessPlan knows, in the form that the executors read. Built by
// plan.cc, never changed while an executor runs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "retinue/preprocess/preprocess.h"

namespace retinue::internal {

/// Limits of a tile: a run of output columns whose samples fit the executor's
/// scratch rows, so that its stack does not grow with the frame.
inline constexpr int kTileColumns = 2048;
inline constexpr int kTileSamples = 4096;
/// Elements that vector loads may touch behind the last one used.
inline constexpr int kSlack = 192;
/// Wider distances between eight neighbouring outputs are fetched one by one.
inline constexpr int kMaxChunks = 4;

/// Which samples a row or column of the output mixes: samples[first] and
/// samples[first + 1], the second with weight / 32768. `first` is in
/// [-1, samples - 1]; one sample beyond either end repeats the last.
struct Taps {
  std::vector<std::int32_t> first;
  std::vector<std::int16_t> weight;
};

/// How a tile's samples are brought from a row to their outputs.
enum class Fetch {
  kStep1,
  kStep2,
  kStep3,
  kStep4,    ///< Every, every second, ... sample.
  kShuffle,  ///< Eight at a time by byte shuffles of 1…kMaxChunks chunks.
  kSingle,   ///< One after another.
};

/// One tile's view of one sampling grid.
struct TileSource {
  int first = 0;  ///< First sample used, -1 or more.
  int count = 0;  ///< Samples used, up to kTileSamples.
  Fetch fetch = Fetch::kSingle;
  int chunks = 0;              ///< For kShuffle: vectors of eight samples per eight outputs.
  std::size_t first_mask = 0;  ///< For kShuffle: where this tile's masks start.
  std::size_t first_base = 0;  ///< For kShuffle: where this tile's bases start.
};

struct Tile {
  int begin = 0;  ///< Output columns [begin, end).
  int end = 0;
  std::array<TileSource, 2> source;  ///< Luma (or RGB), chroma.
};

/// Half-open run of columns or rows.
struct Span {
  int begin = 0;
  int end = 0;
  int size() const { return end - begin; }
};

/// Input pixel centres → luma sample positions, in double precision: sample
/// position (0, 0) is the CENTRE of the frame's first pixel.
struct SampleMap {
  double xx = 1, xy = 0, x0 = 0;  ///< x = xx·column + xy·row + x0
  double yx = 0, yy = 1, y0 = 0;
};

/// Sampling grids of a format: 0 is luma or RGB, 1 is chroma.
struct Grid {
  int width = 0;
  int height = 0;
  int x_divisor = 1;  ///< Luma position → this grid: x / x_divisor,
  int y_divisor = 1;  ///< (y - (y_divisor - 1) / 2) / y_divisor.
};

/// Where one component's samples lie.
struct Component {
  int plane = 0;
  int step_bytes = 1;    ///< From one sample to the next.
  int offset_bytes = 0;  ///< Of the first sample in its row.
  int grid = 0;
};

/// out[c] = clamp(sum over k of matrix[c][k] · component[k] + bias[c], low[c], high[c]).
/// Scale and offset are folded in; components are 0…255.
struct ColorTransform {
  float matrix[3][3] = {};
  float bias[3] = {};
  float low[3] = {};
  float high[3] = {};
};

/// Fit::kLetterboxWarp: how much of each column (or row) of the picture is picture, the rest of it
/// being pad. Empty for the other fits.
struct Cover {
  std::vector<float> share;  ///< In [0, 1]; index 0 belongs to PlanTables::columns.begin (rows).
  Span whole;                ///< Where it is 1.
};

struct PlanTables {
  SampleMap map;
  std::array<Grid, 2> grids;
  int component_count = 0;  ///< 1 or 3: what the output needs, not what the frame has.
  std::array<Component, 3> components;
  ColorTransform color;
  std::array<std::uint32_t, 3> pad_bits{};  ///< The element's bits per output channel.
  std::array<float, 3> pad_components{};    ///< 0…255.

  bool is_turned = false;
  Span rows;                   ///< Rows of the output that may hold picture.
  Span columns;                ///< The same for columns, unless turned.
  std::vector<Span> row_span;  ///< Turned: columns that hold picture, per row of `rows`.
  Cover column_cover;
  Cover row_cover;

  // Not turned only. Index 0 belongs to columns.begin (rows.begin).
  std::array<Taps, 2> column_taps;
  std::array<Taps, 2> row_taps;
  std::vector<Tile> tiles;
  /// For kShuffle, per two groups of eight outputs: per chunk the byte shuffle of the
  /// first group (16 bytes), then that of the second; 0x80 gives 0.
  std::vector<std::uint8_t> masks;
  /// For kShuffle, per group of eight outputs, an even number per tile: the first
  /// sample, counted from TileSource::first.
  std::vector<std::int32_t> bases;

  Span PictureOfRow(int row) const {
    if (row < rows.begin || row >= rows.end) return {};
    return is_turned ? row_span[static_cast<std::size_t>(row - rows.begin)] : columns;
  }
};

/// Kr, Kb of a matrix. @source ITU-R BT.601-7, BT.709-6, BT.2020-2
struct LumaWeights {
  double red;
  double blue;
};
LumaWeights LumaWeightsOf(ColorMatrix matrix);

/// Columns (or rows) of the input → numbers of the samples of a region's side.
struct Side {
  double slope = 1, start = 0;
  double samples = 0;
};

/// The steps of building a plan's tables, in this order; each reads what the
/// earlier ones left. `tables` may hold an older plan: its memory is re-used.
/// @{
void BuildComponents(const FrameFormat& format, const InputSpec& spec, PlanTables& tables);
void BuildColor(const FrameFormat& format, const InputSpec& spec, PlanTables& tables);
/// Expects `map`, `is_turned`; `columns` and `rows` are the region's. So many samples beside the
/// frame, 0.5 or 1, is still picture unless turned.
void BuildSpans(Size frame, Span columns, Span rows, Outside outside, double margin,
                PlanTables& tables);
void BuildCovers(Size frame, const Side& across, const Side& down, Outside outside,
                 PlanTables& tables);
void BuildTaps(PlanTables& tables);
void BuildTiles(PlanTables& tables);
/// @}

}  // namespace retinue::internal
