#include "retinue/files/expand_sources.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "retinue/files/files.h"

namespace retinue {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{1} << 20;

std::string LowerExtension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool IsMedia(const fs::path& path) {
  static constexpr std::array<std::string_view, 23> kExtensions = {
      ".mp4",   ".m4v", ".mov",  ".mkv", ".avi",  ".webm", ".mpg", ".mpeg",
      ".ts",    ".mts", ".m2ts", ".wmv", ".flv",  ".3gp",  ".ogv", ".vob",
      ".mjpeg", ".jpg", ".jpeg", ".png", ".webp", ".bmp",  ".y4m"};
  const std::string extension = LowerExtension(path);
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

// Digits compare as numbers: img2 before img10.
bool NaturalLess(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    while (i < a.size() && a[i] == '0') ++i;
    while (j < b.size() && b[j] == '0') ++j;
    const std::size_t i0 = i, j0 = j;
    while (i < a.size() && is_digit(a[i])) ++i;
    while (j < b.size() && is_digit(b[j])) ++j;
    if (i - i0 != j - j0) return i - i0 < j - j0;
    if (const int order = a.compare(i0, i - i0, b, j0, j - j0); order != 0) return order < 0;
  }
  const bool a_ended = i == a.size(), b_ended = j == b.size();
  return a_ended != b_ended ? a_ended : a < b;
}

Result<std::vector<std::string>> InFolder(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && IsMedia(entry->path())) {
      names.push_back(entry->path().string());
    }
  }
  if (error) {
    return Fail(ErrorCode::kPermissionDenied,
                folder + ": the folder cannot be read: " + error.message());
  }
  if (names.empty()) {
    return Fail(ErrorCode::kNotFound, folder + ": the folder holds no video or image");
  }
  std::sort(names.begin(), names.end(), NaturalLess);
  return names;
}

Result<std::vector<std::string>> Matches(const std::string& pattern) {
  glob_t found{};
  const int outcome = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> names(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (outcome != 0 || names.empty()) {
    return Fail(ErrorCode::kNotFound, pattern + ": nothing matches");
  }
  std::sort(names.begin(), names.end(), NaturalLess);
  return names;
}

Result<std::vector<std::string>> InList(const std::string& path) {
  RETINUE_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxListBytes));
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') continue;
    const std::size_t last = line.find_last_not_of(" \t\r");
    names.emplace_back(line.substr(first, last - first + 1));
  }
  if (names.empty()) return Fail(ErrorCode::kDataLoss, path + ": the list names no source");
  return names;
}

}  // namespace

Result<std::vector<std::string>> ExpandSources(const std::string& word) {
  std::error_code ignored;
  const fs::file_status status = fs::status(word, ignored);
  if (fs::is_directory(status)) return InFolder(word);
  const bool is_address = word.find("://") != std::string::npos || word.starts_with("gst:") ||
                          word.starts_with("test:") || word.starts_with("camera:");
  if (fs::is_regular_file(status)) {
    const std::string extension = LowerExtension(word);
    if (extension == ".txt" || extension == ".streams") return InList(word);
  } else if (!is_address && !fs::exists(status) && word.find_first_of("*?[") != std::string::npos) {
    return Matches(word);
  }
  return std::vector<std::string>{word};
}

}  // namespace retinue
