#pragma once

// What a converter of one operator of TensorFlow Lite is given. Thread rule: pure functions.

#include <openvino/frontend/tensorflow_lite/decoder.hpp>
#include <openvino/frontend/tensorflow_lite/node_context.hpp>

namespace retinue::internal {

/// The operator: its outputs' names and shapes, among others.
inline const ov::frontend::tensorflow_lite::DecoderBaseOperation& OperationOf(
    const ov::frontend::NodeContext& context) {
  // The reader's own context; the classes' type information stays in OpenVINO's library.
  using Lite = ov::frontend::tensorflow_lite::NodeContext;
  const auto& decoder = *static_cast<const Lite&>(context).get_decoder();
  return static_cast<const ov::frontend::tensorflow_lite::DecoderBaseOperation&>(decoder);
}

}  // namespace retinue::internal
