// Text to tree and back: the grammar of the language's specification, point by point. Expected
// trees and texts are written by hand from it.

#include "retinue/effects/syntax.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/effects/plan.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;

EffectProgram Parsed(const std::string& text) {
  EffectParse parse = ParseEffects(text);
  EXPECT_EQ(ToString(parse.errors), "") << text;
  return std::move(parse.program);
}

std::string Formatted(const std::string& text) { return FormatEffects(Parsed(text)); }
std::string ErrorsOf(const std::string& text) { return ToString(ParseEffects(text).errors); }

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Parse, ReadsAStatement) {
  const EffectProgram program = Parsed("mouth#1: copy_to(nose, rect(1, 2, 3, 4)), flip(both)");
  ASSERT_EQ(program.statements.size(), 1u);
  const EffectStatement& statement = program.statements[0];
  EXPECT_EQ(statement.shape.part, FacePart::kMouth);
  EXPECT_EQ(statement.shape.choice, FaceChoice::kIndex);
  EXPECT_EQ(statement.shape.number, 1);
  ASSERT_EQ(statement.operations.size(), 2u);
  EXPECT_EQ(statement.operations[0].kind, EffectOperationKind::kCopyTo);
  ASSERT_EQ(statement.operations[0].arguments.size(), 2u);
  EXPECT_EQ(statement.operations[0].arguments[0].shape.part, FacePart::kNose);
  EXPECT_EQ(statement.operations[0].arguments[1].shape.kind, EffectShapeKind::kRect);
  EXPECT_EQ(statement.operations[1].arguments[0].word, "both");
}

TEST(Parse, PutsExpressionsIntoPostfixOrder) {
  const EffectProgram program = Parsed("mouth: scale(1 + 2 * -mouth_open)");
  using Kind = EffectNodeKind;
  std::vector<Kind> kinds;
  for (const EffectNode& node : program.nodes) kinds.push_back(node.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::kNumber, Kind::kNumber, Kind::kVariable,
                                      Kind::kNegate, Kind::kMultiply, Kind::kAdd}));
}

// What the specification allows to be written differently.
TEST(Parse, ReadsTheSameFromOtherSpelling) {
  const struct {
    const char* name;
    const char* written;
    const char* canonical;
  } cases[] = {
      {"an empty program", "", ""},
      {"only white space", " \n\t ", ""},
      {"a byte order mark", "\xEF\xBB\xBFnose: erase", "nose: erase\n"},
      {"no operations", "nose:", "nose:\n"},
      {"operations on the next line", "nose: scale(2),\n  flip(both)",
       "nose: scale(2), flip(both)\n"},
      {"two statements on a line", "nose: scale(2) mouth: scale(3)",
       "nose: scale(2)\nmouth: scale(3)\n"},
      {"commas at the end", "nose: scale(2,), tile,", "nose: scale(2), tile\n"},
      {"white space anywhere", "nose\n#\n1 : scale ( 2 )", "nose#1: scale(2)\n"},
      {"comments between tokens", "nose/*a*/:scale(/*b*/2)", "/*a*/\n/*b*/\nnose: scale(2)\n"},
      {"an offset", "nose+1: copy_to(leye-2, reye + 3)", "nose+1: copy_to(leye-2, reye+3)\n"},
      {"rect without commas", "rect(1 2 3 4): copy_to(nose)", "rect(1, 2, 3, 4): copy_to(nose)\n"},
      {"rect of expressions", "rect(w/2, h/2, 1+1 4): tile",
       "rect(w / 2, h / 2, 1 + 1, 4): tile\n"},
      {"numbers", "nose: channels(12., .5, 1.5e2)", "nose: channels(12, 0.5, 150)\n"},
      {"an exponent with its sign", "nose: scale(15e-1)", "nose: scale(1.5)\n"},
      {"a positive sign", "nose: scale(+2)", "nose: scale(2)\n"},
      {"spare parentheses", "nose: scale(((1) + (2 * 3)))", "nose: scale(1 + 2 * 3)\n"},
      {"needed parentheses", "nose: scale((1 - (2 - 3)) * -(4 % 5) / (6 * 7))",
       "nose: scale((1 - (2 - 3)) * -(4 % 5) / (6 * 7))\n"},
      {"a minus of a minus", "nose: scale(-(-1))", "nose: scale(-(-1))\n"},
      {"empty parentheses", "nose: tile()", "nose: tile\n"},
      {"eymo's other name", "rect(100, 100, 50, 50): copy(nose)",
       "rect(100, 100, 50, 50): copy_to(nose)\n"},
      {"functions", "nose: scale(clamp(sin(t),0,1))", "nose: scale(clamp(sin(t), 0, 1))\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(Formatted(c.written), c.canonical) << c.name;
}

// The programs of eymo's README and examples (MIT), as it writes them.
TEST(Parse, ReadsEymosOwnPrograms) {
  const char* programs[] = {
      "mouth: scale(2), swap_with(leye), copy_to(reye), drift(150, 45), spin(0.5)",
      "mouth#0: swap_with(mouth#1)",
      "mouth: copy_to(mouth+1)\nleye+1: copy_to(leye)",
      "leye: reshape(0.9, 1.4, 1.5, 1.9), copy_to(forehead), saturate(1.2), translate(10, 0)\n\n",
      "nose: scale(0.8), channels(0.8, 0.8, 1.2)\nface: tile, flip(vertical)",
      "mouth: translate(50, -100), rotate(-45), spin(-0.25), brighten(0.5), drift",
  };
  for (const char* program : programs) EXPECT_TRUE(ReadEffects(program)) << program;
}

TEST(Parse, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* text;
    const char* errors;
  } cases[] = {
      {"nose: tile\n\nface: sclae(2)", "3:7: unknown operation 'sclae', did you mean 'scale'?"},
      {"moth: scale(2)", "1:1: unknown shape 'moth', did you mean 'mouth'?"},
      {"mouth: scale(2 * mouth_opne)",
       "1:18: unknown name 'mouth_opne', did you mean 'mouth_open'?"},
      {"mouth: scale(2 * snoise(t))", "1:18: unknown name 'snoise', did you mean 'noise'?"},
      {"mouth scale(2)", "1:7: expected ':' and operations behind the shape, found 'scale'"},
      {"scale(2)", "1:1: expected a shape and ':' in front of an operation, found 'scale'"},
      {"mouth: scale(2", "1:15: expected ',' or ')', found the end of the program"},
      {"mouth: scale(2) tile", "1:17: expected ',' or the next statement, found 'tile'"},
      {"mouth: scale(2 3)", "1:16: expected ',' or ')', found '3'"},
      {"mouth: scale(--2)", "1:15: expected a number, a variable, a function or '(', found '-'"},
      {"mouth: scale(2 * nose)", "1:18: expected a number, found the shape 'nose'"},
      {"mouth: scale(sin)*2", "1:18: expected ',' or the next statement, found '*'"},
      {"mouth: scale(sin * 2)", "1:18: expected '(' behind the function 'sin', found '*'"},
      {"mouth: scale(mix(1, 2))", "1:14: 'mix' takes 3 arguments, found 2"},
      {"mouth: scale(1e999)",
       "1:14: a number must be 0 or between 1e-300 and 1e300, found '1e999'"},
      {"mouth: scale(12abc)", "1:14: expected a number, found '12abc'"},
      {"mouth: scale(1.2.3)", "1:14: expected a number, found '1.2.3'"},
      {"mouth#1.5: tile",
       "1:7: expected a whole number behind '#', which chooses the face, found '1.5'"},
      {"mouth#4294967296: tile",
       "1:7: expected a face's number below 2147483648, found '4294967296'"},
      {"rect(1, 2, 3): tile", "1:13: expected 4 numbers in 'rect': x, y, width, height, found ')'"},
      {"/* never closed", "1:1: a comment that begins with '/*' must end with '*/'"},
      {"/* \xC3\xA9 */ mouth: \xC3\xA9tile",
       "1:16: expected a name, a number or one of : , # + - * / % ( ), found '?" "?'"},
      {"%", "1:1: expected a statement such as 'mouth: scale(2)', found '%'"},
  };
  for (const auto& c : cases) EXPECT_EQ(ErrorsOf(c.text), c.errors) << c.text;
}

TEST(Parse, ReportsEveryErrorOfAProgram) {
  EXPECT_EQ(ErrorsOf("mouth: sclae(2), flop(both), scale(moth_open * 2)\n"
                     "nose: scale(2 2), tile\n"
                     "nise: tile\n"
                     "leye: tile(, )\n"
                     "reye: scale(2)"),
            "1:8: unknown operation 'sclae', did you mean 'scale'?\n"
            "1:18: unknown operation 'flop', did you mean 'flip'?\n"
            "1:36: unknown name 'moth_open', did you mean 'mouth_open'?\n"
            "2:15: expected ',' or ')', found '2'\n"
            "3:1: unknown shape 'nise', did you mean 'nose'?\n"
            "4:12: expected a number, a variable, a function or '(', found ','");
}

TEST(Parse, KeepsItsLimits) {
  const std::string nested = "nose: scale(" + Repeated("(", 63) + "1" + Repeated(")", 63) + ")";
  EXPECT_EQ(ErrorsOf(nested), "");
  const std::string too_nested = "nose: scale(" + Repeated("(", 64) + "1" + Repeated(")", 64) + ")";
  EXPECT_EQ(ErrorsOf(too_nested), "1:77: parentheses may be nested at most 64 deep");
  EXPECT_EQ(ErrorsOf(Repeated("nose:", 256)), "");
  EXPECT_EQ(ErrorsOf(Repeated("nose:", 257)), "1:1281: a program may have at most 256 statements");
  EXPECT_EQ(ErrorsOf("nose:" + Repeated("tile,", 64)), "");
  EXPECT_EQ(ErrorsOf("nose:" + Repeated("tile,", 65)),
            "1:326: a statement may have at most 64 operations");
  EXPECT_EQ(ErrorsOf(std::string(65536, ' ')), "");
  EXPECT_EQ(ErrorsOf(std::string(65537, ' ')),
            "1:1: a program may have at most 65536 bytes, found 65537");
  EXPECT_THAT(ErrorsOf("nose: copy_to(" + Repeated("nose,", 257) + ")"),
              HasSubstr("an operation may have at most 256 arguments"));
}

TEST(Parse, BoundsHowManyErrorsAreShown) {
  const std::string statement = "nose: scale(" + Repeated("a+", 200) + "1)";
  const EffectParse parse = ParseEffects(Repeated(statement, 100));
  ASSERT_EQ(parse.errors.size(), EffectLimits::kErrors + 1);
  EXPECT_EQ(parse.errors.back().message, "there are more errors; the first 500 are shown");
}

TEST(Format, KeepsComments) {
  EXPECT_EQ(Formatted("// first\n\n\n/* second\n   goes on */\nnose : tile // behind  \n"
                      "\n  // before\nmouth: scale(2), /* within */ // too\n"
                      "  flip( both ) /*1*/ //2\n"
                      "// last"),
            "// first\n\n/* second\n   goes on */\nnose: tile  // behind\n"
            "\n// before\n/* within */\n// too\nmouth: scale(2), flip(both)  /*1*/  //2\n"
            "// last\n");
}

TEST(Format, BreaksLongStatements) {
  const std::string text = Formatted("mouth: " + Repeated("channels(0.25, 0.5, 0.75), ", 8));
  EXPECT_EQ(text, "mouth: channels(0.25, 0.5, 0.75), channels(0.25, 0.5, 0.75), "
                  "channels(0.25, 0.5, 0.75),\n"
                  "    channels(0.25, 0.5, 0.75), channels(0.25, 0.5, 0.75), "
                  "channels(0.25, 0.5, 0.75),\n"
                  "    channels(0.25, 0.5, 0.75), channels(0.25, 0.5, 0.75)\n");
}

// Writes programs that are right, with white space and comments anywhere.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {}

  std::string Text() {
    std::string text;
    for (int i = random_.Below(6); i > 0; --i) text += Statement();
    return text + Gap();
  }

 private:
  std::string Pick(std::initializer_list<const char*> words) {
    return words.begin()[random_.Below(static_cast<int>(words.size()))];
  }
  std::string Gap() {
    return Pick({"", "", " ", "\n", " \n\n\n ", " // c\n", "/* d */", "/* e\n f */ ", "\n//g\n"});
  }
  std::string Expression(int depth) {
    const int kind = depth > 3 ? random_.Below(2) : random_.Below(7);
    const std::string a = kind > 1 ? Expression(depth + 1) : "";
    switch (kind) {
      case 0: return Pick({"1", ".5", "12.", "1e3", "0.1", "123456789"});
      case 1: return Pick({"t", "w", "mouth_open", "i"});
      case 2: return "(" + a + Gap() + ")";
      case 3: return Pick({"-", "+"}) + "(" + Gap() + a + ")";
      case 4: return "mix(" + a + "," + Gap() + Expression(depth + 1) + ", 1)";
      default:
        return "(" + a + ")" + Gap() + Pick({"+", "- ", "*", "/ ", "%"}) + Gap() + " (" +
               Expression(depth + 1) + ")";
    }
  }
  std::string Shape() {
    if (random_.Below(5) == 0) {
      return "rect(" + Expression(2) + "," + Expression(2) + "," + Gap() + "(1) 2)";
    }
    return Pick({"nose", "leye#1", "reye + 1", "face -2", "frame", "lips"}) + Gap();
  }
  std::string Operation() {
    switch (random_.Below(4)) {
      case 0: return "copy_to(" + Shape() + "," + Shape() + ")";
      case 1: return "scale" + Gap() + "(" + Expression(0) + ")";
      case 2: return "tile";
      default: return "flip(" + Gap() + "both)";
    }
  }
  std::string Statement() {
    std::string text = Gap() + Shape() + ":" + Gap();
    for (int i = random_.Below(5); i > 0; --i) text += Operation() + Gap() + "," + Gap();
    return text;
  }

  testing::Random random_;
};

TEST(Format, ChangesNeitherTheProgramNorItsOwnText) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::string text = RandomProgram(seed).Text();
    const EffectProgram program = Parsed(text);
    const std::string once = FormatEffects(program);
    const EffectProgram again = Parsed(once);
    ASSERT_EQ(again, program) << text << "\n--- became ---\n" << once;
    ASSERT_EQ(FormatEffects(again), once) << text;
  }
}

}  // namespace
}  // namespace retinue
