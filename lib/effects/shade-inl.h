// The vector kernels that change, mix and sum colours; once for each instruction set.

#if defined(RETINUE_EFFECTS_SHADE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RETINUE_EFFECTS_SHADE_INL_H_
#undef RETINUE_EFFECTS_SHADE_INL_H_
#else
#define RETINUE_EFFECTS_SHADE_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "lib/effects/kernels.h"
#include "lib/effects/sample-inl.h"

HWY_BEFORE_NAMESPACE();
namespace retinue::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DU = hn::RebindToUnsigned<DF>;
using DI16 = hn::Rebind<std::int16_t, DF>;

struct Rgb {
  VF r, g, b;  // 0…255
};

HWY_INLINE VF Between(VF v, float low, float high) {
  return hn::Min(hn::Max(v, hn::Set(DF(), low)), hn::Set(DF(), high));
}

HWY_INLINE Rgb LoadColors(const std::int16_t* colors) {
  const DF d;
  const DI16 d16;
  hn::Vec<DI16> r, g, b, x;
  hn::LoadInterleaved4(d16, colors, r, g, b, x);
  const auto value = [&](hn::Vec<DI16> v) {
    return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(DI(), v)), hn::Set(d, 1.0f / 128));
  };
  return {value(r), value(g), value(b)};
}

HWY_INLINE Rgb LoadPixels(const Pixel* pixels) {
  const DF d;
  const auto v = hn::LoadU(DU(), pixels);
  const auto byte = hn::Set(DU(), 255);
  const auto value = [&](hn::Vec<DU> u) {
    return hn::ConvertTo(d, hn::BitCast(DI(), hn::And(u, byte)));
  };
  return {value(v), value(hn::ShiftRight<8>(v)), value(hn::ShiftRight<16>(v))};
}

// Values of 0…255, rounded.
HWY_INLINE hn::Vec<DU> BytesOf(const Rgb& c) {
  const auto byte = [](VF v) {
    return hn::BitCast(DU(), hn::ConvertTo(DI(), hn::Add(v, hn::Set(DF(), 0.5f))));
  };
  const auto rg = hn::Or(byte(c.r), hn::ShiftLeft<8>(byte(c.g)));
  return hn::Or(rg, hn::ShiftLeft<16>(byte(c.b)));
}

HWY_INLINE void StoreCovered(const Rgb& c, Pixel* out) {
  hn::StoreU(hn::Or(BytesOf(c), hn::Set(DU(), kCovered)), DU(), out);
}

// Saturation and value of a colour, and where the others lie between its least and largest
// channel, which is all that they need to change.
struct HsvChange {
  float hue = 0;  // sixths of the circle
  float saturation = 1, brightness = 1;
};

HWY_INLINE VF HueOf(const Rgb& c, VF value, VF per_range) {
  const DF d;
  const auto of_r = hn::Mul(hn::Sub(c.g, c.b), per_range);
  const auto of_g = hn::MulAdd(hn::Sub(c.b, c.r), per_range, hn::Set(d, 2));
  const auto of_b = hn::MulAdd(hn::Sub(c.r, c.g), per_range, hn::Set(d, 4));
  return hn::IfThenElse(hn::Eq(value, c.r), of_r, hn::IfThenElse(hn::Eq(value, c.g), of_g, of_b));
}

// How far the channel that lies `place` sixths before red is from the value, 0…1, at a hue.
// @source the closed form of HSV to RGB: max(0, min(k, 4 - k, 1)), k = (place + hue) mod 6
HWY_INLINE VF Fall(VF hue, float place) {
  const DF d;
  auto k = hn::Add(hue, hn::Set(d, place));
  k = hn::NegMulAdd(hn::Floor(hn::Mul(k, hn::Set(d, 1.0f / 6))), hn::Set(d, 6), k);
  return Between(hn::Min(k, hn::Sub(hn::Set(d, 4), k)), 0, 1);
}

HWY_INLINE Rgb ChangedHsv(const Rgb& c, const HsvChange& change) {
  const DF d;
  const auto value = hn::Max(c.r, hn::Max(c.g, c.b));
  const auto range = hn::Sub(value, hn::Min(c.r, hn::Min(c.g, c.b)));
  const auto has_range = hn::Gt(range, hn::Zero(d));
  const auto per_range =
      hn::IfThenElseZero(has_range, hn::Div(hn::Set(d, 1), hn::Max(range, hn::Set(d, 1e-6f))));
  auto saturation =
      hn::IfThenElseZero(has_range, hn::Div(range, hn::Max(value, hn::Set(d, 1e-6f))));
  saturation = Between(hn::Mul(saturation, hn::Set(d, change.saturation)), 0, 1);
  const auto bright = Between(hn::Mul(value, hn::Set(d, change.brightness)), 0, 255);
  const auto drop = hn::Mul(bright, saturation);
  Rgb fall;
  if (change.hue == 0) {
    const auto fall_of = [&](VF channel) { return hn::Mul(hn::Sub(value, channel), per_range); };
    fall = {fall_of(c.r), fall_of(c.g), fall_of(c.b)};
  } else {
    const auto hue = hn::Add(HueOf(c, value, per_range), hn::Set(d, change.hue));
    fall = {Fall(hue, 5), Fall(hue, 3), Fall(hue, 1)};
  }
  return {hn::NegMulAdd(drop, fall.r, bright), hn::NegMulAdd(drop, fall.g, bright),
          hn::NegMulAdd(drop, fall.b, bright)};
}

void Shade(const std::int16_t* colors, std::size_t count, const ColorChange& change, Pixel* out) {
  const DF d;
  const bool in_hsv = change.hue_deg != 0 || change.saturation != 1 || change.brightness != 1;
  const float turns = change.hue_deg / 360;
  const HsvChange hsv{6 * (turns - std::floor(turns)), change.saturation, change.brightness};
  const auto all = hn::Set(d, 255);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    Rgb c = LoadColors(colors + 4 * i);
    c = {Between(hn::Mul(c.r, hn::Set(d, change.red)), 0, 255),
         Between(hn::Mul(c.g, hn::Set(d, change.green)), 0, 255),
         Between(hn::Mul(c.b, hn::Set(d, change.blue)), 0, 255)};
    if (in_hsv) c = ChangedHsv(c, hsv);
    if (change.invert) c = {hn::Sub(all, c.r), hn::Sub(all, c.g), hn::Sub(all, c.b)};
    StoreCovered(c, out + i);
  }
}

void BlendPixels(const Pixel* above, const Pixel* below, const float* alpha, std::size_t count,
                 Pixel* out) {
  for (std::size_t i = 0; i < count; i += hn::Lanes(DF())) {
    const Rgb a = LoadPixels(above + i);
    const Rgb b = LoadPixels(below + i);
    const auto part = hn::LoadU(DF(), alpha + i);
    const auto mixed = [&](VF over, VF under) {
      return hn::MulAdd(hn::Sub(over, under), part, under);
    };
    const auto bytes = BytesOf({mixed(a.r, b.r), mixed(a.g, b.g), mixed(a.b, b.b)});
    const auto is_seen = hn::VecFromMask(DU(), hn::RebindMask(DU(), hn::Gt(part, hn::Zero(DF()))));
    const auto covered =
        hn::And(hn::Or(is_seen, hn::LoadU(DU(), below + i)), hn::Set(DU(), kCovered));
    hn::StoreU(hn::Or(bytes, covered), DU(), out + i);
  }
}

void FadeEdges(const EdgeLine* edges, std::size_t edge_count, float x, float y, float per_pixel,
               std::size_t count, float* alpha) {
  const DF d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto px = hn::Add(IotaFrom(i), hn::Set(d, x));
    auto least = hn::Set(d, 1e18f);
    for (std::size_t e = 0; e < edge_count; ++e) {
      const auto at_row = hn::Set(d, edges[e].y * y + edges[e].offset);
      least = hn::Min(least, hn::MulAdd(px, hn::Set(d, edges[e].x), at_row));
    }
    const auto part = Between(hn::Mul(least, hn::Set(d, per_pixel)), 0, 1);
    hn::StoreU(hn::Mul(hn::LoadU(d, alpha + i), part), d, alpha + i);
  }
}

void FadeByRed(const std::int16_t* colors, std::size_t count, float* alpha) {
  const DF d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto part = hn::Mul(LoadColors(colors + 4 * i).r, hn::Set(d, 1.0f / 255));
    hn::StoreU(hn::Mul(hn::LoadU(d, alpha + i), part), d, alpha + i);
  }
}

void SpreadColors(const Spread& spread, float x, float y, float step_x, float step_y,
                  std::size_t count, std::int16_t* colors) {
  const DF d;
  const DI di;
  const DI16 d16;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto k = IotaFrom(i);
    const auto px = hn::MulAdd(k, hn::Set(d, step_x), hn::Set(d, x));
    const auto py = hn::MulAdd(k, hn::Set(d, step_y), hn::Set(d, y));
    auto r = hn::Zero(d), g = r, b = r, weights = r;
    for (std::size_t s = 0; s < Spread::kPlaces; ++s) {
      const auto dx = hn::Sub(px, hn::Set(d, spread.x[s]));
      const auto dy = hn::Sub(py, hn::Set(d, spread.y[s]));
      const auto square = hn::MulAdd(dx, dx, hn::MulAdd(dy, dy, hn::Set(d, spread.near)));
      const auto weight = hn::Div(hn::Set(d, 1), square);
      weights = hn::Add(weights, weight);
      r = hn::MulAdd(weight, hn::Set(d, spread.r[s]), r);
      g = hn::MulAdd(weight, hn::Set(d, spread.g[s]), g);
      b = hn::MulAdd(weight, hn::Set(d, spread.b[s]), b);
    }
    const auto scale = hn::Div(hn::Set(d, 128), weights);
    const auto word = [&](VF sum) {
      return hn::DemoteTo(d16, hn::NearestInt(hn::Mul(sum, scale)));
    };
    hn::StoreInterleaved4(word(r), word(g), word(b), hn::DemoteTo(d16, hn::Zero(di)), d16,
                          colors + 4 * i);
  }
}

void AddPixels(const Pixel* pixels, std::size_t count, int times, std::uint16_t* sums) {
  const hn::CappedTag<std::uint16_t, 32> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(pixels);
  const auto factor = hn::Set(d, static_cast<std::uint16_t>(times));
  for (std::size_t i = 0; i < 4 * count; i += hn::Lanes(d)) {
    auto v = hn::PromoteTo(d, hn::LoadU(d8, bytes + i));
    if (times != 1) v = hn::Mul(v, factor);
    hn::StoreU(hn::Add(hn::LoadU(d, sums + i), v), d, sums + i);
  }
}

void AddPixelsWide(const Pixel* pixels, std::size_t count, std::uint32_t* sums) {
  const hn::CappedTag<std::uint32_t, 16> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(pixels);
  for (std::size_t i = 0; i < 4 * count; i += hn::Lanes(d)) {
    const auto v = hn::PromoteTo(d, hn::LoadU(d8, bytes + i));
    hn::StoreU(hn::Add(hn::LoadU(d, sums + i), v), d, sums + i);
  }
}

void Convolve(const float* in, std::ptrdiff_t step, const float* weights, int reach,
              std::size_t count, float* out) {
  const DF d;
  // Two sums at a time, so that one need not wait for the other's last addition.
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < count; i += 2 * lanes) {
    const float* a = in + i;
    const float* b = a + lanes;
    const auto middle = hn::Set(d, weights[0]);
    auto sum_a = hn::Mul(middle, hn::LoadU(d, a));
    auto sum_b = hn::Mul(middle, hn::LoadU(d, b));
    for (int k = 1; k <= reach; ++k) {
      const std::ptrdiff_t off = k * step;
      const auto weight = hn::Set(d, weights[k]);
      sum_a = hn::MulAdd(weight, hn::Add(hn::LoadU(d, a - off), hn::LoadU(d, a + off)), sum_a);
      sum_b = hn::MulAdd(weight, hn::Add(hn::LoadU(d, b - off), hn::LoadU(d, b + off)), sum_b);
    }
    hn::StoreU(sum_a, d, out + i);
    hn::StoreU(sum_b, d, out + i + lanes);
  }
}

void PackPixels(const float* values, std::size_t count, Pixel* out) {
  const DF d;
  const DI di;
  const hn::Rebind<std::uint8_t, DF> d8;
  auto* bytes = reinterpret_cast<std::uint8_t*>(out);
  for (std::size_t i = 0; i < 4 * count; i += hn::Lanes(d)) {
    const auto rounded = hn::ConvertTo(di, hn::Add(hn::LoadU(d, values + i), hn::Set(d, 0.5f)));
    hn::StoreU(hn::DemoteTo(d8, rounded), d8, bytes + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace retinue::internal
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
