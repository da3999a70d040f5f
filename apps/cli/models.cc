#include "apps/cli/models.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "retinue/files/files.h"
#include "retinue/model/class_names.h"
#include "retinue/model/input_size.h"
#ifdef RETINUE_WITH_OPENVINO
#include "retinue/openvino/runtime.h"
#endif
#ifdef RETINUE_WITH_ONNXRUNTIME
#include "retinue/onnxruntime/runtime.h"
#endif

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

fs::path Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? fs::path(value) : fs::path();
}

// Where things may be kept that can be made again.
fs::path CacheFolder() {
  if (const fs::path own = Environment("RETINUE_CACHE"); !own.empty()) return own;
  if (const fs::path xdg = Environment("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "retinue";
  if (const fs::path home = Environment("HOME"); !home.empty()) return home / ".cache" / "retinue";
  return {};
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string Extension(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
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

/// Where a model lies and what is written about it.
struct Located {
  std::string name;
  std::string path;
  std::optional<Manifest> manifest;
};

std::vector<std::string> KnownModels() {
  std::vector<std::string> names;
  for (const std::string& folder : ModelFolders()) {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error)) {
      if (file.path().extension() == ".toml") names.push_back(file.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// A known model: NAME.toml in one of the folders, its file there or in another.
Outcome<Located> LocateByName(const std::string& name) {
  std::optional<Manifest> manifest;
  for (const std::string& folder : ModelFolders()) {
    const fs::path path = fs::path(folder) / (name + ".toml");
    if (!manifest && Exists(path)) {
      auto read = ReadManifest(path);
      if (!read) return tl::unexpected<Failure>(read.error());
      manifest = *std::move(read);
    }
  }
  if (!manifest) {
    const std::vector<std::string> known = KnownModels();
    const auto near = NearestName(name, known);
    std::string list;
    for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
    return Exit(kExitModel,
                fmt::format("no model '{}': neither a file nor a known model{}", name,
                            near           ? fmt::format("; the nearest is '{}'", *near)
                            : list.empty() ? "; none is installed"
                                           : fmt::format("; known: {}", list)));
  }
  for (const std::string& folder : ModelFolders()) {
    const fs::path path = fs::path(folder) / manifest->file;
    if (Exists(path)) return Located{name, path.string(), std::move(manifest)};
  }
  std::string searched;
  for (const std::string& folder : ModelFolders()) searched += (searched.empty() ? "" : ", ") + folder;
  return Exit(kExitModel, fmt::format("the file of model '{}', {}, is not in {}; ./bootstrap deps "
                                      "fetches the default model",
                                      name, manifest->file, searched));
}

Outcome<Located> Locate(const std::string& model) {
  if (model.empty()) return LocateByName(kDefaultModel);
  if (!Exists(model)) {
    const bool is_name = model.find('/') == std::string::npos && Extension(model).empty();
    if (is_name) return LocateByName(model);
    return Exit(kExitModel, fmt::format("{}: no such model file", model));
  }
  Located located{fs::path(model).filename().string(), model, std::nullopt};
  // A manifest of its own beside it, or that of the known model with this file.
  const fs::path beside = fs::path(model).replace_extension(".toml");
  if (Exists(beside)) {
    auto read = ReadManifest(beside);
    if (!read) return tl::unexpected<Failure>(read.error());
    located.manifest = *std::move(read);
    return located;
  }
  for (const std::string& name : KnownModels()) {
    auto known = LocateByName(name);
    if (known && known->manifest->file == located.name) {
      located.manifest = std::move(known->manifest);
      return located;
    }
  }
  return located;
}

std::string ChooseRuntimeName(const Options& options, const std::string& path) {
  if (options.runtime != "auto") return options.runtime;
  const std::vector<std::string> names = RuntimeNames();
  const bool wants_cuda = options.device.starts_with("cuda");
  const bool has_onnxruntime = std::find(names.begin(), names.end(), "onnxruntime") != names.end();
  if (wants_cuda && has_onnxruntime && Extension(path) == ".onnx") return "onnxruntime";
  return names.empty() ? "openvino" : names.front();
}

Precision ParsePrecision(const std::string& word) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kF16,
                                    Precision::kInt8}) {
    if (word == ToString(precision)) return precision;
  }
  return Precision::kAuto;
}

Outcome<Overrides> MakeOverrides(const Options& options) {
  Overrides overrides;
  overrides.head = options.head;
  if (!options.imgsz.empty()) {
    const auto size = ParseImgsz(options.imgsz);
    if (!size) return Exit(kExitUsage, size.error());
    overrides.imgsz = *size;
  }
  if (!options.names.empty()) {
    auto text = ReadWholeFile(options.names, kMaxNamesBytes);
    if (!text) return Exit(kExitUsage, text.error());
    overrides.names = *std::move(text);
  }
  return overrides;
}

}  // namespace

std::vector<std::string> ModelFolders() {
  std::vector<std::string> folders;
  if (const fs::path own = Environment("RETINUE_MODELS"); !own.empty()) folders.push_back(own);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path prefix = program.parent_path().parent_path();
    folders.push_back((prefix / "share" / "retinue" / "models").string());
  }
  if (const fs::path cache = CacheFolder(); !cache.empty()) {
    folders.push_back((cache / "models").string());
  }
  return folders;
}

std::string CompiledModelFolder() {
  const fs::path cache = CacheFolder();
  return cache.empty() ? std::string() : (cache / "compiled").string();
}

std::vector<std::string> RuntimeNames() {
  return {
#ifdef RETINUE_WITH_OPENVINO
      "openvino",
#endif
#ifdef RETINUE_WITH_ONNXRUNTIME
      "onnxruntime",
#endif
  };
}

Outcome<std::unique_ptr<Runtime>> MakeRuntime(const std::string& name) {
#ifdef RETINUE_WITH_OPENVINO
  if (name == "openvino") return MakeOpenVinoRuntime({.cache_dir = CompiledModelFolder()});
#endif
#ifdef RETINUE_WITH_ONNXRUNTIME
  if (name == "onnxruntime") {
    auto runtime = MakeOnnxRuntime();
    if (!runtime) return Exit(kExitRuntime, runtime.error());
    return *std::move(runtime);
  }
#endif
  std::string built;
  for (const std::string& one : RuntimeNames()) built += (built.empty() ? "" : ", ") + one;
  return Exit(kExitRuntime, fmt::format("this program was built without {}; it has: {}", name,
                                        built.empty() ? "no runtime" : built));
}

Outcome<ChosenModel> ChooseModel(const Options& options) {
  auto overrides = MakeOverrides(options);
  if (!overrides) return tl::unexpected<Failure>(overrides.error());
  auto located = Locate(options.model);
  if (!located) return tl::unexpected<Failure>(located.error());
  auto runtime = MakeRuntime(ChooseRuntimeName(options, located->path));
  if (!runtime) return tl::unexpected<Failure>(runtime.error());
  // Asked for by name and not there: known before the model is read.
  auto model = (*runtime)->Read(located->path);
  if (!model) return ExitFromModel(model.error());
  const Manifest* manifest = located->manifest ? &*located->manifest : nullptr;
  auto spec = DescribeModel((*model)->io(), manifest, *overrides);
  if (!spec) {
    const bool is_usage = spec.error().code == ErrorCode::kInvalidArgument;
    return Exit(is_usage ? kExitUsage : kExitModel,
                fmt::format("{}: {}", located->path, spec.error().message));
  }
  return ChosenModel{std::move(located->name),  std::move(located->path),
                     std::move(located->manifest), *std::move(runtime),
                     *std::move(model),         *std::move(spec)};
}

std::string ReadyModel::Description() const {
  const EngineInfo& info = engine->info();
  return fmt::format("{}, {}, {}, {}x{}", info.runtime, info.device, ToString(info.precision),
                     spec.input.size.width, spec.input.size.height);
}

Outcome<ReadyModel> CompileModel(ChosenModel chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal) {
  CompileOptions compile;
  compile.device = options.device;
  compile.precision = ParsePrecision(options.precision);
  compile.goal = goal;
  compile.threads = options.threads;
  compile.cache_dir = CompiledModelFolder();

  ReadyModel ready{chosen.name, std::move(chosen.spec), nullptr, {}};
  const Size whole = ready.spec.input.size;
  ready.spec.input.size = ChooseInputSize(frame.value_or(Size{}), ready.spec, options.rect);
  for (;;) {
    const Shape wanted = InputShape(ready.spec.input);
    if (wanted != chosen.model->io().inputs.front().shape) compile.input_shape = wanted;
    auto engine = chosen.model->Compile(compile);
    if (engine) {
      ready.engine = *std::move(engine);
      return ready;
    }
    // `rect` is a wish: a model that was exported for one size keeps it.
    const bool was_cut = ready.spec.input.size != whole;
    if (!was_cut || engine.error().code != ErrorCode::kUnsupported) {
      return ExitFromModel({engine.error().code,
                            fmt::format("{}: {}", chosen.path, engine.error().message)});
    }
    ready.note = fmt::format("the model keeps its input of {}x{}: {}", whole.width, whole.height,
                             engine.error().message);
    ready.spec.input.size = whole;
    compile.input_shape.reset();
  }
}

Outcome<HeadOptions> MakeHeadOptions(const Options& options, const ModelSpec& spec) {
  HeadOptions head;
  head.conf = options.conf.value_or(spec.default_conf.value_or(head.conf));
  head.iou = options.iou.value_or(spec.default_iou.value_or(head.iou));
  head.agnostic_nms = options.agnostic_nms;
  head.max_det = options.max_det;
  auto classes = ResolveClasses(spec.names, options.classes);
  if (!classes) return Exit(kExitUsage, classes.error());
  head.classes = *std::move(classes);
  return head;
}

}  // namespace retinue::cli
