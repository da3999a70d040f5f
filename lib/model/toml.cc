#include "lib/model/toml.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/model/text.h"

namespace retinue {
namespace {

constexpr int kMaxDots = 15;

// Walks over TOML with as much grammar as it takes to tell strings and comments from the rest.
// Where the text is no TOML the walk may go astray, but the parser stops there and makes no
// table of what follows.
class Walk {
 public:
  explicit Walk(std::string_view toml) : toml_(toml) {}

  // The line of the first key that is too deep; 0 = there is none.
  std::size_t Run() {
    while (pos_ < toml_.size()) {
      if (Step() > kMaxDots) return line_;
    }
    return 0;
  }

 private:
  // Moves on by a character, string or comment; the dots of the key so far.
  int Step() {
    const char c = toml_[pos_];
    if (c == '"' || c == '\'') {
      SkipString();
      return dots_;
    }
    if (c == '#') {
      pos_ = std::min(toml_.find('\n', pos_), toml_.size());
      return dots_;
    }
    ++pos_;
    if (c == '\n') ++line_;
    if (std::string_view("\n=,{}").find(c) != std::string_view::npos) dots_ = 0;
    if (c == '.') ++dots_;
    return dots_;
  }

  // To behind the string that starts here, or behind its line when it never ends.
  void SkipString() {
    const char quote = toml_[pos_];
    const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
    const bool many_lines = toml_.substr(pos_, 3) == triple;
    pos_ += many_lines ? 3 : 1;
    while (pos_ < toml_.size()) {
      const char c = toml_[pos_];
      const bool escape = c == '\\' && quote == '"' && pos_ + 1 < toml_.size();
      if (escape && toml_[pos_ + 1] != '\n') {
        pos_ += 2;
        continue;
      }
      if (many_lines && toml_.substr(pos_, 3) == triple) {
        pos_ += 3;
        while (pos_ < toml_.size() && toml_[pos_] == quote) ++pos_;  // """" ends with one inside
        return;
      }
      ++pos_;
      if (c == '\n') ++line_;
      if (!many_lines && (c == quote || c == '\n')) return;
    }
  }

  std::string_view toml_;
  std::size_t pos_ = 0;
  std::size_t line_ = 1;
  int dots_ = 0;
};

// The line of the first byte that is not UTF-8; 0 = there is none.
std::size_t BadUtf8Line(std::string_view toml) {
  if (model_text::IsUtf8(toml)) return 0;
  std::size_t line = 1;
  for (std::size_t pos = 0; pos < toml.size(); ++line) {
    const std::size_t end = std::min(toml.find('\n', pos), toml.size());
    if (!model_text::IsUtf8(toml.substr(pos, end - pos))) break;
    pos = end + 1;
  }
  return line;
}

// Refuses what toml++ must not see. Each part of a key is one more table inside another, and what
// takes them apart again calls itself once a level, until the stack is full.
Result<void> CheckToml(std::string_view toml) {
  if (const std::size_t line = BadUtf8Line(toml); line > 0) {
    return Fail(ErrorCode::kDataLoss, "line " + std::to_string(line) + ": TOML must be UTF-8");
  }
  if (const std::size_t line = Walk(toml).Run(); line > 0) {
    return Fail(ErrorCode::kResourceExhausted, "line " + std::to_string(line) +
                                                   ": a key must have at most " +
                                                   std::to_string(kMaxDots + 1) +
                                                   " parts, got more");
  }
  return {};
}

}  // namespace

Result<toml::table> ParseToml(std::string_view text, std::size_t max_bytes, std::string_view what) {
  if (text.size() > max_bytes) {
    return Fail(ErrorCode::kResourceExhausted, std::string(what) + " must be at most " +
                                                   std::to_string(max_bytes) + " bytes, got " +
                                                   std::to_string(text.size()));
  }
  RETINUE_RETURN_IF_ERROR(CheckToml(text));
  toml::parse_result document = toml::parse(text);
  if (document) return std::move(document).table();
  const toml::parse_error& error = document.error();
  return Fail(ErrorCode::kDataLoss, "line " + std::to_string(error.source().begin.line) +
                                        ": TOML must be well-formed: " +
                                        model_text::Printable(error.description(), 200));
}

}  // namespace retinue
