#include "retinue/onnxruntime/runtime.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "backends/onnxruntime/engine.h"
#include "backends/onnxruntime/library.h"
#include "retinue/infer/model_file.h"

namespace retinue {
namespace onnxruntime {
namespace {

ErrorCode CodeOfErrno(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorCode::kNotFound;
  return error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kDataLoss;
}

// Judges the file's bytes before ONNX Runtime reads them.
Result<ModelFacts> InspectFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return Fail(CodeOfErrno(errno), path + ": " + std::generic_category().message(errno));
  }
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(file);
    return Fail(ErrorCode::kInvalidArgument, path + ": expected a file");
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  void* data = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int error = errno;
  ::close(file);
  if (data == MAP_FAILED) {
    return Fail(CodeOfErrno(error), path + ": " + std::generic_category().message(error));
  }
  auto facts = InspectModel(".onnx", {static_cast<const std::byte*>(data), size});
  if (data != nullptr) ::munmap(data, size);
  if (!facts) return Fail(facts.error(), path);
  return facts;
}

int CpuThreads(int wanted) {
  if (wanted > 0) return wanted;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string CpuName() {
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

// What a session is made for.
struct SessionPlan {
  int threads_per_run = 1;
  std::optional<int> cuda_device;
  bool only_to_describe = false;
  std::vector<std::pair<std::string, std::int64_t>> dimensions;  // Names of open ones, and values.
};

using SessionOptions = Owned<OrtSessionOptions>;

Result<void> AddCuda(const Library& library, int device, OrtSessionOptions* options) {
  const OrtApi& api = library.api();
  OrtCUDAProviderOptionsV2* found = nullptr;
  RETINUE_RETURN_IF_ERROR(
      library.Check(api.CreateCUDAProviderOptions(&found), ErrorCode::kUnavailable));
  const auto cuda = Library::Own(found, api.ReleaseCUDAProviderOptions);
  const std::string number = std::to_string(device);
  const char* const key = "device_id";
  const char* const value = number.c_str();
  RETINUE_RETURN_IF_ERROR(library.Check(api.UpdateCUDAProviderOptions(cuda.get(), &key, &value, 1),
                                        ErrorCode::kUnavailable));
  return library.Check(api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda.get()),
                       ErrorCode::kUnavailable);
}

Result<SessionOptions> OptionsOf(const Library& library, const SessionPlan& plan) {
  const OrtApi& api = library.api();
  OrtSessionOptions* made = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(api.CreateSessionOptions(&made)));
  SessionOptions options = Library::Own(made, api.ReleaseSessionOptions);
  RETINUE_RETURN_IF_ERROR(library.Check(api.SetIntraOpNumThreads(made, plan.threads_per_run)));
  RETINUE_RETURN_IF_ERROR(library.Check(api.SetInterOpNumThreads(made, 1)));
  RETINUE_RETURN_IF_ERROR(
      library.Check(api.SetSessionLogSeverityLevel(made, ORT_LOGGING_LEVEL_FATAL)));
  RETINUE_RETURN_IF_ERROR(library.Check(api.SetSessionGraphOptimizationLevel(
      made, plan.only_to_describe ? ORT_DISABLE_ALL : ORT_ENABLE_ALL)));
  // A pool that spins between frames takes the time of decoding and drawing.
  RETINUE_RETURN_IF_ERROR(
      library.Check(api.AddSessionConfigEntry(made, "session.intra_op.allow_spinning", "0")));
  if (plan.only_to_describe) {
    RETINUE_RETURN_IF_ERROR(
        library.Check(api.AddSessionConfigEntry(made, "session.disable_prepacking", "1")));
  }
  for (const auto& [name, value] : plan.dimensions) {
    RETINUE_RETURN_IF_ERROR(
        library.Check(api.AddFreeDimensionOverrideByName(made, name.c_str(), value)));
  }
  if (plan.cuda_device) RETINUE_RETURN_IF_ERROR(AddCuda(library, *plan.cuda_device, made));
  return options;
}

Result<Owned<OrtSession>> NewSession(const Library& library, const std::string& path,
                                     const SessionPlan& plan, ErrorCode code) {
  RETINUE_ASSIGN_OR_RETURN(const SessionOptions options, OptionsOf(library, plan));
  OrtSession* session = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(
      library.api().CreateSession(library.env(), path.c_str(), options.get(), &session), code));
  return Library::Own(session, library.api().ReleaseSession);
}

// "auto", "cpu" -> none; "cuda", "cuda:1" -> its number.
Result<std::optional<int>> CudaDeviceOf(const Library& library, const std::string& device) {
  if (device == "auto" || device == "cpu") return std::nullopt;
  std::string_view rest = device;
  rest.remove_prefix(std::min<std::size_t>(4, rest.size()));
  int number = 0;
  const auto parsed = std::from_chars(rest.data() + (rest.empty() ? 0 : 1),
                                      rest.data() + rest.size(), number);
  const bool is_cuda =
      device == "cuda" ||
      (device.starts_with("cuda:") && parsed.ec == std::errc() && number >= 0 &&
       parsed.ptr == rest.data() + rest.size());
  if (is_cuda && library.has_cuda()) return number;
  return Fail(ErrorCode::kUnavailable, "onnxruntime " + library.version() + " has no device " +
                                           device + " here; it has cpu" +
                                           (library.has_cuda() ? ", cuda:0" : ""));
}

class OnnxModel final : public Model {
 public:
  OnnxModel(std::shared_ptr<Library> library, std::string path, ModelIo io, ModelFacts facts,
            std::vector<std::vector<std::string>> dimension_names)
      : library_(std::move(library)),
        path_(std::move(path)),
        io_(std::move(io)),
        facts_(facts),
        dimension_names_(std::move(dimension_names)) {}

  const ModelIo& io() const override { return io_; }

  Result<std::shared_ptr<Engine>> Compile(const CompileOptions& options) const override {
    RETINUE_RETURN_IF_ERROR(CheckCompileOptions(options));
    SessionPlan plan;
    RETINUE_ASSIGN_OR_RETURN(plan.cuda_device, CudaDeviceOf(*library_, options.device));
    RETINUE_RETURN_IF_ERROR(CheckPrecision(options.precision));
    RETINUE_ASSIGN_OR_RETURN(const std::vector<Shape> shapes, InputShapes(options));
    NameDimensions(shapes, plan);
    const int threads = CpuThreads(options.threads);
    const bool many = options.goal == Goal::kThroughput && !plan.cuda_device;
    plan.threads_per_run = many ? 1 : threads;
    const int workers = many ? threads : 1;

    RETINUE_ASSIGN_OR_RETURN(Owned<OrtSession> session,
                             NewSession(*library_, path_, plan, ErrorCode::kUnsupported));
    RETINUE_ASSIGN_OR_RETURN(ModelIo io, DescribeSession(*library_, *session));
    for (std::size_t i = 0; i < shapes.size(); ++i) io.inputs[i].shape = shapes[i];
    EngineInfo info;
    info.runtime = "onnxruntime " + library_->version();
    info.device = plan.cuda_device ? "cuda:" + std::to_string(*plan.cuda_device)
                                   : "cpu: " + CpuName();
    info.precision = RunsIn();
    info.threads = threads;
    info.requests = options.goal == Goal::kThroughput ? workers + 1 : 1;
    return std::make_shared<OnnxEngine>(library_, std::move(session), std::move(io),
                                        std::move(info), workers);
  }

 private:
  Precision RunsIn() const {
    if (facts_.quantised) return Precision::kInt8;
    switch (io_.inputs[0].type) {
      case ElementType::kF16: return Precision::kF16;
      case ElementType::kBf16: return Precision::kBf16;
      default: return Precision::kF32;
    }
  }

  Result<void> CheckPrecision(Precision wanted) const {
    if (wanted == Precision::kAuto || wanted == Precision::kF32 || wanted == RunsIn()) return {};
    return Fail(ErrorCode::kUnsupported,
                "onnxruntime runs a model in the precision it is written in, here " +
                    std::string(ToString(RunsIn())) + ", not " + std::string(ToString(wanted)));
  }

  Result<std::vector<Shape>> InputShapes(const CompileOptions& options) const {
    std::vector<Shape> shapes;
    for (const TensorInfo& input : io_.inputs) {
      RETINUE_ASSIGN_OR_RETURN(
          const Shape shape, FixShape(input, shapes.empty() ? options.input_shape : std::nullopt));
      for (int i = 0; i < shape.rank(); ++i) {
        if (input.shape[i] == Shape::kDynamic || input.shape[i] == shape[i]) continue;
        return Fail(ErrorCode::kUnsupported, "input " + input.name + " is fixed at " +
                                                 ToString(input.shape) + ", cannot become " +
                                                 ToString(shape));
      }
      shapes.push_back(shape);
    }
    return shapes;
  }

  // Tells ONNX Runtime the values of named open dimensions, so that it knows
  // the shapes of the outputs before a run.
  void NameDimensions(const std::vector<Shape>& shapes, SessionPlan& plan) const {
    for (std::size_t input = 0; input < shapes.size(); ++input) {
      for (int i = 0; i < shapes[input].rank(); ++i) {
        const std::string& name = dimension_names_[input][static_cast<std::size_t>(i)];
        if (!name.empty()) plan.dimensions.emplace_back(name, shapes[input][i]);
      }
    }
  }

  std::shared_ptr<Library> library_;
  std::string path_;
  ModelIo io_;
  ModelFacts facts_;
  std::vector<std::vector<std::string>> dimension_names_;  // By input and dimension.
};

Result<std::vector<std::vector<std::string>>> DimensionNames(const Library& library,
                                                             const OrtSession& session,
                                                             const ModelIo& io) {
  std::vector<std::vector<std::string>> names;
  for (std::size_t input = 0; input < io.inputs.size(); ++input) {
    names.emplace_back();
    for (int i = 0; i < io.inputs[input].shape.rank(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(std::string name,
                               DimensionName(library, session, static_cast<int>(input), i));
      names.back().push_back(std::move(name));
    }
  }
  return names;
}

class OnnxRuntime final : public Runtime {
 public:
  explicit OnnxRuntime(std::shared_ptr<Library> library) : library_(std::move(library)) {}

  std::string_view name() const override { return "onnxruntime"; }
  std::string version() const override { return library_->version(); }
  std::vector<std::string> devices() const override {
    std::vector<std::string> names = {"cpu"};
    if (library_->has_cuda()) names.emplace_back("cuda:0");
    return names;
  }
  bool Reads(std::string_view extension) const override { return extension == ".onnx"; }

  Result<std::unique_ptr<Model>> Read(const std::string& path) const override {
    const std::string extension = LowerCaseExtension(path);
    if (!Reads(extension)) {
      const bool other = extension == ".tflite" || extension == ".xml";
      return Fail(ErrorCode::kUnsupported,
                  path + ": onnxruntime reads .onnx, not " +
                      (extension.empty() ? "a file without extension" : extension) +
                      (other ? "; runtime=openvino does" : ""));
    }
    RETINUE_ASSIGN_OR_RETURN(const ModelFacts facts, InspectFile(path));
    auto model = Describe(path, facts);
    if (model) return model;
    if (facts.external_weights) {
      return Fail(ErrorCode::kNotFound, path + ": its weights lie in the file " +
                                           facts.external_file +
                                           ", expected beside it, which cannot be read");
    }
    Error error = model.error();
    // Read and understood, but with an operator that this version does not have.
    if (error.message.find("No Op registered") != std::string::npos) {
      error.code = ErrorCode::kUnsupported;
    }
    return Fail(error, path);
  }

 private:
  // ONNX Runtime has no way to read a model without making a session of it: this
  // one does the least, and goes again.
  Result<std::unique_ptr<Model>> Describe(const std::string& path, const ModelFacts& facts) const {
    SessionPlan plan;
    plan.only_to_describe = true;
    RETINUE_ASSIGN_OR_RETURN(const Owned<OrtSession> session,
                             NewSession(*library_, path, plan, ErrorCode::kDataLoss));
    RETINUE_ASSIGN_OR_RETURN(ModelIo io, DescribeSession(*library_, *session));
    if (io.inputs.empty() || io.outputs.empty()) {
      return Fail(ErrorCode::kUnsupported, "expected a model with inputs and outputs, got " +
                                               std::to_string(io.inputs.size()) + " and " +
                                               std::to_string(io.outputs.size()));
    }
    RETINUE_ASSIGN_OR_RETURN(auto names, DimensionNames(*library_, *session, io));
    return std::make_unique<OnnxModel>(library_, path, std::move(io), facts, std::move(names));
  }

  std::shared_ptr<Library> library_;
};

}  // namespace
}  // namespace onnxruntime

Result<std::unique_ptr<Runtime>> MakeOnnxRuntime(const OnnxRuntimeOptions& options) {
  RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<onnxruntime::Library> library,
                           onnxruntime::Library::Open(options.library));
  return std::make_unique<onnxruntime::OnnxRuntime>(std::move(library));
}

}  // namespace retinue
