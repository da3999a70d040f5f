#include "retinue/model/class_names.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "lib/model/text.h"
#include "retinue/results/coco_classes.h"

namespace retinue {
namespace {

using model_text::AppendUtf8;
using model_text::EditDistance;
using model_text::HasControl;
using model_text::IsUtf8;
using model_text::Lower;
using model_text::Printable;
using model_text::SlipLimit;
using model_text::Trim;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

tl::unexpected<Error> TooMany() {
  return Fail(ErrorCode::kResourceExhausted,
              "class names must be at most " + std::to_string(kMaxNames) + ", got more");
}

tl::unexpected<Error> NoNames() {
  return Fail(ErrorCode::kDataLoss, "there must be at least 1 class name, got none");
}

// Reads a literal of Python or JSON; flat, so it needs no recursion.
class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> Parse() {
    SkipBlank();
    const bool dictionary = Peek() == '{';
    ++pos_;  // the caller has seen '{' or '['
    const char close = dictionary ? '}' : ']';
    SkipBlank();
    while (Peek() != close) {
      RETINUE_RETURN_IF_ERROR(ParseItem(dictionary));
      SkipBlank();
      if (Peek() == ',') {
        ++pos_;
        SkipBlank();
      } else if (Peek() != close) {
        return Wrong(std::string("',' or '") + close + "'");
      }
    }
    ++pos_;
    SkipBlank();
    if (pos_ < text_.size()) return Wrong("nothing more");
    return InOrder();
  }

 private:
  char Peek() const { return pos_ < text_.size() ? text_[pos_] : '\0'; }

  void SkipBlank() {
    while (pos_ < text_.size() && std::string_view(" \t\r\n").find(text_[pos_]) !=
                                      std::string_view::npos) {
      ++pos_;
    }
  }

  tl::unexpected<Error> Wrong(const std::string& expected) const {
    const std::string found =
        pos_ >= text_.size() ? "the end" : "'" + Printable(text_.substr(pos_, 12)) + "'";
    return Fail(ErrorCode::kDataLoss, "class names must have " + expected + " at byte " +
                                          std::to_string(pos_) + ", got " + found);
  }

  Result<void> ParseItem(bool dictionary) {
    if (items_.size() == kMaxNames) return TooMany();
    std::size_t id = items_.size();
    if (dictionary) {
      RETINUE_ASSIGN_OR_RETURN(id, ParseKey());
      SkipBlank();
      if (Peek() != ':') return Wrong("':'");
      ++pos_;
      SkipBlank();
    }
    RETINUE_ASSIGN_OR_RETURN(std::string name, ParseString());
    items_.emplace_back(id, std::move(name));
    return {};
  }

  Result<std::size_t> ParseKey() {
    const char quote = Peek() == '\'' || Peek() == '"' ? Peek() : '\0';
    if (quote != '\0') ++pos_;
    std::size_t id = 0;
    const char* begin = text_.data() + pos_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), id);
    if (error != std::errc() || !IsDigit(Peek())) return Wrong("the id of a class");
    pos_ += static_cast<std::size_t>(end - begin);
    if (quote != '\0') {
      if (Peek() != quote) return Wrong("the end of the quoted id");
      ++pos_;
    }
    return id;
  }

  Result<std::string> ParseString() {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') return Wrong("a quoted name");
    ++pos_;
    std::string value;
    while (pos_ < text_.size() && text_[pos_] != quote) {
      if (value.size() > kMaxNameBytes) return Wrong("at most 256 bytes a name");
      if (text_[pos_] == '\\') {
        RETINUE_RETURN_IF_ERROR(ParseEscape(value));
      } else {
        value += text_[pos_++];
      }
    }
    if (pos_ >= text_.size()) return Wrong("the closing quote");
    ++pos_;
    return value;
  }

  // At a backslash.
  Result<void> ParseEscape(std::string& value) {
    constexpr std::string_view kLetters = "\\'\"/abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"/\a\b\f\n\r\t\v";
    ++pos_;
    const char c = Peek();
    if (const auto found = kLetters.find(c); c != '\0' && found != std::string_view::npos) {
      ++pos_;
      value += kMeanings[found];
      return {};
    }
    if (c >= '0' && c <= '7') return ParseOctal(value);
    const int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) return Wrong("a known escape");
    ++pos_;
    RETINUE_ASSIGN_OR_RETURN(std::uint32_t code, ParseHex(digits));
    const bool high = digits == 4 && code >= 0xD800 && code < 0xDC00;
    if (high && text_.substr(pos_, 2) == "\\u") {  // JSON writes U+10000 and above in two
      pos_ += 2;
      RETINUE_ASSIGN_OR_RETURN(const std::uint32_t low, ParseHex(4));
      if (low < 0xDC00 || low > 0xDFFF) return Wrong("the second half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (!AppendUtf8(code, value)) return Wrong("a code point");
    return {};
  }

  Result<void> ParseOctal(std::string& value) {
    std::uint32_t code = 0;
    for (int i = 0; i < 3 && Peek() >= '0' && Peek() <= '7'; ++i) {
      code = code * 8 + static_cast<std::uint32_t>(text_[pos_++] - '0');
    }
    AppendUtf8(code, value);
    return {};
  }

  Result<std::uint32_t> ParseHex(int digits) {
    std::uint32_t code = 0;
    for (int i = 0; i < digits; ++i) {
      const int digit = HexValue(Peek());
      if (digit < 0) return Wrong(std::to_string(digits) + " hexadecimal digits");
      code = code << 4 | static_cast<std::uint32_t>(digit);
      ++pos_;
    }
    return code;
  }

  Result<std::vector<std::string>> InOrder() {
    std::vector<std::string> names(items_.size());
    std::vector<bool> seen(items_.size());
    for (auto& [id, name] : items_) {
      if (id >= names.size() || seen[id]) {
        return Fail(ErrorCode::kDataLoss, "ids of class names must be 0 to " +
                                              std::to_string(names.size() - 1) +
                                              ", each once, got " + std::to_string(id) +
                                              (id < names.size() ? " twice" : ""));
      }
      seen[id] = true;
      names[id] = std::move(name);
    }
    return names;
  }

  std::string_view text_;
  std::size_t pos_ = 0;
  std::vector<std::pair<std::size_t, std::string>> items_;
};

Result<std::vector<std::string>> SplitPlain(std::string_view text) {
  const char separator = text.find('\n') != std::string_view::npos ? '\n' : ',';
  std::vector<std::string> names;
  for (std::size_t pos = 0; pos <= text.size();) {
    if (names.size() == kMaxNames) return TooMany();
    const std::size_t end = std::min(text.find(separator, pos), text.size());
    names.emplace_back(Trim(text.substr(pos, end - pos)));
    pos = end + 1;
  }
  return names;
}

Result<void> CheckNames(const std::vector<std::string>& names) {
  if (names.empty()) return NoNames();
  for (std::size_t id = 0; id < names.size(); ++id) {
    const std::string& name = names[id];
    const char* wrong = name.empty()                  ? "is empty"
                        : name.size() > kMaxNameBytes ? "is longer than 256 bytes"
                        : !IsUtf8(name)               ? "is not UTF-8"
                        : HasControl(name)            ? "holds a control character"
                                                      : nullptr;
    if (wrong != nullptr) {
      return Fail(ErrorCode::kDataLoss, "class names must be short words, but name " +
                                            std::to_string(id) + " " + wrong);
    }
  }
  return {};
}

// The ids that one item of `classes=` means.
Result<void> ResolveItem(std::span<const std::string> names, std::string_view item,
                         std::vector<int>& ids) {
  const std::size_t before = ids.size();
  const auto take_if = [&](auto matches) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (matches(names[i])) ids.push_back(static_cast<int>(i));
    }
    return ids.size() > before;
  };
  if (take_if([&](const std::string& n) { return n == item; })) return {};
  const std::string lower = Lower(item);
  take_if([&](const std::string& n) { return Lower(n) == lower; });
  if (ids.size() == before + 1) return {};
  ids.resize(before);

  int id = -1;
  const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), id);
  const bool is_number = end == item.data() + item.size() && IsDigit(item.front());
  if (is_number && error == std::errc() && static_cast<std::size_t>(id) < names.size()) {
    ids.push_back(id);
    return {};
  }
  if (is_number) {
    return Fail(ErrorCode::kInvalidArgument, "class ids must be between 0 and " +
                                                 std::to_string(names.size() - 1) + ", got " +
                                                 Printable(item));
  }
  std::string sentence = "no class '" + Printable(item) + "'";
  if (const auto nearest = NearestName(item, names)) {
    sentence += "; nearest is '" + *nearest + "'";
  } else {
    sentence += "; there are ";
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 8); ++i) {
      sentence += (i > 0 ? ", '" : "'") + names[i] + "'";
    }
    if (names.size() > 8) sentence += " and " + std::to_string(names.size() - 8) + " more";
  }
  return Fail(ErrorCode::kInvalidArgument, sentence);
}

}  // namespace

Result<std::vector<std::string>> ParseNames(std::string_view text) {
  if (text.size() > kMaxNamesBytes) {
    return Fail(ErrorCode::kResourceExhausted,
                "class names must be at most " + std::to_string(kMaxNamesBytes) + " bytes, got " +
                    std::to_string(text.size()));
  }
  const std::string_view body = Trim(text);
  if (body.empty()) return NoNames();
  // An empty first line would shift all ids; it is kept, to be refused.
  const std::string_view with_start =
      text.substr(0, static_cast<std::size_t>(body.data() + body.size() - text.data()));
  const bool literal = body.front() == '{' || body.front() == '[';
  RETINUE_ASSIGN_OR_RETURN(std::vector<std::string> names,
                           literal ? LiteralParser(body).Parse() : SplitPlain(with_start));
  RETINUE_RETURN_IF_ERROR(CheckNames(names));
  return names;
}

std::vector<std::string> CocoNames() {
  std::vector<std::string> names;
  for (const CocoClass& one : CocoClasses()) names.emplace_back(one.name);
  return names;
}

std::optional<std::string> NearestName(std::string_view word, std::span<const std::string> names) {
  std::size_t least = SlipLimit(word.size()) + 1;
  const std::string* nearest = nullptr;
  for (const std::string& name : names) {
    const std::size_t distance = EditDistance(word, name);
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  return *nearest;
}

Result<std::vector<int>> ResolveClasses(std::span<const std::string> names, std::string_view text) {
  std::vector<int> ids;
  if (Trim(text).empty()) return ids;
  if (names.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "classes must be none for a model without classes");
  }
  for (std::size_t pos = 0; pos <= text.size();) {
    const std::size_t end = std::min(text.find(',', pos), text.size());
    const std::string_view item = Trim(text.substr(pos, end - pos));
    if (item.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "classes must be names or ids separated by commas, got an empty one in '" +
                      Printable(text) + "'");
    }
    RETINUE_RETURN_IF_ERROR(ResolveItem(names, item, ids));
    pos = end + 1;
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace retinue
