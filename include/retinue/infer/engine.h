#pragma once

// Inference as an interface: a Runtime reads a model file, a Model is compiled
// into an Engine for one shape and precision, and an Engine hands out Requests.
// backends/openvino and backends/onnxruntime are the real ones; fake_engine.h
// replays recorded tensors.
//
// Threads: Runtime, Model and Engine may be used from any thread at a time
// (an Engine is shared by all streams). A Request belongs to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// One input or output as the model declares it.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kF32;
  Shape shape;  ///< May hold Shape::kDynamic before compilation.
};

/// What a model file says about itself. `metadata` is untrusted text.
struct ModelIo {
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::map<std::string, std::string> metadata;  ///< E.g. ONNX metadata_props: names, stride, task.
};

/// Number format the network runs in. kAuto: the fastest that the runtime
/// trusts on this device (bf16 where the CPU has AMX or AVX512_BF16, else f32).
enum class Precision { kAuto, kF32, kBf16, kF16, kInt8 };

std::string_view ToString(Precision precision);

/// What to tune for.
enum class Goal {
  kThroughput,  ///< Files: as many frames a second as the machine gives.
  kLatency,     ///< Live: each frame as soon as possible.
};

struct CompileOptions {
  std::string device = "auto";        ///< "auto", "cpu", "cuda:0", …
  Precision precision = Precision::kAuto;
  Goal goal = Goal::kThroughput;
  int threads = 0;                    ///< CPU threads in all; 0 = every core.
  std::optional<Shape> input_shape = std::nullopt;  ///< New shape of input 0: [1, 3, 384, 640].
  std::string cache_dir = {};         ///< For compiled models; empty = no cache.
};

/// Where a compiled model really runs, for summaries and `--dry-run`.
struct EngineInfo {
  std::string runtime;    ///< "openvino 2026.4.1"
  std::string device;     ///< "cpu: AMD EPYC …"
  Precision precision = Precision::kF32;
  int threads = 0;
  int requests = 1;       ///< How many Requests in flight keep it busy.
  bool from_cache = false;
};

/// Owns its tensors; one frame or batch in flight.
class Request {
 public:
  virtual ~Request() = default;
  /// The engine's own input memory; preprocessing writes straight into it.
  /// Valid between Wait() (or creation) and the next Start().
  virtual MutableTensorView input(int index) = 0;
  /// Begins inference and returns at once.
  virtual Result<void> Start() = 0;
  /// Blocks until the result of the last Start() is there.
  virtual Result<void> Wait() = 0;
  /// Valid after Wait() until the next Start(); do not keep.
  virtual TensorView output(int index) const = 0;
};

/// One compiled model, shared by all streams. Must outlive its Requests.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Names, types and shapes after compilation (static, unless outputs depend on data).
  virtual const ModelIo& io() const = 0;
  virtual const EngineInfo& info() const = 0;
  /// Cost: the memory of one set of tensors.
  virtual Result<std::unique_ptr<Request>> NewRequest() = 0;
};

/// A model that was read but not compiled.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelIo& io() const = 0;
  /// @error kUnavailable      The device asked for by name is not there; the message says what is.
  /// @error kUnsupported      The runtime cannot run this model, precision or shape; says why.
  /// @error kInvalidArgument  An option is out of range.
  virtual Result<std::shared_ptr<Engine>> Compile(const CompileOptions& options) const = 0;
};

/// One inference library. Handed to applications as a list: no static registries.
class Runtime {
 public:
  virtual ~Runtime() = default;
  /// "openvino", "onnxruntime".
  virtual std::string_view name() const = 0;
  /// Version of the library that was really loaded, e.g. "2026.4.1".
  virtual std::string version() const = 0;
  /// Devices it can use now, e.g. {"cpu"}; the first is what "auto" means.
  virtual std::vector<std::string> devices() const = 0;
  /// Whether it can read files of this extension (".onnx", ".tflite", ".xml"), lower case.
  virtual bool Reads(std::string_view extension) const = 0;
  /// @error kNotFound     No such file.
  /// @error kDataLoss     Not a model, damaged, or of a version the runtime does not know.
  /// @error kUnsupported  This runtime does not read this kind of file; says which does.
  virtual Result<std::unique_ptr<Model>> Read(const std::string& path) const = 0;
};

}  // namespace retinue
