#include "lib/effects/layers.h"

#include <algorithm>

namespace retinue::internal {

void Layers::Begin(const Canvas& canvas) {
  canvas_ = canvas;
  blocks_ = (canvas.size.width + kBlock - 1) / kBlock;
  // An odd number of cache lines: those of a column, which draws at an angle read, then do not
  // drive each other out of the cache.
  stride_ = static_cast<std::ptrdiff_t>(blocks_) * kBlock + kLine;
  input_.has_begun = output_.has_begun = camera_.has_begun = false;
  changed_begin_ = drawn_begin_ = canvas.size.height;
  changed_end_ = drawn_end_ = 0;
}

// Nothing is set to 0: a large frame's memory must not be touched but where it is drawn.
void Layers::Prepare(Layer& layer) {
  if (layer.has_begun) return;
  layer.has_begun = true;
  const auto rows = static_cast<std::size_t>(canvas_.size.height);
  const std::size_t count = rows * static_cast<std::size_t>(stride_) + kSlack;
  if (layer.capacity < count) {
    layer.pixels = std::make_unique_for_overwrite<Pixel[]>(count);
    layer.capacity = count;
  }
  layer.states.assign(rows * static_cast<std::size_t>(blocks_), 0);
}

void Layers::BeginStatement() {
  for (int y = changed_begin_; y < changed_end_; ++y) Commit(y);
  changed_begin_ = canvas_.size.height;
  changed_end_ = 0;
}

void Layers::Commit(int y) {
  Prepare(input_);
  std::uint8_t* from = StatesOf(output_, y);
  std::uint8_t* to = StatesOf(input_, y);
  for (int begin = 0; begin < blocks_; ++begin) {
    int end = begin;
    for (; end < blocks_ && (from[end] & kChanged) != 0; ++end) {
      from[end] = static_cast<std::uint8_t>(from[end] & ~kChanged);
      to[end] = kValid;
    }
    if (begin == end) continue;
    const Pixel* row = RowOf(output_, y);
    std::copy(row + begin * kBlock, row + end * kBlock, RowOf(input_, y) + begin * kBlock);
    begin = end;
  }
}

void Layers::Convert(Layer& layer, int y, int first_block, int end_block) {
  const int begin = first_block * kBlock;
  canvas_.Read(y, begin, std::min(end_block * kBlock, canvas_.size.width), RowOf(layer, y) + begin);
}

PixelView Layers::Read(LayerKind kind, const PixelArea& area) {
  Layer& layer = kind == LayerKind::kCamera ? camera_ : input_;
  Prepare(layer);
  const int first = area.x0 / kBlock;
  const int last = (area.x1 - 1) / kBlock;
  for (int y = area.y0; y < area.y1; ++y) {
    std::uint8_t* states = StatesOf(layer, y);
    for (int begin = first; begin <= last; ++begin) {
      int end = begin;
      for (; end <= last && states[end] == 0; ++end) states[end] = kValid;
      if (begin == end) continue;
      Convert(layer, y, begin, end);
      begin = end;
    }
  }
  return {area, RowOf(layer, area.y0) + area.x0, stride_};
}

void Layers::MakeValid(int y, int block) {
  std::uint8_t& state = StatesOf(output_, y)[block];
  if ((state & kValid) != 0) return;
  state |= kValid;
  if (input_.has_begun && StatesOf(input_, y)[block] != 0) {
    const Pixel* row = RowOf(input_, y) + block * kBlock;
    std::copy(row, row + kBlock, RowOf(output_, y) + block * kBlock);
    return;
  }
  Convert(output_, y, block, block + 1);
}

Pixel* Layers::Write(int y, int begin, int end, Need need) {
  Prepare(output_);
  Pixel* row = RowOf(output_, y);
  if (begin >= end) return row;
  std::uint8_t* states = StatesOf(output_, y);
  for (int block = begin / kBlock; block <= (end - 1) / kBlock; ++block) {
    const bool is_covered =
        begin <= block * kBlock && std::min((block + 1) * kBlock, canvas_.size.width) <= end;
    if (!is_covered || need == Need::kPixels) MakeValid(y, block);
    states[block] = kValid | kChanged | kDrawn;
  }
  changed_begin_ = std::min(changed_begin_, y);
  changed_end_ = std::max(changed_end_, y + 1);
  drawn_begin_ = std::min(drawn_begin_, y);
  drawn_end_ = std::max(drawn_end_, y + 1);
  return row;
}

void Layers::Finish() {
  for (int y = drawn_begin_ / 2 * 2; y < drawn_end_; y += 2) FinishRows(y);
}

// Chroma wants both rows of a block.
void Layers::FinishRows(int y) {
  const bool has_bottom = y + 1 < canvas_.size.height;
  Pixel* top = RowOf(output_, y);
  Pixel* bottom = has_bottom ? RowOf(output_, y + 1) : top;
  const std::uint8_t* states = StatesOf(output_, y);
  const std::uint8_t* below = has_bottom ? StatesOf(output_, y + 1) : states;
  for (int begin = 0; begin < blocks_; ++begin) {
    int end = begin;
    for (; end < blocks_ && ((states[end] | below[end]) & kDrawn) != 0; ++end) {
      MakeValid(y, end);
      if (has_bottom) MakeValid(y + 1, end);
    }
    if (begin == end) continue;
    canvas_.Write(y, begin * kBlock, std::min(end * kBlock, canvas_.size.width),
                  top + begin * kBlock, bottom + begin * kBlock);
    begin = end;
  }
}

}  // namespace retinue::internal
