#include "lib/overlay/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "lib/overlay/font.h"

namespace retinue::internal {
namespace {

constexpr int kMostCharacters = 48;

void AppendNumber(std::string& text, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

// Two decimals, whatever the locale.
void AppendScore(std::string& text, float score) {
  if (!std::isfinite(score)) return;
  const int hundredths = static_cast<int>(std::lround(std::clamp(score, 0.0f, 1.0f) * 100));
  AppendNumber(text, hundredths / 100);
  text += '.';
  text += static_cast<char>('0' + hundredths / 10 % 10);
  text += static_cast<char>('0' + hundredths % 10);
}

std::string_view Cut(std::string_view name) {
  std::string_view rest = name;
  for (int i = 0; i < kMostCharacters && !rest.empty(); ++i) TakeCharacter(rest);
  return name.substr(0, name.size() - rest.size());
}

}  // namespace

void WriteLabel(const Detection& object, std::span<const std::string> class_names, bool with_score,
                std::string& text) {
  text.clear();
  const auto index = static_cast<std::size_t>(object.class_id);
  if (object.class_id >= 0 && index < class_names.size() && !class_names[index].empty()) {
    text += Cut(class_names[index]);
  } else {
    text += "class ";
    AppendNumber(text, object.class_id);
  }
  if (object.track_id != kNoTrack) {
    text += ' ';
    AppendNumber(text, object.track_id);
  }
  if (with_score) {
    text += ' ';
    AppendScore(text, object.score);
  }
}

void LabelPlacer::Begin(const PixelRect& bounds) {
  bounds_ = bounds;
  taken_.clear();
}

PixelRect LabelPlacer::Inside(int left, int top, int width, int height) const {
  left = std::max(bounds_.left, std::min(left, bounds_.right - width));
  top = std::max(bounds_.top, std::min(top, bounds_.bottom - height));
  return {left, top, left + width, top + height};
}

std::int64_t LabelPlacer::Covered(const PixelRect& place) const {
  std::int64_t pixels = 0;
  for (const PixelRect& other : taken_) {
    const PixelRect both = Intersection(place, other);
    if (!both.IsEmpty()) pixels += static_cast<std::int64_t>(both.width()) * both.height();
  }
  return pixels;
}

PixelRect LabelPlacer::Place(const PixelRect& box, int width, int height) {
  const PixelRect visible = Intersection(box, bounds_);
  const int tops[] = {box.top - height, box.bottom, visible.top, visible.bottom - height};
  // Above, pushed inside, if no place fits.
  PixelRect best = Inside(box.left, tops[0], width, height);
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const int top : tops) {
    const PixelRect place = Inside(box.left, top, width, height);
    if (place.top != top) continue;
    const std::int64_t covered = Covered(place);
    if (covered >= least) continue;
    least = covered;
    best = place;
    if (covered == 0) break;
  }
  taken_.push_back(best);
  return best;
}

}  // namespace retinue::internal
