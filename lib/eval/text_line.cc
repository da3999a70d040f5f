#include "lib/eval/text_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace retinue::internal {

tl::unexpected<Error> BadLine(std::int64_t line, const std::string& what, ErrorCode code) {
  return Fail(code, "line " + std::to_string(line) + ": " + what);
}

Result<void> CheckBytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return {};
  return Fail(ErrorCode::kResourceExhausted, "expected at most " + std::to_string(most) +
                                                 " bytes of labels, got " +
                                                 std::to_string(text.size()));
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 30;
  std::string shown = "'";
  for (const char c : text.substr(0, kShownBytes)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > kShownBytes ? "…'" : "'");
}

std::optional<double> NumberFrom(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_all = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_all && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string_view TakeWord(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  const auto end = std::find_if(text.begin(), text.end(), IsBlank);
  const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace retinue::internal
