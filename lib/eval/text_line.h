#pragma once

// Errors that name a line, and numbers, of texts that come from outside. Private to lib/eval.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "retinue/base/result.h"

namespace retinue::internal {

/// Space, tab or carriage return.
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// `line 12: WHAT`
tl::unexpected<Error> BadLine(std::int64_t line, const std::string& what,
                              ErrorCode code = ErrorCode::kDataLoss);

/// @error kResourceExhausted  More bytes than that.
Result<void> CheckBytes(std::string_view text, std::size_t most);

/// For messages: the beginning of what was found, in quotes, whatever is not printable as '?'.
std::string Shown(std::string_view text);

/// The whole text as one finite number.
std::optional<double> NumberFrom(std::string_view text);

/// Takes the next word, without blanks around it, off the front; empty at the end.
std::string_view TakeWord(std::string_view& text);

}  // namespace retinue::internal
