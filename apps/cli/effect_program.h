#pragma once

// The program of `retinue effect`: where it comes from, what it asks of the rest of the run, and
// what happens when its file changes. Thread rule: main thread; a ProgramWatch is one stream's.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/log.h"
#include "apps/cli/options.h"
#include "retinue/base/time.h"
#include "retinue/effects/plan.h"

namespace retinue::cli {

/// What effects may use in this build.
EffectAbilities HostAbilities();

/// A program that was read without an error.
struct EffectProgramFile {
  std::string path;  ///< Empty: it was given on the command line.
  EffectPlan plan;
};

/// `program=FILE` or `e=TEXT`.
/// @error kExitUsage  Neither or both are given, the file cannot be read, or the program has
///                    errors: all of them, one a line, `FILE:3:12: unknown operation …`.
Outcome<EffectProgramFile> ReadProgram(const Options& options);

/// The options as the program needs them, where the user did not say: irises that it names; and
/// for one that hides faces, a detector that looks at every frame and at tiles, boxes that are
/// held, and faces that only the detector sees.
Options ForProgram(Options options, const EffectPlan& plan);

/// Whether it covers whole faces in their place (blur, pixelate, fill, erase).
bool HidesFaces(const EffectPlan& plan);

/// Whether such a cover is moved, or lets through what is below.
bool ShowsThrough(const EffectPlan& plan);

/// What a user who wants faces hidden should know of these options and this program, a sentence
/// each.
std::vector<std::string> DoubtsOf(const Options& options, const EffectPlan& plan);

/// Reads a program's file again when it has changed.
class ProgramWatch {
 public:
  /// @param log  Is told of each new version, and why one is not used.
  ProgramWatch(std::string path, const Clock& clock, Log& log);

  /// The new program, once for each change; looks at the file at most five times a second, and
  /// reads it when it has not changed since the look before.
  std::optional<EffectPlan> Changed();

 private:
  struct Stamp {
    std::int64_t time = 0;
    std::uint64_t bytes = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  Stamp StampOf() const;

  std::string path_;
  const Clock& clock_;
  Log& log_;
  Nanoseconds looked_;
  Stamp seen_;
  Stamp pending_;
};

}  // namespace retinue::cli
