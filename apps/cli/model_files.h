#pragma once

// Where models lie: the folders of known models, the file that `model=` names,
// and whether its bytes are those that its manifest means.
// Thread rule: main thread.

#include <optional>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "retinue/model/manifest.h"

namespace retinue::cli {

/// What `model=` is when nobody says.
inline constexpr const char* kDefaultModel = "ssd_mobilenet_v2_objectron";

/// Folders with known models, in the order in which they are searched:
/// $RETINUE_MODELS, share/retinue/models beside the program's bin/, then PulledModelFolder().
std::vector<std::string> ModelFolders();

/// Where things may be kept that can be made again: $RETINUE_CACHE or the user's cache folder;
/// empty when there is no place.
std::string CacheFolder();

/// Where `models pull` puts what it gets: models/ in the cache folder; may be empty.
std::string PulledModelFolder();

/// Where compiled models are remembered; may be empty.
std::string CompiledModelFolder();

/// A manifest NAME.toml in one of the folders, and its model's file where it is here.
struct KnownModel {
  std::string name;
  std::string manifest_path;
  std::optional<Manifest> manifest;  ///< None when it could not be read:
  std::string problem;               ///< why.
  std::string path;                  ///< Of the model's file; empty = not here.
};

/// All of them, by name. The first folder with a name wins.
std::vector<KnownModel> ListKnownModels();

/// @error kExitModel  No such model (names the nearest), or its manifest cannot be read.
Outcome<KnownModel> FindKnownModel(const std::string& name);

/// A model's file and what is written about it.
struct LocatedModel {
  std::string name;  ///< As messages and summaries call it.
  std::string path;
  std::optional<Manifest> manifest;
};

/// The file that `model=` means: a file, or the name of a known model; empty = kDefaultModel.
///
/// A file's manifest is the .toml beside it, or that of the known model whose file it is.
/// Where a manifest states a sha256, the file's is compared, which costs some 5 ms a
/// megabyte the first time; it is remembered with the file's size and time, so later runs only
/// look at those.
/// @error kExitModel  No such file or name; not pulled yet; another sha256 than its manifest's.
Outcome<LocatedModel> LocateModel(const std::string& model);

/// The sha256 of a file, from memory where its size and time are the remembered ones.
/// @error kUnsupported  Built without GLib; else as the file is opened.
Result<std::string> RememberedSha256(const std::string& path);

}  // namespace retinue::cli
