#pragma once

// Flat TOML files of the command: `config=FILE.toml` and `tracker=FILE.toml`.
// Thread rule: pure functions.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/failure.h"

namespace retinue::cli {

/// One `key = value` line.
struct Setting {
  std::string key;                  ///< Dashes as underscores.
  std::vector<std::string> values;  ///< As text; more or fewer than one only of a list.
  std::size_t line = 0;             ///< Counted from 1.
};

/// The values with commas between them: what the same key takes on the command line.
std::string Joined(const Setting& setting);

/// @return The settings in the order of their lines.
/// @error kExitUsage  Not TOML, a table or a date where a value should be, more than 64 KiB:
///                    `NAME:LINE: …`.
Outcome<std::vector<Setting>> ParseSettings(std::string_view toml, const std::string& name);

/// The same of a file.
Outcome<std::vector<Setting>> ReadSettings(const std::string& path);

}  // namespace retinue::cli
