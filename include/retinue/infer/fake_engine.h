#pragma once

// The twin of a real engine: replays recorded tensors, remembers what it was
// given, fails and finishes when told. For tests of whatever sits on Engine and
// Request, and for running a pipeline without a network. It computes nothing.
//
// Threads: FakeEngine may be used from any thread at a time; a Request from one.

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// A tensor that owns its bytes.
struct RecordedTensor {
  ElementType type = ElementType::kF32;
  Shape shape;
  std::vector<std::byte> bytes;  ///< shape.ElementCount() * SizeOf(type) of them.

  /// Copies `values` (of `shape.ElementCount()` elements, RETINUE_CHECK).
  static RecordedTensor F32(const Shape& shape, std::span<const float> values);
  /// Copies what `view` looks at.
  static RecordedTensor Copy(const TensorView& view);
  TensorView view() const { return {type, shape, bytes.data()}; }
};

/// What one inference does.
struct FakeReply {
  /// One per output of the model, of its type; the shape must be the model's
  /// where that is fixed. Ignored when an error is given.
  std::vector<RecordedTensor> outputs;
  std::optional<Error> start_error = std::nullopt;  ///< Start() fails with this.
  std::optional<Error> wait_error = std::nullopt;   ///< Wait() fails with this.
};

/// When an inference is over.
enum class FakeCompletion {
  kAtOnce,     ///< As soon as it has begun.
  kOnRelease,  ///< Wait() blocks until FakeEngine::Release() names it.
};

struct FakeEngineOptions {
  /// What the Start()s answer, in their order over all requests of the engine.
  std::vector<FakeReply> replies;
  /// After the last reply: begin again with the first, or fail (kResourceExhausted).
  bool repeat = true;
  FakeCompletion completion = FakeCompletion::kAtOnce;
  /// Whether inputs are kept for inputs(); turn off for long runs.
  bool record_inputs = true;
  /// What info() says.
  EngineInfo info = {.runtime = "fake", .device = "none"};
};

/// Replays FakeEngineOptions::replies.
class FakeEngine final : public Engine {
 public:
  /// @param io  What the model pretends to be; input shapes must be fixed.
  /// @error kInvalidArgument  An input shape is open, there is no reply, or a reply's outputs are
  ///                          not those of `io` (number, type, fixed shape, bytes).
  static Result<std::shared_ptr<FakeEngine>> Create(ModelIo io, FakeEngineOptions options);

  const ModelIo& io() const override { return io_; }
  const EngineInfo& info() const override { return options_.info; }
  Result<std::unique_ptr<Request>> NewRequest() override;

  /// How many inferences have begun so far (those that failed in Start() count).
  int starts() const;
  /// Inputs of inference `start` as they were when it began; empty when not recorded.
  std::vector<RecordedTensor> inputs(int start) const;
  /// How many Requests exist now.
  int requests() const;

  /// Lets inference `start` finish, in any order, also before it has begun.
  void Release(int start);
  /// Lets everything finish, from now on at once.
  void ReleaseAll();

 private:
  class FakeRequest;
  FakeEngine(ModelIo io, FakeEngineOptions options);
  /// Gives the inference its number and remembers its inputs.
  int Begin(std::span<const RecordedTensor> inputs);
  void AwaitRelease(int start);
  /// The reply of inference `start`; null when the script has ended.
  const FakeReply* ReplyOf(int start) const;

  const ModelIo io_;
  const FakeEngineOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable released_changed_;
  int starts_ = 0;
  int requests_ = 0;
  bool all_released_ = false;
  std::set<int> released_;
  std::map<int, std::vector<RecordedTensor>> inputs_;
};

struct FakeRuntimeOptions {
  std::string name = "fake";
  std::vector<std::string> devices = {"cpu"};
  std::vector<std::string> extensions = {".fake"};
  FakeEngineOptions engine = {};
};

/// A Runtime whose every model is `io` and whose every Compile() gives a new
/// FakeEngine. No file is touched. Compile() takes `input_shape` for input 0 and knows only
/// the devices given (kUnavailable otherwise); Read() refuses other extensions (kUnsupported).
std::unique_ptr<Runtime> MakeFakeRuntime(ModelIo io, FakeRuntimeOptions options = {});

}  // namespace retinue
