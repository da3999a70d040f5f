#pragma once

// What is valid UTF-8. Thread rule: a pure function.

#include <cstddef>
#include <string_view>

namespace retinue {

/// Bytes of the valid UTF-8 sequence at the start of `text` (not empty); 0 when
/// there is none: a stray or missing continuation, an overlong form, a surrogate
/// half, or a number beyond U+10FFFF.
///
/// @source RFC 3629, section 4.
std::size_t Utf8SequenceLength(std::string_view text);

}  // namespace retinue
