#include "retinue/effects/plan.h"

#include <string>

#include <gtest/gtest.h>

namespace retinue {
namespace {

std::string ErrorsOf(const std::string& text, const EffectAbilities& abilities = {}) {
  const auto plan = ReadEffects(text, abilities);
  if (plan) return "";
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
  return plan.error().message;
}

double NumberAt(const EffectPlan& plan, EffectSetting setting) {
  const EffectExpression expression =
      plan.statements.at(0).settings.at(static_cast<std::size_t>(setting));
  return expression.count == 0 ? DefaultOf(setting) : plan.nodes.at(expression.first).number;
}

TEST(Plan, LetsTheLastOfAnOperationHold) {
  const EffectPlan plan = ReadEffects("nose: scale(2, 3), flip(both), drift(5, 6), scale(4), "
                                      "flip(vertical), drift(7)").value();
  EXPECT_EQ(NumberAt(plan, EffectSetting::kScaleX), 4);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kScaleY), 4);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kDriftSpeed), 7);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kDriftAngle), 45);
  EXPECT_FALSE(plan.statements[0].flip_horizontal);
  EXPECT_TRUE(plan.statements[0].flip_vertical);
}

TEST(Plan, AddsUpDestinations) {
  const EffectPlan plan =
      ReadEffects("mouth: swap_with(leye), copy_to(reye, nose), copy_to(face#1)").value();
  const auto& to = plan.statements[0].destinations;
  ASSERT_EQ(to.size(), 4u);
  EXPECT_TRUE(to[0].is_swap);
  EXPECT_FALSE(to[1].is_swap);
  EXPECT_EQ(to[3].shape.number, 1);
}

// The table of operations in the specification.
TEST(Plan, HasTheDefaultsOfTheSpecification) {
  const EffectPlan plan = ReadEffects("nose: spin, drift, tile, pixelate").value();
  EXPECT_EQ(NumberAt(plan, EffectSetting::kSpin), 0.5);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kDriftSpeed), 0.5);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kDriftAngle), 45);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kTileWidth), 160);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kTileHeight), 100);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kPixelate), 12);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kOpacity), 1);
  EXPECT_EQ(NumberAt(plan, EffectSetting::kBlue), 1);
}

TEST(Plan, KnowsItsStatementsByTheirText) {
  const EffectPlan plan = ReadEffects("// x\nnose:scale( 2 ),tile\nface: erase").value();
  EXPECT_EQ(plan.statements[0].text, "nose: scale(2), tile");
  EXPECT_EQ(plan.statements[1].line, 3);
}

TEST(Plan, SaysWhichArgumentsAreWrong) {
  const struct {
    const char* text;
    const char* errors;
  } cases[] = {
      {"nose: scale", "1:7: 'scale' takes 1 or 2 arguments, found 0"},
      {"nose: scale(1, 2, 3)", "1:7: 'scale' takes 1 or 2 arguments, found 3"},
      {"nose: drift(1, 2, 3)", "1:7: 'drift' takes 0 to 2 arguments, found 3"},
      {"nose: rotate(1, 2)", "1:7: 'rotate' takes 1 argument, found 2"},
      {"nose: tile(1)", "1:7: 'tile' takes 0 or 2 arguments, found 1"},
      {"nose: erase(1)", "1:7: 'erase' takes 0 arguments, found 1"},
      {"nose: copy_to", "1:7: 'copy_to' takes one or more shapes, found 0 arguments"},
      {"nose: swap_with(leye, reye)", "1:7: 'swap_with' takes one shape, found 2 arguments"},
      {"nose: copy_to(12)", "1:15: 'copy_to' takes shapes, found a number"},
      {"nose: copy_to(moth)", "1:15: unknown shape 'moth', did you mean 'mouth'?"},
      {"nose: flip(vertcial)",
       "1:12: 'flip' takes horizontal, vertical or both, found 'vertcial', did you mean "
       "'vertical'?"},
      {"nose: flip(2)", "1:12: 'flip' takes horizontal, vertical or both, found a number"},
      {"nose: flip", "1:7: 'flip' takes horizontal, vertical or both, found 0 arguments"},
      {"nose: scale(mouth)", "1:13: 'scale' takes numbers, found a shape"},
      {"nose: scale(smiel)", "1:13: 'scale' takes numbers, found 'smiel', did you mean 'smile'?"},
  };
  for (const auto& c : cases) EXPECT_EQ(ErrorsOf(c.text), c.errors) << c.text;
}

TEST(Plan, ReportsGrammarAndArgumentsTogether) {
  EXPECT_EQ(ErrorsOf("nose: scale, sclae(2)\nmouth: tile(1) x"),
            "1:7: 'scale' takes 1 or 2 arguments, found 0\n"
            "1:14: unknown operation 'sclae', did you mean 'scale'?\n"
            "2:8: 'tile' takes 0 or 2 arguments, found 1\n"
            "2:16: expected ',' or the next statement, found 'x'\n"
            "2:16: unknown operation 'x'");
}

TEST(Plan, AsksForWhatTheHostCannotDo) {
  const std::string text = "background: blur(8)\nnose: copy_to(liris)";
  EXPECT_EQ(ErrorsOf(text),
            "1:1: 'background' needs a model that segments people, and there is none\n"
            "2:15: 'liris' needs a face model of 478 landmarks, and there is none");
  const auto plan = ReadEffects(text, {.segmentation = true, .iris = true});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->uses_background);
  EXPECT_FALSE(plan->uses_camera);
  EXPECT_TRUE(ReadEffects("nose: clear")->uses_camera);
}

}  // namespace
}  // namespace retinue
