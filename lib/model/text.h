#pragma once

// Small text helpers of this folder. Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace retinue::model_text {

/// Without spaces, tabs and line ends at both ends.
std::string_view Trim(std::string_view text);

/// ASCII letters in lower case.
std::string Lower(std::string_view text);

/// Bytes from outside, fit for a message: control characters become '?', and what is longer than
/// `max_bytes` ends in "...", never inside a UTF-8 sequence.
std::string Printable(std::string_view text, std::size_t max_bytes = 64);

/// Whether all of `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

/// Whether `text` holds a C0 or C1 control character or DEL.
bool HasControl(std::string_view text);

/// Appends a code point; false when there is none of that number (surrogates, above U+10FFFF).
bool AppendUtf8(std::uint32_t code_point, std::string& to);

/// Least number of inserted, deleted, replaced bytes and swapped neighbours that turn one word
/// into the other; case of ASCII letters ignored. O(|a| · |b|); words over 256 bytes count as
/// infinitely far apart.
/// @source optimal string alignment distance
std::size_t EditDistance(std::string_view a, std::string_view b);

/// Most steps that still look like a slip of the pen in a word of this length.
constexpr std::size_t SlipLimit(std::size_t length) { return length < 6 ? 1 : length / 3; }

}  // namespace retinue::model_text
