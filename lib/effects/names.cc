#include "lib/effects/names.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace retinue {
namespace {

constexpr std::array<std::string_view, kFacePartCount + 3> kShapes = {
    "face", "forehead", "nose", "mouth", "lips", "leye", "reye", "leye_region", "reye_region",
    "leyebrow", "reyebrow", "liris", "riris", "rect", "frame", "background"};
constexpr std::array<std::string_view, kEffectVariableCount> kVariables = {
    "t", "w", "h", "n", "i", "yaw", "pitch", "roll", "mouth_open", "leye_open", "reye_open",
    "smile"};

struct FunctionName {
  std::string_view name;
  int arguments;
};
constexpr std::array<FunctionName, kEffectFunctionCount> kFunctions = {{
    {"sin", 1}, {"cos", 1}, {"abs", 1}, {"min", 2}, {"max", 2}, {"clamp", 3}, {"mix", 3},
    {"step", 2}, {"round", 1}, {"floor", 1}, {"fract", 1}, {"mod", 2}, {"noise", 1}}};
constexpr std::array<std::string_view, kEffectOperationCount> kOperations = {
    "copy_to", "swap_with", "scale", "rotate", "spin", "translate", "drift", "flip", "reshape",
    "tile", "brighten", "saturate", "hue", "channels", "blur", "pixelate", "fill", "erase",
    "invert", "opacity", "feather", "clear"};

constexpr auto kArguments = [] {
  std::array<std::string_view, kVariables.size() + kFunctions.size() + kShapes.size()> all{};
  std::size_t i = 0;
  for (const auto name : kVariables) all[i++] = name;
  for (const auto& function : kFunctions) all[i++] = function.name;
  for (const auto name : kShapes) all[i++] = name;
  return all;
}();

template <typename Enum, typename Names>
std::optional<Enum> Find(const Names& names, std::size_t count, std::string_view name) {
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
  const auto found = std::find(names.begin(), end, name);
  if (found == end) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// No name is longer; what is much longer is not near to any.
constexpr std::size_t kLongest = 14;

/// Letters to insert, drop, replace or swap with their neighbour (each pair once), or `limit` + 1.
std::size_t Distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() < b.size() ? b.size() - a.size() : a.size() - b.size();
  if (difference > limit) return limit + 1;
  std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({row[j - 1] + 1, above[j] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], above2[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view ToString(FacePart part) { return kShapes[static_cast<std::size_t>(part)]; }
std::string_view ToString(EffectVariable v) { return kVariables[static_cast<std::size_t>(v)]; }
std::string_view ToString(EffectFunction function) {
  return kFunctions[static_cast<std::size_t>(function)].name;
}
int ArgumentCount(EffectFunction function) {
  return kFunctions[static_cast<std::size_t>(function)].arguments;
}
std::string_view ToString(EffectOperationKind kind) {
  return kOperations[static_cast<std::size_t>(kind)];
}

std::string ToString(const EffectError& error) {
  return std::to_string(error.place.line) + ":" + std::to_string(error.place.column) + ": " +
         error.message;
}

std::string ToString(const std::vector<EffectError>& errors) {
  std::string text;
  for (const EffectError& error : errors) {
    if (!text.empty()) text += '\n';
    text += ToString(error);
  }
  return text;
}

namespace internal {

std::optional<FacePart> FindPart(std::string_view name) {
  return Find<FacePart>(kShapes, kFacePartCount, name);
}
std::optional<EffectVariable> FindVariable(std::string_view name) {
  return Find<EffectVariable>(kVariables, kVariables.size(), name);
}
std::optional<EffectFunction> FindFunction(std::string_view name) {
  for (std::size_t i = 0; i < kFunctions.size(); ++i) {
    if (kFunctions[i].name == name) return static_cast<EffectFunction>(i);
  }
  return std::nullopt;
}
std::optional<EffectOperationKind> FindOperation(std::string_view name) {
  if (name == "copy") return EffectOperationKind::kCopyTo;
  return Find<EffectOperationKind>(kOperations, kOperations.size(), name);
}

bool IsShapeName(std::string_view name) {
  return std::find(kShapes.begin(), kShapes.end(), name) != kShapes.end();
}

std::span<const std::string_view> ShapeNames() { return kShapes; }
std::span<const std::string_view> OperationNames() { return kOperations; }
std::span<const std::string_view> ArgumentNames() { return kArguments; }

std::string Suggestion(std::string_view name, std::span<const std::string_view> known) {
  if (name.size() > kLongest) return "";
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // Of a short word less may be wrong, or everything is near to everything.
  std::size_t limit = std::max<std::size_t>(1, lower.size() / 3);
  std::string_view best;
  for (const std::string_view candidate : known) {
    const std::size_t distance = Distance(lower, candidate, limit);
    if (distance > limit || distance >= candidate.size()) continue;
    best = candidate;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return best.empty() ? "" : ", did you mean '" + std::string(best) + "'?";
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string quoted = "'";
  for (const char c : text.substr(0, kShown)) quoted += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > kShown) quoted += "...";
  return quoted + "'";
}

}  // namespace internal
}  // namespace retinue
