#include "retinue/infer/fake_engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace retinue {
namespace {

std::size_t ByteCount(ElementType type, const Shape& shape) {
  return static_cast<std::size_t>(shape.ElementCount()) * SizeOf(type);
}

bool Fits(const Shape& declared, const Shape& found) {
  if (declared.rank() != found.rank()) return false;
  for (int i = 0; i < declared.rank(); ++i) {
    if (declared[i] != Shape::kDynamic && declared[i] != found[i]) return false;
  }
  return true;
}

Result<void> CheckOutputs(const ModelIo& io, const FakeReply& reply) {
  if (reply.start_error || reply.wait_error) return {};
  if (reply.outputs.size() != io.outputs.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "a reply must hold " + std::to_string(io.outputs.size()) + " outputs, got " +
                    std::to_string(reply.outputs.size()));
  }
  for (std::size_t i = 0; i < io.outputs.size(); ++i) {
    const TensorInfo& declared = io.outputs[i];
    const RecordedTensor& given = reply.outputs[i];
    if (given.type != declared.type || !Fits(declared.shape, given.shape)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "output " + declared.name + " must be " + std::string(ToString(declared.type)) +
                      " " + ToString(declared.shape) + ", got " +
                      std::string(ToString(given.type)) + " " + ToString(given.shape));
    }
    if (given.bytes.size() != ByteCount(given.type, given.shape)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "output " + declared.name + " must have " +
                      std::to_string(ByteCount(given.type, given.shape)) + " bytes, got " +
                      std::to_string(given.bytes.size()));
    }
  }
  return {};
}

}  // namespace

RecordedTensor RecordedTensor::F32(const Shape& shape, std::span<const float> values) {
  RETINUE_CHECK(static_cast<std::size_t>(shape.ElementCount()) == values.size());
  return Copy({ElementType::kF32, shape, values.data()});
}

RecordedTensor RecordedTensor::Copy(const TensorView& view) {
  RecordedTensor tensor{view.type, view.shape, {}};
  tensor.bytes.resize(ByteCount(view.type, view.shape));
  if (!tensor.bytes.empty()) std::memcpy(tensor.bytes.data(), view.data, tensor.bytes.size());
  return tensor;
}

class FakeEngine::FakeRequest final : public Request {
 public:
  explicit FakeRequest(FakeEngine* engine) : engine_(engine) {
    for (const TensorInfo& input : engine->io_.inputs) {
      inputs_.push_back({input.type, input.shape,
                         std::vector<std::byte>(ByteCount(input.type, input.shape))});
    }
    const std::lock_guard lock(engine_->mutex_);
    ++engine_->requests_;
  }

  ~FakeRequest() override {
    const std::lock_guard lock(engine_->mutex_);
    --engine_->requests_;
  }

  MutableTensorView input(int index) override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < inputs_.size());
    RecordedTensor& tensor = inputs_[static_cast<std::size_t>(index)];
    return {tensor.type, tensor.shape, tensor.bytes.data()};
  }

  Result<void> Start() override {
    if (state_ == State::kRunning) {
      return Fail(ErrorCode::kInvalidArgument, "Start() needs the Wait() of the last one first");
    }
    outputs_.clear();
    state_ = State::kIdle;
    start_ = engine_->Begin(inputs_);
    const FakeReply* reply = engine_->ReplyOf(start_);
    if (reply == nullptr) {
      return Fail(ErrorCode::kResourceExhausted,
                  "the script holds " + std::to_string(engine_->options_.replies.size()) +
                      " replies, asked for number " + std::to_string(start_ + 1));
    }
    if (reply->start_error) return Fail(*reply->start_error);
    state_ = State::kRunning;
    return {};
  }

  Result<void> Wait() override {
    if (state_ == State::kIdle) {
      return Fail(ErrorCode::kInvalidArgument, "Wait() needs a Start() first");
    }
    const FakeReply& reply = *engine_->ReplyOf(start_);
    if (state_ == State::kRunning) engine_->AwaitRelease(start_);
    state_ = State::kDone;
    if (reply.wait_error) return Fail(*reply.wait_error);
    // A copy, as a real engine's memory is the request's own: one that was
    // scribbled over or kept too long must show in tests.
    if (outputs_.empty()) outputs_ = reply.outputs;
    return {};
  }

  TensorView output(int index) const override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < outputs_.size());
    return outputs_[static_cast<std::size_t>(index)].view();
  }

 private:
  enum class State { kIdle, kRunning, kDone };
  FakeEngine* engine_;
  std::vector<RecordedTensor> inputs_;
  std::vector<RecordedTensor> outputs_;
  State state_ = State::kIdle;
  int start_ = -1;
};

FakeEngine::FakeEngine(ModelIo io, FakeEngineOptions options)
    : io_(std::move(io)), options_(std::move(options)) {}

Result<std::shared_ptr<FakeEngine>> FakeEngine::Create(ModelIo io, FakeEngineOptions options) {
  for (const TensorInfo& input : io.inputs) {
    if (input.shape.IsDynamic()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "input " + input.name + " must have a fixed shape, got " + ToString(input.shape));
    }
  }
  if (options.replies.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "a fake engine needs at least one reply, got none");
  }
  for (const FakeReply& reply : options.replies) {
    RETINUE_RETURN_IF_ERROR(CheckOutputs(io, reply));
  }
  return std::shared_ptr<FakeEngine>(new FakeEngine(std::move(io), std::move(options)));
}

Result<std::unique_ptr<Request>> FakeEngine::NewRequest() {
  return std::make_unique<FakeRequest>(this);
}

int FakeEngine::starts() const {
  const std::lock_guard lock(mutex_);
  return starts_;
}

std::vector<RecordedTensor> FakeEngine::inputs(int start) const {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(start);
  return found == inputs_.end() ? std::vector<RecordedTensor>() : found->second;
}

int FakeEngine::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeEngine::Release(int start) {
  const std::lock_guard lock(mutex_);
  released_.insert(start);
  released_changed_.notify_all();
}

void FakeEngine::ReleaseAll() {
  const std::lock_guard lock(mutex_);
  all_released_ = true;
  released_changed_.notify_all();
}

int FakeEngine::Begin(std::span<const RecordedTensor> inputs) {
  const std::lock_guard lock(mutex_);
  if (options_.record_inputs) inputs_[starts_].assign(inputs.begin(), inputs.end());
  return starts_++;
}

void FakeEngine::AwaitRelease(int start) {
  if (options_.completion == FakeCompletion::kAtOnce) return;
  std::unique_lock lock(mutex_);
  released_changed_.wait(lock, [&] { return all_released_ || released_.contains(start); });
}

const FakeReply* FakeEngine::ReplyOf(int start) const {
  const auto index = static_cast<std::size_t>(start);
  if (index < options_.replies.size()) return &options_.replies[index];
  return options_.repeat ? &options_.replies[index % options_.replies.size()] : nullptr;
}

namespace {

class FakeModel final : public Model {
 public:
  FakeModel(ModelIo io, const FakeRuntimeOptions& options)
      : io_(std::move(io)), options_(options) {}

  const ModelIo& io() const override { return io_; }

  Result<std::shared_ptr<Engine>> Compile(const CompileOptions& options) const override {
    const auto& devices = options_.devices;
    if (options.device != "auto" &&
        std::find(devices.begin(), devices.end(), options.device) == devices.end()) {
      return Fail(ErrorCode::kUnavailable, options_.name + " has no device " + options.device);
    }
    ModelIo io = io_;
    if (options.input_shape && !io.inputs.empty()) io.inputs[0].shape = *options.input_shape;
    RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine,
                             FakeEngine::Create(std::move(io), options_.engine));
    return engine;
  }

 private:
  ModelIo io_;
  FakeRuntimeOptions options_;
};

class FakeRuntime final : public Runtime {
 public:
  FakeRuntime(ModelIo io, FakeRuntimeOptions options)
      : io_(std::move(io)), options_(std::move(options)) {}

  std::string_view name() const override { return options_.name; }
  std::string version() const override { return "1"; }
  std::vector<std::string> devices() const override { return options_.devices; }

  bool Reads(std::string_view extension) const override {
    const auto& known = options_.extensions;
    return std::find(known.begin(), known.end(), extension) != known.end();
  }

  Result<std::unique_ptr<Model>> Read(const std::string& path) const override {
    const std::size_t dot = path.find_last_of("./");
    if (dot == std::string::npos || !Reads(path.substr(dot))) {
      return Fail(ErrorCode::kUnsupported, options_.name + " does not read " + path);
    }
    return std::make_unique<FakeModel>(io_, options_);
  }

 private:
  ModelIo io_;
  FakeRuntimeOptions options_;
};

}  // namespace

std::unique_ptr<Runtime> MakeFakeRuntime(ModelIo io, FakeRuntimeOptions options) {
  return std::make_unique<FakeRuntime>(std::move(io), std::move(options));
}

}  // namespace retinue
