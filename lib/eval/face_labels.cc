#include "retinue/eval/face_labels.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "lib/eval/labelled_bounds.h"
#include "lib/eval/text_line.h"

namespace retinue {
namespace internal {

std::optional<EvalBox> BoundsOfLabelled(std::span<const EvalPoint> points) {
  std::optional<EvalBox> box;
  for (const EvalPoint& p : points) {
    if (!p.is_labelled) continue;
    if (!box) {
      box = EvalBox{p.x, p.y, 0, 0};
      continue;
    }
    const double right = std::max(box->x + box->width, p.x);
    const double bottom = std::max(box->y + box->height, p.y);
    box->x = std::min(box->x, p.x);
    box->y = std::min(box->y, p.y);
    box->width = right - box->x;
    box->height = bottom - box->y;
  }
  return box;
}

}  // namespace internal

namespace {

using internal::BadLine;
using internal::Shown;

constexpr double kFar = 1e7;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && internal::IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && internal::IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Reads one .pts, line by line.
class PtsReader {
 public:
  PtsReader(std::string_view text, std::size_t most) : text_(text), most_(most) {}

  Result<std::vector<EvalPoint>> Read() {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    RETINUE_RETURN_IF_ERROR(ReadHead());
    std::vector<EvalPoint> points;
    while (true) {
      const auto line = NextLine();
      if (!line) return BadLine(line_, "expected '}' after the points, got the end");
      if (*line == "}") break;
      RETINUE_ASSIGN_OR_RETURN(const EvalPoint point, PointOf(*line));
      if (points.size() == most_) {
        return BadLine(line_, "expected at most " + std::to_string(most_) + " points",
                       ErrorCode::kResourceExhausted);
      }
      points.push_back(point);
    }
    if (announced_ && *announced_ != static_cast<double>(points.size())) {
      return BadLine(
          line_, "expected as many points as n_points says, got " + std::to_string(points.size()));
    }
    if (const auto rest = NextLine()) {
      return BadLine(line_, "expected the end after '}', got " + Shown(*rest));
    }
    return points;
  }

 private:
  // The next line that is not blank, without blanks around it; nothing at the end.
  std::optional<std::string_view> NextLine() {
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      const std::string_view line = Trimmed(text_.substr(0, end));
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      ++line_;
      if (!line.empty()) return line;
    }
    return std::nullopt;
  }

  // `version: 1` and `n_points: 68` in any order, up to the brace.
  Result<void> ReadHead() {
    while (true) {
      const auto line = NextLine();
      if (!line) return BadLine(line_, "expected '{' before the points, got the end");
      if (*line == "{") return {};
      const std::size_t colon = line->find(':');
      if (colon == std::string_view::npos) {
        return BadLine(line_, "expected 'version:', 'n_points:' or '{', got " + Shown(*line));
      }
      if (Trimmed(line->substr(0, colon)) != "n_points") continue;
      announced_ = internal::NumberFrom(Trimmed(line->substr(colon + 1)));
      if (!announced_) return BadLine(line_, "expected a number of points, got " + Shown(*line));
    }
  }

  Result<EvalPoint> PointOf(std::string_view line) const {
    std::string_view rest = line;
    const auto x = internal::NumberFrom(internal::TakeWord(rest));
    const auto y = internal::NumberFrom(internal::TakeWord(rest));
    const bool is_point =
        x && y && Trimmed(rest).empty() && std::abs(*x) <= kFar && std::abs(*y) <= kFar;
    if (!is_point) return BadLine(line_, "expected a point, two numbers, got " + Shown(line));
    return EvalPoint{*x, *y, true};
  }

  std::string_view text_;
  std::size_t most_;
  std::int64_t line_ = 0;
  std::optional<double> announced_;
};

}  // namespace

Result<std::vector<EvalPoint>> ParsePts(std::string_view text, const LabelLimits& limits) {
  RETINUE_RETURN_IF_ERROR(internal::CheckBytes(text, limits.max_bytes));
  return PtsReader(text, limits.max_corners).Read();
}

EvalObject FaceOf(std::vector<EvalPoint> points) {
  EvalObject face;
  face.box = internal::BoundsOfLabelled(points).value_or(EvalBox{});
  face.area = face.box.width * face.box.height;
  face.keypoints = std::move(points);
  return face;
}

}  // namespace retinue
