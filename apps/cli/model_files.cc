#include "apps/cli/model_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "apps/cli/json_memory.h"
#include "apps/cli/sha256.h"
#include "retinue/files/files.h"
#include "retinue/infer/model_file.h"
#include "retinue/model/class_names.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRemembered = 64;

fs::path Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? fs::path(value) : fs::path();
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

Outcome<Manifest> ReadManifest(const fs::path& path) {
  const auto text = ReadWholeFile(path.string(), kMaxManifestBytes);
  if (!text) return Exit(kExitModel, text.error());
  auto manifest = ParseManifest(*text);
  if (!manifest) {
    return Exit(kExitModel, fmt::format("{}: {}", path.string(), manifest.error().message));
  }
  return *std::move(manifest);
}

KnownModel ReadKnownModel(const std::string& name, const fs::path& manifest_path) {
  KnownModel known{name, manifest_path.string(), std::nullopt, {}, {}};
  auto manifest = ReadManifest(manifest_path);
  if (!manifest) {
    known.problem = manifest.error().message;
    return known;
  }
  known.manifest = *std::move(manifest);
  for (const std::string& folder : ModelFolders()) {
    const fs::path path = fs::path(folder) / known.manifest->file;
    if (!Exists(path)) continue;
    known.path = path.string();
    break;
  }
  return known;
}

// NAME -> its manifest, of the first folder that has one.
std::map<std::string, fs::path> ManifestPaths() {
  std::map<std::string, fs::path> paths;
  for (const std::string& folder : ModelFolders()) {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error)) {
      if (file.path().extension() == ".toml")
        paths.emplace(file.path().stem().string(), file.path());
    }
  }
  return paths;
}

Outcome<LocatedModel> LocateByName(const std::string& name) {
  auto known = FindKnownModel(name);
  if (!known) return PassOn(known);
  if (!known->path.empty()) return LocatedModel{name, known->path, std::move(known->manifest)};
  const std::string how = known->manifest->source
                              ? fmt::format("'retinue models pull {}' gets it", name)
                              : "its manifest does not say where it is from";
  return Exit(kExitModel, fmt::format("the file of model '{}', {}, is not in {}; {}", name,
                                      known->manifest->file, Joined(ModelFolders()), how));
}

Outcome<LocatedModel> LocateFile(const std::string& model) {
  LocatedModel located{fs::path(model).filename().string(), model, std::nullopt};
  const fs::path beside = fs::path(model).replace_extension(".toml");
  if (Exists(beside)) {
    auto read = ReadManifest(beside);
    if (!read) return PassOn(read);
    located.manifest = *std::move(read);
    return located;
  }
  for (KnownModel& known : ListKnownModels()) {
    if (!known.manifest || known.manifest->file != located.name) continue;
    // Of the same name, but another network: then the manifest says nothing about it.
    if (!known.manifest->sha256.empty()) {
      const auto found = RememberedSha256(model);
      if (found && *found != known.manifest->sha256) continue;
    }
    located.manifest = std::move(known.manifest);
    return located;
  }
  return located;
}

Outcome<void> CheckSha256(const LocatedModel& located) {
  if (!located.manifest || located.manifest->sha256.empty()) return {};
  const auto found = RememberedSha256(located.path);
  if (!found && found.error().code == ErrorCode::kUnsupported) return {};  // built without GLib
  if (!found) return Exit(kExitModel, found.error());
  if (*found == located.manifest->sha256) return {};
  return Exit(kExitModel,
              fmt::format("{}: expected the sha256 of its manifest, {}, found {}; remove the file "
                          "and use 'retinue models pull {}'",
                          located.path, located.manifest->sha256, *found, located.manifest->name));
}

}  // namespace

std::string CacheFolder() {
  if (const fs::path own = Environment("RETINUE_CACHE"); !own.empty()) return own.string();
  if (const fs::path xdg = Environment("XDG_CACHE_HOME"); !xdg.empty()) {
    return (xdg / "retinue").string();
  }
  if (const fs::path home = Environment("HOME"); !home.empty()) {
    return (home / ".cache" / "retinue").string();
  }
  return {};
}

std::string PulledModelFolder() {
  const std::string cache = CacheFolder();
  return cache.empty() ? cache : cache + "/models";
}

std::string CompiledModelFolder() {
  const std::string cache = CacheFolder();
  return cache.empty() ? cache : cache + "/compiled";
}

std::vector<std::string> ModelFolders() {
  std::vector<std::string> folders;
  if (const fs::path own = Environment("RETINUE_MODELS"); !own.empty()) {
    folders.push_back(own.string());
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path prefix = program.parent_path().parent_path();
    folders.push_back((prefix / "share" / "retinue" / "models").string());
  }
  if (std::string pulled = PulledModelFolder(); !pulled.empty()) {
    folders.push_back(std::move(pulled));
  }
  return folders;
}

std::vector<KnownModel> ListKnownModels() {
  std::vector<KnownModel> models;
  for (const auto& [name, path] : ManifestPaths()) models.push_back(ReadKnownModel(name, path));
  return models;
}

Outcome<KnownModel> FindKnownModel(const std::string& name) {
  const auto paths = ManifestPaths();
  if (const auto found = paths.find(name); found != paths.end()) {
    KnownModel known = ReadKnownModel(name, found->second);
    if (!known.manifest) return Exit(kExitModel, known.problem);
    return known;
  }
  std::vector<std::string> names;
  for (const auto& [one, path] : paths) names.push_back(one);
  const auto near = NearestName(name, names);
  return Exit(kExitModel, fmt::format("no model '{}': neither a file nor a known model{}", name,
                                      near            ? fmt::format("; the nearest is '{}'", *near)
                                      : names.empty() ? "; none is installed"
                                                      : fmt::format("; known: {}", Joined(names))));
}

Outcome<LocatedModel> LocateModel(const std::string& model) {
  const bool is_file = !model.empty() && Exists(model);
  const std::string extension = LowerCaseExtension(model);
  const bool is_name = model.find('/') == std::string::npos && extension != ".onnx" &&
                       extension != ".tflite" && extension != ".xml";
  if (!is_file && !is_name) return Exit(kExitModel, fmt::format("{}: no such model file", model));
  auto located = is_file ? LocateFile(model) : LocateByName(model.empty() ? kDefaultModel : model);
  if (!located) return located;
  if (auto checked = CheckSha256(*located); !checked) {
    return PassOn(checked);
  }
  return located;
}

Result<std::string> RememberedSha256(const std::string& path) {
  struct stat about{};
  std::error_code error;
  const std::string key = fs::absolute(path, error).string();
  const bool known = ::stat(path.c_str(), &about) == 0 && !error;
  const std::int64_t changed =
      std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec;
  const std::string state = fmt::format("{} {}", about.st_size, changed);
  nlohmann::json memory = ReadMemory("sha256");
  const auto& files = memory["files"];
  if (known && files.is_object() && files.contains(key) && files[key].is_object() &&
      files[key].value("state", nlohmann::json()) == state && files[key]["sha256"].is_string()) {
    return files[key]["sha256"].get<std::string>();
  }
  RETINUE_ASSIGN_OR_RETURN(std::string hash, Sha256OfFile(path));
  if (known) {
    if (!files.is_object() || files.size() >= kMostRemembered) {
      memory["files"] = nlohmann::json::object();
    }
    memory["files"][key] = {{"state", state}, {"sha256", hash}};
    WriteMemory("sha256", memory);
  }
  return hash;
}

}  // namespace retinue::cli
