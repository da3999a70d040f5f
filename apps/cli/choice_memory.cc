#include "apps/cli/choice_memory.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "apps/cli/json_memory.h"
#include "retinue/files/files.h"
#include "retinue/infer/model_file.h"

namespace retinue::cli {
namespace {

constexpr const char* kName = "choices";
constexpr std::size_t kMostModels = 64;
constexpr double kAlike = 1.03;

using Json = nlohmann::json;

Result<ContentHash> HashOfFile(const std::string& path, ContentHash hash) {
  RETINUE_ASSIGN_OR_RETURN(const auto file, OpenFile(path));
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (;;) {
    RETINUE_ASSIGN_OR_RETURN(const std::size_t count, file->Read(buffer));
    if (count == 0) return hash;
    hash = HashOf(std::span(buffer).first(count), hash);
  }
}

bool IsTimings(const Json& settings) {
  if (!settings.is_object()) return false;
  for (const auto& [setting, ways] : settings.items()) {
    if (!ways.is_object()) return false;
    for (const auto& [way, ms] : ways.items()) {
      if (!ms.is_number() || !(ms.get<double>() > 0) || !std::isfinite(ms.get<double>()))
        return false;
    }
  }
  return true;
}

bool IsVerdicts(const Json& ways) {
  if (!ways.is_object()) return false;
  for (const auto& [way, agrees] : ways.items()) {
    if (!agrees.is_boolean()) return false;
  }
  return true;
}

bool AreVersions(const Json& versions, const std::map<std::string, std::string>& expected) {
  if (!versions.is_object()) return false;
  for (const auto& [name, version] : versions.items()) {
    if (!version.is_string()) return false;
  }
  return std::all_of(expected.begin(), expected.end(), [&](const auto& one) {
    return versions.value(one.first, std::string()) == one.second;
  });
}

// The file is anybody's to write: what is used of it is checked first.
bool IsEntryOf(const Json& entry, const ChoiceKey& key) {
  return entry.is_object() && entry.value("machine", Json()) == key.machine &&
         entry.contains("versions") && AreVersions(entry["versions"], key.versions) &&
         entry.contains("agrees") && IsVerdicts(entry["agrees"]) && entry.contains("ms") &&
         IsTimings(entry["ms"]);
}

// When an entry was written, counted in writings.
std::int64_t TurnOf(const Json& entry) {
  const bool has = entry.is_object() && entry.contains("turn") && entry["turn"].is_number_integer();
  return has ? std::clamp<std::int64_t>(entry["turn"].get<std::int64_t>(), 0, 1ll << 50) : -1;
}

}  // namespace

Result<std::string> ContentKey(const std::string& path) {
  RETINUE_ASSIGN_OR_RETURN(ContentHash hash, HashOfFile(path, {}));
  if (LowerCaseExtension(path) == ".xml") {
    const auto with_weights = HashOfFile(path.substr(0, path.size() - 4) + ".bin", hash);
    if (with_weights) hash = *with_weights;
  }
  return ToString(hash);
}

bool HasChoices() { return !ReadMemory(kName).empty(); }

ChoiceMemory::ChoiceMemory(ChoiceKey key) : key_(std::move(key)) {
  Json memory = ReadMemory(kName);
  if (memory.contains("models") && memory["models"].is_object() &&
      memory["models"].contains(key_.model)) {
    model_ = memory["models"][key_.model];
  }
  if (IsEntryOf(model_, key_)) return;
  model_ = {{"machine", key_.machine},
            {"versions", key_.versions},
            {"agrees", Json::object()},
            {"ms", Json::object()}};
}

std::optional<bool> ChoiceMemory::Agrees(const std::string& way) const {
  const Json& agrees = model_["agrees"];
  if (!agrees.contains(way)) return std::nullopt;
  return agrees[way].get<bool>();
}

void ChoiceMemory::SetAgrees(const std::string& way, bool agrees) {
  model_["agrees"][way] = agrees;
}

std::string ChoiceMemory::VersionOf(const std::string& runtime) const {
  return model_["versions"].value(runtime, std::string());
}

std::vector<std::string> ChoiceMemory::Settings() const {
  std::vector<std::string> settings;
  for (const auto& [setting, ways] : model_["ms"].items()) settings.push_back(setting);
  return settings;
}

std::map<std::string, double> ChoiceMemory::Timings(const std::string& setting) const {
  const Json& settings = model_["ms"];
  if (!settings.contains(setting)) return {};
  return settings[setting].get<std::map<std::string, double>>();
}

void ChoiceMemory::SetTiming(const std::string& setting, const std::string& way, double ms) {
  if (ms > 0 && std::isfinite(ms)) model_["ms"][setting][way] = ms;
}

void ChoiceMemory::Save() {
  // Read again: another run may have written meanwhile.
  Json memory = ReadMemory(kName);
  Json& models = memory["models"];
  if (!models.is_object()) models = Json::object();
  std::int64_t last = 0;
  for (const auto& [key, entry] : models.items()) last = std::max(last, TurnOf(entry));
  model_["turn"] = last + 1;
  models[key_.model] = model_;
  while (models.size() > kMostModels) {
    auto oldest = models.begin();
    for (auto it = models.begin(); it != models.end(); ++it) {
      if (TurnOf(*it) < TurnOf(*oldest)) oldest = it;
    }
    models.erase(oldest);
  }
  WriteMemory(kName, memory);
}

std::string FastestThatAgrees(const ChoiceMemory& memory, const std::string& setting,
                              const std::vector<std::string>& preferred) {
  const auto timings = memory.Timings(setting);
  double best = std::numeric_limits<double>::infinity();
  for (const auto& [way, ms] : timings) {
    if (memory.Agrees(way).value_or(false)) best = std::min(best, ms);
  }
  for (const std::string& way : preferred) {
    const auto timing = timings.find(way);
    if (timing == timings.end() || !memory.Agrees(way).value_or(false)) continue;
    if (timing->second <= best * kAlike) return way;
  }
  return {};
}

}  // namespace retinue::cli
