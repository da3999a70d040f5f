#include <array>
#include <charconv>
#include <string>

#include "retinue/base/check.h"
#include "retinue/eval/labels.h"
#include "retinue/results/mask.h"

namespace retinue {
namespace {

template <typename Number>
void AppendNumber(Number value, std::string& out) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  RETINUE_CHECK(written.ec == std::errc());
  out.append(text.data(), written.ptr);
}

}  // namespace

void AppendCocoResult(std::int64_t image, const EvalObject& object, Size size, std::string& out) {
  out += "{\"image_id\":";
  AppendNumber(image, out);
  out += ",\"category_id\":";
  AppendNumber(object.category, out);
  out += ",\"score\":";
  AppendNumber(object.score, out);
  out += ",\"bbox\":[";
  for (const double side : {object.box.x, object.box.y, object.box.width, object.box.height}) {
    AppendNumber(side, out);
    out += ',';
  }
  out.back() = ']';
  if (!object.mask.empty()) {
    out += ",\"segmentation\":{\"size\":[";
    AppendNumber(size.height, out);
    out += ',';
    AppendNumber(size.width, out);
    out += "],\"counts\":\"";
    const std::size_t begin = out.size();
    AppendMaskText(object.mask, out);
    // The one character of such a text that JSON must escape.
    for (std::size_t i = begin; i < out.size(); ++i) {
      if (out[i] == '\\') out.insert(i++, 1, '\\');
    }
    out += "\"}";
  }
  if (!object.keypoints.empty()) {
    out += ",\"keypoints\":[";
    for (const EvalPoint& point : object.keypoints) {
      AppendNumber(point.x, out);
      out += ',';
      AppendNumber(point.y, out);
      out += ",1,";
    }
    out.back() = ']';
  }
  out += '}';
}

}  // namespace retinue
