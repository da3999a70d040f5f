#include "retinue/model/input_size.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "lib/model/text.h"
#include "retinue/model/model_spec.h"

namespace retinue {
namespace {

using model_text::Printable;
using model_text::Trim;

bool ParseSide(std::string_view text, int& side) {
  text = Trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  return error == std::errc() && end == text.data() + text.size() && side >= 1 &&
         side <= kMaxImgsz;
}

int NearestMultiple(int side, int stride) {
  return std::max(1, (side + stride / 2) / stride) * stride;
}

// As imgsz is written: one number when square, else height,width.
std::string AsOption(Size size) {
  if (size.width == size.height) return std::to_string(size.width);
  return std::to_string(size.height) + "," + std::to_string(size.width);
}

// One side of a letterboxed picture plus what padding the stride still needs. nearbyint rounds
// halves to even, as Python does.
int RectSide(int frame_side, double ratio, int model_side, int stride) {
  const int picture = static_cast<int>(std::nearbyint(frame_side * ratio));
  const int wanted = std::clamp(picture, 1, model_side);
  return wanted + (model_side - wanted) % stride;
}

}  // namespace

Result<Size> ParseImgsz(std::string_view text) {
  std::string_view body = Trim(text);
  if (body.size() >= 2 && ((body.front() == '[' && body.back() == ']') ||
                           (body.front() == '(' && body.back() == ')'))) {
    body = body.substr(1, body.size() - 2);
  }
  const std::size_t comma = body.find_first_of(",x");
  int height = 0, width = 0;
  const bool ok = comma == std::string_view::npos
                      ? ParseSide(body, height)
                      : ParseSide(body.substr(0, comma), height) &&
                            ParseSide(body.substr(comma + 1), width);
  if (!ok) {
    return Fail(ErrorCode::kInvalidArgument,
                "imgsz must be a side or height,width in pixels, 1 to " +
                    std::to_string(kMaxImgsz) + ", got '" + Printable(text) + "'");
  }
  return Size{comma == std::string_view::npos ? height : width, height};
}

Result<void> CheckImgsz(Size size, const ModelSpec& model) {
  if (model.sizing == InputSizing::kFixed) {
    if (size == model.input.size) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "imgsz must be " + AsOption(model.input.size) +
                    ", the only size of this model, got " + AsOption(size));
  }
  const int stride = std::max(1, model.stride);
  const Size nearest{NearestMultiple(size.width, stride), NearestMultiple(size.height, stride)};
  if (nearest == size) return {};
  return Fail(ErrorCode::kInvalidArgument, "imgsz must be a multiple of the model's stride " +
                                               std::to_string(stride) + ", got " + AsOption(size) +
                                               "; nearest is " + AsOption(nearest));
}

Size ChooseInputSize(Size frame, const ModelSpec& model, bool rect) {
  const Size full = model.input.size;
  const bool can_shrink = model.sizing == InputSizing::kStride && model.input.fit != Fit::kStretch;
  if (!rect || !can_shrink || IsEmpty(frame) || IsEmpty(full)) return full;
  const double ratio = std::min(static_cast<double>(full.width) / frame.width,
                                static_cast<double>(full.height) / frame.height);
  const int stride = std::max(1, model.stride);
  return {RectSide(frame.width, ratio, full.width, stride),
          RectSide(frame.height, ratio, full.height, stride)};
}

}  // namespace retinue
