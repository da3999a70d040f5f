#pragma once

// What was measured and verified of a model on this machine, remembered in the
// cache folder (choices.json). It holds for these bytes of the model, this
// machine, and these versions of the program and its runtimes; anything else forgets it.
// Thread rule: one thread.

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "retinue/base/result.h"

namespace retinue::cli {

/// What a remembered thing depends on.
struct ChoiceKey {
  std::string model;  ///< ContentKey() of its file.
  std::string machine;
  /// Of "retinue" and its runtimes. Those that are not said are taken to be as they were: a quick
  /// start does not open every runtime.
  std::map<std::string, std::string> versions;
};

/// A hash of a model's bytes (of an IR, also of its weights). Cost: 5 GB/s.
Result<std::string> ContentKey(const std::string& path);

/// Whether anything is remembered at all: then a ContentKey is worth its time.
bool HasChoices();

/// Of one model. Ways to run it are called "openvino f32"; settings "640x384 throughput, 2
/// threads".
class ChoiceMemory {
 public:
  /// Empty when nothing is remembered, or what is there is damaged or of another key.
  explicit ChoiceMemory(ChoiceKey key);

  /// Whether a way agrees with the reference; empty when it was never verified.
  std::optional<bool> Agrees(const std::string& way) const;
  void SetAgrees(const std::string& way, bool agrees);

  /// The version that a runtime had; empty when not known.
  std::string VersionOf(const std::string& runtime) const;

  /// Settings of which there are timings.
  std::vector<std::string> Settings() const;

  /// Milliseconds a forward pass, by way.
  std::map<std::string, double> Timings(const std::string& setting) const;
  void SetTiming(const std::string& setting, const std::string& way, double ms);

  /// Writes it, at most 64 models, the last written ones.
  void Save();

 private:
  ChoiceKey key_;
  nlohmann::json model_;  ///< This model's entry; always whole.
};

/// The fastest way that agrees, or the first of `preferred` within 3 % of it; empty when none is
/// both timed and known to agree.
std::string FastestThatAgrees(const ChoiceMemory& memory, const std::string& setting,
                              const std::vector<std::string>& preferred);

}  // namespace retinue::cli
