#pragma once

// Reading JSON that comes from outside, with errors that name the place. Private to lib/eval.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "retinue/base/result.h"
#include "retinue/eval/detection_evaluator.h"

namespace retinue::internal {

/// @error kResourceExhausted  More than `max_bytes`, or more than 16 levels of nesting.
/// @error kDataLoss           `not JSON: byte 12`.
Result<nlohmann::json> ParseJson(std::string_view text, std::size_t max_bytes);

/// Numbers that are not finite are outside of JSON; anything else is a number here.
std::optional<double> AsNumber(const nlohmann::json& value);

/// One object of a list, e.g. annotations[12]. Refers to the JSON.
class JsonEntry {
 public:
  /// @error kDataLoss  `annotations[12] must be an object`.
  static Result<JsonEntry> Create(const nlohmann::json& value, std::string_view list,
                                  std::size_t index);

  /// Null when there is no such field, or it is null.
  const nlohmann::json* Find(const char* field) const;

  /// `annotations[12].bbox must be EXPECTED`.
  tl::unexpected<Error> Bad(std::string_view field, std::string_view expected) const;
  /// An error from deeper within, with the place in front.
  tl::unexpected<Error> Within(std::string_view field, const Error& error) const;

  /// A whole number, also when written 3.0.
  Result<std::int64_t> Integer(const char* field) const;
  Result<double> Number(const char* field) const;
  /// Four numbers, the last two not negative.
  Result<EvalBox> BoxOf(const char* field) const;
  /// A list of numbers of at most `most`.
  Result<std::vector<double>> Numbers(const nlohmann::json& value, std::string_view field,
                                      std::size_t most) const;

 private:
  JsonEntry(const nlohmann::json& value, std::string_view list, std::size_t index)
      : value_(&value), list_(list), index_(index) {}
  const nlohmann::json* value_;
  std::string_view list_;
  std::size_t index_;
};

}  // namespace retinue::internal
