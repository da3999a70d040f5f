#pragma once

// How a frame becomes a model's input: by the manifest, or as the family of its
// head is used to. Thread rule: pure functions.

#include <string>

#include "lib/model/facts.h"
#include "lib/model/head_kind.h"
#include "retinue/base/result.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {

/// An input and where its size and the rest come from, for people.
struct InputFinding {
  InputSpec spec;
  std::string evidence;  ///< "input 640x640 of the model, pixels as …"
};

/// @error kDataLoss     The manifest or the metadata contradict the tensors.
/// @error kUnsupported  An input of bytes that nothing explains.
Result<InputFinding> FindInput(const Facts& facts, HeadKind kind, const Overrides& overrides);

}  // namespace retinue
