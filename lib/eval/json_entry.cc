#include "lib/eval/json_entry.h"

#include <cmath>

namespace retinue::internal {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;

// Looks at a text before a tree is built of it: where it stops being JSON, how deep it goes.
class Surveyor final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return Deeper(); }
  bool end_object() override { return Out(); }
  bool start_array(std::size_t) override { return Deeper(); }
  bool end_array() override { return Out(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    bad_byte_ = position;
    return false;
  }
  bool is_too_deep() const { return depth_ > kMaxDepth; }
  std::size_t bad_byte() const { return bad_byte_; }

 private:
  bool Deeper() { return ++depth_ <= kMaxDepth; }
  bool Out() {
    --depth_;
    return true;
  }
  int depth_ = 0;
  std::size_t bad_byte_ = 0;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return Fail(ErrorCode::kResourceExhausted, "expected at most " + std::to_string(max_bytes) +
                                                   " bytes, got " + std::to_string(text.size()));
  }
  Surveyor surveyor;
  if (!Json::sax_parse(text, &surveyor)) {
    if (surveyor.is_too_deep()) {
      return Fail(ErrorCode::kResourceExhausted, "expected at most " + std::to_string(kMaxDepth) +
                                                     " levels of nesting, got more");
    }
    return Fail(ErrorCode::kDataLoss,
                "not JSON: it goes wrong at byte " + std::to_string(surveyor.bad_byte()));
  }
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::optional<double> AsNumber(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

Result<JsonEntry> JsonEntry::Create(const Json& value, std::string_view list, std::size_t index) {
  if (value.is_object()) return JsonEntry(value, list, index);
  return Fail(ErrorCode::kDataLoss,
              std::string(list) + "[" + std::to_string(index) + "] must be an object");
}

const Json* JsonEntry::Find(const char* field) const {
  const auto found = value_->find(field);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

tl::unexpected<Error> JsonEntry::Bad(std::string_view field, std::string_view expected) const {
  return Fail(ErrorCode::kDataLoss, std::string(list_) + "[" + std::to_string(index_) + "]." +
                                        std::string(field) + " must be " + std::string(expected));
}

tl::unexpected<Error> JsonEntry::Within(std::string_view field, const Error& error) const {
  return Fail(error.code, std::string(list_) + "[" + std::to_string(index_) + "]." +
                              std::string(field) + ": " + error.message);
}

Result<std::int64_t> JsonEntry::Integer(const char* field) const {
  constexpr double kMost = 9e15;  // whole numbers are exact in a double up to there
  const Json* value = Find(field);
  if (value != nullptr && value->is_number()) {
    if (value->is_number_integer() && !value->is_number_unsigned()) {
      return value->get<std::int64_t>();
    }
    const double number = value->get<double>();
    if (number == std::floor(number) && std::abs(number) <= kMost) {
      return static_cast<std::int64_t>(number);
    }
  }
  return Bad(field, "a whole number");
}

Result<double> JsonEntry::Number(const char* field) const {
  const Json* value = Find(field);
  const auto number = value == nullptr ? std::nullopt : AsNumber(*value);
  if (!number) return Bad(field, "a finite number");
  return *number;
}

Result<EvalBox> JsonEntry::BoxOf(const char* field) const {
  constexpr const char* kExpected = "4 finite numbers, the last two not negative";
  const Json* value = Find(field);
  if (value == nullptr || !value->is_array() || value->size() != 4) return Bad(field, kExpected);
  std::array<double, 4> numbers{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = AsNumber((*value)[i]);
    if (!number || (i >= 2 && *number < 0)) return Bad(field, kExpected);
    numbers[i] = *number;
  }
  return EvalBox{numbers[0], numbers[1], numbers[2], numbers[3]};
}

Result<std::vector<double>> JsonEntry::Numbers(const Json& value, std::string_view field,
                                               std::size_t most) const {
  if (!value.is_array()) return Bad(field, "a list of numbers");
  if (value.size() > most) {
    return Within(field, {ErrorCode::kResourceExhausted,
                          "expected at most " + std::to_string(most) + " numbers, got " +
                              std::to_string(value.size())});
  }
  std::vector<double> numbers;
  numbers.reserve(value.size());
  for (const Json& one : value) {
    const auto number = AsNumber(one);
    if (!number) return Bad(field, "a list of finite numbers");
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace retinue::internal
