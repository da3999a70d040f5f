#pragma once

// Cuts a program's text into tokens.

#include <string_view>
#include <vector>

#include "retinue/effects/syntax.h"

namespace retinue::internal {

enum class TokenKind : std::uint8_t { kName, kNumber, kSign, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool is_whole = false;  ///< Of kNumber: written with digits only.
  double number = 0;      ///< Of kNumber.
  std::string_view text;  ///< Of the program's text; one character for kSign.
  EffectPlace place;
  int last_line = 0;
};

struct LexedText {
  std::vector<Token> tokens;  ///< The last is kEnd.
  std::vector<EffectComment> comments;
  std::vector<EffectError> errors;
};

/// What is no token is an error, once for each run of such bytes, and left out; a number that
/// is out of range stays, as 0.
LexedText Lex(std::string_view text);

}  // namespace retinue::internal
