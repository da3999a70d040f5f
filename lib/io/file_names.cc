#include "retinue/io/file_names.h"

#include "lib/io/utf8.h"

namespace retinue {
namespace {

constexpr std::size_t kLongest = 100;

bool IsKept(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool IsPlainFileName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

std::string SafeFileName(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    // Whole characters only, so a cut name is still valid UTF-8.
    const std::size_t length = Utf8SequenceLength(text);
    const bool is_kept = length != 0 && IsKept(text.front());
    if (name.size() + (is_kept ? length : 1) > kLongest) break;
    if (is_kept) {
      name.append(text.substr(0, length));
    } else {
      name += '_';
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  if (name.empty()) return "_";
  if (name.front() == '.' || name.front() == '-') name.front() = '_';
  return name;
}

std::string FileStem(std::string_view stream_name) {
  if (stream_name.find("://") != std::string_view::npos) {
    stream_name = stream_name.substr(0, stream_name.find_first_of("?#"));
  }
  while (!stream_name.empty() && stream_name.back() == '/') stream_name.remove_suffix(1);
  const std::size_t slash = stream_name.rfind('/');
  if (slash != std::string_view::npos) stream_name.remove_prefix(slash + 1);
  const std::size_t dot = stream_name.rfind('.');
  if (dot != std::string_view::npos && dot > 0) stream_name = stream_name.substr(0, dot);
  if (stream_name.empty() || stream_name == "-") return "stream";
  return SafeFileName(stream_name);
}

std::string UniqueNames::Take(const std::string& wanted) {
  const std::lock_guard lock(mutex_);
  std::string name = wanted;
  for (int number = 2; !taken_.insert(name).second; ++number) {
    name = wanted + "-" + std::to_string(number);
  }
  return name;
}

}  // namespace retinue
