// The vector side of turned.h: eight positions of a turned row at once, the four samples around
// each fetched by gathers. One file for all instruction sets; foreach_target includes it once for
// each.

#if defined(RETINUE_PREPROCESS_TURNED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_PREPROCESS_TURNED_INL_H_
#undef RETINUE_PREPROCESS_TURNED_INL_H_
#else
#define RETINUE_PREPROCESS_TURNED_INL_H_
#endif

#include <array>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "lib/preprocess/plan_tables.h"
#include "lib/preprocess/turned.h"

HWY_BEFORE_NAMESPACE();
namespace retinue::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::CappedTag<std::int32_t, 16>;
using V32 = hn::Vec<D32>;

/// One coordinate of neighbouring positions: whole samples, and 32 bits behind the point.
struct Positions {
  V32 whole;
  hn::Vec<hn::RebindToUnsigned<D32>> fraction;

  Positions(std::int64_t first, std::int64_t step) {
    HWY_ALIGN std::int32_t wholes[hn::MaxLanes(D32())];
    HWY_ALIGN std::uint32_t fractions[hn::MaxLanes(D32())];
    for (std::size_t i = 0; i < hn::Lanes(D32()); ++i, first += step) {
      wholes[i] = static_cast<std::int32_t>(first >> 32);
      fractions[i] = static_cast<std::uint32_t>(first);
    }
    whole = hn::Load(D32(), wholes);
    fraction = hn::Load(hn::RebindToUnsigned<D32>(), fractions);
  }

  void Add(std::int64_t step) {
    const hn::RebindToUnsigned<D32> du;
    const auto part = hn::Set(du, static_cast<std::uint32_t>(step));
    fraction = hn::Add(fraction, part);
    // All bits, which is -1, where the sum went over.
    const auto carry = hn::BitCast(D32(), hn::VecFromMask(du, hn::Lt(fraction, part)));
    whole = hn::Sub(hn::Add(whole, hn::Set(D32(), static_cast<std::int32_t>(step >> 32))), carry);
  }

  /// In 1/32768.
  V32 Weight() const { return hn::BitCast(D32(), hn::ShiftRight<17>(fraction)); }
};

/// Byte kByte of each lane.
template <int kByte>
HWY_INLINE V32 Byte(V32 lanes) {
  const hn::RebindToUnsigned<D32> du;
  const auto moved = hn::ShiftRight<8 * kByte>(hn::BitCast(du, lanes));
  if constexpr (kByte == 3) return hn::BitCast(D32(), moved);
  return hn::And(hn::BitCast(D32(), moved), hn::Set(D32(), 0xff));
}

/// As the scalar twin in turned.cc, term by term.
HWY_INLINE V32 Across(V32 left, V32 right, V32 weight) {
  const V32 sum = hn::Add(hn::ShiftLeft<15>(left), hn::Mul(hn::Sub(right, left), weight));
  return hn::ShiftRight<8>(hn::Add(sum, hn::Set(D32(), 128)));
}
HWY_INLINE V32 Down(V32 top, V32 low, V32 weight) {
  const V32 sum = hn::Add(hn::ShiftLeft<15>(top), hn::Mul(hn::Sub(low, top), weight));
  return hn::ShiftRight<15>(hn::Add(sum, hn::Set(D32(), 16384)));
}

/// Components in one plane, kStep bytes from sample to sample: byte kFirst of a sample, and kCount
/// of them kApart bytes from each other.
template <int kStep, int kCount, int kFirst = 0, int kApart = 1>
struct Packed {
  /// Whether a lane's four bytes hold both neighbours.
  static constexpr bool kIsPair = kStep * 2 <= 4;
  /// Bytes that are read from a sample's first one on.
  static constexpr int kReach = kIsPair ? 4 : kStep + 4;

  template <int kIndex>
  static HWY_INLINE V32 Left(V32 here) {
    return Byte<kFirst + kIndex * kApart>(here);
  }
  template <int kIndex>
  static HWY_INLINE V32 Right(V32 here, V32 there) {
    if constexpr (kIsPair) return Byte<kFirst + kIndex * kApart + kStep>(here);
    return Byte<kFirst + kIndex * kApart>(there);
  }

  template <int kIndex>
  static HWY_INLINE void Blend(const V32* fetched, V32 u, V32 v, std::int16_t* to) {
    const V32 top =
        HWY_NAMESPACE::Across(Left<kIndex>(fetched[0]), Right<kIndex>(fetched[0], fetched[1]), u);
    const V32 low =
        HWY_NAMESPACE::Across(Left<kIndex>(fetched[2]), Right<kIndex>(fetched[2], fetched[3]), u);
    const hn::Rebind<std::int16_t, D32> d16;
    hn::StoreU(hn::DemoteTo(d16, HWY_NAMESPACE::Down(top, low, v)), d16, to);
  }

  /// `walk` and the `count` steps after it stay where all of kReach lies in the plane; a multiple
  /// of Lanes(D32).
  static void Sample(const PlaneView& plane, Walk walk, int count, std::int16_t* const* to) {
    const D32 d;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    Positions x(walk.x, walk.step_x), y(walk.y, walk.step_y);
    const V32 stride = hn::Set(d, static_cast<std::int32_t>(plane.stride_bytes));
    const auto fetch = [&](std::ptrdiff_t skip, V32 offset) {
      return hn::GatherOffset(d, reinterpret_cast<const std::int32_t*>(plane.data + skip), offset);
    };
    for (int i = 0; i < count; i += static_cast<int>(lanes)) {
      const V32 columns = kStep == 1 ? x.whole : hn::Mul(x.whole, hn::Set(d, kStep));
      const V32 offset = hn::Add(hn::Mul(y.whole, stride), columns);
      V32 fetched[4];
      fetched[0] = fetched[1] = fetch(0, offset);
      fetched[2] = fetched[3] = fetch(plane.stride_bytes, offset);
      if constexpr (!kIsPair) {
        fetched[1] = fetch(kStep, offset);
        fetched[3] = fetch(plane.stride_bytes + kStep, offset);
      }
      const V32 u = x.Weight(), v = y.Weight();
      Blend<0>(fetched, u, v, to[0] + i);
      if constexpr (kCount > 1) Blend<1>(fetched, u, v, to[1] + i);
      if constexpr (kCount > 2) Blend<2>(fetched, u, v, to[2] + i);
      x.Add(walk.step_x * lanes);
      y.Add(walk.step_y * lanes);
    }
  }
};

/// Columns `span` of a row for the components from `first` on that a Packed has.
template <int kStep, int kCount, int kFirst = 0, int kApart = 1>
void SamplePacked(const PlanTables& tables, const Frame& frame, int first, int row, Span span,
                  std::int16_t* const* rows) {
  using Kernel = Packed<kStep, kCount, kFirst, kApart>;
  const Component& component = tables.components[static_cast<std::size_t>(first)];
  const Grid& grid = tables.grids[static_cast<std::size_t>(component.grid)];
  const PlaneView plane = frame.plane(component.plane);
  const Walk walk = WalkOf(tables.map, grid, row, span.begin);
  Span inside =
      WithinOf(walk, span.size(), (grid.width * kStep - Kernel::kReach) / kStep, grid.height - 2);
  if (grid.width * kStep < Kernel::kReach || !IsReachable(plane, grid.height)) inside = {};
  const int lanes = static_cast<int>(hn::Lanes(D32()));
  inside.end = inside.begin + inside.size() / lanes * lanes;
  if (inside.size() > 0) {
    std::int16_t* to[3] = {};
    for (int k = 0; k < kCount; ++k) to[k] = rows[k] + inside.begin;
    Kernel::Sample(plane, walk.At(inside.begin), inside.size(), to);
  }
  for (int k = 0; k < kCount; ++k) {
    const std::uint8_t* const bytes = plane.data + kFirst + k * kApart;
    for (const Span part : {Span{0, inside.begin}, Span{inside.end, span.size()}}) {
      SampleTurned({bytes, plane.stride_bytes}, kStep, grid, walk.At(part.begin), part.size(),
                   rows[k] + part.begin);
    }
  }
}

/// Samples one row of a turned region: columns `span` (inside PictureOfRow) of output row `row`,
/// one component after another into `rows[component]`, in units of 1/128.
inline void SampleTurnedRow(const PlanTables& tables, PixelFormat pixels, const Frame& frame,
                            int row, Span span, std::int16_t* const* rows) {
  const bool has_chroma = tables.component_count == 3;
  switch (pixels) {
    case PixelFormat::kNv12:
      SamplePacked<1, 1>(tables, frame, 0, row, span, rows);
      if (has_chroma) SamplePacked<2, 2>(tables, frame, 1, row, span, rows + 1);
      return;
    case PixelFormat::kI420:
      for (int k = 0; k < tables.component_count; ++k) {
        SamplePacked<1, 1>(tables, frame, k, row, span, rows + k);
      }
      return;
    case PixelFormat::kYuy2:
      SamplePacked<2, 1>(tables, frame, 0, row, span, rows);
      if (has_chroma) SamplePacked<4, 2, 1, 2>(tables, frame, 1, row, span, rows + 1);
      return;
    case PixelFormat::kRgb24:
      return SamplePacked<3, 3>(tables, frame, 0, row, span, rows);
    case PixelFormat::kBgr24: {
      std::int16_t* const swapped[3] = {rows[2], rows[1], rows[0]};
      return SamplePacked<3, 3>(tables, frame, 0, row, span, swapped);
    }
    case PixelFormat::kRgba32:
      return SamplePacked<4, 3>(tables, frame, 0, row, span, rows);
    case PixelFormat::kGray8:
      return SamplePacked<1, 1>(tables, frame, 0, row, span, rows);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#endif  // RETINUE_PREPROCESS_TURNED_INL_H_
