#pragma once

// Draws one shape: the scalar truth of section 4 of the language's specification.

#include "lib/effects/color.h"
#include "lib/effects/filters.h"
#include "lib/effects/outlines.h"
#include "lib/effects/picture.h"

namespace retinue::internal {

/// How a draw's points come from the frame's: the source's bounds onto the destination's, then
/// scaled, turned and moved.
struct Placement {
  Vec2 from;                ///< Centre of the source's bounds.
  Vec2 to;                  ///< Where it comes to lie.
  double scale_x = 1;       ///< Negative mirrors.
  double scale_y = 1;
  double angle_deg = 0;     ///< Clockwise.

  Vec2 Forward(Vec2 p) const;
};

/// Where a draw takes its colours from.
enum class PaintKind { kPicture, kCells, kRing, kSolid };

struct Paint {
  Outline hull;             ///< Convex, of the source, at least 3 corners.
  Placement placement;
  bool flip_horizontal = false;
  bool flip_vertical = false;
  PaintKind kind = PaintKind::kPicture;
  RgbView picture;                ///< Of kPicture.
  const Cells* cells = nullptr;   ///< Of kCells.
  const Ring* ring = nullptr;     ///< Of kRing.
  Color solid;                    ///< Of kSolid.
  /// Weights of the source's places, 0…255, over the whole frame; null: all 255.
  const std::uint8_t* mask = nullptr;
  std::ptrdiff_t mask_stride_bytes = 0;
  Size mask_size;
  ColorChange change;
  double opacity = 1;
  double feather = 0;  ///< Pixels from the edge inwards over which the opacity rises from 0.
};

/// Draws onto `target`, the rows of a frame of `size`. Does nothing when it could not be seen.
/// @return The pixels that may have changed.
PixelArea Draw(const Paint& paint, Size size, MutablePlaneView target);

}  // namespace retinue::internal
