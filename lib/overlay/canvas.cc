#include "lib/overlay/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "retinue/base/check.h"

namespace retinue::internal {
namespace {

// opacity 0…256.
std::uint8_t Blend(std::uint8_t below, std::uint8_t ink, int opacity) {
  return static_cast<std::uint8_t>(below + (((ink - below) * opacity + 128) >> 8));
}

// 255 must cover everything: 0…255 to 0…256.
int OpacityOf(std::uint8_t coverage) { return coverage + (coverage >> 7); }

void FillRow(std::uint8_t* row, int count, std::uint8_t ink, int opacity) {
  if (opacity == 256) {
    std::memset(row, ink, static_cast<std::size_t>(count));
    return;
  }
  for (int i = 0; i < count; ++i) row[i] = Blend(row[i], ink, opacity);
}

std::uint8_t* RowOf(const MutablePlaneView& plane, int y) {
  return plane.data + y * plane.stride_bytes;
}

// How many of the pixels 2i and 2i + 1 lie in [begin, end).
int PixelsOfPair(int i, int begin, int end) {
  return std::max(0, std::min(2 * i + 2, end) - std::max(2 * i, begin));
}

}  // namespace

PixelRect Intersection(const PixelRect& a, const PixelRect& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
          std::min(a.bottom, b.bottom)};
}

PixelRect Grown(const PixelRect& rect, int by) {
  return {rect.left - by, rect.top - by, rect.right + by, rect.bottom + by};
}

Ink ToYCbCr(Rgb color, ColorSpace space) {
  double kr = 0.2126;
  double kb = 0.0722;
  if (space.matrix == ColorMatrix::kBt601) kr = 0.299, kb = 0.114;
  if (space.matrix == ColorMatrix::kBt2020) kr = 0.2627, kb = 0.0593;
  const double r = color.r / 255.0;
  const double g = color.g / 255.0;
  const double b = color.b / 255.0;
  const double y = kr * r + (1 - kr - kb) * g + kb * b;
  const double cb = (b - y) / (2 * (1 - kb));
  const double cr = (r - y) / (2 * (1 - kr));
  const bool is_full = space.range == ColorRange::kFull;
  const auto sample = [](double v) {
    return static_cast<std::uint8_t>(std::clamp(std::lround(v), 0l, 255l));
  };
  return {sample(is_full ? 255 * y : 16 + 219 * y), sample(128 + (is_full ? 255 : 224) * cb),
          sample(128 + (is_full ? 255 : 224) * cr)};
}

Canvas::Canvas(FrameBuffer& buffer)
    : size_(buffer.format().size),
      space_(buffer.format().color),
      is_rgb_(buffer.format().pixels == PixelFormat::kRgb24) {
  RETINUE_CHECK(is_rgb_ || buffer.format().pixels == PixelFormat::kI420);
  const int count = PlaneCount(buffer.format().pixels);
  for (int i = 0; i < count; ++i) planes_[static_cast<std::size_t>(i)] = buffer.plane(i);
}

Ink Canvas::InkOf(Rgb color) const {
  return is_rgb_ ? Ink{color.r, color.g, color.b} : ToYCbCr(color, space_);
}

void Canvas::Fill(const PixelRect& rect, const Ink& ink, int opacity) {
  const PixelRect r = Intersection(rect, bounds());
  if (r.IsEmpty()) return;
  if (is_rgb_) {
    for (int y = r.top; y < r.bottom; ++y) {
      std::uint8_t* row = RowOf(planes_[0], y) + 3 * r.left;
      for (std::uint8_t* const end = row + 3 * r.width(); row != end; row += 3) {
        for (std::size_t c = 0; c < 3; ++c) {
          row[c] = opacity == 256 ? ink[c] : Blend(row[c], ink[c], opacity);
        }
      }
    }
    return;
  }
  for (int y = r.top; y < r.bottom; ++y) {
    FillRow(RowOf(planes_[0], y) + r.left, r.width(), ink[0], opacity);
  }
  FillChroma(r, ink, opacity);
}

void Canvas::FillChroma(const PixelRect& r, const Ink& ink, int opacity) {
  const int first = r.left / 2;
  const int last = (r.right - 1) / 2;
  const auto in_row = [&](int x, int row_opacity) {
    return row_opacity * PixelsOfPair(x, r.left, r.right) / PixelsOfPair(x, 0, size_.width);
  };
  // Divisions cost more than the few samples of a line: once for all whole rows.
  const int whole_first = in_row(first, opacity);
  const int whole_last = in_row(last, opacity);
  for (int y = r.top / 2; y <= (r.bottom - 1) / 2; ++y) {
    const int rows = PixelsOfPair(y, r.top, r.bottom);
    const int all_rows = PixelsOfPair(y, 0, size_.height);
    const bool is_whole = rows == all_rows;
    const int middle = is_whole ? opacity : opacity * rows / all_rows;
    const int at_first = is_whole ? whole_first : in_row(first, middle);
    const int at_last = is_whole ? whole_last : in_row(last, middle);
    for (const std::size_t p : {1u, 2u}) {
      std::uint8_t* row = RowOf(planes_[p], y);
      row[first] = Blend(row[first], ink[p], at_first);
      if (last > first) row[last] = Blend(row[last], ink[p], at_last);
      if (last > first + 1) FillRow(row + first + 1, last - first - 1, ink[p], middle);
    }
  }
}

void Canvas::FillRing(const PixelRect& outer, const PixelRect& inner, const Ink& ink,
                      int opacity) {
  if (inner.IsEmpty()) return Fill(outer, ink, opacity);
  Fill({outer.left, outer.top, outer.right, inner.top}, ink, opacity);
  Fill({outer.left, inner.bottom, outer.right, outer.bottom}, ink, opacity);
  Fill({outer.left, inner.top, inner.left, inner.bottom}, ink, opacity);
  Fill({inner.right, inner.top, outer.right, inner.bottom}, ink, opacity);
}

void Canvas::FillMask(int left, int top, const Mask& mask, const Ink& ink) {
  const PixelRect r = Intersection({left, top, left + mask.width, top + mask.height}, bounds());
  if (r.IsEmpty()) return;
  const int step = is_rgb_ ? 3 : 1;
  for (int y = r.top; y < r.bottom; ++y) {
    const std::uint8_t* coverage =
        mask.coverage.data() + static_cast<std::ptrdiff_t>(y - top) * mask.width - left;
    std::uint8_t* row = RowOf(planes_[0], y);
    for (int x = r.left; x < r.right; ++x) {
      if (coverage[x] == 0) continue;
      for (int c = 0; c < step; ++c) {
        std::uint8_t& sample = row[x * step + c];
        sample = Blend(sample, ink[static_cast<std::size_t>(c)], OpacityOf(coverage[x]));
      }
    }
  }
  if (!is_rgb_) MaskChroma(left, top, mask, r, ink);
}

// Runs lie in columns: written column by column, their chroma when a pair of columns is done.
void Canvas::FillRuns(std::span<const std::uint32_t> counts, const Ink& ink, int opacity,
                      std::vector<std::uint8_t>& scratch) {
  const auto height = static_cast<std::int64_t>(size_.height);
  const std::int64_t pixels = height * size_.width;
  scratch.assign(static_cast<std::size_t>((height + 1) / 2), 0);  // pixels of each chroma sample
  std::int64_t at = 0;
  int pair = -1;
  bool is_inside = false;
  for (const std::uint32_t count : counts) {
    const std::int64_t end = std::min(pixels, at + count);
    for (; is_inside && at < end;) {
      const int x = static_cast<int>(at / height);
      const int top = static_cast<int>(at % height);
      const int bottom = static_cast<int>(std::min(height, top + (end - at)));
      if (!is_rgb_ && x / 2 != pair) {
        if (pair >= 0) RunsChroma(pair, ink, opacity, scratch);
        pair = x / 2;
      }
      const int step = is_rgb_ ? 3 : 1;
      for (int y = top; y < bottom; ++y) {
        std::uint8_t* sample = RowOf(planes_[0], y) + step * x;
        for (int c = 0; c < step; ++c) {
          sample[c] = Blend(sample[c], ink[static_cast<std::size_t>(c)], opacity);
        }
        if (!is_rgb_) ++scratch[static_cast<std::size_t>(y / 2)];
      }
      at += bottom - top;
    }
    at = end;
    is_inside = !is_inside;
  }
  if (pair >= 0) RunsChroma(pair, ink, opacity, scratch);
}

// `covered`: how many pixels of each sample in the column `cx` are; set to 0.
void Canvas::RunsChroma(int cx, const Ink& ink, int opacity, std::span<std::uint8_t> covered) {
  const int across = PixelsOfPair(cx, 0, size_.width);
  for (std::size_t row = 0; row < covered.size(); ++row) {
    if (covered[row] == 0) continue;
    const int cy = static_cast<int>(row);
    const int share = opacity * covered[row] / (across * PixelsOfPair(cy, 0, size_.height));
    for (const std::size_t p : {1u, 2u}) {
      std::uint8_t& sample = RowOf(planes_[p], cy)[cx];
      sample = Blend(sample, ink[p], share);
    }
    covered[row] = 0;
  }
}

void Canvas::MaskChroma(int left, int top, const Mask& mask, const PixelRect& r, const Ink& ink) {
  for (int cy = r.top / 2; cy <= (r.bottom - 1) / 2; ++cy) {
    const int y_begin = std::max(2 * cy, r.top);
    const int y_end = std::min(2 * cy + 2, r.bottom);
    // A sample belongs to 1, 2 or 4 pixels: dividing is shifting.
    const int shift_y = PixelsOfPair(cy, 0, size_.height) - 1;
    std::uint8_t* const cb = RowOf(planes_[1], cy);
    std::uint8_t* const cr = RowOf(planes_[2], cy);
    for (int cx = r.left / 2; cx <= (r.right - 1) / 2; ++cx) {
      const int x_begin = std::max(2 * cx, r.left);
      const int x_end = std::min(2 * cx + 2, r.right);
      int sum = 0;
      for (int y = y_begin; y < y_end; ++y) {
        const std::uint8_t* coverage =
            mask.coverage.data() + static_cast<std::ptrdiff_t>(y - top) * mask.width - left;
        for (int x = x_begin; x < x_end; ++x) sum += OpacityOf(coverage[x]);
      }
      if (sum == 0) continue;
      const int opacity = sum >> (shift_y + PixelsOfPair(cx, 0, size_.width) - 1);
      cb[cx] = Blend(cb[cx], ink[1], opacity);
      cr[cx] = Blend(cr[cx], ink[2], opacity);
    }
  }
}

}  // namespace retinue::internal
