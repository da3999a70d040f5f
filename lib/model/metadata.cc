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

// "[17, 3]": how many keypoints, and whether each has a score beside its place.
Result<KeypointColumns> ReadKeypointShape(const std::string& text) {
  constexpr int kMaxKeypoints = 1000;
  int count = 0, values = 0;
  std::string_view body = Trim(text);
  const bool framed = body.size() >= 2 && (body.front() == '[' || body.front() == '(') &&
                      (body.back() == ']' || body.back() == ')');
  if (framed) body = body.substr(1, body.size() - 2);
  const std::size_t comma = body.find(',');
  const auto read = [&](std::string_view word, int& value) {
    word = Trim(word);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size();
  };
  const bool ok = framed && comma != std::string_view::npos && read(body.substr(0, comma), count) &&
                  read(body.substr(comma + 1), values) && count >= 1 && count <= kMaxKeypoints &&
                  (values == 2 || values == 3);
  if (ok) return KeypointColumns{count, values == 3};
  return Fail(ErrorCode::kDataLoss, "the metadata's 'kpt_shape' must be [number of keypoints, 2 or "
                                    "3], got '" + Printable(text) + "'");
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
  if (const auto* text = Find(metadata, "kpt_shape")) {
    RETINUE_ASSIGN_OR_RETURN(read.keypoints, ReadKeypointShape(*text));
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
