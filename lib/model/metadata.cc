#include "lib/model/metadata.h"

#include <charconv>
#include <string_view>

#include "lib/model/text.h"
#include "retinue/model/class_names.h"
#include "retinue/model/input_size.h"

namespace retinue {
namespace {

using model_text::Lower;
using model_text::Printable;
using model_text::Trim;

constexpr std::size_t kMaxLicenceBytes = 200;

const std::string* Find(const std::map<std::string, std::string>& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? nullptr : &found->second;
}

Result<std::optional<int>> ReadInteger(const std::map<std::string, std::string>& metadata,
                                       const char* key, int least, int most) {
  const std::string* text = Find(metadata, key);
  if (text == nullptr) return std::optional<int>();
  const std::string_view body = Trim(*text);
  int value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (error != std::errc() || end != body.data() + body.size() || value < least || value > most) {
    return Fail(ErrorCode::kDataLoss, "the metadata's '" + std::string(key) +
                                          "' must be a number between " + std::to_string(least) +
                                          " and " + std::to_string(most) + ", got '" +
                                          Printable(*text) + "'");
  }
  return std::optional<int>(value);
}

}  // namespace

Result<ExportMetadata> ReadMetadata(const std::map<std::string, std::string>& metadata) {
  ExportMetadata read;
  if (const auto* text = Find(metadata, "task")) {
    read.task = ParseTask(Trim(*text));
    if (!read.task) {
      return Fail(ErrorCode::kUnsupported,
                  "the metadata's 'task' must be detect, segment, pose, obb or classify, got '" +
                      Printable(*text) + "'");
    }
  }
  if (const auto* text = Find(metadata, "names")) {
    auto names = ParseNames(*text);
    if (!names) return Fail(names.error(), "the metadata's 'names'");
    read.names = *std::move(names);
  }
  RETINUE_ASSIGN_OR_RETURN(read.stride, ReadInteger(metadata, "stride", 1, 1024));
  RETINUE_ASSIGN_OR_RETURN(read.channels, ReadInteger(metadata, "channels", 1, 1024));
  if (const auto* text = Find(metadata, "imgsz")) {
    const auto size = ParseImgsz(*text);
    if (!size) {
      return Fail(Error{ErrorCode::kDataLoss, size.error().message}, "the metadata");
    }
    read.imgsz = *size;
  }
  if (const auto* text = Find(metadata, "end2end")) {
    const std::string word = Lower(Trim(*text));
    read.end2end = word == "true" || word == "1";
  }
  if (const auto* text = Find(metadata, "license")) {
    read.licence = Printable(Trim(*text), kMaxLicenceBytes);
  }
  return read;
}

}  // namespace retinue
