#pragma once

// The small pieces that every text output of retinue is made of: numbers
// without locale, JSON strings that are always valid UTF-8, CSV fields.
// Thread rule: pure functions.
//
// All of them append to a string that the caller keeps, so a steady stream
// allocates nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "retinue/base/time.h"

namespace retinue {

/// Numbers whose magnitude reaches this are not written by AppendDecimal.
inline constexpr double kDecimalLimit = 1e9;

/// Appends `value` in decimal: `-12`.
void AppendInteger(std::int64_t value, std::string& out);

/// Appends `value` rounded to `decimals` places, half away from zero, without
/// trailing zeros and without exponent: 0.25 with 2 is `0.25`, 3.0 is `3`,
/// -0.001 with 2 is `0`.
///
/// @param value     Finite and within ±kDecimalLimit (RETINUE_CHECK): look before
///                  with IsWritable(). NaN never gets into a file.
/// @param decimals  0…9.
void AppendDecimal(double value, int decimals, std::string& out);

/// True when AppendDecimal can write `value`.
bool IsWritable(double value);

/// Appends a time as seconds with up to nine decimals, exactly: 33366667 ns is
/// `0.033366667`, two seconds are `2`. kNoTime appends nothing.
void AppendSeconds(Nanoseconds time, std::string& out);

/// Appends `text` as a JSON string with its quotes. Quotes, backslashes and
/// control characters are escaped; each byte that is not part of valid UTF-8
/// becomes U+FFFD, so the output is valid whatever a file name held.
///
/// @source RFC 8259, section 7; RFC 3629 for what is valid.
void AppendJsonString(std::string_view text, std::string& out);

/// Appends `text` as one CSV field: as it is, or in quotes with inner quotes
/// doubled when it holds a comma, a quote, a line end or outer spaces.
///
/// @source RFC 4180, section 2.
void AppendCsvField(std::string_view text, std::string& out);

}  // namespace retinue
