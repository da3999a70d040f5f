#include "lib/model/text.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace retinue::model_text {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxWord = 256;

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// The code point that starts at `pos`, which is moved behind it; or -1 for bytes that are none.
std::int64_t NextCodePoint(std::string_view text, std::size_t& pos) {
  const auto lead = static_cast<unsigned char>(text[pos++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  std::int64_t value = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    if (pos >= text.size() || !IsContinuation(text[pos])) return -1;
    value = value << 6 | (static_cast<unsigned char>(text[pos++]) & 0x3F);
  }
  constexpr std::int64_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value < kLeast[more] || value > 0x10FFFF || surrogate ? -1 : value;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerChar);
  return lower;
}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  const bool cut = text.size() > max_bytes;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t start = pos;
    const std::int64_t code = NextCodePoint(text, pos);
    const std::string_view bytes = text.substr(start, pos - start);
    if (cut && clean.size() + bytes.size() > max_bytes) break;
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    clean += control ? std::string_view("?") : bytes;
  }
  return cut ? clean + "..." : clean;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t pos = 0; pos < text.size();) {
    if (NextCodePoint(text, pos) < 0) return false;
  }
  return true;
}

bool HasControl(std::string_view text) {
  for (std::size_t pos = 0; pos < text.size();) {
    const std::int64_t code = NextCodePoint(text, pos);
    if ((code >= 0 && code < 0x20) || (code >= 0x7F && code < 0xA0)) return true;
  }
  return false;
}

bool AppendUtf8(std::uint32_t c, std::string& to) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
  const auto put = [&to](std::uint32_t byte) { to += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return true;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  if (a.size() > kMaxWord || b.size() > kMaxWord) return std::numeric_limits<std::size_t>::max();
  // Three rows of the table: before[j], last[j], now[j] are the distances of a's first
  // i - 2, i - 1, i bytes from b's first j.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char ca = LowerChar(a[i - 1]), cb = LowerChar(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (ca != cb ? 1u : 0u)});
      const bool swapped = i > 1 && j > 1 && ca == LowerChar(b[j - 2]) && cb == LowerChar(a[i - 2]);
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace retinue::model_text
