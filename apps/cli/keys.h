#pragma once

// The keys of `key=value`: which verbs take them, where their values go, what
// they may be. Thread rule: constants.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/cli/options.h"

namespace retinue::cli {

/// One key; its table is in keys.cc.
struct Key {
  using Target = std::variant<std::string Options::*, bool Options::*, int Options::*,
                              double Options::*, std::int64_t Options::*,
                              std::optional<float> Options::*>;
  const char* name;
  Target target;
  unsigned verbs;                 ///< One bit each.
  const char* group;              ///< Heading in the help.
  const char* help;
  double low = 0, high = 0;       ///< Bounds of a number, both allowed.
  const char* words = nullptr;    ///< A text that must be one of "a|b|c".
  const char* value = "NAME";     ///< What a free text is called in the help.
};

/// In the order of the help.
std::vector<const Key*> KeysOf(Verb verb);

/// Null when the verb has none of that name (underscores, no dashes).
const Key* FindKey(Verb verb, std::string_view name);

/// True or false; its name alone means true.
bool IsSwitch(const Key& key);

/// Empty when `value` will do, else `conf must be 0 to 1, got '2'`.
std::string ProblemWith(const Key& key, const std::string& value);

/// What stands for the value in the help: `0..1`, `auto|cpu`, `FILE`.
std::string Placeholder(const Key& key);

}  // namespace retinue::cli
