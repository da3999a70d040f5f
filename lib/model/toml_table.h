#pragma once

// Reading a TOML table key by key, with errors that name the line. Thread rule:
// one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/model/toml.h"
#include "retinue/base/result.h"

namespace retinue {

/// The first thing that was wrong in a document.
class TomlProblem {
 public:
  /// Remembers `message` for `line` (0 = the whole document) unless there was one before.
  void Set(std::size_t line, const std::string& message);
  void SetLimit(std::size_t line, const std::string& message);
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

/// A table of a document, whose keys are asked for one by one. A key of the wrong type or range
/// is a problem and reads as absent; Finish() then looks for keys that nobody asked for.
class TomlTable {
 public:
  /// `table` may be null: then every key is absent.
  TomlTable(const toml::table* table, std::string name, TomlProblem& problem);

  bool exists() const { return table_ != nullptr; }
  /// Line of the table, or of the given key when it is there.
  std::size_t Line(std::string_view key = {}) const;
  /// The problem that `message` is wrong with `key`.
  void Complain(std::string_view key, const std::string& message);

  bool Has(std::string_view key);
  bool IsString(std::string_view key);
  std::optional<std::string> String(std::string_view key);
  std::string RequiredString(std::string_view key);
  std::optional<double> Number(std::string_view key, double least, double most);
  std::optional<std::int64_t> Integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<bool> Boolean(std::string_view key);
  std::optional<std::vector<double>> Numbers(std::string_view key, std::size_t most_items);
  std::optional<std::vector<std::string>> Strings(std::string_view key, std::size_t most_items);
  TomlTable Table(std::string_view key);

  /// One of a few words, as the value that stands beside it.
  template <typename T>
  std::optional<T> Choice(std::string_view key,
                          std::span<const std::pair<std::string_view, T>> words) {
    const auto text = String(key);
    if (!text) return std::nullopt;
    std::string known;
    for (const auto& [word, value] : words) {
      if (*text == word) return value;
      known += (known.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    }
    ComplainChoice(key, known, *text);
    return std::nullopt;
  }

  void Finish();

 private:
  const toml::node* Find(std::string_view key);
  std::string Name(std::string_view key) const;
  void ComplainChoice(std::string_view key, const std::string& known, const std::string& found);

  const toml::table* table_;
  std::string name_;
  TomlProblem* problem_;
  std::vector<std::string> asked_;
};

}  // namespace retinue
