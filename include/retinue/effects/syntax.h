#pragma once

// The syntax tree of an effects program, as plain data, and the way from text to it and back.
// What a program means is in plan.h; the language itself in docs. Thread rule: plain values, pure
// functions.
//
//     mouth#1: copy_to(nose, rect(10, 10, 80, 60)), scale(1 + mouth_open)   // a statement
//
// An expression is stored in postfix order, so that nothing that reads it needs to recurse:
// `1 + mouth_open` is kNumber 1, kVariable mouth_open, kAdd.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace retinue {

/// Limits of a program; more is an error that says so.
struct EffectLimits {
  static constexpr std::size_t kTextBytes = 64 * 1024;
  static constexpr std::size_t kStatements = 256;
  static constexpr std::size_t kOperations = 64;  ///< In one statement.
  static constexpr std::size_t kArguments = 256;  ///< In one operation.
  static constexpr int kNesting = 64;             ///< Parentheses within parentheses.
  static constexpr std::size_t kErrors = 500;     ///< Reported; one more says that there are more.
};

/// Where something stands in the text. Places never make two trees different: operator== is true.
struct EffectPlace {
  int line = 0;             ///< From 1.
  int column = 0;           ///< From 1, in characters.
  std::uint32_t begin = 0;  ///< In bytes from the start of the text…
  std::uint32_t end = 0;    ///< …to here, exclusive.
  friend bool operator==(const EffectPlace&, const EffectPlace&) { return true; }
};

/// What is wrong with a program, and where.
struct EffectError {
  EffectPlace place;
  std::string message;  ///< `unknown operation 'sclae', did you mean 'scale'?`
};

/// `3:12: unknown operation 'sclae', did you mean 'scale'?`
std::string ToString(const EffectError& error);

/// All of them, one a line, without a line end after the last.
std::string ToString(const std::vector<EffectError>& errors);

/// The parts of a face. Left and right are the picture's: kLeye is the eye at landmarks 33/133.
enum class FacePart : std::uint8_t {
  kFace, kForehead, kNose, kMouth, kLips, kLeye, kReye, kLeyeRegion, kReyeRegion,
  kLeyebrow, kReyebrow, kLiris, kRiris,
};
inline constexpr int kFacePartCount = 13;
/// As it is written in a program: `leye_region`.
std::string_view ToString(FacePart part);

enum class EffectVariable : std::uint8_t {
  kT, kW, kH, kN, kI, kYaw, kPitch, kRoll, kMouthOpen, kLeyeOpen, kReyeOpen, kSmile,
};
inline constexpr int kEffectVariableCount = 12;
std::string_view ToString(EffectVariable variable);

enum class EffectFunction : std::uint8_t {
  kSin, kCos, kAbs, kMin, kMax, kClamp, kMix, kStep, kRound, kFloor, kFract, kMod, kNoise,
};
inline constexpr int kEffectFunctionCount = 13;
std::string_view ToString(EffectFunction function);
/// How many arguments it takes.
int ArgumentCount(EffectFunction function);

enum class EffectOperationKind : std::uint8_t {
  kCopyTo, kSwapWith, kScale, kRotate, kSpin, kTranslate, kDrift, kFlip, kReshape, kTile,
  kBrighten, kSaturate, kHue, kChannels, kBlur, kPixelate, kFill, kErase, kInvert, kOpacity,
  kFeather, kClear,
};
inline constexpr int kEffectOperationCount = 22;
std::string_view ToString(EffectOperationKind kind);

enum class EffectNodeKind : std::uint8_t {
  kNumber, kVariable, kCall, kNegate, kAdd, kSubtract, kMultiply, kDivide, kModulo,
};

/// One step of an expression in postfix order.
struct EffectNode {
  EffectNodeKind kind = EffectNodeKind::kNumber;
  EffectVariable variable = EffectVariable::kT;      ///< Of kVariable.
  EffectFunction function = EffectFunction::kSin;    ///< Of kCall; its arguments stand before it.
  double number = 0;                                 ///< Of kNumber.
  friend bool operator==(const EffectNode&, const EffectNode&) = default;
};

/// A run of EffectProgram::nodes (or EffectPlan::nodes) that leaves one value.
struct EffectExpression {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  friend bool operator==(const EffectExpression&, const EffectExpression&) = default;
};

enum class EffectShapeKind : std::uint8_t { kPart, kRect, kFrame, kBackground };
/// What stands behind a part: nothing, `#N`, or `+N` / `-N`.
enum class FaceChoice : std::uint8_t { kNone, kIndex, kOffset };

struct EffectShape {
  EffectShapeKind kind = EffectShapeKind::kFrame;
  FacePart part = FacePart::kFace;       ///< Of kPart.
  FaceChoice choice = FaceChoice::kNone; ///< Of kPart.
  int number = 0;                        ///< N; negative for `-N`.
  std::array<EffectExpression, 4> rect;  ///< Of kRect: x, y, width, height.
  EffectPlace place;
  friend bool operator==(const EffectShape&, const EffectShape&) = default;
};

struct EffectArgument {
  enum class Kind : std::uint8_t { kExpression, kShape, kWord };
  Kind kind = Kind::kExpression;
  EffectExpression expression;
  EffectShape shape;
  std::string word;  ///< A name that is neither a shape nor part of an expression: `vertical`.
  EffectPlace place;
  friend bool operator==(const EffectArgument&, const EffectArgument&) = default;
};

struct EffectOperation {
  EffectOperationKind kind = EffectOperationKind::kCopyTo;
  std::vector<EffectArgument> arguments;
  EffectPlace place;  ///< Of the name.
  friend bool operator==(const EffectOperation&, const EffectOperation&) = default;
};

struct EffectStatement {
  EffectShape shape;
  std::vector<EffectOperation> operations;
  EffectPlace place;  ///< From the shape to the last token.
  int last_line = 0;  ///< On which it ends. Like a place, it is not compared.
  friend bool operator==(const EffectStatement& a, const EffectStatement& b) {
    return a.shape == b.shape && a.operations == b.operations;
  }
};

struct EffectComment {
  std::string text;   ///< With its `//` or `/* */`, without a line end.
  EffectPlace place;
  int last_line = 0;  ///< On which it ends. Like a place, it is not compared.
  friend bool operator==(const EffectComment& a, const EffectComment& b) {
    return a.text == b.text;
  }
};

/// A program as it was written, but for white space and spare commas.
struct EffectProgram {
  std::vector<EffectStatement> statements;
  std::vector<EffectNode> nodes;        ///< Of all expressions.
  std::vector<EffectComment> comments;  ///< In the order of the text.
  friend bool operator==(const EffectProgram&, const EffectProgram&) = default;
};

/// A program, and everything that is wrong with its grammar and its names.
struct EffectParse {
  EffectProgram program;            ///< What could be understood; whole when there are no errors.
  std::vector<EffectError> errors;  ///< In the order of the text.
};

/// Reads a program.
///
/// @param text  UTF-8 within comments, ASCII outside of them; any bytes may be given. A byte order
///              mark in front is passed over.
///
/// After an error the next statement is read as if nothing had happened; a name that is unknown
/// does not keep the rest of its statement from being read. `copy` is read as `copy_to`, as eymo's
/// documents write it in one place. Cost: linear in the text but for finding names
/// that are near to unknown ones; about 5 ms for the worst 64 KiB.
EffectParse ParseEffects(std::string_view text);

/// The canonical text of a program that was read without errors: one statement a line, comments
/// kept, at most one empty line between two. Empty for an empty program, else ends with a line end.
///
/// Comments in front of a statement stay there, one behind it on its last line stays behind it,
/// and those inside of it move to the lines before it. A statement longer than 100 characters goes
/// on in the next line, behind four spaces. Formatting the result again changes nothing, and
/// parsing it gives the same program.
std::string FormatEffects(const EffectProgram& program);

/// The canonical text of one statement, on one line without a line end.
std::string FormatStatement(const EffectProgram& program, const EffectStatement& statement);

}  // namespace retinue
