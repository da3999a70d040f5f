#include "lib/pipeline/engine_check.h"

#include <string>

#include "retinue/model/model_spec.h"

namespace retinue {

Result<void> CheckEngine(const ModelIo& io, const InputSpec& described) {
  if (io.inputs.size() != 1 || io.outputs.empty() || io.outputs.size() > kMaxOutputs) {
    return Fail(ErrorCode::kInvalidArgument,
                "a model needs one input and 1 to " + std::to_string(kMaxOutputs) +
                    " outputs, got " + std::to_string(io.inputs.size()) + " and " +
                    std::to_string(io.outputs.size()));
  }
  const TensorInfo& input = io.inputs[0];
  if (input.shape != InputShape(described) || input.type != described.type) {
    return Fail(ErrorCode::kInvalidArgument,
                "the engine takes " + std::string(ToString(input.type)) + " " +
                    ToString(input.shape) + ", but the model was described as " +
                    std::string(ToString(described.type)) + " " +
                    ToString(InputShape(described)));
  }
  return {};
}

}  // namespace retinue
