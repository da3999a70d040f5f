#pragma once

// The one place of the command that knows whether GStreamer is built in: opens
// sources, makes sinks that want pictures. Thread rule: any thread.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/cli/options.h"
#include "apps/cli/source_list.h"
#include "retinue/io/stream.h"

namespace retinue::cli {

/// Opens what `entry` names.
/// @error As the source's own Open; kUnsupported in a build without GStreamer.
Result<std::unique_ptr<Source>> OpenSource(const SourceEntry& entry, const Options& options);

/// A sink together with what it wants to say at the end.
struct PictureSink {
  std::unique_ptr<Sink> sink;
  std::function<std::vector<std::string>()> notes;  ///< May be empty.
};

/// Annotated video or picture at `path`, by its extension. Audio comes from
/// `source` when that is a file. Replaces what is there: the caller has asked.
Result<PictureSink> MakeSaveSink(const std::string& path, const SourceEntry& source);

/// Makes the sinks of a run that write a picture of every object under `folder`:
/// one for each stream, with file names that do not collide.
std::function<Result<std::unique_ptr<Sink>>()> CropsSinkMaker(const std::string& folder);

/// A window. A still picture stays until the user quits or `stop` asks.
Result<std::unique_ptr<Sink>> MakeWindow(std::stop_token stop, std::function<void()> on_quit);

/// Whether the name of a file to save to is a picture's.
bool IsPictureName(const std::string& path);

/// "GStreamer 1.22.0", or that there is none.
std::string MediaVersion();

}  // namespace retinue::cli
