#include "backends/onnxruntime/library.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "retinue/infer/model_file.h"

namespace retinue::onnxruntime {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLibraryName = "libonnxruntime.so.1";

// Where to look, best first; `named` when the user chose it.
struct Candidates {
  std::vector<std::string> paths;
  bool named = false;
};

Candidates WhereToLook(const std::string& path) {
  if (!path.empty()) return {{path}, true};
  const char* chosen = std::getenv("RETINUE_ONNXRUNTIME");
  if (chosen != nullptr && *chosen != '\0') return {{chosen}, true};
  Candidates candidates;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    candidates.paths.push_back(
        (program.parent_path().parent_path() / "lib/retinue" / kLibraryName).string());
  }
  candidates.paths.emplace_back(kLibraryName);
#ifdef RETINUE_ONNXRUNTIME_LIBRARY
  // What CMake found serves the programs of the build tree; an installed one
  // must not depend on a folder of whoever built it.
  if (program.string().starts_with(RETINUE_BUILD_FOLDER "/")) {
    candidates.paths.emplace_back(RETINUE_ONNXRUNTIME_LIBRARY);
  }
#endif
  return candidates;
}

// From 1.29 on, ONNX Runtime's own builds for Linux and macOS report every session to
// their maker unless one of these is set before the environment is made; its API can
// turn off only what comes after a first report. What is set already stays as it is.
// @source ONNX Runtime's pull requests 27379 and 29843: the variable's two names.
void TurnTelemetryOff() {
  for (const char* const name : {"ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED"}) {
    ::setenv(name, "1", /*overwrite=*/0);
  }
}

Result<const OrtApiBase*> OpenFirst(const Candidates& candidates) {
  TurnTelemetryOff();
  std::string why;
  for (const std::string& path : candidates.paths) {
    // Never closed: it keeps threads and thread-local objects that need its code.
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      why = ::dlerror();
      continue;
    }
    using GetBase = const OrtApiBase*(ORT_API_CALL*)();
    const auto get = reinterpret_cast<GetBase>(::dlsym(handle, "OrtGetApiBase"));
    if (get != nullptr) return get();
    why = path + ": not ONNX Runtime";
  }
  if (candidates.named) {
    return Fail(ErrorCode::kUnavailable, "ONNX Runtime cannot be opened: " + why);
  }
  return Fail(ErrorCode::kUnavailable,
              std::string("ONNX Runtime is not here: put ") + kLibraryName +
                  " (it is in the Python package onnxruntime) into lib/retinue beside the "
                  "program's folder, or name it in RETINUE_ONNXRUNTIME");
}

void ORT_API_CALL IgnoreLog(void*, OrtLoggingLevel, const char*, const char*, const char*,
                            const char*) {}

ErrorCode CodeOf(OrtErrorCode theirs, ErrorCode otherwise) {
  switch (theirs) {
    case ORT_NO_SUCHFILE: return ErrorCode::kNotFound;
    case ORT_NO_MODEL:
    case ORT_INVALID_PROTOBUF: return ErrorCode::kDataLoss;
    case ORT_NOT_IMPLEMENTED: return ErrorCode::kUnsupported;
    default: return otherwise;
  }
}

Result<ElementType> FromOnnx(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: return ElementType::kF32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: return ElementType::kF16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16: return ElementType::kBf16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8: return ElementType::kU8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8: return ElementType::kI8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: return ElementType::kI32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return ElementType::kI64;
    default:
      return Fail(ErrorCode::kUnsupported,
                  "expected a tensor of f32, f16, bf16, u8, i8, i32 or i64, found ONNX type " +
                      std::to_string(static_cast<int>(type)));
  }
}

Result<TensorInfo> DescribeTensor(const Library& library, const OrtTensorTypeAndShapeInfo* info) {
  const OrtApi& api = library.api();
  TensorInfo tensor;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  RETINUE_RETURN_IF_ERROR(library.Check(api.GetTensorElementType(info, &type)));
  RETINUE_ASSIGN_OR_RETURN(tensor.type, FromOnnx(type));
  std::size_t rank = 0;
  RETINUE_RETURN_IF_ERROR(library.Check(api.GetDimensionsCount(info, &rank)));
  if (rank > static_cast<std::size_t>(Shape::kMaxRank)) {
    return Fail(ErrorCode::kUnsupported, "expected a tensor of at most " +
                                             std::to_string(Shape::kMaxRank) +
                                             " dimensions, found " + std::to_string(rank));
  }
  std::array<std::int64_t, Shape::kMaxRank> dims{};
  RETINUE_RETURN_IF_ERROR(library.Check(api.GetDimensions(info, dims.data(), rank)));
  tensor.shape = Shape(std::span<const std::int64_t>(dims.data(), rank));
  return tensor;
}

// An input's or output's type as ONNX Runtime holds it, and the tensor in it.
struct Port {
  Owned<OrtTypeInfo> owner;
  const OrtTensorTypeAndShapeInfo* tensor;
};

using GetTypeInfo = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t, OrtTypeInfo**);

Result<Port> PortOf(const Library& library, const OrtSession& session, GetTypeInfo get,
                    std::size_t index) {
  OrtTypeInfo* info = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(get(&session, index, &info)));
  Port port{Library::Own(info, library.api().ReleaseTypeInfo), nullptr};
  RETINUE_RETURN_IF_ERROR(
      library.Check(library.api().CastTypeInfoToTensorInfo(info, &port.tensor)));
  if (port.tensor == nullptr) {
    return Fail(ErrorCode::kUnsupported, "expected a tensor, found a sequence or map");
  }
  return port;
}

using GetCount = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t*);
using GetName = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t, OrtAllocator*, char**);

Result<std::vector<TensorInfo>> DescribePorts(const Library& library, const OrtSession& session,
                                              GetCount get_count, GetName get_name,
                                              GetTypeInfo get_type) {
  std::size_t count = 0;
  RETINUE_RETURN_IF_ERROR(library.Check(get_count(&session, &count)));
  std::vector<TensorInfo> tensors;
  for (std::size_t i = 0; i < count; ++i) {
    char* text = nullptr;
    RETINUE_RETURN_IF_ERROR(library.Check(get_name(&session, i, library.allocator(), &text)));
    const std::string name = library.Take(text);
    const auto port = PortOf(library, session, get_type, i);
    if (!port) return Fail(port.error(), name);
    auto tensor = DescribeTensor(library, port->tensor);
    if (!tensor) return Fail(tensor.error(), name);
    tensor->name = name;
    tensors.push_back(*std::move(tensor));
  }
  return tensors;
}

Result<std::map<std::string, std::string>> MetadataOf(const Library& library,
                                                      const OrtSession& session) {
  const OrtApi& api = library.api();
  OrtModelMetadata* found = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(api.SessionGetModelMetadata(&session, &found)));
  const auto metadata = Library::Own(found, api.ReleaseModelMetadata);
  char** keys = nullptr;
  std::int64_t count = 0;
  RETINUE_RETURN_IF_ERROR(library.Check(api.ModelMetadataGetCustomMetadataMapKeys(
      metadata.get(), library.allocator(), &keys, &count)));
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(library.Take(keys[i]));
  if (keys != nullptr) library.allocator()->Free(library.allocator(), keys);
  std::map<std::string, std::string> texts;
  for (const std::string& name : names) {
    char* value = nullptr;
    RETINUE_RETURN_IF_ERROR(library.Check(api.ModelMetadataLookupCustomMetadataMap(
        metadata.get(), library.allocator(), name.c_str(), &value)));
    if (value != nullptr) texts[name] = library.Take(value);
  }
  return texts;
}

}  // namespace

Result<std::shared_ptr<Library>> Library::Open(const std::string& path) {
  RETINUE_ASSIGN_OR_RETURN(const OrtApiBase* const base, OpenFirst(WhereToLook(path)));
  const std::string version = base->GetVersionString();
  const OrtApi* const api = base->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    return Fail(ErrorCode::kUnavailable, "expected ONNX Runtime 1." +
                                             std::to_string(ORT_API_VERSION) + " or newer, found " +
                                             version);
  }
  std::shared_ptr<Library> library(new Library(api));
  library->version_ = version;
  RETINUE_RETURN_IF_ERROR(library->Initialise());
  return library;
}

Result<void> Library::Initialise() {
  OrtEnv* env = nullptr;
  RETINUE_RETURN_IF_ERROR(Check(
      api_->CreateEnvWithCustomLogger(IgnoreLog, nullptr, ORT_LOGGING_LEVEL_FATAL, "retinue", &env),
      ErrorCode::kUnavailable));
  env_.reset(env);
  RETINUE_RETURN_IF_ERROR(Check(api_->DisableTelemetryEvents(env)));
  OrtMemoryInfo* memory = nullptr;
  RETINUE_RETURN_IF_ERROR(
      Check(api_->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory)));
  memory_.reset(memory);
  RETINUE_RETURN_IF_ERROR(Check(api_->GetAllocatorWithDefaultOptions(&allocator_)));
  char** providers = nullptr;
  int count = 0;
  RETINUE_RETURN_IF_ERROR(Check(api_->GetAvailableProviders(&providers, &count)));
  for (int i = 0; i < count; ++i) {
    has_cuda_ |= providers[i] == std::string_view("CUDAExecutionProvider");
  }
  return Check(api_->ReleaseAvailableProviders(providers, count));
}

Result<void> Library::Check(OrtStatus* status, ErrorCode code) const {
  if (status == nullptr) return {};
  const auto owned = Own(status, api_->ReleaseStatus);
  // In front of these words stand file names and the library's own functions.
  constexpr std::array<std::string_view, 3> kMarkers = {"failed:", "Error: ", ", Error "};
  return Fail(CodeOf(api_->GetErrorCode(status), code),
              FirstSentence(api_->GetErrorMessage(status), kMarkers));
}

std::string Library::Take(char* text) const {
  std::string copy = text == nullptr ? "" : text;
  allocator_->Free(allocator_, text);
  return copy;
}

Result<ModelIo> DescribeSession(const Library& library, const OrtSession& session) {
  const OrtApi& api = library.api();
  ModelIo io;
  RETINUE_ASSIGN_OR_RETURN(
      io.inputs, DescribePorts(library, session, api.SessionGetInputCount, api.SessionGetInputName,
                               api.SessionGetInputTypeInfo));
  RETINUE_ASSIGN_OR_RETURN(
      io.outputs, DescribePorts(library, session, api.SessionGetOutputCount,
                                api.SessionGetOutputName, api.SessionGetOutputTypeInfo));
  RETINUE_ASSIGN_OR_RETURN(io.metadata, MetadataOf(library, session));
  return io;
}

Result<std::string> DimensionName(const Library& library, const OrtSession& session, int input,
                                  int dimension) {
  const OrtApi& api = library.api();
  RETINUE_ASSIGN_OR_RETURN(const Port port, PortOf(library, session, api.SessionGetInputTypeInfo,
                                                   static_cast<std::size_t>(input)));
  std::array<const char*, Shape::kMaxRank> names{};
  RETINUE_RETURN_IF_ERROR(
      library.Check(api.GetSymbolicDimensions(port.tensor, names.data(), names.size())));
  const char* const name = names[static_cast<std::size_t>(dimension)];
  return std::string(name == nullptr ? "" : name);
}

Result<TensorInfo> DescribeValue(const Library& library, const OrtValue& value) {
  OrtTensorTypeAndShapeInfo* info = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(library.api().GetTensorTypeAndShape(&value, &info)));
  const auto owned = Library::Own(info, library.api().ReleaseTensorTypeAndShapeInfo);
  return DescribeTensor(library, info);
}

ONNXTensorElementDataType ToOnnx(ElementType type) {
  switch (type) {
    case ElementType::kF32: return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    case ElementType::kF16: return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
    case ElementType::kBf16: return ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16;
    case ElementType::kU8: return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
    case ElementType::kI8: return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8;
    case ElementType::kI32: return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    case ElementType::kI64: return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

}  // namespace retinue::onnxruntime
