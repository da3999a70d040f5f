#pragma once

// What runs a program's statements (runner.h) hands to what draws them: the scalar painter, which
// is the truth, or the fast one.

#include "lib/effects/color.h"
#include "lib/effects/outlines.h"
#include "lib/effects/placement.h"

namespace retinue::internal {

/// Blurs below change nothing by half a grey level; above, nothing is left to blur.
inline constexpr double kLeastSigma = 0.05;
inline constexpr double kMostSigma = 1000;
/// Cells across a shape.
inline constexpr int kMostCells = 4096;

/// What a draw shows, before it is placed.
struct Texture {
  enum class Kind {
    kPicture,  ///< The statement's input, or the camera's picture.
    kSolid,
    kSurroundings,  ///< Colours from around the hull.
  };
  Kind kind = Kind::kPicture;
  Outline hull;  ///< Convex, of the source, at least 3 corners.
  bool flip_horizontal = false;
  bool flip_vertical = false;
  bool is_camera = false;  ///< Of kPicture and kSurroundings.
  double blur_sigma = 0;   ///< Of kPicture; 0 or kLeastSigma…kMostSigma.
  int cells = 0;           ///< Of kPicture, after the blur; 0 or 1…kMostCells.
  Color solid;             ///< Of kSolid.
  bool is_masked = false;  ///< Seen only where the frame's mask says background.
  ColorChange change;
  double opacity = 1;  ///< 0…1.
  double feather = 0;  ///< Pixels from the edge inwards over which the opacity rises from 0.
};

/// Draws into the frame that it was given before.
class Painter {
 public:
  virtual ~Painter() = default;
  /// The draws that follow, up to EndStatement, read what is there now.
  virtual void BeginStatement() = 0;
  /// The draws that follow show this.
  virtual void Prepare(const Texture& texture) = 0;
  /// @return Whether any of it could be seen.
  virtual bool Draw(const Placement& placement) = 0;
  virtual void EndStatement() = 0;
};

}  // namespace retinue::internal
