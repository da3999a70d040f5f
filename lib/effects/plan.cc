#include "retinue/effects/plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lib/effects/names.h"

namespace retinue {
namespace {

using internal::Quoted;
using internal::Suggestion;

using Kind = EffectOperationKind;
using Setting = EffectSetting;

// Operations whose arguments are numbers only, and which settings these are.
struct NumberOperation {
  Kind kind;
  std::size_t least;  // arguments
  std::size_t most;
  Setting first;
};
constexpr std::array kNumberOperations = {
    NumberOperation{Kind::kScale, 1, 2, Setting::kScaleX},
    NumberOperation{Kind::kRotate, 1, 1, Setting::kRotate},
    NumberOperation{Kind::kSpin, 0, 1, Setting::kSpin},
    NumberOperation{Kind::kTranslate, 2, 2, Setting::kTranslateX},
    NumberOperation{Kind::kDrift, 0, 2, Setting::kDriftSpeed},
    NumberOperation{Kind::kReshape, 4, 4, Setting::kReshapeLeft},
    NumberOperation{Kind::kTile, 0, 2, Setting::kTileWidth},
    NumberOperation{Kind::kBrighten, 1, 1, Setting::kBrighten},
    NumberOperation{Kind::kSaturate, 1, 1, Setting::kSaturate},
    NumberOperation{Kind::kHue, 1, 1, Setting::kHue},
    NumberOperation{Kind::kChannels, 3, 3, Setting::kRed},
    NumberOperation{Kind::kBlur, 1, 1, Setting::kBlur},
    NumberOperation{Kind::kPixelate, 0, 1, Setting::kPixelate},
    NumberOperation{Kind::kFill, 3, 3, Setting::kFillRed},
    NumberOperation{Kind::kErase, 0, 0, Setting::kScaleX},
    NumberOperation{Kind::kInvert, 0, 0, Setting::kScaleX},
    NumberOperation{Kind::kOpacity, 1, 1, Setting::kOpacity},
    NumberOperation{Kind::kFeather, 1, 1, Setting::kFeather},
    NumberOperation{Kind::kClear, 0, 0, Setting::kScaleX},
};

// In the order of Setting.
constexpr std::array<double, kEffectSettingCount> kDefaults = {
    1, 1, 0, 0.5, 0, 0, 0.5, 45,  // scale rotate spin translate drift
    1, 1, 1, 1, 160, 100,         // reshape tile
    1, 1, 0, 1, 1, 1, 0, 12,      // brighten saturate hue channels blur pixelate
    0, 0, 0, 1, 0,                // fill opacity feather
};

constexpr std::array<std::string_view, 3> kFlipWords = {"horizontal", "vertical", "both"};

std::string CountText(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

class Planner {
 public:
  Planner(const EffectParse& parse, const EffectAbilities& abilities)
      : program_(parse.program), abilities_(abilities) {
    out_.errors = parse.errors;
  }

  EffectCompilation Run() {
    out_.plan.nodes = program_.nodes;
    for (const EffectStatement& statement : program_.statements) Plan(statement);
    std::stable_sort(out_.errors.begin(), out_.errors.end(),
                     [](const EffectError& a, const EffectError& b) {
                       return a.place.begin < b.place.begin;
                     });
    return std::move(out_);
  }

 private:
  void AddError(const EffectPlace& place, std::string message) {
    if (out_.errors.size() <= EffectLimits::kErrors) {
      out_.errors.push_back({place, std::move(message)});
    }
  }

  void Plan(const EffectStatement& statement) {
    PlannedStatement planned;
    planned.line = statement.place.line;
    planned.source = statement.shape;
    CheckShape(statement.shape);
    for (const EffectOperation& operation : statement.operations) Plan(operation, planned);
    out_.plan.uses_camera |= planned.Has(Kind::kClear);
    out_.plan.statements.push_back(std::move(planned));
  }

  void Plan(const EffectOperation& operation, PlannedStatement& planned) {
    planned.given |= 1u << static_cast<unsigned>(operation.kind);
    switch (operation.kind) {
      case Kind::kCopyTo:
      case Kind::kSwapWith:
        return PlanDestinations(operation, planned);
      case Kind::kFlip:
        return PlanFlip(operation, planned);
      default:
        return PlanNumbers(operation, planned);
    }
  }

  void CheckShape(const EffectShape& shape) {
    if (shape.kind == EffectShapeKind::kBackground) {
      out_.plan.uses_background = true;
      if (!abilities_.segmentation) {
        AddError(shape.place,
                 "'background' needs a model that segments people, and there is none");
      }
    }
    const bool is_iris = shape.kind == EffectShapeKind::kPart &&
                         (shape.part == FacePart::kLiris || shape.part == FacePart::kRiris);
    if (is_iris && !abilities_.iris) {
      AddError(shape.place, Quoted(ToString(shape.part)) +
                                " needs a face model of 478 landmarks, and there is none");
    }
  }

  void PlanDestinations(const EffectOperation& operation, PlannedStatement& planned) {
    const bool is_swap = operation.kind == Kind::kSwapWith;
    const std::size_t count = operation.arguments.size();
    if (count == 0 || (is_swap && count > 1)) {
      AddError(operation.place, Quoted(ToString(operation.kind)) + " takes " +
                                    (is_swap ? "one shape" : "one or more shapes") + ", found " +
                                    CountText(count));
      return;
    }
    for (const EffectArgument& argument : operation.arguments) {
      if (argument.kind == EffectArgument::Kind::kShape) {
        CheckShape(argument.shape);
        planned.destinations.push_back({argument.shape, is_swap});
      } else if (argument.kind == EffectArgument::Kind::kWord) {
        AddError(argument.place, "unknown shape " + Quoted(argument.word) +
                                     Suggestion(argument.word, internal::ShapeNames()));
      } else {
        AddError(argument.place,
                 Quoted(ToString(operation.kind)) + " takes shapes, found a number");
      }
    }
  }

  void PlanFlip(const EffectOperation& operation, PlannedStatement& planned) {
    const std::string wanted = "'flip' takes horizontal, vertical or both, found ";
    if (operation.arguments.size() != 1) {
      return AddError(operation.place, wanted + CountText(operation.arguments.size()));
    }
    const EffectArgument& argument = operation.arguments.front();
    if (argument.kind != EffectArgument::Kind::kWord) {
      const bool is_shape = argument.kind == EffectArgument::Kind::kShape;
      return AddError(argument.place, wanted + (is_shape ? "a shape" : "a number"));
    }
    const std::string& word = argument.word;
    if (std::find(kFlipWords.begin(), kFlipWords.end(), word) == kFlipWords.end()) {
      return AddError(argument.place, wanted + Quoted(word) + Suggestion(word, kFlipWords));
    }
    planned.flip_horizontal = word != "vertical";
    planned.flip_vertical = word != "horizontal";
  }

  void PlanNumbers(const EffectOperation& operation, PlannedStatement& planned) {
    const auto& rule = *std::find_if(
        kNumberOperations.begin(), kNumberOperations.end(),
        [&](const NumberOperation& candidate) { return candidate.kind == operation.kind; });
    if (!HasRightCount(operation, rule)) return;
    const std::size_t first = static_cast<std::size_t>(rule.first);
    for (std::size_t i = 0; i < rule.most; ++i) planned.settings[first + i] = {};
    for (std::size_t i = 0; i < operation.arguments.size(); ++i) {
      const EffectArgument& argument = operation.arguments[i];
      CheckNumber(operation, argument);
      planned.settings[first + i] = argument.expression;
    }
    if (operation.kind == Kind::kScale && operation.arguments.size() == 1) {
      planned.settings[first + 1] = planned.settings[first];
    }
  }

  bool HasRightCount(const EffectOperation& operation, const NumberOperation& rule) {
    const std::size_t count = operation.arguments.size();
    const bool is_half_a_tile = operation.kind == Kind::kTile && count == 1;
    if (count >= rule.least && count <= rule.most && !is_half_a_tile) return true;
    std::string wanted = std::to_string(rule.least);
    if (rule.least + 1 == rule.most || operation.kind == Kind::kTile) {
      wanted += " or " + std::to_string(rule.most);
    } else if (rule.least != rule.most) {
      wanted += " to " + std::to_string(rule.most);
    }
    AddError(operation.place, Quoted(ToString(operation.kind)) + " takes " + wanted +
                                  (wanted == "1" ? " argument" : " arguments") + ", found " +
                                  std::to_string(count));
    return false;
  }

  void CheckNumber(const EffectOperation& operation, const EffectArgument& argument) {
    if (argument.kind == EffectArgument::Kind::kExpression) return;
    const std::string wanted = Quoted(ToString(operation.kind)) + " takes numbers, found ";
    if (argument.kind == EffectArgument::Kind::kShape) {
      return AddError(argument.place, wanted + "a shape");
    }
    AddError(argument.place, wanted + Quoted(argument.word) +
                                 Suggestion(argument.word, internal::ArgumentNames()));
  }

  const EffectProgram& program_;
  const EffectAbilities& abilities_;
  EffectCompilation out_;
};

}  // namespace

double DefaultOf(EffectSetting setting) { return kDefaults[static_cast<std::size_t>(setting)]; }

EffectCompilation CompileEffects(const EffectParse& parse, const EffectAbilities& abilities) {
  EffectCompilation out = Planner(parse, abilities).Run();
  if (!out.errors.empty()) return out;
  const EffectProgram& program = parse.program;
  for (std::size_t i = 0; i < program.statements.size(); ++i) {
    out.plan.statements[i].text = FormatStatement(program, program.statements[i]);
  }
  return out;
}

Result<EffectPlan> ReadEffects(std::string_view text, const EffectAbilities& abilities) {
  EffectCompilation compilation = CompileEffects(ParseEffects(text), abilities);
  if (compilation.errors.empty()) return std::move(compilation.plan);
  return Fail(ErrorCode::kInvalidArgument, ToString(compilation.errors));
}

}  // namespace retinue
