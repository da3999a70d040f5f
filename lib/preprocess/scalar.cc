#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "lib/preprocess/elements.h"
#include "lib/preprocess/output.h"
#include "lib/preprocess/plan_tables.h"

// The truth: every formula of preprocess.h once more, in double precision and in
// the order in which it is written there. From the plan it takes the geometry
// (map, spans) and where the samples lie, but neither taps nor colours.

namespace retinue {
namespace {

using internal::Component;
using internal::Grid;
using internal::PlanTables;

/// One component at luma position (x, y), bilinear, the edges repeated.
double Sample(const Frame& frame, const Component& component, const Grid& grid, double x,
              double y) {
  const double gx = x / grid.x_divisor;
  const double gy = (y - (grid.y_divisor - 1) * 0.5) / grid.y_divisor;
  const double left = std::floor(gx), top = std::floor(gy);
  const PlaneView plane = frame.plane(component.plane);
  const auto at = [&](double column, double row) {
    const auto i = static_cast<std::ptrdiff_t>(std::clamp(column, 0.0, grid.width - 1.0));
    const auto j = static_cast<std::ptrdiff_t>(std::clamp(row, 0.0, grid.height - 1.0));
    return static_cast<double>(
        plane.data[j * plane.stride_bytes + component.offset_bytes + i * component.step_bytes]);
  };
  const double u = gx - left, v = gy - top;
  return (1 - v) * ((1 - u) * at(left, top) + u * at(left + 1, top)) +
         v * ((1 - u) * at(left, top + 1) + u * at(left + 1, top + 1));
}

using Rgb = std::array<double, 3>;

Rgb Clamped(Rgb rgb) {
  for (double& value : rgb) value = std::clamp(value, 0.0, 255.0);
  return rgb;
}

double LumaTo255(double y, const ColorSpace& color) {
  return color.range == ColorRange::kFull ? y : (y - 16) * 255 / 219;
}

Rgb FromYCbCr(double y, double cb, double cr, const ColorSpace& color) {
  const double luma = LumaTo255(y, color);
  const double stretch = color.range == ColorRange::kFull ? 1.0 : 255.0 / 224.0;
  const internal::LumaWeights k = internal::LumaWeightsOf(color.matrix);
  const double red = luma + 2 * (1 - k.red) * (cr - 128) * stretch;
  const double blue = luma + 2 * (1 - k.blue) * (cb - 128) * stretch;
  const double green = (luma - k.red * red - k.blue * blue) / (1 - k.red - k.blue);
  return Clamped({red, green, blue});
}

/// The output's channels in 0…255.
Rgb Channels(const std::array<double, 3>& components, const PreprocessPlan& plan) {
  const FrameFormat& format = plan.format();
  const ChannelOrder order = plan.spec().order;
  const bool is_rgb = format.pixels == PixelFormat::kRgb24 ||
                      format.pixels == PixelFormat::kBgr24 || format.pixels == PixelFormat::kRgba32;
  if (order == ChannelOrder::kGray || format.pixels == PixelFormat::kGray8) {
    const double gray = is_rgb
                            ? 0.299 * components[0] + 0.587 * components[1] + 0.114 * components[2]
                            : LumaTo255(components[0], format.color);
    return Clamped({gray, gray, gray});
  }
  Rgb rgb =
      is_rgb ? components : FromYCbCr(components[0], components[1], components[2], format.color);
  if (order == ChannelOrder::kBgr) std::swap(rgb[0], rgb[2]);
  return rgb;
}

}  // namespace

void PreprocessScalar(const PreprocessPlan& plan, const Frame& frame, const MutableTensorView& out,
                      Padding padding) {
  RETINUE_CHECK(CheckPreprocess(plan, frame, out).has_value());
  const PlanTables& tables = plan.tables();
  const InputSpec& spec = plan.spec();
  const internal::Output output = internal::OutputOf(plan, out);
  if (padding == Padding::kWrite) internal::WritePadding(tables, output);

  const internal::SampleMap& map = tables.map;
  for (int row = tables.rows.begin; row < tables.rows.end; ++row) {
    const internal::Span span = tables.PictureOfRow(row);
    for (int column = span.begin; column < span.end; ++column) {
      const double x = map.xx * column + map.xy * row + map.x0;
      const double y = map.yx * column + map.yy * row + map.y0;
      std::array<double, 3> components{};
      for (int k = 0; k < tables.component_count; ++k) {
        const Component& component = tables.components[static_cast<std::size_t>(k)];
        components[static_cast<std::size_t>(k)] =
            Sample(frame, component, tables.grids[static_cast<std::size_t>(component.grid)], x, y);
      }
      if (!tables.column_cover.share.empty()) {
        const double share = double{tables.column_cover.share[static_cast<std::size_t>(
                                 column - tables.columns.begin)]} *
                             double{tables.row_cover.share[static_cast<std::size_t>(
                                 row - tables.rows.begin)]};
        for (std::size_t k = 0; k < 3; ++k) {
          components[k] = share * components[k] + (1 - share) * double{tables.pad_components[k]};
        }
      }
      const Rgb channels = Channels(components, plan);
      for (int c = 0; c < output.channels; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const double value = channels[i] * spec.scale[i] + spec.offset[i];
        const std::uint32_t bits = internal::ToElementBits(spec.type, static_cast<float>(value));
        std::memcpy(output.At(c, column, row), &bits, output.element_bytes);
      }
    }
  }
}

}  // namespace retinue
