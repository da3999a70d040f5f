#pragma once

// The pixels of a frame as statements see them. Only what is read or drawn is ever converted:
// rows in blocks of 64 pixels, each when it is first wanted. Memory is kept from frame to frame.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lib/effects/canvas.h"
#include "lib/effects/kernels.h"
#include "lib/effects/picture.h"

namespace retinue::internal {

/// Pixels to read: of an area of a frame, or another picture.
struct PixelView {
  PixelArea area;
  const Pixel* data = nullptr;  ///< Of pixel (area.x0, area.y0). A row has 1 more than its area.
  std::ptrdiff_t stride = 0;    ///< In pixels.

  const Pixel* Row(int y) const { return data + (y - area.y0) * stride; }
};

enum class LayerKind {
  kInput,   ///< What the statements before have made.
  kCamera,  ///< The frame as it came.
};

class Layers {
 public:
  /// `canvas` is read and, in Finish, written.
  void Begin(const Canvas& canvas);

  const Canvas& canvas() const { return canvas_; }

  /// What is drawn from now on is not in kInput, before the next statement begins.
  void BeginStatement();

  /// Pixels of an area within the frame, as they are until the next statement.
  PixelView Read(LayerKind kind, const PixelArea& area);

  enum class Need {
    kNothing,  ///< All of them will be written.
    kPixels,   ///< What this statement has drawn so far is wanted below.
  };
  /// The pixel (0, y) of what is drawn. Pixels begin…end may be written then.
  Pixel* Write(int y, int begin, int end, Need need);

  /// Puts what is covered into the frame.
  void Finish();

 private:
  static constexpr int kBlock = 64;
  static constexpr int kLine = 16;  // pixels in a cache line
  // Of a block.
  static constexpr std::uint8_t kValid = 1;
  static constexpr std::uint8_t kChanged = 2;  // in this statement
  static constexpr std::uint8_t kDrawn = 4;    // in this frame

  struct Layer {
    std::unique_ptr<Pixel[]> pixels;
    std::size_t capacity = 0;
    std::vector<std::uint8_t> states;  // of blocks, row by row
    bool has_begun = false;            // in this frame
  };

  void Prepare(Layer& layer);
  Pixel* RowOf(Layer& layer, int y) const {
    return layer.pixels.get() + static_cast<std::ptrdiff_t>(y) * stride_;
  }
  std::uint8_t* StatesOf(Layer& layer, int y) const {
    return layer.states.data() + static_cast<std::ptrdiff_t>(y) * blocks_;
  }
  void Convert(Layer& layer, int y, int first_block, int end_block);
  void MakeValid(int y, int block);
  void Commit(int y);
  void FinishRows(int y);

  Canvas canvas_;
  int blocks_ = 0;  // in a row
  std::ptrdiff_t stride_ = 0;
  Layer input_, output_, camera_;
  int changed_begin_ = 0, changed_end_ = 0;  // rows, in this statement
  int drawn_begin_ = 0, drawn_end_ = 0;      // rows, in this frame
};

}  // namespace retinue::internal
