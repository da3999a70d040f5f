#include "retinue/io/text.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace retinue {
namespace {

std::string Decimal(double value, int decimals) {
  std::string out;
  AppendDecimal(value, decimals, out);
  return out;
}

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string Csv(std::string_view text) {
  std::string out;
  AppendCsvField(text, out);
  return out;
}

std::string Seconds(Nanoseconds time) {
  std::string out;
  AppendSeconds(time, out);
  return out;
}

TEST(AppendDecimal, WritesTheShortestFormOfTheRoundedValue) {
  EXPECT_EQ(Decimal(0, 2), "0");
  EXPECT_EQ(Decimal(3, 2), "3");
  EXPECT_EQ(Decimal(0.25, 2), "0.25");
  EXPECT_EQ(Decimal(0.2, 4), "0.2");
  EXPECT_EQ(Decimal(0.913f, 4), "0.913");
  EXPECT_EQ(Decimal(1279.999, 2), "1280");
  EXPECT_EQ(Decimal(0.004, 2), "0");
  EXPECT_EQ(Decimal(12.05, 2), "12.05");
  EXPECT_EQ(Decimal(7.6, 0), "8");
}

TEST(AppendDecimal, RoundsHalfAwayFromZero) {
  EXPECT_EQ(Decimal(0.125, 2), "0.13");  // 0.125 and 2.5 are exact in binary
  EXPECT_EQ(Decimal(-0.125, 2), "-0.13");
  EXPECT_EQ(Decimal(2.5, 0), "3");
}

TEST(AppendDecimal, HasNoNegativeZero) {
  EXPECT_EQ(Decimal(-0.0, 2), "0");
  EXPECT_EQ(Decimal(-0.001, 2), "0");
  EXPECT_EQ(Decimal(-0.01, 2), "-0.01");
}

TEST(AppendDecimal, HoldsAtTheLimit) {
  EXPECT_EQ(Decimal(1e9, 9), "1000000000");
  EXPECT_EQ(Decimal(-1e9, 0), "-1000000000");
}

TEST(AppendDecimalDeathTest, StopsAtNaNBecauseTheCallerMustLookBefore) {
  EXPECT_DEATH(Decimal(std::nan(""), 2), "IsWritable");
}

TEST(IsWritable, RefusesWhatNoFormatCanHold) {
  EXPECT_TRUE(IsWritable(-1e9));
  EXPECT_FALSE(IsWritable(1.1e9));
  EXPECT_FALSE(IsWritable(std::nan("")));
  EXPECT_FALSE(IsWritable(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(IsWritable(-std::numeric_limits<double>::infinity()));
}

TEST(AppendSeconds, IsExactToTheNanosecond) {
  EXPECT_EQ(Seconds(Nanoseconds(0)), "0");
  EXPECT_EQ(Seconds(Nanoseconds(33'366'667)), "0.033366667");
  EXPECT_EQ(Seconds(Nanoseconds(2'000'000'000)), "2");
  EXPECT_EQ(Seconds(Nanoseconds(1'040'000'000)), "1.04");
  EXPECT_EQ(Seconds(Nanoseconds(-500'000'000)), "-0.5");
  EXPECT_EQ(Seconds(Nanoseconds(1)), "0.000000001");
  EXPECT_EQ(Seconds(Nanoseconds::max()), "9223372036.854775807");
}

TEST(AppendSeconds, WritesNothingForAnUnknownTime) { EXPECT_EQ(Seconds(kNoTime), ""); }

TEST(AppendJsonString, EscapesWhatRfc8259Demands) {
  EXPECT_EQ(Json("a.mp4"), "\"a.mp4\"");
  EXPECT_EQ(Json("say \"hi\"\\now"), "\"say \\\"hi\\\"\\\\now\"");
  EXPECT_EQ(Json("a\nb\tc\rd"), "\"a\\nb\\tc\\rd\"");
  EXPECT_EQ(Json(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\\u007f\"");
  EXPECT_EQ(Json("C:/w"), "\"C:/w\"");
}

TEST(AppendJsonString, KeepsValidUtf8) {
  EXPECT_EQ(Json("größe"), "\"größe\"");
  EXPECT_EQ(Json("人 🙂"), "\"人 🙂\"");
  EXPECT_EQ(Json("\xf4\x8f\xbf\xbf"), "\"\xf4\x8f\xbf\xbf\"");  // U+10FFFF, the last one
}

TEST(AppendJsonString, ReplacesEachByteOfInvalidUtf8) {
  const std::string bad = "\xef\xbf\xbd";  // U+FFFD
  struct Case {
    const char* what;
    std::string_view text;
    std::string expected;
  };
  const Case cases[] = {
      {"a stray continuation", "a\x80z", "\"a" + bad + "z\""},
      {"Latin-1", "gr\xf6\xdf" "e", "\"gr" + bad + bad + "e\""},
      {"a truncated sequence", "x\xe4\xba", "\"x" + bad + bad + "\""},
      {"an overlong slash", "\xc0\xaf", "\"" + bad + bad + "\""},
      {"an overlong three bytes", "\xe0\x80\xaf", "\"" + bad + bad + bad + "\""},
      {"a surrogate half", "\xed\xa0\x80", "\"" + bad + bad + bad + "\""},
      {"beyond U+10FFFF", "\xf4\x90\x80\x80", "\"" + bad + bad + bad + bad + "\""},
      {"an overlong four bytes", "\xf0\x8f\xbf\xbf", "\"" + bad + bad + bad + bad + "\""},
      {"a byte that never occurs", "\xff", "\"" + bad + "\""},
  };
  for (const Case& c : cases) EXPECT_EQ(Json(c.text), c.expected) << c.what;
}

TEST(AppendCsvField, QuotesOnlyWhenItMust) {
  EXPECT_EQ(Csv("a.mp4"), "a.mp4");
  EXPECT_EQ(Csv("a b"), "a b");
  EXPECT_EQ(Csv("a,b"), "\"a,b\"");
  EXPECT_EQ(Csv("the \"one\""), "\"the \"\"one\"\"\"");
  EXPECT_EQ(Csv("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(Csv(" a"), "\" a\"");
  EXPECT_EQ(Csv(""), "");
}

}  // namespace
}  // namespace retinue
