#pragma once

// Masks: which pixels of a picture belong to an object, as run lengths in COCO's
// order. Thread rule: plain values, pure functions.
//
// A mask of a picture of H rows and W columns is a list of counts that sum to H · W. Pixels are
// taken column after column, each from the top; the counts are lengths of runs,
// in turn outside and inside the object, the first outside (0 when the top left pixel is inside).
// No other count is 0.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"

namespace retinue {

/// Several masks in one memory, which is kept when they are cleared.
class MaskList {
 public:
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  /// Counts of mask `index` < size(); valid until the list changes.
  std::span<const std::uint32_t> operator[](std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::span<const std::uint32_t>(counts_).subspan(begin, ends_[index] - begin);
  }
  void Clear() {
    counts_.clear();
    ends_.clear();
  }
  /// Adds a run to the mask that is being written…
  void AddRun(std::uint32_t length) { counts_.push_back(length); }
  /// …and ends that mask: it becomes mask size() - 1.
  void EndMask() { ends_.push_back(counts_.size()); }
  friend bool operator==(const MaskList&, const MaskList&) = default;

 private:
  std::vector<std::uint32_t> counts_;
  std::vector<std::size_t> ends_;
};

/// Pixels inside. Cost of this and all below: the counts, unless it says otherwise.
std::int64_t MaskArea(std::span<const std::uint32_t> counts);

/// The smallest box of whole pixels around a mask; empty for an empty mask.
Box MaskBounds(std::span<const std::uint32_t> counts, Size size);

/// Appends COCO's compressed text of the counts, as `segmentation.counts` holds it: about two
/// characters of '0'…'o' each. Allocates only while `out` grows.
/// @source cocoapi `rleToString`
void AppendMaskText(std::span<const std::uint32_t> counts, std::string& out);

/// The inverse of AppendMaskText, for bytes from outside. Counts of 0 that other programs left
/// inside are joined away. `size` has at most 2^32 - 1 pixels, here and below.
/// @error kDataLoss  Not such a text, or its counts do not sum to the pixels of `size`.
Result<std::vector<std::uint32_t>> ParseMaskText(std::string_view text, Size size);

/// The mask of counts as a file may hold them, uncompressed.
/// @error kDataLoss  One is negative, or they do not sum to the pixels of `size`.
Result<std::vector<std::uint32_t>> MaskFromCounts(std::span<const std::int64_t> counts, Size size);

/// One closed outline, its corners in pixels between pixel edges; the last joins the first.
using Polygon = std::vector<Point>;

/// The outer edges of the mask's parts, along pixel edges, clockwise as seen on the screen;
/// larger areas first, equal ones from the top. Pixels that touch at a corner belong to one part;
/// holes are filled, so what lies in a hole has no polygon.
///
/// @param tolerance  Corners are left out as long as no corner lies more than this many pixels off
///                   the line that remains; 0 keeps all. A part that would shrink to a line keeps
///                   all its corners.
/// Cost: the pixels of MaskBounds, and their memory.
std::vector<Polygon> MaskPolygons(std::span<const std::uint32_t> counts, Size size,
                                  float tolerance = 1.0f);

/// The mask that a polygon fills, as COCO counts it: which pixels an edge cuts off is decided on
/// a grid of a fifth of a pixel. What is outside of the picture is left out; the polygon may cross
/// itself (even-odd). Coordinates beyond ±2^20 count as that, NaN as -2^20.
/// Cost: 5 steps a pixel of the outline.
/// @source cocoapi `rleFrPoly`
std::vector<std::uint32_t> MaskFromPolygon(std::span<const Point> corners, Size size);

/// The same of x, y, x, y … in double precision, which ground truth needs: corners at x.1, x.3 …
/// lie just on the edge of that grid. A lone last value is passed over.
std::vector<std::uint32_t> MaskFromPolygon(std::span<const double> coordinates, Size size);

/// The pixels of any of the masks, all of pictures of `size`; of none: no pixel.
/// @source cocoapi `rleMerge` (intersect = 0)
std::vector<std::uint32_t> MaskUnion(std::span<const std::vector<std::uint32_t>> masks, Size size);

/// Pixels that both masks hold; both of pictures of one size.
std::int64_t MaskOverlap(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

}  // namespace retinue
