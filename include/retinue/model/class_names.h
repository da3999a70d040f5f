#pragma once

// Names of classes: reading them, and finding the ones a user means.
// Threads: pure functions.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"

namespace retinue {

/// Limits of what ParseNames accepts; bytes come from outside.
inline constexpr std::size_t kMaxNamesBytes = 1 << 20;
inline constexpr std::size_t kMaxNames = 20000;
inline constexpr std::size_t kMaxNameBytes = 256;

/// Reads a list of class names, id 0 first, in any of these forms:
///   * a Python dictionary, as in ONNX metadata: {0: 'person', 1: "man's hat"}, ids in any order;
///   * JSON: {"0": "person", "1": "bicycle"} or ["person", "bicycle"]; a Python list likewise;
///   * plain text, one name a line (empty lines at the end ignored), or
///   * one line of names separated by commas.
/// Strings in quotes may hold the escapes of Python and JSON: \\ \' \" \/ \a \b \f \n \r \t \v
/// \xHH \uXXXX (surrogate pairs too) \UXXXXXXXX and up to three octal digits.
///
/// @return  At least one name, each not empty, valid UTF-8 and without control characters.
/// @error kDataLoss           None of these forms, ids that are not 0…n-1 once each, or a bad name;
///                            the sentence gives the byte position.
/// @error kResourceExhausted  Over one of the limits above.
/// @source Python reference 2.4.1 (string literals), RFC 8259
Result<std::vector<std::string>> ParseNames(std::string_view text);

/// The word that stands for CocoNames() where a model's names are asked for.
inline constexpr std::string_view kCocoNames = "coco";

/// The 80 classes of COCO, in the order of the ids of most detectors: "person", "bicycle", …
std::vector<std::string> CocoNames();

/// The name most like `word` by edit distance (insert, delete, replace, swap neighbours; case is
/// ignored), if it is near enough to be a slip: a third of the word's length, at least 1 step.
std::optional<std::string> NearestName(std::string_view word, std::span<const std::string> names);

/// The ids that a user means by `classes=`: names or ids, separated by commas.
///
/// An item that is a class name (exactly, or else the only one that differs in case) is that class,
/// all classes when several share the name; else it must be an id.
/// @return  Ascending ids, each once; empty for an empty or blank text.
/// @error kInvalidArgument  `no class 'perzon'; nearest is 'person'`, or an id that is not there.
Result<std::vector<int>> ResolveClasses(std::span<const std::string> names, std::string_view text);

}  // namespace retinue
