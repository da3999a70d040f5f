#pragma once

// What docs/schema says, as a check.

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace retinue::testing {

using Json = nlohmann::json;

inline bool IsOfType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

/// A validator for the few keywords that docs/schema uses; any other is a mistake.
class JsonSchema {
 public:
  explicit JsonSchema(const Json& root) : root_(root) {}

  /// Empty when `value` fits, else where it does not.
  std::string Check(const Json& value, const Json& schema, const std::string& where = "$") const {
    for (const auto& [keyword, rule] : schema.items()) {
      const std::string problem = CheckKeyword(value, schema, keyword, rule, where);
      if (!problem.empty()) return problem;
    }
    return "";
  }
  std::string Check(const Json& value) const { return Check(value, root_); }

 private:
  std::string CheckKeyword(const Json& value, const Json& schema, const std::string& keyword,
                           const Json& rule, const std::string& where) const {
    static const std::set<std::string> kNotes = {"$schema", "$id", "title", "description", "$defs"};
    if (kNotes.contains(keyword)) return "";
    const std::string failed = where + " breaks " + keyword;
    if (keyword == "$ref") {
      return Check(value, root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), where);
    }
    if (keyword == "type") {
      for (const Json& type : rule.is_array() ? rule : Json::array({rule})) {
        if (IsOfType(value, type)) return "";
      }
      return failed;
    }
    if (keyword == "const") return value == rule ? "" : failed;
    if (keyword == "minimum") return value.get<double>() >= rule.get<double>() ? "" : failed;
    if (keyword == "maximum") return value.get<double>() <= rule.get<double>() ? "" : failed;
    if (keyword == "minItems") return value.size() >= rule.get<std::size_t>() ? "" : failed;
    if (keyword == "maxItems") return value.size() <= rule.get<std::size_t>() ? "" : failed;
    if (keyword == "required") {
      for (const Json& name : rule) {
        if (!value.contains(name.get<std::string>())) return failed + " " + name.dump();
      }
      return "";
    }
    return CheckParts(value, schema, keyword, rule, where);
  }

  std::string CheckParts(const Json& value, const Json& schema, const std::string& keyword,
                         const Json& rule, const std::string& where) const {
    std::string problem;
    if (keyword == "properties") {
      for (const auto& [name, part] : rule.items()) {
        if (value.contains(name)) problem += Check(value.at(name), part, where + "." + name);
      }
    } else if (keyword == "items" || keyword == "prefixItems") {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const Json& part = keyword == "items" ? rule : rule.at(i);
        problem += Check(value[i], part, where + "[" + std::to_string(i) + "]");
      }
    } else if (keyword == "additionalProperties") {
      for (const auto& [name, part] : value.items()) {
        if (schema.contains("properties") && schema["properties"].contains(name)) continue;
        problem += Check(part, rule, where + "." + name);
      }
    } else if (keyword == "propertyNames") {
      for (const auto& [name, part] : value.items()) {
        const Json& allowed = rule.at("enum");
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
          problem += where + " has a strange " + name;
        }
      }
    } else {
      ADD_FAILURE() << "the validator does not know " << keyword;
    }
    return problem;
  }

  const Json& root_;
};

}  // namespace retinue::testing
