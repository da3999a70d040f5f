// What a program asks of the rest of the run, its file that changes while it runs, and times as
// options say them.

#include "apps/cli/effect_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "apps/cli/duration.h"
#include "tests/support/testing.h"

namespace retinue::cli {
namespace {

using namespace std::chrono_literals;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ParseDuration, ReadsSecondsAndMilliseconds) {
  EXPECT_EQ(ParseDuration("250ms"), 250ms);
  EXPECT_EQ(ParseDuration("0.5s"), 500ms);
  EXPECT_EQ(ParseDuration("40"), 40ms);
  EXPECT_EQ(ParseDuration("0"), 0ms);
  EXPECT_EQ(ParseDuration("0.25ms"), 250us);
  EXPECT_EQ(ParseDuration("86400s"), 24h);
  for (const char* text : {"", "abc", "ms", "-1", "-1ms", "86401s", "1e300", "nan", "inf", "1 s",
                           "1min", "5msx", " 5", "+5"}) {
    EXPECT_FALSE(ParseDuration(text)) << "'" << text << "'";
  }
}

EffectPlan PlanOf(const std::string& text) {
  auto plan = ReadEffects(text, {.segmentation = true, .iris = true});
  EXPECT_TRUE(plan) << text << ": " << plan.error().message;
  return plan ? *std::move(plan) : EffectPlan{};
}

TEST(HidesFaces, WhatCoversWholeFacesInTheirPlace) {
  for (const char* text : {"face: pixelate(8)", "face: blur(20)", "face: fill(0, 0, 0)",
                           "face: erase", "mouth: scale(2)\nface#1: pixelate(8), rotate(3)"}) {
    EXPECT_TRUE(HidesFaces(PlanOf(text))) << text;
  }
  for (const char* text : {"", "mouth: pixelate(8)", "face: scale(2)", "frame: blur(9)",
                           "face: copy_to(rect(0, 0, 9, 9)), blur(4)",
                           "face: blur(4), tile", "rect(0, 0, 9, 9): fill(1, 2, 3)"}) {
    EXPECT_FALSE(HidesFaces(PlanOf(text))) << text;
  }
}

TEST(ForProgram, AsksForWhatTheProgramNeedsWhereTheUserDidNotSay) {
  const Options plain = ForProgram({}, PlanOf("mouth: scale(2)"));
  EXPECT_FALSE(plain.iris);
  EXPECT_FALSE(plain.keep_unsure);
  EXPECT_EQ(plain.hold, "auto");
  EXPECT_EQ(plain.detect_every, "auto");
  EXPECT_EQ(plain.tiles, "auto");
  EXPECT_TRUE(ForProgram({}, PlanOf("liris: hue(90)")).iris);
  EXPECT_TRUE(ForProgram({}, PlanOf("mouth: copy_to(nose, riris)")).iris);

  const EffectPlan hides = PlanOf("face: pixelate(8)");
  const Options hidden = ForProgram({}, hides);
  EXPECT_TRUE(hidden.keep_unsure);
  EXPECT_EQ(hidden.hold, "500ms");
  EXPECT_EQ(hidden.detect_every, "0ms");
  EXPECT_EQ(hidden.tiles, "true");
  Options strict;
  strict.strict = true;
  EXPECT_EQ(ForProgram(strict, hides).hold, "10s");
  Options said;
  said.hold = "2s";
  said.detect_every = "100ms";
  said.tiles = "false";
  said.strict = true;
  const Options kept = ForProgram(said, hides);
  EXPECT_EQ(kept.hold, "2s");
  EXPECT_EQ(kept.detect_every, "100ms");
  EXPECT_EQ(kept.tiles, "false");
}

TEST(ShowsThrough, WhatMovesACoverOrLetsItBeSeenThrough) {
  for (const char* text : {"face: pixelate(8), opacity(0.5)", "face: blur(9), feather(4)",
                           "face: fill(0, 0, 0), scale(0.5)", "face: erase, translate(9, 0)",
                           "face: blur(9), spin", "face: blur(9), drift"}) {
    EXPECT_TRUE(ShowsThrough(PlanOf(text))) << text;
  }
  for (const char* text : {"face: pixelate(8)", "face: blur(20), hue(90)", "mouth: scale(2)",
                           "face: pixelate(8)\nmouth: opacity(0.5), scale(2)"}) {
    EXPECT_FALSE(ShowsThrough(PlanOf(text))) << text;
  }
}

/// A program's file that is written anew; every look is 200 ms after the last.
class Watch : public ::testing::Test {
 protected:
  /// Whatever the clock of the file system: each text is a second newer than the last.
  void Write(const std::string& text) {
    WriteFile(path_, text);
    std::filesystem::last_write_time(
        path_, std::filesystem::file_time_type(std::chrono::seconds(1000 + ++written_)));
  }
  /// What the watch answers, and what it says meanwhile.
  std::pair<std::optional<EffectPlan>, std::string> Look(Nanoseconds later = 200ms) {
    clock_.Advance(later);
    ::testing::internal::CaptureStderr();
    auto plan = watch_->Changed();
    return {std::move(plan), ::testing::internal::GetCapturedStderr()};
  }
  void SetUp() override {
    Write("face: blur(4)");
    watch_.emplace(path_, clock_, log_);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("a.eff");
  int written_ = 0;
  FakeClock clock_;
  Log log_{{LogFormat::kText, false, false}};
  std::optional<ProgramWatch> watch_;
};

TEST_F(Watch, ANewTextIsReadOnceWhenItRests) {
  EXPECT_FALSE(Look().first) << "nothing has changed";
  Write("mouth: sca");
  EXPECT_FALSE(Look().first) << "somebody is writing";
  Write("mouth: scale(2)");
  EXPECT_EQ(Look().second, "") << "still";
  const auto [plan, said] = Look();
  ASSERT_TRUE(plan);
  ASSERT_THAT(plan->statements, SizeIs(1));
  EXPECT_EQ(plan->statements[0].text, "mouth: scale(2)");
  EXPECT_THAT(said, HasSubstr(path_));
  EXPECT_FALSE(Look().first);
}

TEST_F(Watch, LooksFiveTimesASecondAtMost) {
  Write("mouth: scale(2)");
  EXPECT_FALSE(Look(200ms).first);
  EXPECT_FALSE(Look(199ms).first);
  EXPECT_TRUE(Look(1ms).first);
}

TEST_F(Watch, ABrokenTextIsSaidAndTheOldOneKept) {
  Write("mouth: sclae(2)");
  Look();
  const auto [plan, said] = Look();
  EXPECT_FALSE(plan);
  EXPECT_THAT(said, AllOf(HasSubstr("the program that runs is kept: "),
                          HasSubstr("a.eff:1:8: unknown operation 'sclae'")));
  EXPECT_EQ(Look().second, "") << "once";
  Write("mouth: scale(3)");
  Look();
  EXPECT_TRUE(Look().first);
}

TEST_F(Watch, AFileThatIsAwayForAMomentIsNoChange) {
  std::filesystem::remove(path_);
  const auto [plan, said] = Look();
  EXPECT_FALSE(plan);
  EXPECT_EQ(said, "");
  Write("mouth: scale(2)");
  Look();
  EXPECT_TRUE(Look().first);
}

}  // namespace
}  // namespace retinue::cli
