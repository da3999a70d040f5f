#include "retinue/infer/batching_engine.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "retinue/base/check.h"

namespace retinue {
namespace {

std::size_t ByteCount(ElementType type, const Shape& shape) {
  return static_cast<std::size_t>(shape.ElementCount()) * SizeOf(type);
}

Result<void> CheckTensor(const TensorInfo& tensor, const char* kind, std::int64_t batch) {
  const Shape& shape = tensor.shape;
  if (shape.rank() > 0 && !shape.IsDynamic() && shape[0] == batch && batch > 0) return {};
  return Fail(ErrorCode::kUnsupported,
              std::string(kind) + " " + tensor.name + " is " + ToString(shape) +
                  ", a batch needs " + std::to_string(batch) + " as its first dimension");
}

// Slice `index` of `whole`, a tensor of a batch.
template <typename View>
View SliceOf(View whole, std::size_t index) {
  View slice = whole;
  slice.shape.set(0, 1);
  const std::size_t offset = index * ByteCount(slice.type, slice.shape);
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(whole.data)>>,
                                  const std::byte, std::byte>;
  slice.data = static_cast<Byte*>(whole.data) + offset;
  return slice;
}

}  // namespace

// One request of the engine below and what became of its slices.
class BatchingEngine::Batch {
 public:
  enum class State {
    kFree,     // no Request has this slice
    kIdle,     // its Request may fill the input, and read what it has waited for
    kReady,    // filled; the batch has not begun
    kRunning,
    kDone,     // the batch is over, nobody has waited for this slice yet
    kFailed,   // the same, but with failure()
  };

  Batch(std::unique_ptr<Request> request, std::size_t inputs, std::size_t count)
      : request_(std::move(request)), states_(count, State::kFree) {
    // Slices that are not filled are computed too: not on what memory happened to hold.
    for (std::size_t i = 0; i < inputs; ++i) {
      const MutableTensorView input = request_->input(static_cast<int>(i));
      std::memset(input.data, 0, ByteCount(input.type, input.shape));
    }
  }
  // The network writes into memory that goes with this.
  ~Batch() { End(); }

  State& state(std::size_t slice) { return states_[slice]; }
  std::size_t Count(State state) const {
    return static_cast<std::size_t>(std::count(states_.begin(), states_.end(), state));
  }
  std::optional<std::size_t> Free() const {
    const auto found = std::find(states_.begin(), states_.end(), State::kFree);
    if (found == states_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - states_.begin());
  }
  Request& request() { return *request_; }
  const std::optional<Error>& failure() const { return failure_; }
  bool is_running() const { return running_; }

  // Begins when nothing is missing.
  void BeginIfFull() {
    if (Count(State::kReady) == states_.size()) Begin();
  }

  // Sets all that is ready going.
  void Begin() {
    failure_.reset();
    std::replace(states_.begin(), states_.end(), State::kReady, State::kRunning);
    running_ = true;
    if (auto begun = request_->Start(); !begun) Conclude(std::move(begun));
  }

  // Waits for what is going on, if anything is.
  void End() {
    if (running_) Conclude(request_->Wait());
  }

 private:
  void Conclude(Result<void> outcome) {
    running_ = false;
    if (!outcome) failure_ = std::move(outcome).error();
    std::replace(states_.begin(), states_.end(), State::kRunning,
                 failure_ ? State::kFailed : State::kDone);
  }

  std::unique_ptr<Request> request_;
  std::vector<State> states_;
  std::optional<Error> failure_;
  bool running_ = false;
};

class BatchingEngine::Slice final : public Request {
 public:
  Slice(Batch* batch, std::size_t index) : batch_(*batch), index_(index) {
    state() = Batch::State::kIdle;
  }
  ~Slice() override {
    // Else the next owner would fill what the network still reads.
    if (state() == Batch::State::kRunning) batch_.End();
    state() = Batch::State::kFree;
  }

  MutableTensorView input(int index) override {
    return SliceOf(batch_.request().input(index), index_);
  }

  Result<void> Start() override {
    if (state() != Batch::State::kIdle) {
      return Fail(ErrorCode::kInvalidArgument, "Start() needs the Wait() of the last one first");
    }
    state() = Batch::State::kReady;
    has_result_ = false;
    batch_.BeginIfFull();
    return {};
  }

  Result<void> Wait() override {
    if (state() == Batch::State::kIdle) {
      if (has_result_) return {};
      return Fail(ErrorCode::kInvalidArgument, "Wait() needs a Start() first");
    }
    if (state() == Batch::State::kReady) {
      if (batch_.Count(Batch::State::kDone) + batch_.Count(Batch::State::kFailed) > 0) {
        return Fail(ErrorCode::kInvalidArgument,
                    "requests of a batch must be waited for in the order of their starts");
      }
      batch_.Begin();
    }
    batch_.End();
    const bool failed = std::exchange(state(), Batch::State::kIdle) == Batch::State::kFailed;
    if (failed) return Fail(*batch_.failure());
    has_result_ = true;
    return {};
  }

  TensorView output(int index) const override {
    return SliceOf(batch_.request().output(index), index_);
  }

 private:
  Batch::State& state() { return batch_.state(index_); }

  Batch& batch_;
  const std::size_t index_;
  bool has_result_ = false;
};

BatchingEngine::BatchingEngine(std::shared_ptr<Engine> engine, std::size_t batch)
    : engine_(std::move(engine)), batch_(batch), io_(engine_->io()), info_(engine_->info()) {
  for (TensorInfo& input : io_.inputs) input.shape.set(0, 1);
  for (TensorInfo& output : io_.outputs) output.shape.set(0, 1);
  info_.requests *= static_cast<int>(batch);
}

BatchingEngine::~BatchingEngine() = default;

Result<std::shared_ptr<BatchingEngine>> BatchingEngine::Create(std::shared_ptr<Engine> engine) {
  const ModelIo& io = engine->io();
  if (io.inputs.empty() || io.inputs[0].shape.rank() == 0) {
    return Fail(ErrorCode::kUnsupported, "a batch needs an input with a first dimension");
  }
  const std::int64_t batch = io.inputs[0].shape[0];
  for (const TensorInfo& input : io.inputs) {
    RETINUE_RETURN_IF_ERROR(CheckTensor(input, "input", batch));
  }
  for (const TensorInfo& output : io.outputs) {
    RETINUE_RETURN_IF_ERROR(CheckTensor(output, "output", batch));
  }
  return std::shared_ptr<BatchingEngine>(
      new BatchingEngine(std::move(engine), static_cast<std::size_t>(batch)));
}

Result<std::unique_ptr<Request>> BatchingEngine::NewRequest() {
  // A batch that is being filled has to become full, so it comes first; memory that the network
  // still reads comes last.
  Batch* best = nullptr;
  const auto rank = [](const Batch& batch) {
    return batch.is_running() ? -1 : static_cast<int>(batch.Count(Batch::State::kReady));
  };
  for (const auto& batch : batches_) {
    if (!batch->Free()) continue;
    if (best == nullptr || rank(*batch) > rank(*best)) best = batch.get();
  }
  if (best == nullptr || best->is_running()) {
    RETINUE_ASSIGN_OR_RETURN(auto request, engine_->NewRequest());
    batches_.push_back(std::make_unique<Batch>(std::move(request), io_.inputs.size(), batch_));
    best = batches_.back().get();
  }
  return std::make_unique<Slice>(best, *best->Free());
}

Result<std::shared_ptr<Engine>> EngineOfOne(std::shared_ptr<Engine> engine) {
  const auto& inputs = engine->io().inputs;
  const bool is_batch = !inputs.empty() && inputs[0].shape.rank() > 0 && inputs[0].shape[0] > 1;
  if (!is_batch) return engine;
  RETINUE_ASSIGN_OR_RETURN(auto batching, BatchingEngine::Create(std::move(engine)));
  return std::shared_ptr<Engine>(std::move(batching));
}

}  // namespace retinue
