#include "apps/cli/verification.h"

#include <gmock/gmock.h>

namespace retinue::cli {
namespace {

using ::testing::HasSubstr;

/// One object a picture, and one output of two values.
Observation Seen(Box box, float score, std::vector<float> output = {3, 4}) {
  Observation seen;
  seen.outputs = {std::move(output)};
  seen.result.size = {640, 480};
  seen.result.objects = {{.box = box, .score = score, .class_id = 0}};
  return seen;
}

const Box kBox{100, 100, 100, 100};
const Observation kReference = Seen(kBox, 0.8f);

Verdict Judge(Precision precision, const Observation& other, int pictures = 1,
              const HeadSpec& head = YoloSpec{.class_count = 1}) {
  Verification verification(head, precision, 0.25f);
  for (int i = 0; i < pictures; ++i) verification.Add(kReference, other);
  return verification.Conclude();
}

TEST(Verification, TheSamePasses) {
  const Verdict verdict = Judge(Precision::kF32, kReference);
  EXPECT_TRUE(verdict.passed) << verdict.problem;
  EXPECT_EQ(verdict.agreement.matched, 1);
}

TEST(Verification, EachToleranceIsHeld) {
  struct Case {
    const char* name;
    Precision precision;
    Observation other;
    const char* problem;  // Empty = passes.
  };
  // A box of 100 moved by d overlaps by (100 - d) / (100 + d).
  const Case cases[] = {
      {"f32, a score off by 0.001", Precision::kF32, Seen(kBox, 0.801f), ""},
      {"f32, a score off by 0.01", Precision::kF32, Seen(kBox, 0.81f), "scores, mean"},
      {"f32, a box off by 1", Precision::kF32, Seen({101, 100, 100, 100}, 0.8f), "boxes"},
      {"bf16, a box off by 3", Precision::kBf16, Seen({103, 100, 100, 100}, 0.8f), "boxes"},
      {"int8, a box off by 1", Precision::kInt8, Seen({101, 100, 100, 100}, 0.8f), ""},
      {"int8, a box off by 10", Precision::kInt8, Seen({110, 100, 100, 100}, 0.8f), "boxes"},
      {"int8, a score off by 0.3", Precision::kInt8, Seen(kBox, 0.5f), "scores, mean"},
      {"f32, an object elsewhere", Precision::kF32, Seen({400, 100, 100, 100}, 0.8f),
       "missing and extra"},
      {"int8, an object elsewhere", Precision::kInt8, Seen({400, 100, 100, 100}, 0.8f),
       "missing and extra"},
      // sqrt(0.04^2 / 25) = 0.008
      {"f32, outputs off by 0.008", Precision::kF32, Seen(kBox, 0.8f, {3, 4.04f}), "raw outputs"},
      {"bf16, outputs off by 0.008", Precision::kBf16, Seen(kBox, 0.8f, {3, 4.04f}), ""},
      {"NaN", Precision::kInt8, Seen(kBox, 0.8f, {3, std::numeric_limits<float>::quiet_NaN()}),
       "NaN"},
  };
  for (const Case& one : cases) {
    const Verdict verdict = Judge(one.precision, one.other);
    EXPECT_EQ(verdict.passed, std::string(one.problem).empty())
        << one.name << ": " << verdict.problem;
    EXPECT_THAT(verdict.problem, HasSubstr(one.problem)) << one.name;
  }
}

TEST(Verification, BelowF32OneLoneObjectIsForgiven) {
  Observation none = kReference;
  none.result.objects.clear();
  EXPECT_TRUE(Judge(Precision::kInt8, none).passed);
  EXPECT_FALSE(Judge(Precision::kInt8, none, 2).passed);
  EXPECT_FALSE(Judge(Precision::kF32, none).passed);
}

TEST(Verification, RowsThatTheNetworkSortsAreNotJudged) {
  const Observation sorted_otherwise = Seen(kBox, 0.8f, {4, 3});
  EXPECT_FALSE(Judge(Precision::kF32, sorted_otherwise).passed);
  const Verdict verdict =
      Judge(Precision::kF32, sorted_otherwise, 1, YoloEnd2EndSpec{.class_count = 1});
  EXPECT_TRUE(verdict.passed);
  EXPECT_FALSE(verdict.raw_is_judged);
  EXPECT_GT(verdict.relative, 0.1);
}

TEST(Verification, LooksAtWeakerObjectsWhereThereAreFew) {
  // One object of 0.8 is fewer than ten: weaker ones count, down to 0.1.
  EXPECT_FLOAT_EQ(Judge(Precision::kF32, kReference).conf, 0.25f) << "there are no weaker ones";
  Observation many = kReference;
  for (int i = 0; i < 20; ++i) {
    many.result.objects.push_back(
        {.box = {static_cast<float>(i * 20), 0, 10, 10}, .score = i < 12 ? 0.15f : 0.05f});
  }
  Verification verification(YoloSpec{.class_count = 1}, Precision::kF32, 0.25f);
  verification.Add(many, many);
  const Verdict verdict = verification.Conclude();
  EXPECT_FLOAT_EQ(verdict.conf, 0.15f);
  EXPECT_EQ(verdict.agreement.objects, 13);
}

TEST(SyntheticPicturesTest, AreDifferentAndAlwaysTheSame) {
  const auto pictures = SyntheticPictures(2);
  const auto again = SyntheticPictures(2);
  ASSERT_TRUE(pictures);
  const auto luma = [](const Frame& frame) {
    const auto plane = frame.plane(0);
    return std::vector<std::uint8_t>(plane.data, plane.data + 1280 * 700);
  };
  EXPECT_NE(luma((*pictures)[0]), luma((*pictures)[1]));
  EXPECT_EQ(luma((*pictures)[1]), luma((*again)[1]));
}

}  // namespace
}  // namespace retinue::cli
