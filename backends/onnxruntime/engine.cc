#include "backends/onnxruntime/engine.h"

#include <new>
#include <utility>

namespace retinue::onnxruntime {
namespace {

// What SIMD code of any kernel may expect.
constexpr std::align_val_t kAlignment{64};

struct AlignedDelete {
  void operator()(std::byte* bytes) const { ::operator delete(bytes, kAlignment); }
};

// Memory of ours that ONNX Runtime reads or writes in place.
struct Buffer {
  std::unique_ptr<std::byte, AlignedDelete> bytes;
  Owned<OrtValue> value;
};

Result<Buffer> NewBuffer(const Library& library, const TensorInfo& tensor) {
  const std::size_t size =
      static_cast<std::size_t>(tensor.shape.ElementCount()) * SizeOf(tensor.type);
  auto* const bytes = static_cast<std::byte*>(::operator new(size, kAlignment, std::nothrow));
  if (bytes == nullptr) {
    return Fail(ErrorCode::kResourceExhausted,
                "no memory for " + tensor.name + " of " + std::to_string(size) + " bytes");
  }
  Buffer buffer{std::unique_ptr<std::byte, AlignedDelete>(bytes),
                Library::Own<OrtValue>(nullptr, library.api().ReleaseValue)};
  OrtValue* value = nullptr;
  RETINUE_RETURN_IF_ERROR(library.Check(library.api().CreateTensorWithDataAsOrtValue(
      library.memory(), bytes, size, tensor.shape.dims().data(),
      static_cast<std::size_t>(tensor.shape.rank()), ToOnnx(tensor.type), &value)));
  buffer.value.reset(value);
  return buffer;
}

class OnnxRequest final : public Request {
 public:
  static Result<std::unique_ptr<Request>> Create(std::shared_ptr<Library> library,
                                                 OrtSession* session, const ModelIo& io,
                                                 Workers* workers) {
    const OrtApi& api = library->api();
    OrtIoBinding* binding = nullptr;
    RETINUE_RETURN_IF_ERROR(library->Check(api.CreateIoBinding(session, &binding)));
    std::unique_ptr<OnnxRequest> request(
        new OnnxRequest(library, Library::Own(binding, api.ReleaseIoBinding), workers));
    for (const TensorInfo& input : io.inputs) RETINUE_RETURN_IF_ERROR(request->AddInput(input));
    for (const TensorInfo& output : io.outputs) {
      RETINUE_RETURN_IF_ERROR(request->AddOutput(output));
    }
    return request;
  }

  ~OnnxRequest() override {
    if (state_ == State::kRunning) static_cast<void>(workers_->Await(task_));
  }

  MutableTensorView input(int index) override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < inputs_.size());
    return inputs_[static_cast<std::size_t>(index)];
  }

  Result<void> Start() override {
    if (state_ == State::kRunning) {
      return Fail(ErrorCode::kInvalidArgument, "Start() needs the Wait() of the last one first");
    }
    made_.clear();
    state_ = State::kIdle;
    // What the last run made there would be taken for a buffer of the right size.
    for (const std::string& name : open_outputs_) RETINUE_RETURN_IF_ERROR(BindOpenOutput(name));
    workers_->Submit(task_);
    state_ = State::kRunning;
    return {};
  }

  Result<void> Wait() override {
    if (state_ == State::kIdle) {
      return Fail(ErrorCode::kInvalidArgument, "Wait() needs a Start() first");
    }
    if (state_ == State::kDone) return {};
    state_ = State::kIdle;
    RETINUE_RETURN_IF_ERROR(workers_->Await(task_));
    RETINUE_RETURN_IF_ERROR(LookAtOpenOutputs());
    state_ = State::kDone;
    return {};
  }

  TensorView output(int index) const override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < outputs_.size());
    return outputs_[static_cast<std::size_t>(index)];
  }

 private:
  enum class State { kIdle, kRunning, kDone };

  OnnxRequest(std::shared_ptr<Library> library, Owned<OrtIoBinding> binding, Workers* workers)
      : library_(std::move(library)), binding_(std::move(binding)), workers_(workers) {
    task_.binding = binding_.get();
  }

  Result<void> AddInput(const TensorInfo& input) {
    RETINUE_ASSIGN_OR_RETURN(Buffer buffer, NewBuffer(*library_, input));
    RETINUE_RETURN_IF_ERROR(library_->Check(
        library_->api().BindInput(binding_.get(), input.name.c_str(), buffer.value.get())));
    inputs_.push_back({input.type, input.shape, buffer.bytes.get()});
    buffers_.push_back(std::move(buffer));
    return {};
  }

  Result<void> AddOutput(const TensorInfo& output) {
    outputs_.push_back({output.type, output.shape, nullptr});
    if (output.shape.IsDynamic()) {
      open_outputs_.push_back(output.name);
      return BindOpenOutput(output.name);
    }
    RETINUE_ASSIGN_OR_RETURN(Buffer buffer, NewBuffer(*library_, output));
    RETINUE_RETURN_IF_ERROR(library_->Check(
        library_->api().BindOutput(binding_.get(), output.name.c_str(), buffer.value.get())));
    outputs_.back().data = buffer.bytes.get();
    buffers_.push_back(std::move(buffer));
    return {};
  }

  Result<void> BindOpenOutput(const std::string& name) {
    return library_->Check(library_->api().BindOutputToDevice(binding_.get(), name.c_str(),
                                                              library_->memory()));
  }

  // Outputs whose shape depends on the data are made anew by each run.
  Result<void> LookAtOpenOutputs() {
    if (open_outputs_.empty()) return {};
    const OrtApi& api = library_->api();
    OrtValue** values = nullptr;
    std::size_t count = 0;
    RETINUE_RETURN_IF_ERROR(library_->Check(
        api.GetBoundOutputValues(binding_.get(), library_->allocator(), &values, &count)));
    for (std::size_t i = 0; i < count; ++i) {
      made_.push_back(Library::Own(values[i], api.ReleaseValue));
    }
    library_->allocator()->Free(library_->allocator(), values);
    for (std::size_t i = 0; i < made_.size(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(const TensorInfo now, DescribeValue(*library_, *made_[i]));
      void* data = nullptr;
      RETINUE_RETURN_IF_ERROR(library_->Check(api.GetTensorMutableData(made_[i].get(), &data)));
      outputs_[i] = {now.type, now.shape, data};
    }
    return {};
  }

  std::shared_ptr<Library> library_;
  Owned<OrtIoBinding> binding_;
  Workers* workers_;
  std::vector<Buffer> buffers_;
  std::vector<Owned<OrtValue>> made_;
  std::vector<MutableTensorView> inputs_;
  std::vector<TensorView> outputs_;
  std::vector<std::string> open_outputs_;
  State state_ = State::kIdle;
  Task task_;
};

}  // namespace

Workers::Workers(std::shared_ptr<Library> library, OrtSession* session, int count)
    : library_(std::move(library)), session_(session) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::Submit(Task& task) {
  {
    const std::lock_guard lock(mutex_);
    task.done = false;
    task.next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = &task;
    last_ = &task;
  }
  work_changed_.notify_one();
}

Result<void> Workers::Await(Task& task) {
  std::unique_lock lock(mutex_);
  task.finished.wait(lock, [&] { return task.done; });
  return std::move(task.outcome);
}

void Workers::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_changed_.wait(lock, [&] { return stop_ || first_ != nullptr; });
    if (first_ == nullptr) return;
    Task& task = *first_;
    first_ = task.next;
    if (first_ == nullptr) last_ = nullptr;
    lock.unlock();
    auto outcome = library_->Check(library_->api().RunWithBinding(session_, nullptr, task.binding));
    lock.lock();
    task.outcome = std::move(outcome);
    task.done = true;
    // Under the lock: once it is free, the task may be gone.
    task.finished.notify_one();
  }
}

OnnxEngine::OnnxEngine(std::shared_ptr<Library> library, Owned<OrtSession> session, ModelIo io,
                       EngineInfo info, int workers)
    : library_(std::move(library)),
      session_(std::move(session)),
      io_(std::move(io)),
      info_(std::move(info)),
      workers_(library_, session_.get(), workers) {}

Result<std::unique_ptr<Request>> OnnxEngine::NewRequest() {
  return OnnxRequest::Create(library_, session_.get(), io_, &workers_);
}

}  // namespace retinue::onnxruntime
