#pragma once

// The elements of an XML text that comes from outside, one after another. Not a validating parser:
// what labels of pictures need, within bounds. Private to lib/eval.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retinue/base/result.h"

namespace retinue::internal {

/// One step through the text. Texts between elements, comments, declarations and document types are
/// passed over.
struct XmlEvent {
  enum class Kind { kOpen, kClose, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view name{};  ///< Of the element; points into the text.
  /// Of an opened one, in the text's order, references such as &amp; replaced.
  std::vector<std::pair<std::string_view, std::string>> attributes{};

  /// Null where there is none.
  const std::string* Find(std::string_view attribute) const;
};

/// An element `<a/>` opens and closes. Threads: one scanner belongs to one.
class XmlScanner {
 public:
  /// @param text  Must outlive the scanner.
  explicit XmlScanner(std::string_view text) : text_(text) {}

  /// The next step; kEnd again and again after the last.
  ///
  /// @error kDataLoss           `line 3: expected '</box>', got '</image>'`, `line 3: expected a
  /// '>'`
  /// @error kResourceExhausted  More than 16 elements within each other, 64 attributes of one, or
  ///                            4096 bytes of one.
  Result<XmlEvent> Next();

  /// Of the last event; from 1.
  std::int64_t line() const { return line_; }

 private:
  Result<XmlEvent> Open();
  Result<XmlEvent> Close();
  Result<void> ReadAttribute(XmlEvent& event);
  Result<bool> SkipOther();
  Result<void> SkipPast(std::string_view end);
  std::string_view TakeName();
  void Take(std::size_t count);
  void SkipSpace();

  std::string_view text_;
  std::int64_t line_ = 1;
  std::vector<std::string_view> open_;
  bool is_empty_element_ = false;
};

}  // namespace retinue::internal
