#pragma once

// Which family of heads a model has. Thread rule: pure functions.

#include "lib/model/facts.h"
#include "lib/model/head_kind.h"
#include "retinue/base/result.h"

namespace retinue {

/// Who said which head it is.
enum class HeadSource { kUser, kManifest, kModel };

struct HeadChoice {
  HeadKind kind = HeadKind::kYolo;
  HeadSource source = HeadSource::kModel;
};

/// What `head=` says, else the manifest, else the metadata and the shapes where they allow one
/// answer only. kYolo is also the answer where DecideYolo is to say what is missing.
/// @error kInvalidArgument  `head=` is no word that is known.
/// @error kUnsupported      Nothing settles it; says which option would.
Result<HeadChoice> ChooseHead(const Facts& facts, const std::string& word);

}  // namespace retinue
