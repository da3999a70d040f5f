#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/preprocess/simd.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

#include "lib/preprocess/kernels-inl.h"
#include "lib/preprocess/output.h"
#include "lib/preprocess/plan_tables.h"
#include "lib/preprocess/turned-inl.h"

HWY_BEFORE_NAMESPACE();
namespace retinue::internal {
namespace HWY_NAMESPACE {

/// Everything between a frame's rows and the output's, on the stack.
struct Scratch {
  alignas(64) std::int16_t samples[3][kTileSamples + kSlack];
  alignas(64) std::int16_t columns[3][kTileColumns + kSlack];
};

/// The part of the rows that a tile needs, clipped to what the frame has.
struct Needed {
  int start;  ///< First sample read.
  int count;  ///< Samples read.
  int lead;   ///< 1: one more, a repetition, before the first.
  int trail;  ///< Repetitions behind the last.
};

Needed NeededOf(const TileSource& source, const Grid& grid) {
  const int start = std::max(source.first, 0);
  const int end = std::min(source.first + source.count, grid.width);
  return {start, end - start, start - source.first, source.first + source.count - end};
}

struct RowPair {
  const std::uint8_t* top;
  const std::uint8_t* bottom;
  std::int16_t weight;
};

RowPair RowsOf(const PlanTables& tables, const Frame& frame, const Component& component, int row) {
  const auto grid = static_cast<std::size_t>(component.grid);
  const auto i = static_cast<std::size_t>(row - tables.rows.begin);
  const int first = tables.row_taps[grid].first[i];
  const int last = tables.grids[grid].height - 1;
  const PlaneView plane = frame.plane(component.plane);
  return {plane.data + std::max(first, 0) * plane.stride_bytes,
          plane.data + std::min(first + 1, last) * plane.stride_bytes,
          tables.row_taps[grid].weight[i]};
}

/// Blends the rows of the components that share one memory: pixels of kStep bytes.
template <int kStep, Pick kPick>
void Down(const PlanTables& tables, const Frame& frame, const Tile& tile, int row, int component,
          std::int16_t* const* samples) {
  const Component& c = tables.components[static_cast<std::size_t>(component)];
  const Needed needed = NeededOf(tile.source[static_cast<std::size_t>(c.grid)],
                                 tables.grids[static_cast<std::size_t>(c.grid)]);
  const RowPair rows = RowsOf(tables, frame, c, row);
  const std::ptrdiff_t skip = static_cast<std::ptrdiff_t>(needed.start) * kStep;
  const auto count = static_cast<std::size_t>(needed.count);
  constexpr int kCount = PickCount<kStep, kPick>();
  std::int16_t* to[3] = {};
  for (int k = 0; k < kCount; ++k) to[k] = samples[k] + needed.lead;
  if (rows.weight == 0 || rows.top == rows.bottom) {
    DownRow<kStep, kPick, false>(rows.top + skip, rows.top + skip, 0, count, to);
  } else {
    DownRow<kStep, kPick, true>(rows.top + skip, rows.bottom + skip, rows.weight, count, to);
  }
  for (int k = 0; k < kCount; ++k) {
    if (needed.lead > 0) samples[k][0] = to[k][0];
    for (int i = 0; i < needed.trail; ++i) to[k][needed.count + i] = to[k][needed.count - 1];
  }
}

void DownAll(const PreprocessPlan& plan, const Frame& frame, const Tile& tile, int row,
             Scratch& scratch) {
  const PlanTables& tables = plan.tables();
  std::int16_t* const samples[3] = {scratch.samples[0], scratch.samples[1], scratch.samples[2]};
  const bool has_chroma = tables.component_count == 3;
  switch (plan.format().pixels) {
    case PixelFormat::kNv12:
      Down<1, Pick::kFirst>(tables, frame, tile, row, 0, samples);
      if (has_chroma) Down<2, Pick::kFirstTwo>(tables, frame, tile, row, 1, samples + 1);
      return;
    case PixelFormat::kI420:
      Down<1, Pick::kFirst>(tables, frame, tile, row, 0, samples);
      if (!has_chroma) return;
      Down<1, Pick::kFirst>(tables, frame, tile, row, 1, samples + 1);
      Down<1, Pick::kFirst>(tables, frame, tile, row, 2, samples + 2);
      return;
    case PixelFormat::kYuy2:
      Down<2, Pick::kFirst>(tables, frame, tile, row, 0, samples);
      if (has_chroma) Down<4, Pick::kOdd>(tables, frame, tile, row, 1, samples + 1);
      return;
    case PixelFormat::kRgb24:
      Down<3, Pick::kFirstThree>(tables, frame, tile, row, 0, samples);
      return;
    case PixelFormat::kBgr24: {
      std::int16_t* const swapped[3] = {samples[2], samples[1], samples[0]};
      Down<3, Pick::kFirstThree>(tables, frame, tile, row, 0, swapped);
      return;
    }
    case PixelFormat::kRgba32:
      Down<4, Pick::kFirstThree>(tables, frame, tile, row, 0, samples);
      return;
    case PixelFormat::kGray8: Down<1, Pick::kFirst>(tables, frame, tile, row, 0, samples); return;
  }
}

void Across(const PlanTables& tables, const Tile& tile, int component, const std::int16_t* from,
            std::int16_t* to) {
  const auto grid =
      static_cast<std::size_t>(tables.components[static_cast<std::size_t>(component)].grid);
  const TileSource& source = tile.source[grid];
  const Taps& taps = tables.column_taps[grid];
  const auto begin = static_cast<std::size_t>(tile.begin - tables.columns.begin);
  const auto count = static_cast<std::size_t>(tile.end - tile.begin);
  const std::int16_t* const weights = taps.weight.data() + begin;
  switch (source.fetch) {
    case Fetch::kStep1: return AcrossStep<1>(from, weights, count, to);
    case Fetch::kStep2: return AcrossStep<2>(from, weights, count, to);
    case Fetch::kStep3: return AcrossStep<3>(from, weights, count, to);
    case Fetch::kStep4: return AcrossStep<4>(from, weights, count, to);
    case Fetch::kShuffle: {
#if HWY_TARGET == HWY_SCALAR
      break;
#else
      const std::int32_t* const bases = tables.bases.data() + source.first_base;
      const std::uint8_t* const masks = tables.masks.data() + source.first_mask;
      switch (source.chunks) {
        case 1: return AcrossShuffle<1>(from, bases, masks, weights, count, to);
        case 2: return AcrossShuffle<2>(from, bases, masks, weights, count, to);
        case 3: return AcrossShuffle<3>(from, bases, masks, weights, count, to);
        default: return AcrossShuffle<4>(from, bases, masks, weights, count, to);
      }
#endif
    }
    case Fetch::kSingle: break;
  }
  const std::int32_t* const first = taps.first.data() + begin;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int16_t* const pair = from + (first[i] - source.first);
    to[i] = static_cast<std::int16_t>(pair[0] + (((pair[1] - pair[0]) * weights[i] + 16384) >> 15));
  }
}

template <class To>
void ColorAs(const ColorTransform& color, const std::int16_t* const* rows, int begin, int row,
             std::size_t count, const Output& output) {
  std::byte* out[3] = {};
  for (int c = 0; c < output.channels; ++c) out[c] = output.At(c, begin, row);
  if (output.channels == 1) return ColorRow<To, 1, true>(color, rows, count, out);
  if (output.is_planar) return ColorRow<To, 3, true>(color, rows, count, out);
  if constexpr (sizeof(typename To::Element) < sizeof(float)) {
    ColorRowInterleaved<To>(color, rows, count, out[0]);
  } else {
    ColorRow<To, 3, false>(color, rows, count, out);
  }
}

/// Columns [begin, begin + count) of `row` from the values in `rows`.
void Color(const PreprocessPlan& plan, const Scratch& scratch, int begin, int row, int count,
           const Output& output) {
  const PlanTables& tables = plan.tables();
  // A component that is not there has coefficients of 0.
  const bool has_three = tables.component_count == 3;
  const std::int16_t* const rows[3] = {scratch.columns[0], scratch.columns[has_three ? 1 : 0],
                                       scratch.columns[has_three ? 2 : 0]};
  const auto n = static_cast<std::size_t>(count);
  switch (plan.spec().type) {
    case ElementType::kF32: return ColorAs<ToF32>(tables.color, rows, begin, row, n, output);
    case ElementType::kF16: return ColorAs<ToF16>(tables.color, rows, begin, row, n, output);
    case ElementType::kBf16: return ColorAs<ToBf16>(tables.color, rows, begin, row, n, output);
    case ElementType::kU8:
      return ColorAs<ToInteger<std::uint8_t>>(tables.color, rows, begin, row, n, output);
    case ElementType::kI8:
      return ColorAs<ToInteger<std::int8_t>>(tables.color, rows, begin, row, n, output);
    case ElementType::kI32:
    case ElementType::kI64: break;
  }
}

/// Mixes pad into the edge of a picture that ends between two pixels: a handful of columns and
/// rows, so one value after another.
void BlendEdges(const PlanTables& tables, int row, Span part, Scratch& scratch) {
  const Cover& across = tables.column_cover;
  if (across.share.empty()) return;
  const float share = tables.row_cover.share[static_cast<std::size_t>(row - tables.rows.begin)];
  const auto blend = [&](int begin, int end) {
    for (int k = 0; k < tables.component_count; ++k) {
      const float pad = tables.pad_components[static_cast<std::size_t>(k)] * 128;
      for (int column = begin; column < end; ++column) {
        std::int16_t& value = scratch.columns[k][column - part.begin];
        const float of_both =
            share * across.share[static_cast<std::size_t>(column - tables.columns.begin)];
        value = static_cast<std::int16_t>(std::nearbyint(pad + of_both * (value - pad)));
      }
    }
  };
  if (share < 1) return blend(part.begin, part.end);
  blend(part.begin, std::min(part.end, across.whole.begin));
  blend(std::max(part.begin, across.whole.end), part.end);
}

void ExecuteTurned(const PreprocessPlan& plan, const Frame& frame, const Output& output) {
  const PlanTables& tables = plan.tables();
  Scratch scratch;
  std::int16_t* const columns[3] = {scratch.columns[0], scratch.columns[1], scratch.columns[2]};
  for (int row = tables.rows.begin; row < tables.rows.end; ++row) {
    const Span whole = tables.PictureOfRow(row);
    for (int begin = whole.begin; begin < whole.end; begin += kTileColumns) {
      const Span part{begin, std::min(begin + kTileColumns, whole.end)};
      SampleTurnedRow(tables, plan.format().pixels, frame, row, part, columns);
      BlendEdges(tables, row, part, scratch);
      Color(plan, scratch, part.begin, row, part.size(), output);
    }
  }
}

void Execute(const PreprocessPlan& plan, const Frame& frame, const Output& output) {
  const PlanTables& tables = plan.tables();
  if (tables.is_turned) return ExecuteTurned(plan, frame, output);
  Scratch scratch;
  for (int row = tables.rows.begin; row < tables.rows.end; ++row) {
    for (const Tile& tile : tables.tiles) {
      DownAll(plan, frame, tile, row, scratch);
      for (int k = 0; k < tables.component_count; ++k) {
        Across(tables, tile, k, scratch.samples[k], scratch.columns[k]);
      }
      BlendEdges(tables, row, {tile.begin, tile.end}, scratch);
      Color(plan, scratch, tile.begin, row, tile.end - tile.begin, output);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retinue {
namespace internal {
namespace {
HWY_EXPORT(Execute);

void ExecuteBest(const PreprocessPlan& plan, const Frame& frame, const Output& output) {
  HWY_DYNAMIC_DISPATCH(Execute)(plan, frame, output);
}

}  // namespace
}  // namespace internal

void Preprocess(const PreprocessPlan& plan, const Frame& frame, const MutableTensorView& out,
                Padding padding) {
  RETINUE_CHECK(CheckPreprocess(plan, frame, out).has_value());
  const internal::Output output = internal::OutputOf(plan, out);
  if (padding == Padding::kWrite) internal::WritePadding(plan.tables(), output);
  internal::ExecuteBest(plan, frame, output);
}

}  // namespace retinue
#endif  // HWY_ONCE
