#pragma once

// What is known about a model before its head is: its tensors, the metadata, the
// manifest, the names. Thread rule: plain values, pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/model/head_kind.h"
#include "lib/model/metadata.h"
#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/heads/head.h"
#include "retinue/infer/engine.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {

/// The one picture that goes in.
struct InputFacts {
  Layout layout = Layout::kNchw;
  int channels = 3;
  std::optional<Size> declared;  ///< Absent when the model leaves it open.
};

/// @error kUnsupported  Not one input, not one picture, a fixed batch, or not of floats or bytes.
Result<InputFacts> LookAtInput(const ModelIo& io);

struct Names {
  std::vector<std::string> names;
  std::string source;  ///< "the metadata", …; empty when there are none.
  ErrorCode conflict = ErrorCode::kDataLoss;  ///< Whose fault wrong names are.
};

/// @error kInvalidArgument  The user's names cannot be read.
Result<Names> ChooseNames(const ExportMetadata& metadata, const Manifest* manifest,
                          const Overrides& overrides);

/// All of it; `io` and `manifest` belong to the caller.
struct Facts {
  const ModelIo& io;
  const Manifest* manifest = nullptr;  ///< May be null.
  ExportMetadata metadata;
  InputFacts input;
  Names names;
  bool asserted = false;  ///< The user or the manifest says which head it is.
  ErrorCode blame = ErrorCode::kUnsupported;  ///< Of a head that does not fit.

  /// `manifest.head` as T; null when it is something else.
  template <typename T>
  const T* Stated() const {
    return manifest != nullptr ? std::get_if<T>(&manifest->head) : nullptr;
  }
};

/// `sentence` and all tensors of the model.
tl::unexpected<Error> Unsupported(const ModelIo& io, const std::string& sentence);
/// The same for a head that somebody said it has.
tl::unexpected<Error> DoesNotFit(const Facts& facts, const std::string& sentence);

/// Index of the output of that name.
/// @error kDataLoss  There is none; the manifest named it.
Result<int> FindOutput(const ModelIo& io, const std::string& name);

/// `stated`, the manifest's name, or the only output of `rank` dimensions.
/// @error kUnsupported  There are several or none.
Result<int> ChooseOutput(const ModelIo& io, const std::string& stated, int rank);

const Shape& OutputShape(const Facts& facts, int output);

/// Whether a dimension is of that size or open.
constexpr bool IsOrMayBe(std::int64_t seen, std::int64_t wanted) {
  return seen == wanted || seen == Shape::kDynamic;
}

/// Three dimensions, the first 1 or open.
bool IsOneList(const Shape& shape);

/// The number of classes of a head that has `columns` columns for them, or an open number.
/// @param form  What the output should be, for messages: "[1, N, 5 + C]".
/// @error  The names are of another number, or nothing says the number.
Result<int> CountClasses(const Facts& facts, HeadKind kind, const std::string& form,
                         std::int64_t columns);

}  // namespace retinue
