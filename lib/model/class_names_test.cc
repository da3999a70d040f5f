#include "retinue/model/class_names.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct GoodCase {
  const char* name;
  std::string text;
  std::vector<std::string> expected;
};

class GoodNames : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodNames, AreRead) {
  const auto names = ParseNames(GetParam().text);
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_THAT(*names, ElementsAreArray(GetParam().expected));
}

// Expected values: Python's ast.literal_eval and json.loads of the same texts.
INSTANTIATE_TEST_SUITE_P(
    Forms, GoodNames,
    ::testing::Values(
        GoodCase{"PythonDict", "{0: 'person', 1: 'traffic light'}", {"person", "traffic light"}},
        GoodCase{"AnyOrderOfIds", "{1: 'b', 0: 'a', 2: 'c'}", {"a", "b", "c"}},
        GoodCase{"TrailingComma", "{0: 'a',}", {"a"}},
        GoodCase{"BlanksAndLines", " {\n0 :\t'a' ,\r\n 1:'b' } ", {"a", "b"}},
        GoodCase{"OtherQuoteInside", R"({0: "man's hat", 1: 'say "hi"'})",
                 {"man's hat", "say \"hi\""}},
        GoodCase{"EscapedQuote", R"({0: 'man\'s', 1: "a\\b"})", {"man's", "a\\b"}},
        GoodCase{"PunctuationInside", "{0: 'a, b: {c}', 1: '[d]'}", {"a, b: {c}", "[d]"}},
        GoodCase{"PythonEscapes", R"({0: 'caf\xe9', 1: '\u4eba', 2: '\U0001f600', 3: '\101'})",
                 {"café", "人", "😀", "A"}},
        GoodCase{"RawUtf8", "{0: '人', 1: 'vélo'}", {"人", "vélo"}},
        GoodCase{"JsonObject", R"({"0": "person", "1": "bus"})", {"person", "bus"}},
        GoodCase{"JsonList", R"(["person", "bus\/coach", "\ud83d\ude00"])",
                 {"person", "bus/coach", "😀"}},
        GoodCase{"PythonList", "['person', 'bus']", {"person", "bus"}},
        GoodCase{"Lines", "person\nbus\r\n traffic light \n\n", {"person", "bus", "traffic light"}},
        GoodCase{"LinesMayHoldCommas", "bus, coach\ncar", {"bus, coach", "car"}},
        GoodCase{"Commas", "person, bus,car", {"person", "bus", "car"}},
        GoodCase{"OneWord", "person", {"person"}}),
    [](const auto& param) { return param.param.name; });

struct BadCase {
  const char* name;
  std::string text;
  const char* sentence;
  ErrorCode code = ErrorCode::kDataLoss;
};

class BadNames : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadNames, AreRefusedWithASentence) {
  const auto names = ParseNames(GetParam().text);
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().code, GetParam().code);
  EXPECT_THAT(names.error().message, HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, BadNames,
    ::testing::Values(
        BadCase{"Empty", " \n", "at least 1 class name, got none"},
        BadCase{"EmptyDict", "{}", "at least 1 class name"},
        BadCase{"EmptyName", "{0: ''}", "name 0 is empty"},
        BadCase{"EmptyLine", "a\n\nb", "name 1 is empty"},
        BadCase{"OpenString", "{0: 'a", "the closing quote at byte 6, got the end"},
        BadCase{"OpenDict", "{0: 'a'", "',' or '}' at byte 7, got the end"},
        BadCase{"OpenEscape", "{0: 'a\\", "a known escape"},
        BadCase{"Unquoted", "{0: person}", "a quoted name at byte 4, got 'person}'"},
        BadCase{"NoColon", "{0 'a'}", "':' at byte 3"},
        BadCase{"NameAsKey", "{'a': 0}", "the id of a class"},
        BadCase{"NegativeId", "{-1: 'a'}", "the id of a class"},
        BadCase{"HugeId", "{99999999999999999999: 'a'}", "the id of a class"},
        BadCase{"GapInIds", "{0: 'a', 2: 'b'}", "0 to 1, each once, got 2"},
        BadCase{"SameIdTwice", "{0: 'a', 0: 'b'}", "got 0 twice"},
        BadCase{"MoreAfterTheEnd", "{0: 'a'} x", "nothing more at byte 9, got 'x'"},
        BadCase{"ShortHex", R"({0: '\x4'})", "2 hexadecimal digits"},
        BadCase{"LoneSurrogate", R"({0: '\ud800'})", "a code point"},
        BadCase{"WrongPair", R"({0: '\ud83d\u0041'})", "surrogate pair"},
        BadCase{"BeyondUnicode", R"({0: '\U00110000'})", "a code point"},
        BadCase{"ControlCharacter", "{0: 'a\\nb'}", "name 0 holds a control character"},
        BadCase{"NotUtf8", "{0: 'a\xff'}", "name 0 is not UTF-8"},
        BadCase{"LongName", "['" + std::string(300, 'x') + "']", "at most 256 bytes a name"},
        BadCase{"LongLine", std::string(300, 'x'), "longer than 256 bytes"},
        BadCase{"TooManyBytes", std::string(kMaxNamesBytes + 1, 'x'), "at most 1048576 bytes",
                ErrorCode::kResourceExhausted},
        BadCase{"EmptyFirstLine", "\n\na", "name 0 is empty"},
        BadCase{"TooManyNames", "a" + std::string(kMaxNames, ',') + "a", "at most 20000, got more",
                ErrorCode::kResourceExhausted}),
    [](const auto& param) { return param.param.name; });

TEST(ParseNames, StopsAtTheLimitOfNames) {
  std::string list = "[";
  for (std::size_t i = 0; i < kMaxNames; ++i) list += "'a',";
  EXPECT_TRUE(ParseNames(list + "]"));
  const auto more = ParseNames(list + "'b']");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kResourceExhausted);
}

const std::vector<std::string> kNames = {"person", "bicycle", "car", "Person", "mouse", "mouse",
                                         "7"};

TEST(ResolveClasses, TakesNamesAndIdsInAnyMix) {
  EXPECT_THAT(*ResolveClasses(kNames, "car,person"), ElementsAre(0, 2));
  EXPECT_THAT(*ResolveClasses(kNames, "2, 0,2"), ElementsAre(0, 2));
  EXPECT_THAT(*ResolveClasses(kNames, "1,car"), ElementsAre(1, 2));
  EXPECT_THAT(*ResolveClasses(kNames, "  "), IsEmpty());
}

TEST(ResolveClasses, PrefersTheExactNameThenTheOnlyOneInAnotherCase) {
  EXPECT_THAT(*ResolveClasses(kNames, "Person"), ElementsAre(3));
  EXPECT_THAT(*ResolveClasses(kNames, "BICYCLE"), ElementsAre(1));
  EXPECT_FALSE(ResolveClasses(kNames, "PERSON")) << "two classes differ from it in case only";
}

TEST(ResolveClasses, TakesAllClassesOfTheSameName) {
  EXPECT_THAT(*ResolveClasses(kNames, "mouse"), ElementsAre(4, 5));
}

TEST(ResolveClasses, TakesANameOfDigitsAsAName) {
  EXPECT_THAT(*ResolveClasses(kNames, "7"), ElementsAre(6));
}

TEST(ResolveClasses, NamesTheNearest) {
  EXPECT_EQ(ResolveClasses(kNames, "perzon").error().message,
            "no class 'perzon'; nearest is 'person'");
  EXPECT_EQ(ResolveClasses(kNames, "persno").error().message,
            "no class 'persno'; nearest is 'person'");
  EXPECT_EQ(ResolveClasses(kNames, "zebra").error().message,
            "no class 'zebra'; there are 'person', 'bicycle', 'car', 'Person', 'mouse', 'mouse', "
            "'7'");
}

TEST(ResolveClasses, RefusesWhatIsNotThere) {
  EXPECT_EQ(ResolveClasses(kNames, "8").error().message,
            "class ids must be between 0 and 6, got 8");
  EXPECT_FALSE(ResolveClasses(kNames, "person,,car"));
  EXPECT_FALSE(ResolveClasses(kNames, "-1"));
  EXPECT_FALSE(ResolveClasses(kNames, "99999999999999999999"));
  EXPECT_FALSE(ResolveClasses({}, "person"));
}

TEST(NearestName, CountsSwappedNeighboursAsOneStep) {
  const std::vector<std::string> names = {"openvino", "onnxruntime"};
  EXPECT_EQ(NearestName("opnevino", names), "openvino");
  EXPECT_EQ(NearestName("onxruntime", names), "onnxruntime");
  EXPECT_EQ(NearestName("cuda", names), std::nullopt);
  EXPECT_EQ(NearestName("", names), std::nullopt);
}

}  // namespace
}  // namespace retinue
