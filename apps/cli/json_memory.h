#pragma once

// Small things that the command remembers between runs, as JSON in the cache
// folder. Nothing depends on them: what cannot be read is as good as absent, and
// what cannot be written is forgotten. Thread rule: main thread; of two
// runs that write at once, the later one wins.

#include <string>

#include <nlohmann/json.hpp>

namespace retinue::cli {

/// The content of NAME.json; an empty object when it is absent, damaged, or over 1 MiB.
nlohmann::json ReadMemory(const std::string& name);

/// Replaces it in one step.
void WriteMemory(const std::string& name, const nlohmann::json& content);

}  // namespace retinue::cli
