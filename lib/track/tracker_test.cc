// Scenes for both trackers. Positions are arithmetic; what must come out
// follows from the documented rules.

#include "retinue/track/tracker.h"

#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/track/options.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kFrame = 1.0 / 30;

Detection Seen(float x, float y, float score = 0.9f, int class_id = 0) {
  return {.box = {x, y, 40, 80}, .score = score, .class_id = class_id};
}

std::unique_ptr<Tracker> Make(TrackerKind kind,
                              std::vector<std::pair<const char*, const char*>> settings = {}) {
  TrackerSpec spec{.kind = kind, .bytetrack = {}, .sort = {}};
  for (const auto& [key, value] : settings) {
    EXPECT_TRUE(SetOption(spec, key, value).has_value()) << key;
  }
  return MakeTracker(spec).value();
}

TrackUpdate Step(Tracker& tracker, double seconds, std::vector<Detection> detections) {
  TrackUpdate update;
  tracker.Update(FromSeconds(seconds), detections, update);
  EXPECT_EQ(update.of_detection.size(), detections.size());
  return update;
}

std::vector<TrackId> Ids(const TrackUpdate& update) {
  std::vector<TrackId> ids;
  for (const Assignment& a : update.of_detection) ids.push_back(a.id);
  return ids;
}

class AnyTracker : public ::testing::TestWithParam<TrackerKind> {};

INSTANTIATE_TEST_SUITE_P(, AnyTracker,
                         ::testing::Values(TrackerKind::kSort, TrackerKind::kByteTrack),
                         [](const auto& param_info) {
                           return std::string(ToString(param_info.param));
                         });

TEST_P(AnyTracker, NumbersTheFirstFramesDetectionsInTheirOrderAndKeepsTheNumbers) {
  auto tracker = Make(GetParam());
  const TrackUpdate first = Step(*tracker, 0, {Seen(500, 100), Seen(100, 100), Seen(300, 100)});
  EXPECT_THAT(Ids(first), ElementsAre(1, 2, 3));
  EXPECT_EQ(first.of_detection[0].reason, Reason::kNewTrack);
  for (int i = 1; i < 60; ++i) {
    const float d = static_cast<float>(i) * 3;
    const TrackUpdate next = Step(*tracker, i * kFrame,
                                  {Seen(100 + d, 100), Seen(300, 100 + d), Seen(500, 100 - d / 2)});
    ASSERT_THAT(Ids(next), ElementsAre(2, 3, 1)) << i;
    EXPECT_EQ(next.of_detection[0].reason, Reason::kTracked);
    EXPECT_THAT(next.ended, IsEmpty());
  }
}

TEST_P(AnyTracker, KeepsTwoThatCrossApart) {
  auto tracker = Make(GetParam());
  for (int i = 0; i < 60; ++i) {  // at i = 30 both are within 10 pixels of each other
    const float d = static_cast<float>(i) * 5;
    const TrackUpdate update =
        Step(*tracker, i * kFrame, {Seen(100 + d, 100), Seen(400 - d, 110)});
    ASSERT_THAT(Ids(update), ElementsAre(1, 2)) << i;
  }
}

// 10 pixels a frame and a box 40 wide: after a gap of four frames only a
// prediction over the time that really passed overlaps the box.
TEST_P(AnyTracker, KeepsTheIdWhenFramesAreMissingAtRandom) {
  auto tracker = Make(GetParam());
  testing::Random random(3);
  int frame = 0;
  int longest = 0;
  for (int i = 0; i < 200; ++i) {
    const TrackUpdate update =
        Step(*tracker, frame * kFrame, {Seen(static_cast<float>(frame) * 10, 50)});
    ASSERT_THAT(Ids(update), ElementsAre(1)) << "frame " << frame;
    const int gap = i < 8 ? 1 : 1 + random.Below(7);
    longest = std::max(longest, gap);
    frame += gap;
  }
  EXPECT_EQ(longest, 7);
}

TEST_P(AnyTracker, TheRateOfTheVideoDoesNotMatter) {
  for (const double rate_hz : {8.0, 25.0, 30.0, 59.94, 240.0}) {
    auto tracker = Make(GetParam());
    for (int i = 0; i < 100; ++i) {
      const double t = i / rate_hz;
      const TrackUpdate update = Step(*tracker, t, {Seen(static_cast<float>(100 * t), 50)});
      ASSERT_THAT(Ids(update), ElementsAre(1)) << rate_hz << " Hz, frame " << i;
    }
  }
}

TEST_P(AnyTracker, GivesTheMajorityClassAndOfEqualsTheEarliest) {
  auto tracker = Make(GetParam());
  const int seen[] = {7, 2, 2, 7, 7, 5, 2, 2};
  const int majority[] = {7, 7, 2, 2, 7, 7, 7, 2};  // 2:2 keeps 2; 3:3 keeps 7
  for (int i = 0; i < 8; ++i) {
    const TrackUpdate update = Step(*tracker, i * kFrame, {Seen(10, 10, 0.9f, seen[i])});
    EXPECT_EQ(update.of_detection[0].class_id, majority[i]) << i;
    EXPECT_EQ(update.of_detection[0].id, 1);
  }
}

TEST_P(AnyTracker, MatchesAcrossClassesUnlessToldOtherwise) {
  for (const bool per_class : {false, true}) {
    auto tracker = Make(GetParam(), {{"per_class", per_class ? "true" : "false"}});
    Step(*tracker, 0, {Seen(10, 10, 0.9f, 1)});
    const TrackUpdate update = Step(*tracker, kFrame, {Seen(10, 10, 0.9f, 2)});
    EXPECT_EQ(update.of_detection[0].id == 1, !per_class);
  }
}

TEST_P(AnyTracker, RefusesBoxesThatMakeNoSenseAndGoesOn) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  auto tracker = Make(GetParam());
  Step(*tracker, 0, {Seen(10, 10)});
  std::vector<Detection> odd = {Seen(kNan, 10), Seen(10, kInf), Seen(2e7f, 10), Seen(10, 10, kNan)};
  for (const auto& [w, h] : {std::pair{0.0f, 5.0f}, {5.0f, 0.0f}, {-5.0f, 5.0f}, {5.0f, kNan},
                             {kInf, 5.0f}, {-5.0f, -5.0f}}) {
    odd.push_back({.box = {10, 10, w, h}, .score = 0.9f, .class_id = 4});
  }
  odd.push_back(Seen(11, 10));
  const TrackUpdate update = Step(*tracker, kFrame, odd);
  for (std::size_t i = 0; i + 1 < odd.size(); ++i) {
    EXPECT_EQ(update.of_detection[i].reason, Reason::kInvalidBox) << i;
    EXPECT_EQ(update.of_detection[i].id, kNoTrack) << i;
    EXPECT_EQ(update.of_detection[i].class_id, odd[i].class_id) << i;
  }
  EXPECT_EQ(update.of_detection.back().id, 1);
}

TEST_P(AnyTracker, NoTimeAndLittleTimeBackwardsPassAsNoTime) {
  auto tracker = Make(GetParam());
  for (int i = 0; i < 20; ++i) Step(*tracker, i * kFrame, {Seen(static_cast<float>(i) * 8, 10)});
  for (const double t : {19 * kFrame, 19 * kFrame, 18 * kFrame, 10 * kFrame}) {
    EXPECT_THAT(Ids(Step(*tracker, t, {Seen(152, 10)})), ElementsAre(1));
  }
  EXPECT_THAT(Ids(Step(*tracker, 20 * kFrame, {Seen(160, 10)})), ElementsAre(1));
}

TEST_P(AnyTracker, AnUnknownTimeIsOneNominalFrame) {
  auto tracker = Make(GetParam());
  TrackUpdate update;
  // Ever faster, until the box leaves its own place behind in every frame and only a
  // prediction over the right time overlaps it.
  for (int i = 0; i < 50; ++i) {
    const std::vector<Detection> seen = {Seen(0.5f * static_cast<float>(i * i), 10)};
    tracker->Update(i % 2 == 0 ? FromSeconds(i * kFrame) : kNoTime, seen, update);
    ASSERT_THAT(Ids(update), ElementsAre(1)) << i;
  }
}

TEST_P(AnyTracker, AHugeStepOfTimeEitherWayEndsEverything) {
  for (const double then : {3.0, -3.0, 1e9, -9e9}) {
    auto tracker = Make(GetParam());
    Step(*tracker, 0, {Seen(10, 10), Seen(300, 10)});
    const TrackUpdate update = Step(*tracker, then, {Seen(10, 10)});
    EXPECT_THAT(Ids(update), ElementsAre(3)) << then;
    EXPECT_THAT(update.ended, ElementsAre(1, 2)) << then;
    EXPECT_EQ(update.of_detection[0].reason, Reason::kNewTrack);
  }
  auto tracker = Make(GetParam());
  TrackUpdate update;
  const std::vector<Detection> seen = {Seen(10, 10)};
  for (const auto now : {Nanoseconds::max(), Nanoseconds::min() + Nanoseconds(1), kNoTime,
                         Nanoseconds::max(), kNoTime, Nanoseconds(0)}) {
    tracker->Update(now, seen, update);
    EXPECT_NE(update.of_detection[0].id, kNoTrack);
  }
}

TEST_P(AnyTracker, ResetMakesItNew) {
  auto tracker = Make(GetParam());
  Step(*tracker, 100, {Seen(10, 10), Seen(200, 10)});
  tracker->Reset();
  const TrackUpdate update = Step(*tracker, 0, {Seen(200, 10)});
  EXPECT_THAT(Ids(update), ElementsAre(1));
  EXPECT_THAT(update.ended, IsEmpty());
}

TEST_P(AnyTracker, TakesNothingAndAThousand) {
  auto tracker = Make(GetParam());
  EXPECT_THAT(Step(*tracker, 0, {}).of_detection, IsEmpty());
  std::vector<Detection> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(Seen(static_cast<float>(i % 40) * 30, static_cast<float>(i / 40) * 30));
  }
  for (int i = 1; i < 12; ++i) Step(*tracker, i * kFrame, crowd);
  const TrackUpdate update = Step(*tracker, 12 * kFrame, crowd);
  std::set<TrackId> ids;
  for (const Assignment& a : update.of_detection) ids.insert(a.id);
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(ids.count(kNoTrack), 0u);
  EXPECT_THAT(Step(*tracker, 13 * kFrame, {}).of_detection, IsEmpty());
}

// Clutter that comes and goes at random: what must hold whatever happens.
TEST_P(AnyTracker, NeverGivesAnIdTwiceNorAgainAfterItsEndAndRepeatsItself) {
  auto one = Make(GetParam());
  auto two = Make(GetParam());
  testing::Random random(11);
  std::set<TrackId> ended;
  TrackId highest = 0;
  double t = 0;
  for (int i = 0; i < 600; ++i) {
    std::vector<Detection> seen;
    for (int k = random.Below(40); k > 0; --k) {
      seen.push_back({.box = {static_cast<float>(random.Uniform(0, 600)),
                              static_cast<float>(random.Uniform(0, 100)),
                              static_cast<float>(random.Uniform(20, 90)),
                              static_cast<float>(random.Uniform(20, 90))},
                      .score = static_cast<float>(random.Uniform()),
                      .class_id = random.Below(3)});
    }
    t += random.Below(50) == 0 ? 2.0 : random.Uniform(0, 0.08);
    const TrackUpdate update = Step(*one, t, seen);
    const TrackUpdate again = Step(*two, t, seen);
    ASSERT_EQ(update.of_detection, again.of_detection);
    ASSERT_EQ(update.ended, again.ended);
    std::set<TrackId> now;
    for (const Assignment& a : update.of_detection) {
      const bool has_id = a.id != kNoTrack;
      ASSERT_EQ(has_id, a.reason == Reason::kTracked || a.reason == Reason::kRefound ||
                            a.reason == Reason::kNewTrack);
      if (!has_id) continue;
      ASSERT_TRUE(now.insert(a.id).second) << "twice: " << a.id;
      ASSERT_EQ(ended.count(a.id), 0u) << "ended before: " << a.id;
      ASSERT_EQ(a.reason == Reason::kNewTrack, a.id > highest);
      if (a.id > highest) {
        ASSERT_EQ(a.id, ++highest);
      }
    }
    for (const TrackId id : update.ended) {
      ASSERT_EQ(now.count(id), 0u);
      ASSERT_TRUE(ended.insert(id).second);
    }
  }
  EXPECT_GT(highest, 50);
}

// --- ByteTrack's own ---------------------------------------------------------

// Walks right at 3 pixels a frame for a second, is hidden for `hidden` frames
// that are looked at, then walks on. Returns the update of its return and the ids ended
// until then.
std::pair<TrackUpdate, std::vector<TrackId>> WalkBehindAPillar(Tracker& tracker, int hidden) {
  std::vector<TrackId> ended;
  for (int i = 0; i < 30; ++i) Step(tracker, i * kFrame, {Seen(static_cast<float>(i) * 3, 10)});
  for (int i = 30; i < 30 + hidden; ++i) {
    const TrackUpdate update = Step(tracker, i * kFrame, {});
    ended.insert(ended.end(), update.ended.begin(), update.ended.end());
  }
  const int i = 30 + hidden;
  return {Step(tracker, i * kFrame, {Seen(static_cast<float>(i) * 3, 10)}), ended};
}

TEST(ByteTrack, FindsAgainAfterHalfASecond) {
  auto tracker = Make(TrackerKind::kByteTrack);
  const auto [update, ended] = WalkBehindAPillar(*tracker, 15);
  EXPECT_THAT(Ids(update), ElementsAre(1));
  EXPECT_EQ(update.of_detection[0].reason, Reason::kRefound);
  EXPECT_THAT(ended, IsEmpty());
}

TEST(ByteTrack, GivesUpAfterTheBufferAndStartsANewTrack) {
  for (const char* seconds : {"0.3", "1.0"}) {
    auto tracker = Make(TrackerKind::kByteTrack, {{"track_buffer_s", seconds}});
    const int frames = seconds[0] == '0' ? 9 : 30;
    EXPECT_THAT(Ids(WalkBehindAPillar(*tracker, frames).first), ElementsAre(1));
    tracker->Reset();
    const auto [update, ended] = WalkBehindAPillar(*tracker, frames + 1);
    EXPECT_THAT(ended, ElementsAre(1));
    EXPECT_EQ(update.of_detection[0].reason, Reason::kTentative);
    const int next = 30 + frames + 2;
    const TrackUpdate confirmed =
        Step(*tracker, next * kFrame, {Seen(static_cast<float>(next) * 3, 10)});
    EXPECT_THAT(Ids(confirmed), ElementsAre(2));
    EXPECT_EQ(confirmed.of_detection[0].reason, Reason::kNewTrack);
  }
}

TEST(ByteTrack, AWeakDetectionContinuesATrackButStartsNone) {
  auto tracker = Make(TrackerKind::kByteTrack);
  Step(*tracker, 0, {Seen(10, 10)});
  const TrackUpdate update = Step(*tracker, kFrame, {Seen(300, 10, 0.15f), Seen(11, 10, 0.15f),
                                                     Seen(12, 10, 0.05f)});
  EXPECT_THAT(Ids(update), ElementsAre(kNoTrack, 1, kNoTrack));
  EXPECT_EQ(update.of_detection[0].reason, Reason::kLowScore);
  EXPECT_EQ(update.of_detection[1].reason, Reason::kTracked);
  EXPECT_EQ(update.of_detection[2].reason, Reason::kLowScore);
  const TrackUpdate again = Step(*tracker, 2 * kFrame, {Seen(300, 10, 0.2f)});
  EXPECT_EQ(again.of_detection[0].reason, Reason::kLowScore);
}

TEST(ByteTrack, ThresholdsAreInclusiveAboveAndExclusiveBelowAsPublished) {
  auto tracker = Make(TrackerKind::kByteTrack);
  Step(*tracker, 0, {Seen(10, 10), Seen(300, 10)});
  const TrackUpdate update = Step(*tracker, kFrame, {Seen(10, 10, 0.1f), Seen(300, 10, 0.2501f),
                                                     Seen(600, 10, 0.25f)});
  EXPECT_EQ(update.of_detection[0].reason, Reason::kLowScore);    // not above 0.1
  EXPECT_EQ(update.of_detection[1].reason, Reason::kTracked);     // 0.2501 x IoU 1 > 1 - 0.8
  EXPECT_EQ(update.of_detection[2].reason, Reason::kTentative);   // 0.25 starts a track
}

TEST(ByteTrack, WhatIsSeenOnceLaterOnHasNoId) {
  auto tracker = Make(TrackerKind::kByteTrack);
  Step(*tracker, 0, {});
  EXPECT_EQ(Step(*tracker, kFrame, {Seen(10, 10)}).of_detection[0].reason, Reason::kTentative);
  EXPECT_THAT(Step(*tracker, 2 * kFrame, {}).ended, IsEmpty());
  EXPECT_EQ(Step(*tracker, 3 * kFrame, {Seen(10, 10)}).of_detection[0].reason, Reason::kTentative);
  const TrackUpdate update = Step(*tracker, 4 * kFrame, {Seen(10, 10)});
  EXPECT_THAT(Ids(update), ElementsAre(1));  // the first id given
}

// A lost track and a younger one end up in the same place: the younger goes.
TEST(ByteTrack, DropsTheYoungerOfTwoInOnePlace) {
  auto tracker = Make(TrackerKind::kByteTrack);
  for (int i = 0; i < 10; ++i) Step(*tracker, i * kFrame, {Seen(100, 10)});
  // Two stand in the place where one stood: track 1 takes the one detection, the other is new.
  for (int i = 10; i < 12; ++i) Step(*tracker, i * kFrame, {Seen(100, 10), Seen(108, 10)});
  const TrackUpdate both = Step(*tracker, 12 * kFrame, {Seen(100, 10), Seen(104, 10)});
  EXPECT_THAT(Ids(both), ElementsAre(1, 2));
  // Only one is seen, nearer to the young track, and so near to the old one's
  // place that they overlap by more than 0.85.
  const TrackUpdate one = Step(*tracker, 13 * kFrame, {Seen(103, 10)});
  EXPECT_THAT(Ids(one), ElementsAre(kNoTrack));
  EXPECT_EQ(one.of_detection[0].reason, Reason::kDuplicate);
  EXPECT_THAT(one.ended, ElementsAre(2));
  EXPECT_THAT(Ids(Step(*tracker, 14 * kFrame, {Seen(102, 10)})), ElementsAre(1));
}

// --- SORT's own --------------------------------------------------------------

TEST(Sort, ReportsANewcomerInItsFourthUpdateAsThePublishedProgramDoes) {
  auto tracker = Make(TrackerKind::kSort);
  for (int i = 0; i < 10; ++i) Step(*tracker, i * kFrame, {});
  for (int i = 10; i < 13; ++i) {
    const TrackUpdate update = Step(*tracker, i * kFrame, {Seen(10, 10)});
    EXPECT_EQ(update.of_detection[0].reason, Reason::kTentative) << i;
  }
  const TrackUpdate update = Step(*tracker, 13 * kFrame, {Seen(10, 10)});
  EXPECT_THAT(Ids(update), ElementsAre(1));
  EXPECT_EQ(update.of_detection[0].reason, Reason::kNewTrack);
}

TEST(Sort, SurvivesOneMissedUpdateAndNotTwo) {
  for (const double rate_hz : {10.0, 25.0, 30.0}) {
    auto tracker = Make(TrackerKind::kSort, {{"min_hits", "0"}});
    Step(*tracker, 0, {Seen(10, 10)});
    EXPECT_THAT(Step(*tracker, 1 / rate_hz, {}).ended, IsEmpty());
    const TrackUpdate back = Step(*tracker, 2 / rate_hz, {Seen(10, 10)});
    EXPECT_THAT(Ids(back), ElementsAre(1));
    EXPECT_EQ(back.of_detection[0].reason, Reason::kRefound);
    EXPECT_THAT(Step(*tracker, 3 / rate_hz, {}).ended, IsEmpty());
    EXPECT_THAT(Step(*tracker, 4 / rate_hz, {}).ended, ElementsAre(1));
    EXPECT_THAT(Ids(Step(*tracker, 5 / rate_hz, {Seen(10, 10)})), ElementsAre(2));
  }
}

TEST(Sort, WaitsAsLongAsItIsTold) {
  auto tracker = Make(TrackerKind::kSort, {{"min-hits", "0"}, {"max_age_s", "0.5"}});
  EXPECT_THAT(Ids(WalkBehindAPillar(*tracker, 15).first), ElementsAre(1));
  tracker->Reset();
  const auto [update, ended] = WalkBehindAPillar(*tracker, 16);
  EXPECT_THAT(ended, ElementsAre(1));
  EXPECT_THAT(Ids(update), ElementsAre(2));
}

TEST(Sort, IgnoresWhatIsBelowTheLeastScore) {
  auto tracker = Make(TrackerKind::kSort, {{"min_score", "0.5"}});
  const TrackUpdate update = Step(*tracker, 0, {Seen(10, 10, 0.49f), Seen(100, 10, 0.5f)});
  EXPECT_EQ(update.of_detection[0].reason, Reason::kLowScore);
  EXPECT_THAT(Ids(update), ElementsAre(kNoTrack, 1));
}

}  // namespace
}  // namespace retinue
