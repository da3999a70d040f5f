#include "backends/openvino/engine.h"

#include <utility>

#include "backends/openvino/convert.h"

namespace retinue::openvino {
namespace {

class OpenVinoRequest final : public Request {
 public:
  OpenVinoRequest(ov::InferRequest request, const ModelIo& io) : request_(std::move(request)) {
    for (std::size_t i = 0; i < io.inputs.size(); ++i) {
      inputs_.push_back({io.inputs[i].type, io.inputs[i].shape,
                         request_.get_input_tensor(i).data()});
    }
    for (std::size_t i = 0; i < io.outputs.size(); ++i) {
      outputs_.push_back({io.outputs[i].type, io.outputs[i].shape, nullptr});
      if (io.outputs[i].shape.IsDynamic()) {
        open_outputs_.push_back(i);
      } else {
        outputs_[i].data = request_.get_output_tensor(i).data();
      }
    }
  }

  ~OpenVinoRequest() override {
    // The network writes into memory that goes with this.
    if (state_ == State::kRunning) static_cast<void>(Wait());
  }

  MutableTensorView input(int index) override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < inputs_.size());
    return inputs_[static_cast<std::size_t>(index)];
  }

  Result<void> Start() override {
    if (state_ == State::kRunning) {
      return Fail(ErrorCode::kInvalidArgument, "Start() needs the Wait() of the last one first");
    }
    return Guarded(ErrorCode::kInternal, "openvino could not begin", [&]() -> Result<void> {
      request_.start_async();
      state_ = State::kRunning;
      return {};
    });
  }

  Result<void> Wait() override {
    if (state_ == State::kIdle) {
      return Fail(ErrorCode::kInvalidArgument, "Wait() needs a Start() first");
    }
    if (state_ == State::kDone) return {};
    state_ = State::kIdle;
    return Guarded(ErrorCode::kInternal, "openvino failed in the network", [&]() -> Result<void> {
      request_.wait();
      RETINUE_RETURN_IF_ERROR(LookAtOpenOutputs());
      state_ = State::kDone;
      return {};
    });
  }

  TensorView output(int index) const override {
    RETINUE_CHECK(index >= 0 && static_cast<std::size_t>(index) < outputs_.size());
    return outputs_[static_cast<std::size_t>(index)];
  }

 private:
  enum class State { kIdle, kRunning, kDone };

  // Outputs whose shape depends on the data lie elsewhere after each run; the
  // others never move, so nothing is asked (and allocated) for them.
  Result<void> LookAtOpenOutputs() {
    for (const std::size_t i : open_outputs_) {
      const ov::Tensor tensor = request_.get_output_tensor(i);
      RETINUE_ASSIGN_OR_RETURN(outputs_[i].shape,
                               FromOpenVino(ov::PartialShape(tensor.get_shape())));
      outputs_[i].data = tensor.data();
    }
    return {};
  }

  ov::InferRequest request_;
  std::vector<MutableTensorView> inputs_;
  std::vector<TensorView> outputs_;
  std::vector<std::size_t> open_outputs_;
  State state_ = State::kIdle;
};

}  // namespace

OpenVinoEngine::OpenVinoEngine(ov::CompiledModel compiled, ModelIo io, EngineInfo info,
                               std::unique_ptr<MappedFile> file)
    : file_(std::move(file)),
      compiled_(std::move(compiled)),
      io_(std::move(io)),
      info_(std::move(info)) {}

Result<std::unique_ptr<Request>> OpenVinoEngine::NewRequest() {
  return Guarded(ErrorCode::kResourceExhausted, "openvino gave no memory for a request",
                 [&]() -> Result<std::unique_ptr<Request>> {
                   return std::make_unique<OpenVinoRequest>(compiled_.create_infer_request(), io_);
                 });
}

}  // namespace retinue::openvino
