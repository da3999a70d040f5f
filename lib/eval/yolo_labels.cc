#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "lib/eval/outline.h"
#include "lib/eval/text_line.h"
#include "retinue/base/check.h"
#include "retinue/eval/labels.h"
#include "retinue/results/mask.h"

namespace retinue {
namespace {

using internal::BadLine;
using internal::Shown;

// Rounding of whoever wrote the labels. @source Ultralytics, verify_image_label
constexpr double kSlack = 0.01;
constexpr double kMaxClass = 1e6;

// The numbers of one line; empty for an empty line.
Result<std::vector<double>> SplitLine(std::string_view text, std::int64_t line, std::size_t most) {
  std::vector<double> numbers;
  while (true) {
    const std::string_view word = internal::TakeWord(text);
    if (word.empty()) return numbers;
    const auto number = internal::NumberFrom(word);
    if (!number) return BadLine(line, "expected a number, got " + Shown(word));
    if (numbers.size() == most) {
      return BadLine(line, "expected at most " + std::to_string(most) + " numbers, got more",
                     ErrorCode::kResourceExhausted);
    }
    numbers.push_back(*number);
  }
}

Result<void> CheckFractions(std::span<const double> numbers, std::int64_t line) {
  for (const double number : numbers) {
    if (number >= -kSlack && number <= 1 + kSlack) continue;
    return BadLine(line, "expected fractions of the picture, 0 to 1, got " +
                             Shown(std::to_string(number)));
  }
  return {};
}

EvalBox ToPixels(std::span<const double> numbers, Size size) {
  return {(numbers[0] - numbers[2] / 2) * size.width, (numbers[1] - numbers[3] / 2) * size.height,
          std::max(0.0, numbers[2] * size.width), std::max(0.0, numbers[3] * size.height)};
}

// Sets box, area and mask from corners in fractions.
Result<void> ReadOutline(std::span<const double> fractions, std::int64_t line, Size size,
                         bool keep_mask, EvalObject& object) {
  std::vector<double> xy(fractions.begin(), fractions.end());
  double low_x = xy[0] * size.width, high_x = low_x;
  double low_y = xy[1] * size.height, high_y = low_y;
  for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
    xy[i] *= size.width;
    xy[i + 1] *= size.height;
    low_x = std::min(low_x, xy[i]);
    high_x = std::max(high_x, xy[i]);
    low_y = std::min(low_y, xy[i + 1]);
    high_y = std::max(high_y, xy[i + 1]);
  }
  auto mask = internal::MaskOfOutline(xy, size);
  if (!mask) return BadLine(line, "expected an outline " + mask.error().message);
  object.box = {low_x, low_y, high_x - low_x, high_y - low_y};
  object.area = static_cast<double>(MaskArea(*mask));
  if (keep_mask) object.mask = *std::move(mask);
  return {};
}

Result<void> ReadKeypoints(std::span<const double> numbers, int count, std::int64_t line, Size size,
                           EvalObject& object) {
  const bool has_visibility = numbers.size() == 3 * static_cast<std::size_t>(count);
  const std::size_t columns = has_visibility ? 3 : 2;
  for (std::size_t i = 0; i < numbers.size(); i += columns) {
    RETINUE_RETURN_IF_ERROR(CheckFractions(numbers.subspan(i, 2), line));
    const double x = numbers[i], y = numbers[i + 1];
    // Without visibility, 0 0 stands for a point that nobody labelled.
    const bool is_labelled = has_visibility ? numbers[i + 2] > 0 : x != 0 || y != 0;
    object.keypoints.push_back({x * size.width, y * size.height, is_labelled});
  }
  return {};
}

Result<EvalObject> ReadObject(std::span<const double> numbers, std::int64_t line, Size size,
                              const YoloLabelOptions& options) {
  EvalObject object;
  if (numbers[0] != std::floor(numbers[0]) || numbers[0] < 0 || numbers[0] > kMaxClass) {
    return BadLine(line, "expected a class number of 0 or more first, got " +
                             Shown(std::to_string(numbers[0])));
  }
  object.category = static_cast<std::int64_t>(numbers[0]);
  const auto points = static_cast<std::size_t>(std::max(options.keypoints, 0));
  const std::size_t count = numbers.size();
  if (points > 0 && count != 5 + 2 * points && count != 5 + 3 * points) {
    return BadLine(line, "expected " + std::to_string(5 + 3 * points) + " or " +
                             std::to_string(5 + 2 * points) + " numbers for " +
                             std::to_string(points) + " keypoints, got " + std::to_string(count));
  }
  if (points == 0 && count != 5 && (count < 7 || count % 2 == 0)) {
    return BadLine(line, "expected 5 numbers, or 7, 9, 11 … of an outline, got " +
                             std::to_string(count));
  }
  const std::span<const double> rest = numbers.subspan(1);
  if (points == 0 && count != 5) {
    RETINUE_RETURN_IF_ERROR(CheckFractions(rest, line));
    RETINUE_RETURN_IF_ERROR(ReadOutline(rest, line, size, options.masks, object));
    return object;
  }
  RETINUE_RETURN_IF_ERROR(CheckFractions(rest.first(4), line));
  object.box = ToPixels(rest, size);
  object.area = object.box.width * object.box.height;
  if (points > 0) {
    RETINUE_RETURN_IF_ERROR(ReadKeypoints(rest.subspan(4), options.keypoints, line, size, object));
  }
  return object;
}

}  // namespace

Result<std::vector<EvalObject>> ParseYoloLabels(std::string_view text, Size size,
                                                const YoloLabelOptions& options,
                                                const LabelLimits& limits) {
  RETINUE_CHECK(!IsEmpty(size));
  RETINUE_RETURN_IF_ERROR(internal::CheckBytes(text, limits.max_bytes));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<EvalObject> objects;
  for (std::int64_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    RETINUE_ASSIGN_OR_RETURN(
        const std::vector<double> numbers,
        SplitLine(text.substr(0, end), line, 2 * limits.max_corners + 1));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (numbers.empty()) continue;
    if (objects.size() == limits.max_objects) {
      return BadLine(line, "expected at most " + std::to_string(limits.max_objects) + " objects",
                     ErrorCode::kResourceExhausted);
    }
    RETINUE_ASSIGN_OR_RETURN(EvalObject object, ReadObject(numbers, line, size, options));
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace retinue
