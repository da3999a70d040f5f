#include "retinue/io/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lib/io/utf8.h"
#include "retinue/base/check.h"

namespace retinue {
namespace {

constexpr std::array<std::int64_t, 10> kPowersOfTen = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

constexpr char kHexDigits[] = "0123456789abcdef";

// `whole`.`part` with `part` counted in 10^-decimals and trailing zeros removed.
void AppendFixed(std::int64_t whole, std::int64_t part, int decimals, std::string& out) {
  AppendInteger(whole, out);
  if (part == 0) return;
  while (part % 10 == 0) {
    part /= 10;
    --decimals;
  }
  std::array<char, 12> digits;
  digits[0] = '.';
  for (int i = decimals; i > 0; --i) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + part % 10);
    part /= 10;
  }
  out.append(digits.data(), static_cast<std::size_t>(decimals) + 1);
}

void AppendEscaped(unsigned char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHexDigits[c >> 4];
      out += kHexDigits[c & 15];
  }
}

}  // namespace

void AppendInteger(std::int64_t value, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

bool IsWritable(double value) { return std::abs(value) <= kDecimalLimit; }  // false for NaN

void AppendDecimal(double value, int decimals, std::string& out) {
  RETINUE_CHECK(IsWritable(value) && decimals >= 0 && decimals <= 9);
  const std::int64_t unit = kPowersOfTen[static_cast<std::size_t>(decimals)];
  const std::int64_t scaled = std::llround(std::abs(value) * static_cast<double>(unit));
  if (value < 0 && scaled != 0) out += '-';
  AppendFixed(scaled / unit, scaled % unit, decimals, out);
}

void AppendSeconds(Nanoseconds time, std::string& out) {
  if (time == kNoTime) return;
  const std::int64_t count = time.count();
  if (count < 0) out += '-';
  AppendFixed(std::abs(count / kPowersOfTen[9]), std::abs(count % kPowersOfTen[9]), 9, out);
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t taken = Utf8SequenceLength(text);
    if (taken == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD
      taken = 1;
    } else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      AppendEscaped(c, out);
    } else {
      out.append(text.substr(0, taken));
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

void AppendCsvField(std::string_view text, std::string& out) {
  const bool has_outer_space =
      !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!has_outer_space && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(text);
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace retinue
