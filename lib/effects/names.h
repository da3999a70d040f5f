#pragma once

// The names of the language, and the nearest of them to a misspelt one.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "retinue/effects/syntax.h"

namespace retinue::internal {

std::optional<FacePart> FindPart(std::string_view name);
std::optional<EffectVariable> FindVariable(std::string_view name);
std::optional<EffectFunction> FindFunction(std::string_view name);
std::optional<EffectOperationKind> FindOperation(std::string_view name);

/// A part, `rect`, `frame` or `background`.
bool IsShapeName(std::string_view name);

std::span<const std::string_view> ShapeNames();
std::span<const std::string_view> OperationNames();
/// Variables, functions and shapes: what a name inside an operation may be.
std::span<const std::string_view> ArgumentNames();

/// `, did you mean 'scale'?`; empty when no name is near.
std::string Suggestion(std::string_view name, std::span<const std::string_view> known);

/// `text` as it may stand in a message: quoted, long ones cut, bytes that are not printable ASCII
/// replaced.
std::string Quoted(std::string_view text);

}  // namespace retinue::internal
