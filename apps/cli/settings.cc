#include "apps/cli/settings.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "lib/model/toml.h"
#include "retinue/files/files.h"

namespace retinue::cli {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

std::optional<std::string> TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

// False when one of the values is none that an option can have.
bool AppendValues(const toml::node& node, std::vector<std::string>& values) {
  const auto append = [&](const toml::node& one) {
    auto text = TextOf(one);
    if (text) values.push_back(*std::move(text));
    return text.has_value();
  };
  const auto* array = node.as_array();
  return array != nullptr ? std::all_of(array->begin(), array->end(), append) : append(node);
}

}  // namespace

std::string Joined(const Setting& setting) {
  return fmt::format("{}", fmt::join(setting.values, ","));
}

Outcome<std::vector<Setting>> ParseSettings(std::string_view toml, const std::string& name) {
  const auto document = ParseToml(toml, kMaxBytes, "settings");
  if (!document) return Exit(kExitUsage, name + ": " + document.error().message);
  std::vector<Setting> settings;
  for (const auto& [key, node] : *document) {
    Setting& setting = settings.emplace_back();
    setting.key = key.str();
    std::replace(setting.key.begin(), setting.key.end(), '-', '_');
    setting.line = node.source().begin.line;
    if (AppendValues(node, setting.values)) continue;
    return Exit(kExitUsage,
                fmt::format("{}: line {}: '{}' must be a text, a number, true or false, or a list "
                            "of these",
                            name, setting.line, setting.key));
  }
  std::stable_sort(settings.begin(), settings.end(),
                   [](const Setting& a, const Setting& b) { return a.line < b.line; });
  return settings;
}

Outcome<std::vector<Setting>> ReadSettings(const std::string& path) {
  const auto text = ReadWholeFile(path, kMaxBytes + 1);
  if (!text) return Exit(kExitUsage, text.error());
  return ParseSettings(*text, path);
}

}  // namespace retinue::cli
