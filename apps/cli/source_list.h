#pragma once

// What the words on the command line name: files, cameras, addresses; folders,
// globs and lists become the sources in them. Thread rule: plain values.

#include <string>
#include <vector>

#include "apps/cli/failure.h"

namespace retinue::cli {

enum class SourceKind { kVideo, kImage, kLive, kStandardInput };

struct SourceEntry {
  std::string name;    ///< As results name it.
  SourceKind kind = SourceKind::kVideo;
  std::string stem;    ///< For files made from it: `a` for `dir/a.mp4`; unique within a run.
  std::string problem; ///< Not empty: it cannot be opened, and why.
};

/// Expands all words, in order. A bad entry within a list stays in the result
/// with its problem, so that the others are done.
///
/// @error kExitUsage   No source was named.
/// @error kExitSource  The only source named does not exist, or a folder or glob holds nothing.
Outcome<std::vector<SourceEntry>> ListSources(const std::vector<std::string>& words);

}  // namespace retinue::cli
