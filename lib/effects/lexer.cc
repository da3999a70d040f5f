#include "lib/effects/lexer.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <system_error>

#include "lib/effects/names.h"

namespace retinue::internal {
namespace {

constexpr std::string_view kSigns = ":,#+-*/%()";

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || IsDigit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  LexedText Run() {
    while (true) {
      SkipBlanksAndComments();
      const EffectPlace start = Here();
      if (at_ >= text_.size()) {
        AddToken({.kind = TokenKind::kEnd, .text = {}, .place = start});
        return std::move(out_);
      }
      const char c = text_[at_];
      if (IsNameStart(c)) {
        while (IsNameChar(Peek())) Step();
        AddToken({.kind = TokenKind::kName, .text = From(start), .place = start});
      } else if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
        LexNumber();
      } else if (kSigns.find(c) != std::string_view::npos) {
        Step();
        AddToken({.kind = TokenKind::kSign, .text = From(start), .place = start});
      } else {
        LexUnknown();
      }
    }
  }

 private:
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void Step() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column_;
    }
  }

  EffectPlace Here() const {
    const auto at = static_cast<std::uint32_t>(at_);
    return {line_, column_, at, at};
  }
  std::string_view From(const EffectPlace& start) const {
    return text_.substr(start.begin, at_ - start.begin);
  }

  void AddToken(Token token) {
    token.place.end = static_cast<std::uint32_t>(at_);
    token.last_line = line_;
    out_.tokens.push_back(token);
  }
  void AddError(EffectPlace place, std::string message) {
    place.end = static_cast<std::uint32_t>(at_);
    if (out_.errors.size() <= EffectLimits::kErrors) {
      out_.errors.push_back({place, std::move(message)});
    }
  }

  void SkipBlanksAndComments() {
    while (at_ < text_.size()) {
      if (IsSpace(text_[at_])) {
        Step();
      } else if (text_[at_] == '/' && Peek(1) == '/') {
        const EffectPlace start = Here();
        while (at_ < text_.size() && text_[at_] != '\n') Step();
        AddComment(start);
      } else if (text_[at_] == '/' && Peek(1) == '*') {
        LexBlockComment();
      } else {
        return;
      }
    }
  }

  void LexBlockComment() {
    const EffectPlace start = Here();
    Step();
    Step();
    while (at_ < text_.size() && !(text_[at_] == '*' && Peek(1) == '/')) Step();
    if (at_ >= text_.size()) {
      AddError(start, "a comment that begins with '/*' must end with '*/'");
      return;
    }
    Step();
    Step();
    AddComment(start);
  }

  void AddComment(EffectPlace place) {
    std::string_view comment = From(place);
    while (IsSpace(comment.back())) comment.remove_suffix(1);
    place.end = static_cast<std::uint32_t>(at_);
    out_.comments.push_back({std::string(comment), place, line_});
  }

  void LexNumber() {
    const EffectPlace start = Here();
    while (IsDigit(Peek())) Step();
    bool is_whole = true;
    if (Peek() == '.') {
      is_whole = false;
      Step();
      while (IsDigit(Peek())) Step();
    }
    const std::size_t digits = Peek(1) == '+' || Peek(1) == '-' ? 2 : 1;
    if ((Peek() == 'e' || Peek() == 'E') && IsDigit(Peek(digits))) {
      is_whole = false;
      for (std::size_t i = 0; i < digits; ++i) Step();
      while (IsDigit(Peek())) Step();
    }
    if (IsNameChar(Peek()) || Peek() == '.') {
      while (IsNameChar(Peek()) || Peek() == '.') Step();
      AddError(start, "expected a number, found " + Quoted(From(start)));
      AddToken({.kind = TokenKind::kNumber, .is_whole = true, .text = From(start), .place = start});
      return;
    }
    const std::string_view written = From(start);
    double number = 0;
    const auto read = std::from_chars(written.data(), written.data() + written.size(), number);
    if (read.ec != std::errc() || !std::isfinite(number)) {
      AddError(start, "a number must be 0 or between 1e-300 and 1e300, found " + Quoted(written));
      number = 0;
    }
    AddToken({.kind = TokenKind::kNumber, .is_whole = is_whole, .number = number,
              .text = written, .place = start});
  }

  void LexUnknown() {
    const EffectPlace start = Here();
    const auto is_unknown = [&](char c) {
      return !IsSpace(c) && !IsNameChar(c) && kSigns.find(c) == std::string_view::npos;
    };
    while (at_ < text_.size() && is_unknown(text_[at_])) Step();
    AddError(start, "expected a name, a number or one of : , # + - * / % ( ), found " +
                        Quoted(From(start)));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
  LexedText out_;
};

}  // namespace

LexedText Lex(std::string_view text) { return Lexer(text).Run(); }

}  // namespace retinue::internal
