#include "lib/eval/xml_scanner.h"

#include <algorithm>
#include <iterator>

#include "lib/eval/text_line.h"

namespace retinue::internal {
namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kMaxValueBytes = 4096;

bool IsSpace(char c) { return IsBlank(c) || c == '\n'; }

bool EndsName(char c) {
  return IsSpace(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'';
}

// The five references that XML itself has; others stay as they are.
std::string WithoutReferences(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kReferences[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string plain;
  while (!text.empty()) {
    const auto found =
        std::find_if(std::begin(kReferences), std::end(kReferences),
                     [&](const auto& reference) { return text.starts_with(reference.first); });
    const bool is_reference = found != std::end(kReferences);
    plain += is_reference ? found->second : text.front();
    text.remove_prefix(is_reference ? found->first.size() : 1);
  }
  return plain;
}

}  // namespace

const std::string* XmlEvent::Find(std::string_view attribute) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute) return &value;
  }
  return nullptr;
}

void XmlScanner::Take(std::size_t count) {
  line_ += std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(count), '\n');
  text_.remove_prefix(count);
}

void XmlScanner::SkipSpace() {
  const auto end = std::find_if_not(text_.begin(), text_.end(), IsSpace);
  Take(static_cast<std::size_t>(end - text_.begin()));
}

std::string_view XmlScanner::TakeName() {
  const auto end = std::find_if(text_.begin(), text_.end(), EndsName);
  const std::string_view name = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
  Take(name.size());
  return name;
}

Result<void> XmlScanner::SkipPast(std::string_view end) {
  const std::size_t place = text_.find(end);
  if (place == std::string_view::npos) {
    return BadLine(line_, "expected a '" + std::string(end) + "' before the end");
  }
  Take(place + end.size());
  return {};
}

// Declarations, comments and the like. False where an element's tag begins.
Result<bool> XmlScanner::SkipOther() {
  static constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"<?", "?>"}, {"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<!", ">"}};
  for (const auto& [begin, end] : kOthers) {
    if (!text_.starts_with(begin)) continue;
    Take(begin.size());
    RETINUE_RETURN_IF_ERROR(SkipPast(end));
    return true;
  }
  return false;
}

Result<XmlEvent> XmlScanner::Next() {
  if (is_empty_element_) {
    is_empty_element_ = false;
    XmlEvent event{XmlEvent::Kind::kClose, open_.back(), {}};
    open_.pop_back();
    return event;
  }
  while (true) {
    const std::size_t tag = text_.find('<');
    Take(tag == std::string_view::npos ? text_.size() : tag);
    if (text_.empty()) break;
    RETINUE_ASSIGN_OR_RETURN(const bool is_other, SkipOther());
    if (!is_other) return text_.starts_with("</") ? Close() : Open();
  }
  if (open_.empty()) return XmlEvent{};
  return BadLine(line_, "expected '</" + std::string(open_.back()) + ">' before the end");
}

Result<XmlEvent> XmlScanner::Close() {
  Take(2);
  XmlEvent event{XmlEvent::Kind::kClose, TakeName(), {}};
  SkipSpace();
  if (open_.empty() || event.name != open_.back()) {
    const std::string expected =
        open_.empty() ? "no more closing" : "'</" + std::string(open_.back()) + ">'";
    return BadLine(line_, "expected " + expected + ", got " +
                              Shown("</" + std::string(event.name.substr(0, 64)) + ">"));
  }
  if (!text_.starts_with('>')) return BadLine(line_, "expected a '>'");
  Take(1);
  open_.pop_back();
  return event;
}

Result<XmlEvent> XmlScanner::Open() {
  Take(1);
  XmlEvent event{XmlEvent::Kind::kOpen, TakeName(), {}};
  if (event.name.empty()) return BadLine(line_, "expected an element's name after '<'");
  if (open_.size() == kMaxDepth) {
    return BadLine(line_, "expected at most 16 elements within each other, got more",
                   ErrorCode::kResourceExhausted);
  }
  while (true) {
    SkipSpace();
    is_empty_element_ = text_.starts_with("/>");
    if (is_empty_element_ || text_.starts_with('>')) break;
    RETINUE_RETURN_IF_ERROR(ReadAttribute(event));
  }
  Take(is_empty_element_ ? 2 : 1);
  open_.push_back(event.name);
  return event;
}

Result<void> XmlScanner::ReadAttribute(XmlEvent& event) {
  const std::string_view name = TakeName();
  SkipSpace();
  if (name.empty() || !text_.starts_with('=')) {
    return BadLine(line_, "expected an attribute, name='value', or '>' in " +
                              Shown("<" + std::string(event.name.substr(0, 64))));
  }
  Take(1);
  SkipSpace();
  const char quote = text_.empty() ? '\0' : text_.front();
  if (quote != '"' && quote != '\'') {
    return BadLine(line_, "expected a value in quotes for " + Shown(name));
  }
  const std::size_t length = text_.substr(1).find(quote);
  if (length == std::string_view::npos) {
    return BadLine(line_, "expected the value of " + Shown(name) + " to end with its quote");
  }
  if (length > kMaxValueBytes || event.attributes.size() == kMaxAttributes) {
    return BadLine(line_, "expected at most 64 attributes of at most 4096 bytes, got more",
                   ErrorCode::kResourceExhausted);
  }
  event.attributes.emplace_back(name, WithoutReferences(text_.substr(1, length)));
  Take(length + 2);
  return {};
}

}  // namespace retinue::internal
