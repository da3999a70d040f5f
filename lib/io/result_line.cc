#include "retinue/io/result_line.h"

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "retinue/io/text.h"

namespace retinue {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;

tl::unexpected<Error> Bad(std::string_view where, std::string_view expected) {
  std::string message(where);
  message += " must be ";
  message += expected;
  return Fail(ErrorCode::kDataLoss, std::move(message));
}

// Null when `object` has no such field.
const Json* Find(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::int64_t> AsInteger(const Json* value, std::int64_t low, std::int64_t high) {
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(high)) return std::nullopt;
  }
  const auto number = value->get<std::int64_t>();
  if (number < low || number > high) return std::nullopt;
  return number;
}

std::optional<float> AsNumber(const Json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const auto number = value->get<double>();
  if (!IsWritable(number)) return std::nullopt;
  return static_cast<float>(number);
}

std::optional<Box> AsBox(const Json* value) {
  if (value == nullptr || !value->is_array() || value->size() != 4) return std::nullopt;
  std::array<float, 4> numbers{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = AsNumber(&(*value)[i]);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  if (numbers[2] < 0 || numbers[3] < 0) return std::nullopt;
  return Box{numbers[0], numbers[1], numbers[2], numbers[3]};
}

std::string ObjectName(std::size_t index, std::string_view field) {
  std::string name = "objects[";
  AppendInteger(static_cast<std::int64_t>(index), name);
  name += ']';
  name += field;
  return name;
}

Result<void> ReadObject(const Json& object, std::size_t index, ResultLine& line) {
  if (!object.is_object()) return Bad(ObjectName(index, ""), "an object");
  Detection detection;
  if (const Json* id = Find(object, "id")) {
    const auto number = AsInteger(id, 1, std::numeric_limits<std::int64_t>::max());
    if (!number) return Bad(ObjectName(index, ".id"), "a whole number of 1 or more");
    detection.track_id = *number;
  }
  const Json* label = Find(object, "label");
  if (label == nullptr || !label->is_string()) return Bad(ObjectName(index, ".label"), "a string");
  const auto class_id = AsInteger(Find(object, "class"), 0, std::numeric_limits<int>::max());
  if (!class_id) return Bad(ObjectName(index, ".class"), "a whole number of 0 or more");
  detection.class_id = static_cast<int>(*class_id);
  const auto score = AsNumber(Find(object, "score"));
  if (!score) return Bad(ObjectName(index, ".score"), "a number");
  detection.score = *score;
  const auto box = AsBox(Find(object, "box"));
  if (!box) return Bad(ObjectName(index, ".box"), "4 numbers, the last two not negative");
  detection.box = *box;
  line.result.objects.push_back(detection);
  line.labels.push_back(label->get<std::string>());
  return {};
}

Result<void> ReadFrame(const Json& json, ResultLine& line) {
  const Json* stream = Find(json, "stream");
  if (stream == nullptr || !stream->is_string()) return Bad("stream", "a string");
  line.stream = stream->get<std::string>();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto frame = AsInteger(Find(json, "frame"), 0, kMax);
  if (!frame) return Bad("frame", "a whole number of 0 or more");
  line.result.frame = *frame;
  const Json* pts = Find(json, "pts_ns");
  const auto time = AsInteger(pts, -kMax, kMax);
  if (!time && (pts == nullptr || !pts->is_null())) return Bad("pts_ns", "a whole number or null");
  line.result.pts = time ? Nanoseconds(*time) : kNoTime;
  const auto width = AsInteger(Find(json, "width"), 0, std::numeric_limits<int>::max());
  const auto height = AsInteger(Find(json, "height"), 0, std::numeric_limits<int>::max());
  if (!width || !height) return Bad("width and height", "whole numbers of 0 or more");
  line.result.size = {static_cast<int>(*width), static_cast<int>(*height)};
  return {};
}

// Looks at the nesting before nlohmann builds a tree of it.
bool IsNestedTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<ResultLine> ParseResultLine(std::string_view line) {
  if (line.size() > kMaxResultLineBytes) {
    return Fail(ErrorCode::kResourceExhausted,
                "expected a line of at most 4 MiB, got " + std::to_string(line.size()) + " bytes");
  }
  if (IsNestedTooDeep(line)) {
    return Fail(ErrorCode::kResourceExhausted, "expected at most 16 levels of nesting, got more");
  }
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return Fail(ErrorCode::kDataLoss, "expected one JSON object on the line");
  }
  const auto version = AsInteger(Find(json, "v"), 0, std::numeric_limits<int>::max());
  if (!version) return Bad("v", "a whole number");
  if (*version != 1) {
    return Fail(ErrorCode::kUnsupported,
                "expected a result of version 1, got " + std::to_string(*version));
  }
  ResultLine parsed;
  RETINUE_RETURN_IF_ERROR(ReadFrame(json, parsed));
  const Json* objects = Find(json, "objects");
  if (objects == nullptr || !objects->is_array()) return Bad("objects", "an array");
  for (std::size_t i = 0; i < objects->size(); ++i) {
    RETINUE_RETURN_IF_ERROR(ReadObject((*objects)[i], i, parsed));
  }
  return parsed;
}

}  // namespace retinue
