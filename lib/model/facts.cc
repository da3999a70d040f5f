#include "lib/model/facts.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "lib/model/text.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::Printable;
using model_text::Trim;

bool IsChannelCount(std::int64_t dimension) { return dimension == 1 || dimension == 3; }

// Why a model has a second input, where that is known.
std::string HintOfInputs(const ModelIo& io) {
  for (const TensorInfo& input : io.inputs) {
    if (input.name == "orig_target_sizes") {
      return " (this export of a DETR does its post-processing inside; one that ends in logits "
             "and boxes can be read)";
    }
  }
  return "";
}

}  // namespace

tl::unexpected<Error> Unsupported(const ModelIo& io, const std::string& sentence) {
  return Fail(ErrorCode::kUnsupported, sentence + "; the model has " + ToString(io));
}

tl::unexpected<Error> DoesNotFit(const Facts& facts, const std::string& sentence) {
  return Fail(facts.blame, sentence + "; the model has " + ToString(facts.io));
}

Result<InputFacts> LookAtInput(const ModelIo& io) {
  if (io.inputs.size() != 1) {
    return Unsupported(io, "a model must have one input, the picture" + HintOfInputs(io));
  }
  const TensorInfo& input = io.inputs[0];
  const Shape& s = input.shape;
  const bool first = s.rank() == 4 && IsChannelCount(s[1]);
  const bool last = s.rank() == 4 && IsChannelCount(s[3]);
  if (first == last) {
    return Unsupported(io, "the input must be one picture, [1, C, H, W] or [1, H, W, C] with C "
                           "1 or 3");
  }
  if (s[0] != 1 && s[0] != Shape::kDynamic) {
    return Unsupported(io, "the batch of the input must be 1 or open, one picture at a time, got " +
                               std::to_string(s[0]));
  }
  if (input.type == ElementType::kI32 || input.type == ElementType::kI64) {
    return Unsupported(io, "the input must be of floats or bytes");
  }
  InputFacts facts;
  facts.layout = first ? Layout::kNchw : Layout::kNhwc;
  facts.channels = static_cast<int>(s[first ? 1 : 3]);
  const std::int64_t height = s[first ? 2 : 1], width = s[first ? 3 : 2];
  if (height > kMaxInputSide || width > kMaxInputSide || height == 0 || width == 0) {
    return Unsupported(io, "the sides of the input must be 1 to " + std::to_string(kMaxInputSide));
  }
  if (height > 0 && width > 0) {
    facts.declared = Size{static_cast<int>(width), static_cast<int>(height)};
  }
  return facts;
}

Result<Names> ChooseNames(const ExportMetadata& metadata, const Manifest* manifest,
                          const Overrides& overrides) {
  if (!overrides.names.empty()) {
    if (Trim(overrides.names) == kCocoNames) {
      return Names{CocoNames(), "names=", ErrorCode::kInvalidArgument};
    }
    auto names = ParseNames(overrides.names);
    if (!names) return Fail(Error{ErrorCode::kInvalidArgument, names.error().message}, "names=");
    return Names{*std::move(names), "names=", ErrorCode::kInvalidArgument};
  }
  if (manifest != nullptr && !manifest->names.empty()) {
    return Names{manifest->names, "the manifest"};
  }
  if (!metadata.names.empty()) return Names{metadata.names, "the metadata"};
  return Names{};
}

Result<int> FindOutput(const ModelIo& io, const std::string& name) {
  for (std::size_t i = 0; i < io.outputs.size(); ++i) {
    if (io.outputs[i].name == name) return static_cast<int>(i);
  }
  return Fail(ErrorCode::kDataLoss, "the manifest's output '" + Printable(name) +
                                        "' must be one of the model's, which has " + ToString(io));
}

Result<int> ChooseOutput(const ModelIo& io, const std::string& stated, int rank) {
  if (!stated.empty()) return FindOutput(io, stated);
  if (io.outputs.size() == 1) return 0;
  const auto has_rank = [&](const TensorInfo& output) { return output.shape.rank() == rank; };
  if (std::count_if(io.outputs.begin(), io.outputs.end(), has_rank) != 1) {
    return Unsupported(io, "one output must be of " + std::to_string(rank) +
                               " dimensions; a manifest with [head] says which it is");
  }
  const auto found = std::find_if(io.outputs.begin(), io.outputs.end(), has_rank);
  return static_cast<int>(found - io.outputs.begin());
}

const Shape& OutputShape(const Facts& facts, int output) {
  return facts.io.outputs[static_cast<std::size_t>(output)].shape;
}

bool IsOneList(const Shape& shape) { return shape.rank() == 3 && IsOrMayBe(shape[0], 1); }

Result<int> CountClasses(const Facts& facts, HeadKind kind, const std::string& form,
                         std::int64_t columns) {
  const auto named = static_cast<std::int64_t>(facts.names.names.size());
  const std::string family(FamilyName(kind));
  if (named > 0) {
    if (IsOrMayBe(columns, named)) return static_cast<int>(named);
    return Fail(facts.names.conflict, "a " + family + " head with " + std::to_string(named) +
                                          " class names must have an output " + form +
                                          " with C = " + std::to_string(named) +
                                          "; the model has " + ToString(facts.io));
  }
  if (columns == Shape::kDynamic) {
    return Unsupported(facts.io, "how many classes the " + family +
                                     " head has must be known; names=FILE with one name for each "
                                     "settles it");
  }
  if (columns >= 1 && columns <= std::int64_t{kMaxNames}) return static_cast<int>(columns);
  return DoesNotFit(facts, "a " + family + " head must have an output " + form +
                               " with C from 1 to " + std::to_string(kMaxNames));
}

}  // namespace retinue
