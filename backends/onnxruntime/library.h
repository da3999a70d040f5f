#pragma once

// ONNX Runtime's C API, opened at run time, with owning handles and Results.
// Private to the backend; any thread.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <onnxruntime_c_api.h>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"

namespace retinue::onnxruntime {

/// An object of ONNX Runtime with the function that releases it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

class Library {
 public:
  /// @param path  As OnnxRuntimeOptions::library.
  /// @error kUnavailable  Nothing could be opened, or it is too old.
  static Result<std::shared_ptr<Library>> Open(const std::string& path);

  const OrtApi& api() const { return *api_; }
  const std::string& version() const { return version_; }
  OrtEnv* env() const { return env_.get(); }
  /// CPU memory as ONNX Runtime names it.
  const OrtMemoryInfo* memory() const { return memory_.get(); }
  OrtAllocator* allocator() const { return allocator_; }
  /// Whether this library was built with CUDA.
  bool has_cuda() const { return has_cuda_; }

  /// Turns a status into a Result and releases it. ONNX Runtime's own code decides where it says
  /// more than `code`.
  Result<void> Check(OrtStatus* status, ErrorCode code = ErrorCode::kInternal) const;

  /// A text that ONNX Runtime allocated, copied and freed.
  std::string Take(char* text) const;

  /// `release` is one of the API's Release functions.
  template <typename T>
  static Owned<T> Own(T* object, void (*release)(T*)) {
    return Owned<T>(object, release);
  }

 private:
  explicit Library(const OrtApi* api)
      : api_(api), env_(nullptr, api->ReleaseEnv), memory_(nullptr, api->ReleaseMemoryInfo) {}
  Result<void> Initialise();

  const OrtApi* api_;
  std::string version_;
  Owned<OrtEnv> env_;
  Owned<OrtMemoryInfo> memory_;
  OrtAllocator* allocator_ = nullptr;
  bool has_cuda_ = false;
};

/// Names, types and shapes of a session, and what the model says about itself.
/// @error kUnsupported  An input or output is no tensor, of a type that retinue has no name for, or
///                      of too high a rank.
Result<ModelIo> DescribeSession(const Library& library, const OrtSession& session);

/// The name that the model gives to an open dimension of an input, or empty.
Result<std::string> DimensionName(const Library& library, const OrtSession& session, int input,
                                  int dimension);

/// Type and shape of a value that a run made.
Result<TensorInfo> DescribeValue(const Library& library, const OrtValue& value);

ONNXTensorElementDataType ToOnnx(ElementType type);

}  // namespace retinue::onnxruntime
