#include "lib/model/toml_table.h"

#include <cmath>
#include <cstdio>

#include "lib/model/text.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::HasControl;
using model_text::Printable;

constexpr std::size_t kMaxStringBytes = 4096;

std::size_t LineOf(const toml::node& node) { return node.source().begin.line; }

std::string Shortest(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// What a node is, for messages.
std::string Kind(const toml::node& node) {
  if (node.is_string()) return "a string";
  if (node.is_integer() || node.is_floating_point()) return "a number";
  if (node.is_boolean()) return "true or false";
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  return "a date or time";
}

std::optional<double> NumberOf(const toml::node& node) {
  if (const auto* i = node.as_integer()) return static_cast<double>(i->get());
  if (const auto* f = node.as_floating_point()) return f->get();
  return std::nullopt;
}

}  // namespace

void TomlProblem::Set(std::size_t line, const std::string& message) {
  if (error_) return;
  const std::string where = line > 0 ? "line " + std::to_string(line) + ": " : "";
  error_ = Error{ErrorCode::kDataLoss, where + message};
}

void TomlProblem::SetLimit(std::size_t line, const std::string& message) {
  if (error_) return;
  Set(line, message);
  error_->code = ErrorCode::kResourceExhausted;
}

TomlTable::TomlTable(const toml::table* table, std::string name, TomlProblem& problem)
    : table_(table), name_(std::move(name)), problem_(&problem) {}

std::size_t TomlTable::Line(std::string_view key) const {
  if (table_ == nullptr) return 0;
  const toml::node* node = key.empty() ? nullptr : table_->get(key);
  return node != nullptr ? LineOf(*node) : LineOf(*table_);
}

std::string TomlTable::Name(std::string_view key) const {
  return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
}

void TomlTable::Complain(std::string_view key, const std::string& message) {
  problem_->Set(Line(key), Name(key) + " " + message);
}

void TomlTable::ComplainChoice(std::string_view key, const std::string& known,
                               const std::string& found) {
  Complain(key, "must be one of " + known + ", got \"" + Printable(found) + "\"");
}

const toml::node* TomlTable::Find(std::string_view key) {
  asked_.emplace_back(key);
  return table_ == nullptr ? nullptr : table_->get(key);
}

bool TomlTable::Has(std::string_view key) { return Find(key) != nullptr; }

bool TomlTable::IsString(std::string_view key) {
  const toml::node* node = Find(key);
  return node != nullptr && node->is_string();
}

std::optional<std::string> TomlTable::String(std::string_view key) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  if (text == nullptr) {
    Complain(key, "must be a string, got " + Kind(*node));
    return std::nullopt;
  }
  if (text->get().size() > kMaxStringBytes || HasControl(text->get())) {
    Complain(key, "must be at most " + std::to_string(kMaxStringBytes) +
                      " bytes without control characters");
    return std::nullopt;
  }
  return text->get();
}

std::string TomlTable::RequiredString(std::string_view key) {
  const auto text = String(key);
  if (text && !text->empty()) return *text;
  Complain(key, "must be given");
  return {};
}

std::optional<double> TomlTable::Number(std::string_view key, double least, double most) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = NumberOf(*node);
  if (value && *value >= least && *value <= most) return value;
  Complain(key, "must be a number between " + Shortest(least) + " and " + Shortest(most) +
                    ", got " + (value ? Shortest(*value) : Kind(*node)));
  return std::nullopt;
}

std::optional<std::int64_t> TomlTable::Integer(std::string_view key, std::int64_t least,
                                               std::int64_t most) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_integer();
  if (value != nullptr && value->get() >= least && value->get() <= most) return value->get();
  const auto number = NumberOf(*node);
  Complain(key, "must be a whole number between " + std::to_string(least) + " and " +
                    std::to_string(most) + ", got " + (number ? Shortest(*number) : Kind(*node)));
  return std::nullopt;
}

std::optional<bool> TomlTable::Boolean(std::string_view key) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  Complain(key, "must be true or false, got " + Kind(*node));
  return std::nullopt;
}

std::optional<std::vector<double>> TomlTable::Numbers(std::string_view key,
                                                      std::size_t most_items) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  std::vector<double> values;
  if (const auto single = NumberOf(*node)) {
    values.push_back(*single);
  } else if (const auto* list = node->as_array(); list != nullptr && list->size() <= most_items) {
    for (const toml::node& item : *list) {
      if (const auto value = NumberOf(item)) values.push_back(*value);
    }
    if (values.size() != list->size()) values.clear();
  }
  bool finite = true;
  for (const double v : values) finite = finite && std::isfinite(v);
  if (!values.empty() && finite) return values;
  Complain(key, "must be a list of 1 to " + std::to_string(most_items) + " numbers");
  return std::nullopt;
}

std::optional<std::vector<std::string>> TomlTable::Strings(std::string_view key,
                                                           std::size_t most_items) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  const auto* list = node->as_array();
  if (list == nullptr) {
    Complain(key, "must be a list of strings, got " + Kind(*node));
    return std::nullopt;
  }
  if (list->size() > most_items) {
    problem_->SetLimit(LineOf(*node), Name(key) + " must have at most " +
                                          std::to_string(most_items) + " entries, got " +
                                          std::to_string(list->size()));
    return std::nullopt;
  }
  std::vector<std::string> values;
  for (const toml::node& item : *list) {
    const auto* text = item.as_string();
    const bool ok = text != nullptr && !text->get().empty() &&
                    text->get().size() <= kMaxNameBytes && !HasControl(text->get());
    if (!ok) {
      problem_->Set(LineOf(item), Name(key) + " must be strings of 1 to " +
                                      std::to_string(kMaxNameBytes) +
                                      " bytes without control characters");
      return std::nullopt;
    }
    values.push_back(text->get());
  }
  return values;
}

TomlTable TomlTable::Table(std::string_view key) {
  const toml::node* node = Find(key);
  const toml::table* table = node == nullptr ? nullptr : node->as_table();
  if (node != nullptr && table == nullptr) Complain(key, "must be a table, got " + Kind(*node));
  return TomlTable(table, Name(key), *problem_);
}

void TomlTable::Finish() {
  if (table_ == nullptr) return;
  for (const auto& [key, node] : *table_) {
    bool asked = false;
    for (const std::string& known : asked_) asked = asked || key.str() == known;
    if (asked) continue;
    const std::string_view word = key.str();
    const auto nearest = NearestName(word, asked_);
    problem_->Set(key.source().begin.line,
                  "no key '" + Printable(Name(word)) + "' in a manifest" +
                      (nearest ? "; nearest is '" + Name(*nearest) + "'" : ""));
    return;
  }
}

}  // namespace retinue
