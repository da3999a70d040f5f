#pragma once

// OpenVINO's types, shapes and exceptions as retinue's. Pure functions, any thread.

#include <exception>
#include <string>
#include <utility>

#include <openvino/openvino.hpp>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"
#include "retinue/infer/model_file.h"

namespace retinue::openvino {

/// @error kUnsupported  A type that retinue has no name for (text, f64, 4 bits, …).
Result<ElementType> FromOpenVino(const ov::element::Type& type);
/// @error kUnsupported  An open or too high rank.
Result<Shape> FromOpenVino(const ov::PartialShape& shape);
ov::PartialShape ToOpenVino(const Shape& shape);

/// Names, types and shapes of an ov::Model or an ov::CompiledModel; the metadata is left empty.
template <typename M>
Result<ModelIo> PortsOf(const M& model);

/// What the model file says about itself: ONNX metadata_props as they are; of
/// an IR also `model_info`, each key with that word and a dot in front.
std::map<std::string, std::string> MetadataOf(const ov::Model& model);

/// Runs `work` and turns an exception into an Error of `code`.
template <typename F>
auto Guarded(ErrorCode code, const std::string& context, F&& work) -> decltype(work()) {
  try {
    return std::forward<F>(work)();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kResourceExhausted, context + ": out of memory");
  } catch (const std::exception& exception) {
    return Fail(code, context + ": " + FirstSentence(exception.what()));
  }
}

}  // namespace retinue::openvino
