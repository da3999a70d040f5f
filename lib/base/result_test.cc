#include "retinue/base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "retinue/base/check.h"

namespace retinue {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) {
    return Fail(ErrorCode::kInvalidArgument, "value must be even, got " + std::to_string(value));
  }
  return value / 2;
}

Result<int> Quarter(int value) {
  RETINUE_ASSIGN_OR_RETURN(const int half, Half(value));
  RETINUE_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Result<void> CheckQuarter(int value) {
  RETINUE_RETURN_IF_ERROR(Quarter(value));
  return {};
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(Quarter(12).value(), 3);
  const auto failed = Quarter(6);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().message, "value must be even, got 3");
  EXPECT_TRUE(CheckQuarter(4).has_value());
  EXPECT_EQ(CheckQuarter(5).error().message, "value must be even, got 5");
}

TEST(Result, PutsTheContextInFrontAndKeepsTheCode) {
  const Result<int> failed = Fail(Error{ErrorCode::kDataLoss, "no video stream"}, "a.mp4");
  EXPECT_EQ(failed.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(failed.error().message, "a.mp4: no video stream");
}

Result<std::unique_ptr<int>> MakeOwned() { return std::make_unique<int>(5); }

Result<int> TakeOwned() {
  RETINUE_ASSIGN_OR_RETURN(const std::unique_ptr<int> owned, MakeOwned());
  return *owned;
}

TEST(Result, MovesWhatCannotBeCopied) { EXPECT_EQ(TakeOwned().value(), 5); }

TEST(ErrorCode, HasANameForEveryCode) {
  EXPECT_EQ(ToString(ErrorCode::kInvalidArgument), "invalid_argument");
  EXPECT_EQ(ToString(ErrorCode::kInternal), "internal");
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    EXPECT_NE(ToString(static_cast<ErrorCode>(code)), "unknown") << code;
  }
}

TEST(CheckDeathTest, NamesTheBrokenInvariantAndItsPlace) {
  const int three = 3;
  RETINUE_CHECK(three == 3);
  EXPECT_DEATH(RETINUE_CHECK(three == 4), "result_test.cc:.*broken invariant: three == 4");
}

}  // namespace
}  // namespace retinue
