#pragma once

// The plan of an effects program: what every statement does, worked out once. Plain data, with
// every check behind it that needs no frame. Thread rule: plain values, pure functions.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/effects/syntax.h"

namespace retinue {

/// What the host can give an effects program.
struct EffectAbilities {
  bool segmentation = false;  ///< Masks of people: `background` may be used.
  bool iris = false;          ///< Faces have 478 landmarks: `liris` and `riris` may be used.
};

/// The numbers that operations set.
enum class EffectSetting : std::uint8_t {
  kScaleX, kScaleY, kRotate, kSpin, kTranslateX, kTranslateY, kDriftSpeed, kDriftAngle,
  kReshapeLeft, kReshapeRight, kReshapeTop, kReshapeBottom, kTileWidth, kTileHeight,
  kBrighten, kSaturate, kHue, kRed, kGreen, kBlue, kBlur, kPixelate,
  kFillRed, kFillGreen, kFillBlue, kOpacity, kFeather,
};
inline constexpr int kEffectSettingCount = 27;

/// What `setting` is where the program does not say: 1 for factors, 0.5 for speeds of spin and
/// drift, 12 cells for pixelate, and so on as the table of operations has it.
double DefaultOf(EffectSetting setting);

/// Where a statement draws to.
struct EffectDestination {
  EffectShape shape;
  bool is_swap = false;  ///< Also from there onto the source.
  friend bool operator==(const EffectDestination&, const EffectDestination&) = default;
};

/// One statement, its operations in no order any more: of each the last one holds. Only copy_to
/// and swap_with add up.
struct PlannedStatement {
  std::string text;  ///< Canonical (FormatStatement): a statement of equal text keeps its state.
  int line = 0;      ///< Where it begins, from 1.
  EffectShape source;
  std::vector<EffectDestination> destinations;  ///< In the order of the text.
  std::uint32_t given = 0;                      ///< Bit k: the operation of kind k is there.
  std::array<EffectExpression, kEffectSettingCount> settings{};  ///< Empty: DefaultOf.
  bool flip_horizontal = false;
  bool flip_vertical = false;

  bool Has(EffectOperationKind kind) const {
    return (given >> static_cast<unsigned>(kind) & 1u) != 0;
  }
  friend bool operator==(const PlannedStatement&, const PlannedStatement&) = default;
};

struct EffectPlan {
  std::vector<PlannedStatement> statements;
  std::vector<EffectNode> nodes;  ///< Of all expressions.
  bool uses_background = false;   ///< A mask of people is wanted with every frame.
  bool uses_camera = false;       ///< A `clear` wants the camera's pixels once more.
  friend bool operator==(const EffectPlan&, const EffectPlan&) = default;
};

struct EffectCompilation {
  EffectPlan plan;                  ///< Whole when there are no errors.
  std::vector<EffectError> errors;  ///< In the order of the text.
};

/// Checks what the operations are given, against each other and the host, and plans them.
///
/// @return Its errors are those of `parse` too: of a program with errors of its grammar, what
///         could be understood is checked as well.
EffectCompilation CompileEffects(const EffectParse& parse, const EffectAbilities& abilities = {});

/// ParseEffects and CompileEffects in one.
/// @error kInvalidArgument  All errors of the program, one a line: `3:12: unknown operation …`.
Result<EffectPlan> ReadEffects(std::string_view text, const EffectAbilities& abilities = {});

}  // namespace retinue
