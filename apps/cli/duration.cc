#include "apps/cli/duration.h"

#include <charconv>

namespace retinue::cli {

std::optional<Nanoseconds> ParseDuration(std::string_view text) {
  double milliseconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (read.ec != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
  if (unit == "s") {
    milliseconds *= 1000;
  } else if (!unit.empty() && unit != "ms") {
    return std::nullopt;
  }
  constexpr double kDay = 86'400'000;
  if (!(milliseconds >= 0 && milliseconds <= kDay)) return std::nullopt;
  return FromSeconds(milliseconds / 1000);
}

}  // namespace retinue::cli
