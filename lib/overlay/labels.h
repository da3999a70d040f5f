#pragma once

// What labels say and where they stand. Thread rule: one LabelPlacer per thread.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/overlay/canvas.h"

namespace retinue::internal {

/// Writes `person 3 0.91` over `text`: name, id if there is one, score if wanted.
void WriteLabel(const Detection& object, std::span<const std::string> class_names, bool with_score,
                std::string& text);

/// Finds places for labels so that they cover no other label, or as little as can be had.
class LabelPlacer {
 public:
  /// Forgets the labels placed so far. Labels stay in `bounds` if they fit at all.
  void Begin(const PixelRect& bounds);

  /// The place for a label of this size at `box` (with its lines): above, below or inside, left
  /// sides in line; remembered.
  PixelRect Place(const PixelRect& box, int width, int height);

 private:
  PixelRect Inside(int left, int top, int width, int height) const;
  std::int64_t Covered(const PixelRect& place) const;

  PixelRect bounds_;
  std::vector<PixelRect> taken_;
};

}  // namespace retinue::internal
