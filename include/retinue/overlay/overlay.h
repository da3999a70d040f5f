#pragma once

// Overlay: draws results into a copy of a frame: boxes, masks, bodies, and labels
// in real type. It works in the frame's own kind of colour (YCbCr stays YCbCr), so
// that a video goes from the decoder to the encoder without a detour over RGB.
//
// Threads: one Overlay per thread; the frames it returns may be used and
// dropped on any thread.

#include <cstddef>
#include <memory>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/image/frame.h"
#include "retinue/results/results.h"

namespace retinue {

struct OverlayOptions {
  bool show_boxes = true;
  /// `person 3 0.91`: class name, track id (if any), score.
  bool show_labels = true;
  /// The score in the label.
  bool show_conf = true;
  /// The contours of faces; of large ones every landmark as a dot.
  bool show_landmarks = true;
  /// Other lines to draw on faces, also without show_landmarks: rings of landmarks, each closed by
  /// a line to its first. What is looked at must stay there.
  std::vector<std::span<const std::int16_t>> face_rings{};
  /// Of boxes, in pixels, 1…100; 0 = by the picture's size: 0.3 % of the mean of width and
  /// height, at least 2. Text grows with it.
  int line_width = 0;
  /// The bytes of a TrueType or OpenType font, copied; empty = DefaultFont(). A damaged font may
  /// not be noticed: give only files that you trust.
  std::span<const std::byte> font = {};
};

/// DejaVu Sans, in the program; empty when retinue was built without a font file.
std::span<const std::byte> DefaultFont();

/// Draws the results of one stream.
class Overlay {
 public:
  /// @error kInvalidArgument  line_width is out of range, or the font is not one.
  /// @error kUnsupported      Labels are wanted, no font is given, and retinue was built without.
  static Result<std::unique_ptr<Overlay>> Create(const OverlayOptions& options = {});
  ~Overlay();
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  /// A copy of `frame` with `result` drawn into it.
  ///
  /// @param frame        Any format and size.
  /// @param result       Boxes may lie partly or wholly outside of the frame; what is inside is
  ///                     drawn. Masks are laid over the picture where they are of the frame's
  ///                     size; oriented boxes are drawn instead of those around them; keypoints
  ///                     of score 0.25 and more as dots, those of bodies of 17 or 33 points
  ///                     joined by limbs; faces as contours in their object's colour; what a
  ///                     classifier says stands in the top left corner.
  ///                     Boxes with numbers that are not finite, or without area, are left out.
  ///                     Objects are drawn in the order given, labels above all boxes.
  /// @param class_names  UTF-8, by class id; a class without a name is written `class 7`, and
  ///                     names are cut after 48 characters. What the font does
  ///                     not hold is drawn as its box for missing glyphs.
  /// @return kI420 with the same ColorSpace for kNv12, kI420, kYuy2 and kGray8; kRgb24 for
  ///         kRgb24, kBgr24 and kRgba32. Size, id and timing are the frame's.
  ///         Pixels that no box and no label touches are the frame's, bit for bit (of kYuy2
  ///         the mean of two rows of chroma; a chroma sample belongs to four pixels).
  /// @error kInvalidArgument    The frame is empty.
  /// @error kResourceExhausted  No memory for a picture.
  ///
  /// A label stands above its box, else below it, else inside, wherever it fits into
  /// the frame and covers least of other labels; older tracks choose first. At 1280x720 with 20
  /// boxes about 0.6 ms, of which 0.05 ms is the copy (bench/overlay_bench.cc). No
  /// allocation once as many frames have been in flight, and as many objects and different
  /// characters were seen.
  Result<Frame> Draw(const Frame& frame, const FrameResult& result,
                     std::span<const std::string> class_names);

 private:
  class Impl;
  explicit Overlay(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace retinue
