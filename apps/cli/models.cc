#include "apps/cli/models.h"

#include <algorithm>

#include <fmt/format.h>

#include "retinue/files/files.h"
#include "retinue/infer/model_file.h"
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

std::string ChooseRuntimeName(const Options& options, const std::string& path) {
  if (options.runtime != "auto") return options.runtime;
  const std::vector<std::string> names = RuntimeNames();
  const bool wants_cuda = options.device.starts_with("cuda");
  const bool has_onnxruntime = std::find(names.begin(), names.end(), "onnxruntime") != names.end();
  if (wants_cuda && has_onnxruntime && LowerCaseExtension(path) == ".onnx") return "onnxruntime";
  return names.empty() ? "openvino" : names.front();
}

Outcome<Overrides> MakeOverrides(const Options& options) {
  Overrides overrides;
  overrides.head = options.head;
  if (!options.imgsz.empty()) {
    const auto size = ParseImgsz(options.imgsz);
    if (!size) return Exit(kExitUsage, size.error());
    overrides.imgsz = *size;
  }
  if (options.names == kCocoNames) {
    overrides.names = options.names;
  } else if (!options.names.empty()) {
    auto text = ReadWholeFile(options.names, kMaxNamesBytes);
    if (!text) return Exit(kExitUsage, text.error());
    overrides.names = *std::move(text);
  }
  return overrides;
}

}  // namespace

Precision ParsePrecision(const std::string& word) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kF16,
                                    Precision::kInt8}) {
    if (word == ToString(precision)) return precision;
  }
  return Precision::kAuto;
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

Outcome<OpenedModel> OpenModel(LocatedModel located, const std::string& runtime_name) {
  auto runtime = MakeRuntime(runtime_name);
  if (!runtime) return PassOn(runtime);
  auto model = (*runtime)->Read(located.path);
  if (!model) return ExitFromModel(model.error());
  return OpenedModel{std::move(located), *std::move(runtime), *std::move(model)};
}

Outcome<OpenedModel> OpenModel(const Options& options) {
  auto located = LocateModel(options.model);
  if (!located) return PassOn(located);
  const std::string first = ChooseRuntimeName(options, located->path);
  auto opened = OpenModel(*located, first);
  if (opened || options.runtime != "auto") return opened;
  // What one library does not know another may.
  for (const std::string& name : RuntimeNames()) {
    if (name == first) continue;
    if (auto other = OpenModel(*located, name)) return other;
  }
  return opened;
}

Outcome<ModelSpec> Describe(const OpenedModel& opened, const Options& options) {
  const auto overrides = MakeOverrides(options);
  if (!overrides) return PassOn(overrides);
  const auto& manifest = opened.located.manifest;
  auto spec = DescribeModel(opened.model->io(), manifest ? &*manifest : nullptr, *overrides);
  if (spec) return *std::move(spec);
  const bool is_usage = spec.error().code == ErrorCode::kInvalidArgument;
  return Exit(is_usage ? kExitUsage : kExitModel,
              fmt::format("{}: {}", opened.located.path, spec.error().message));
}

Outcome<ChosenModel> ChooseModel(const Options& options) {
  auto opened = OpenModel(options);
  if (!opened) return PassOn(opened);
  auto spec = Describe(*opened, options);
  if (!spec) return PassOn(spec);
  return ChosenModel{std::move(opened->located.name),     std::move(opened->located.path),
                     std::move(opened->located.manifest), std::move(opened->runtime),
                     std::move(opened->model),            *std::move(spec)};
}

std::string ReadyModel::Description() const {
  const EngineInfo& info = engine->info();
  return fmt::format("{}, {}, {}, {}x{}", info.runtime, info.device, ToString(info.precision),
                     spec.input.size.width, spec.input.size.height);
}

Outcome<ReadyModel> CompileModel(const ChosenModel& chosen, const Options& options,
                                 std::optional<Size> frame, Goal goal) {
  CompileOptions compile;
  compile.device = options.device;
  compile.precision = ParsePrecision(options.precision);
  compile.goal = goal;
  compile.threads = options.threads;
  compile.cache_dir = CompiledModelFolder();

  ReadyModel ready{chosen.name, chosen.spec, nullptr, {}, {}};
  const Size whole = ready.spec.input.size;
  ready.spec.input.size = ChooseInputSize(frame.value_or(Size{}), ready.spec, options.rect);
  for (;;) {
    Shape wanted = InputShape(ready.spec.input);
    wanted.set(0, options.batch);
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
