#include "apps/cli/source_list.h"

#include <algorithm>
#include <filesystem>

#include "retinue/files/expand_sources.h"
#include "retinue/io/file_names.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

bool IsImageName(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr const char* kImages[] = {".jpg", ".jpeg", ".png", ".webp", ".bmp"};
  return std::any_of(std::begin(kImages), std::end(kImages),
                     [&](const char* image) { return extension == image; });
}

bool IsNumber(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

SourceKind KindOf(const std::string& name) {
  if (name == "-") return SourceKind::kStandardInput;
  static constexpr const char* kLiveStarts[] = {"rtsp://", "rtsps://", "rtmp://",   "udp://",
                                                "srt://",  "camera:",  "/dev/video"};
  const bool live = std::any_of(std::begin(kLiveStarts), std::end(kLiveStarts),
                                [&](const char* start) { return name.starts_with(start); });
  if (live || (IsNumber(name) && !fs::exists(name))) return SourceKind::kLive;
  return IsImageName(name) ? SourceKind::kImage : SourceKind::kVideo;
}

// What files made from this source are called: its own name without folder and
// extension, or what is left of an address when only file name characters stay.
std::string StemOf(const SourceEntry& entry) {
  if (entry.kind == SourceKind::kStandardInput) return "stdin";
  const bool is_path = entry.name.find(':') == std::string::npos || fs::exists(entry.name);
  if (is_path && entry.kind != SourceKind::kLive) return fs::path(entry.name).stem().string();
  std::string stem;
  for (const unsigned char c : entry.name) {
    if (std::isalnum(c) != 0) {
      stem += static_cast<char>(c);
    } else if (!stem.empty() && stem.back() != '-') {
      stem += '-';
    }
    if (stem.size() >= 60) break;
  }
  while (!stem.empty() && stem.back() == '-') stem.pop_back();
  return IsNumber(stem) ? "camera" + stem : stem;
}

}  // namespace

Outcome<std::vector<SourceEntry>> ListSources(const std::vector<std::string>& words) {
  if (words.empty()) {
    return Exit(kExitUsage, "no source given: name a file, a folder, a camera or an address");
  }
  std::vector<SourceEntry> entries;
  for (const std::string& word : words) {
    Result<std::vector<std::string>> names = ExpandSources(word);
    if (!names) {
      // The only thing asked for: nothing can be done.
      if (words.size() == 1) return Exit(kExitSource, names.error());
      entries.push_back({.name = word, .stem = {}, .problem = names.error().message});
      continue;
    }
    for (std::string& name : *names)
      entries.push_back({.name = std::move(name), .stem = {}, .problem = {}});
  }
  UniqueNames names;
  for (SourceEntry& entry : entries) {
    entry.kind = KindOf(entry.name);
    entry.stem = names.Take(StemOf(entry));
  }
  return entries;
}

}  // namespace retinue::cli
