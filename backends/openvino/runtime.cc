#include "retinue/openvino/runtime.h"

#include <sstream>
#include <string>
#include <utility>

#include "backends/openvino/change_batch.h"
#include "backends/openvino/convert.h"
#include "backends/openvino/engine.h"
#include "backends/openvino/files.h"
#include "backends/openvino/library.h"
#include "backends/openvino/relax_anchors.h"

namespace retinue {
namespace openvino {
namespace {

// Part of every cache key: raise it when what is cached, or how a network is
// changed before it is compiled, changes.
constexpr std::string_view kCacheVersion = "1";

ContentHash KeyOf(const std::string& text, const ContentHash& content) {
  return HashOf(std::as_bytes(std::span(text)), content);
}

// A network holds quantised weights when its front end made FakeQuantize of them.
bool IsQuantised(const ov::Model& model) {
  for (const auto& node : model.get_ops()) {
    if (node->get_type_info().name == std::string_view("FakeQuantize")) return true;
  }
  return false;
}

// Everything but the weights that is known of a model file.
struct Description {
  ModelIo io;
  bool quantised = false;
};

std::string Encode(const Description& description) {
  return (description.quantised ? "q" : "-") + EncodeModelIo(description.io);
}

std::optional<Description> Decode(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  auto io = DecodeModelIo(bytes.substr(1));
  if (!io) return std::nullopt;
  return Description{*std::move(io), bytes[0] == 'q'};
}

// A model file and its content in short.
struct Source {
  std::string path;
  ContentHash content;
  bool external_weights = false;  // Then `content` is not all of it, and nothing is cached.
  std::string external_file = {};
};

Result<Source> LookAt(const std::string& path) {
  const std::string extension = LowerCaseExtension(path);
  const auto file = MappedFile::Open(path);
  if (!file) return Fail(file.error(), path);
  const auto facts = InspectModel(extension, (*file)->bytes());
  if (!facts) return Fail(facts.error(), path);
  Source source{path, HashOf((*file)->bytes()), facts->external_weights, facts->external_file};
  if (extension == ".xml") {
    // An IR's weights lie beside it.
    const auto weights = MappedFile::Open(path.substr(0, path.size() - 4) + ".bin");
    if (weights) source.content = HashOf((*weights)->bytes(), source.content);
  }
  return source;
}

Result<std::shared_ptr<ov::Model>> ReadNetwork(Library& library, const Source& source) {
  RETINUE_ASSIGN_OR_RETURN(ov::Core* const core, library.Core());
  auto network = Guarded(
      ErrorCode::kDataLoss, source.path,
      [&]() -> Result<std::shared_ptr<ov::Model>> { return core->read_model(source.path); });
  if (network) return network;
  Error error = std::move(network).error();
  if (source.external_weights) {
    return Fail(ErrorCode::kNotFound, source.path + ": its weights lie in the file " +
                                          source.external_file +
                                          ", expected beside it, which cannot be read");
  }
  if (error.message.find("Unable to read the model") != std::string::npos) {
    return Fail(ErrorCode::kDataLoss,
                source.path + ": expected a model, openvino finds none in it");
  }
  // Read and understood, but with an operator that OpenVINO does not have.
  if (error.message.find("No conversion rule") != std::string::npos) {
    error.code = ErrorCode::kUnsupported;
  }
  return Fail(std::move(error));
}

Result<Description> Describe(const ov::Model& model, const std::string& path) {
  return Guarded(ErrorCode::kUnsupported, path, [&]() -> Result<Description> {
    auto io = PortsOf(model);
    if (!io) return Fail(io.error(), path);
    if (io->inputs.empty() || io->outputs.empty()) {
      return Fail(ErrorCode::kUnsupported, path +
                                               ": expected a model with inputs and outputs, got " +
                                               std::to_string(io->inputs.size()) + " and " +
                                               std::to_string(io->outputs.size()));
    }
    io->metadata = MetadataOf(model);
    return Description{*std::move(io), IsQuantised(model)};
  });
}

// Fixes every input's shape.
Result<void> FixShapes(ov::Model& model, const ModelIo& io, const std::optional<Shape>& wanted) {
  std::map<std::size_t, ov::PartialShape> shapes;
  for (std::size_t i = 0; i < io.inputs.size(); ++i) {
    RETINUE_ASSIGN_OR_RETURN(const Shape shape,
                             FixShape(io.inputs[i], i == 0 ? wanted : std::nullopt));
    if (shape == io.inputs[i].shape) continue;
    if (io.inputs[i].shape.IsDynamic()) {
      shapes[i] = ToOpenVino(shape);
      continue;
    }
    // Exported with a fixed shape: OpenVINO's own reshape might pass and be wrong.
    const Shape& fixed = io.inputs[i].shape;
    const bool batched = shape[0] != fixed[0];
    Shape one = shape;
    one.set(0, fixed[0]);
    if ((batched && fixed[0] != 1) ||
        (one != fixed && (shape.rank() != 4 || shape[1] != fixed[1]))) {
      return Fail(ErrorCode::kUnsupported, "input " + io.inputs[i].name + " is fixed at " +
                                               ToString(fixed) + ", cannot become " +
                                               ToString(shape));
    }
    if (one != fixed) RETINUE_RETURN_IF_ERROR(ChangeInputSize(model, shape[2], shape[3]));
    return batched ? ChangeBatch(model, shape[0]) : Result<void>();
  }
  if (shapes.empty()) return {};
  return Guarded(ErrorCode::kUnsupported, "the network does not take that input_shape",
                 [&]() -> Result<void> {
                   model.reshape(shapes);
                   return {};
                 });
}

// One CompileOptions with what follows from it on this machine.
struct Job {
  const CompileOptions& options;
  Device device;
  Precision precision;
  ov::AnyMap properties;
  ContentHash key;
  Cache cache;
};

Precision PrecisionOf(const ov::CompiledModel& compiled, const Job& job, bool quantised) {
  if (quantised && job.device.computes_int8) return Precision::kInt8;
  const ov::element::Type type = compiled.get_property(ov::hint::inference_precision);
  if (type == ov::element::bf16) return Precision::kBf16;
  return type == ov::element::f16 ? Precision::kF16 : Precision::kF32;
}

EngineInfo InfoOf(const ov::CompiledModel& compiled, const Job& job, bool quantised) {
  EngineInfo info;
  info.runtime = "openvino " + LibraryVersion();
  info.device = (job.device.name.starts_with("CPU") ? "cpu: " : "gpu: ") + job.device.full_name;
  info.precision = PrecisionOf(compiled, job, quantised);
  info.threads = 1;
  if (job.device.name.starts_with("CPU")) {
    info.threads = compiled.get_property(ov::inference_num_threads);
  }
  // One more than run at a time, so that none waits for its next frame.
  const auto streams = compiled.get_property(ov::optimal_number_of_infer_requests);
  info.requests = job.options.goal == Goal::kThroughput ? static_cast<int>(streams) + 1 : 1;
  return info;
}

class OpenVinoModel final : public Model {
 public:
  OpenVinoModel(std::shared_ptr<Library> library, Source source, Description description,
                std::shared_ptr<ov::Model> network)
      : library_(std::move(library)),
        source_(std::move(source)),
        description_(std::move(description)),
        network_(std::move(network)) {}

  const ModelIo& io() const override { return description_.io; }

  Result<std::shared_ptr<Engine>> Compile(const CompileOptions& options) const override {
    auto engine = CompileOrLoad(options);
    LetGoOfStartup();
    return engine;
  }

 private:
  Result<std::shared_ptr<Engine>> CompileOrLoad(const CompileOptions& options) const {
    RETINUE_RETURN_IF_ERROR(CheckCompileOptions(options));
    // Refuses a bad shape before anything is looked up.
    RETINUE_RETURN_IF_ERROR(FixShape(description_.io.inputs[0], options.input_shape));
    RETINUE_ASSIGN_OR_RETURN(const Device device, library_->Find(options.device));
    RETINUE_ASSIGN_OR_RETURN(const Precision precision,
                             ChoosePrecision(options.precision, device, description_.quantised));
    const Job job{options,
                  device,
                  precision,
                  PropertiesOf(options, device, precision),
                  KeyFor(options, device, precision),
                  Cache(source_.external_weights ? std::string() : options.cache_dir)};
    if (auto engine = Load(job)) return engine;
    return CompileNow(job);
  }

  ContentHash KeyFor(const CompileOptions& options, const Device& device,
                     Precision precision) const {
    std::ostringstream text;
    text << kCacheVersion << '|' << ov::get_openvino_version().buildNumber << '|' << device.name
         << '|' << device.full_name << '|' << device.computes_bf16 << device.computes_f16
         << device.computes_int8 << '|' << ToString(precision) << '|'
         << static_cast<int>(options.goal) << '|' << options.threads << '|'
         << (options.input_shape ? ToString(*options.input_shape) : "");
    return KeyOf(text.str(), source_.content);
  }

  // From the cache; null when it is not there or not right.
  std::shared_ptr<Engine> Load(const Job& job) const {
    auto entry = job.cache.Find(job.key, "net");
    if (!entry) return nullptr;
    const auto description = Decode(entry->header);
    const auto core = library_->Core();
    if (!description || !core) return nullptr;
    auto engine = Guarded(ErrorCode::kInternal, "", [&]() -> Result<std::shared_ptr<Engine>> {
      // OpenVINO takes a mutable pointer and only reads.
      const ov::Tensor bytes(ov::element::u8, {entry->payload.size()},
                             const_cast<std::byte*>(entry->payload.data()));
      ov::CompiledModel compiled = (*core)->import_model(bytes, job.device.name, job.properties);
      EngineInfo info = InfoOf(compiled, job, description->quantised);
      info.from_cache = true;
      entry->file->Forget();
      return std::make_shared<OpenVinoEngine>(std::move(compiled), description->io, std::move(info),
                                              std::move(entry->file));
    });
    if (engine) return *std::move(engine);
    job.cache.Remove(job.key, "net");
    return nullptr;
  }

  Result<std::shared_ptr<Engine>> CompileNow(const Job& job) const {
    RETINUE_ASSIGN_OR_RETURN(ov::Core* const core, library_->Core());
    RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<ov::Model> network, TakeNetwork());
    RETINUE_RETURN_IF_ERROR(FixShapes(*network, description_.io, job.options.input_shape));
    return Guarded(ErrorCode::kUnsupported, "openvino cannot compile the model",
                   [&]() -> Result<std::shared_ptr<Engine>> {
                     ov::CompiledModel compiled =
                         core->compile_model(network, job.device.name, job.properties);
                     network.reset();
                     RETINUE_ASSIGN_OR_RETURN(ModelIo io, PortsOf(compiled));
                     io.metadata = description_.io.metadata;
                     EngineInfo info = InfoOf(compiled, job, description_.quantised);
                     if (job.cache.enabled()) {
                       job.cache.Store(job.key, "net", Encode({io, description_.quantised}),
                                       [&](std::ostream& out) { compiled.export_model(out); });
                     }
                     return std::make_shared<OpenVinoEngine>(std::move(compiled), std::move(io),
                                                             std::move(info), nullptr);
                   });
  }

  // The network as read, once: compiling changes it and it is as large as the file.
  Result<std::shared_ptr<ov::Model>> TakeNetwork() const {
    {
      const std::lock_guard lock(mutex_);
      if (network_) return std::exchange(network_, nullptr);
    }
    RETINUE_ASSIGN_OR_RETURN(const Source now, LookAt(source_.path));
    if (now.content != source_.content) {
      return Fail(ErrorCode::kDataLoss, source_.path + ": was changed after it had been read");
    }
    return ReadNetwork(*library_, source_);
  }

  const std::shared_ptr<Library> library_;
  const Source source_;
  const Description description_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<ov::Model> network_;
};

class OpenVinoRuntime final : public Runtime {
 public:
  explicit OpenVinoRuntime(const OpenVinoOptions& options) : cache_(options.cache_dir) {}

  std::string_view name() const override { return "openvino"; }
  std::string version() const override { return LibraryVersion(); }
  std::vector<std::string> devices() const override { return library_->DeviceNames(); }
  bool Reads(std::string_view extension) const override {
    return extension == ".onnx" || extension == ".tflite" || extension == ".xml";
  }

  Result<std::unique_ptr<Model>> Read(const std::string& path) const override {
    const std::string extension = LowerCaseExtension(path);
    if (!Reads(extension)) {
      return Fail(ErrorCode::kUnsupported,
                  path + ": openvino reads .onnx, .tflite and .xml, not " +
                      (extension.empty() ? "a file without extension" : extension));
    }
    RETINUE_ASSIGN_OR_RETURN(Source source, LookAt(path));
    const ContentHash key =
        KeyOf(std::string(kCacheVersion) + ov::get_openvino_version().buildNumber, source.content);
    const Cache cache(source.external_weights ? std::string() : cache_);
    if (const auto entry = cache.Find(key, "io")) {
      if (auto description = Decode(entry->header)) {
        return std::make_unique<OpenVinoModel>(library_, std::move(source), *std::move(description),
                                               nullptr);
      }
    }
    RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<ov::Model> network, ReadNetwork(*library_, source));
    RETINUE_ASSIGN_OR_RETURN(Description description, Describe(*network, path));
    cache.Store(key, "io", Encode(description), {});
    return std::make_unique<OpenVinoModel>(library_, std::move(source), std::move(description),
                                           std::move(network));
  }

 private:
  const std::shared_ptr<Library> library_ = std::make_shared<Library>();
  const std::string cache_;
};

}  // namespace
}  // namespace openvino

std::unique_ptr<Runtime> MakeOpenVinoRuntime(const OpenVinoOptions& options) {
  return std::make_unique<openvino::OpenVinoRuntime>(options);
}

}  // namespace retinue
