#pragma once

// What a word on a command line stands for: a folder, a glob or a list becomes
// the sources in it; anything else is one source already. Thread rule: any
// thread; reads folders and lists, opens no media.

#include <string>
#include <vector>

#include "retinue/base/result.h"

namespace retinue {

/// Expands one word.
///
/// @param word
///   * a folder: its files with a known media extension (not of folders within it), in natural
///     order (`img2` before `img10`);
///   * a glob (`*`, `?`, `[…]`) that is not itself a file: what it matches, in natural order;
///   * a file `*.txt` or `*.streams`: one source a line, in the file's order; empty lines and
///     lines that start with `#` are passed over; relative paths are relative to the
///     working folder; each line is one source, not expanded again;
///   * anything else, whether it exists or not: itself.
/// @error kNotFound          A folder without media, or a glob that matches nothing.
/// @error kPermissionDenied  The folder or list may not be read.
/// @error kDataLoss          A list that holds no source. @error kResourceExhausted  Over 1 MB.
Result<std::vector<std::string>> ExpandSources(const std::string& word);

}  // namespace retinue
