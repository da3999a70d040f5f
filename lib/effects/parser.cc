#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "lib/effects/lexer.h"
#include "lib/effects/names.h"
#include "retinue/effects/syntax.h"

namespace retinue {
namespace {

using internal::FindFunction;
using internal::FindOperation;
using internal::FindPart;
using internal::FindVariable;
using internal::IsShapeName;
using internal::LexedText;
using internal::Quoted;
using internal::Token;
using internal::TokenKind;

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// A method Parse… returns false when it stopped at a token that it cannot pass; the error is
// reported then, and the caller gives up its own work, up to the statement.
class Parser {
 public:
  explicit Parser(LexedText lexed) : tokens_(std::move(lexed.tokens)) {
    out_.errors = std::move(lexed.errors);
    out_.program.comments = std::move(lexed.comments);
    FindClosingParentheses();
  }

  EffectParse Run() {
    bool is_full = false;
    while (!AtEnd() && !is_full) {
      is_full = out_.program.statements.size() == EffectLimits::kStatements;
      if (is_full) {
        AddError(Now(), "a program may have at most " +
                            std::to_string(EffectLimits::kStatements) + " statements");
      } else {
        ParseStatement();
      }
    }
    SortErrors();
    return std::move(out_);
  }

 private:
  const Token& Now(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool AtEnd() const { return Now().kind == TokenKind::kEnd; }
  static bool IsSign(const Token& token, char sign) {
    return token.kind == TokenKind::kSign && token.text[0] == sign;
  }
  bool AtSign(char sign) const { return IsSign(Now(), sign); }
  bool AtName() const { return Now().kind == TokenKind::kName; }
  bool Accept(char sign) {
    if (!AtSign(sign)) return false;
    ++at_;
    return true;
  }

  // --- errors ---

  void AddError(const EffectPlace& place, std::string message) {
    if (out_.errors.size() <= EffectLimits::kErrors) {
      out_.errors.push_back({place, std::move(message)});
    }
  }
  void AddError(const Token& token, std::string message) {
    AddError(token.place, std::move(message));
  }
  bool Expected(const std::string& what) {
    AddError(Now(), "expected " + what + ", found " +
                        (AtEnd() ? "the end of the program" : Quoted(Now().text)));
    return false;
  }
  // Looking for it costs more than all else; so only while there is room for more errors.
  std::string SuggestionFor(const Token& name, std::span<const std::string_view> known) const {
    if (out_.errors.size() > EffectLimits::kErrors) return "";
    return internal::Suggestion(name.text, known);
  }
  void SortErrors() {
    auto& errors = out_.errors;
    std::stable_sort(errors.begin(), errors.end(), [](const EffectError& a, const EffectError& b) {
      return a.place.begin < b.place.begin;
    });
    if (errors.size() <= EffectLimits::kErrors) return;
    errors.resize(EffectLimits::kErrors + 1);
    errors.back().message = "there are more errors; the first " +
                            std::to_string(EffectLimits::kErrors) + " are shown";
  }

  // --- where a statement begins ---

  void FindClosingParentheses() {
    closing_.assign(tokens_.size(), kNone);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (IsSign(tokens_[i], '(')) open.push_back(i);
      if (IsSign(tokens_[i], ')') && !open.empty()) {
        closing_[open.back()] = i;
        open.pop_back();
      }
    }
  }

  // `name :`, `name #1 :` or `name (...) :`, whatever the name: where people meant to begin one.
  bool AtStatement() const {
    if (!AtName()) return false;
    if (IsSign(Now(1), ':')) return true;
    if (IsSign(Now(1), '(')) {
      const std::size_t close = closing_[at_ + 1];
      return close != kNone && IsSign(tokens_[close + 1], ':');
    }
    return (IsSign(Now(1), '#') || IsSign(Now(1), '+') || IsSign(Now(1), '-')) &&
           Now(2).kind == TokenKind::kNumber && IsSign(Now(3), ':');
  }

  void GoToNextStatement() {
    while (!AtEnd() && !AtStatement()) ++at_;
  }

  // --- statements ---

  void ParseStatement() {
    const std::size_t start = at_;
    depth_ = 0;
    EffectStatement statement;
    statement.place = Now().place;
    if (!ParseHead(statement.shape) || !ParseOperations(statement)) {
      if (at_ == start) ++at_;
      GoToNextStatement();
    }
    statement.place.end = tokens_[at_ - 1].place.end;
    statement.last_line = tokens_[at_ - 1].last_line;
    out_.program.statements.push_back(std::move(statement));
  }

  bool ParseHead(EffectShape& shape) {
    if (!AtName()) return Expected("a statement such as 'mouth: scale(2)'");
    if (IsShapeName(Now().text)) {
      if (!ParseShape(shape)) return false;
      return Accept(':') || Expected("':' and operations behind the shape");
    }
    if (AtStatement()) {
      AddError(Now(), "unknown shape " + Quoted(Now().text) +
                          SuggestionFor(Now(), internal::ShapeNames()));
      while (!AtSign(':')) ++at_;
      ++at_;
      return true;
    }
    if (FindOperation(Now().text)) {
      return Expected("a shape and ':' in front of an operation");
    }
    return Expected("a statement such as 'mouth: scale(2)'");
  }

  bool ParseOperations(EffectStatement& statement) {
    while (!AtEnd() && !AtStatement()) {
      EffectOperation operation;
      const Token& name = Now();
      bool is_known = false;
      if (!ParseOperation(operation, is_known)) return false;
      if (statement.operations.size() == EffectLimits::kOperations) {
        AddError(name, "a statement may have at most " +
                           std::to_string(EffectLimits::kOperations) + " operations");
        return false;
      }
      if (is_known) statement.operations.push_back(std::move(operation));
      if (Accept(',') || AtEnd() || AtStatement()) continue;
      // A forgotten comma is worth an error, but does not make the rest unreadable.
      Expected("',' or the next statement");
      if (!AtName()) return false;
    }
    return true;
  }

  bool ParseOperation(EffectOperation& operation, bool& is_known) {
    if (!AtName()) return Expected("an operation");
    const auto kind = FindOperation(Now().text);
    is_known = kind.has_value();
    if (kind) {
      operation.kind = *kind;
    } else {
      AddError(Now(), "unknown operation " + Quoted(Now().text) +
                          SuggestionFor(Now(), internal::OperationNames()));
    }
    operation.place = Now().place;
    ++at_;
    if (!Accept('(')) return true;
    return EnterParentheses() && ParseArguments(operation) && LeaveParentheses();
  }

  // Up to the ')', exclusive.
  bool ParseArguments(EffectOperation& operation) {
    while (!AtSign(')')) {
      if (operation.arguments.size() == EffectLimits::kArguments) {
        AddError(Now(), "an operation may have at most " +
                            std::to_string(EffectLimits::kArguments) + " arguments");
        return false;
      }
      EffectArgument argument;
      if (!ParseArgument(argument)) return false;
      operation.arguments.push_back(std::move(argument));
      if (!Accept(',') && !AtSign(')')) return Expected("',' or ')'");
    }
    return true;
  }

  bool ParseArgument(EffectArgument& argument) {
    argument.place = Now().place;
    const bool stands_alone = IsSign(Now(1), ',') || IsSign(Now(1), ')');
    if (AtName() && IsShapeName(Now().text)) {
      argument.kind = EffectArgument::Kind::kShape;
      if (!ParseShape(argument.shape)) return false;
    } else if (AtName() && stands_alone && !FindVariable(Now().text)) {
      argument.kind = EffectArgument::Kind::kWord;
      argument.word = std::string(Now().text);
      ++at_;
    } else if (!ParseWholeExpression(argument.expression)) {
      return false;
    }
    argument.place.end = tokens_[at_ - 1].place.end;
    return true;
  }

  // --- shapes ---

  bool ParseShape(EffectShape& shape) {
    shape.place = Now().place;
    const std::string_view name = Now().text;
    ++at_;
    bool is_read = true;
    if (const auto part = FindPart(name)) {
      shape.kind = EffectShapeKind::kPart;
      shape.part = *part;
      is_read = ParseFaceChoice(shape);
    } else if (name == "rect") {
      shape.kind = EffectShapeKind::kRect;
      is_read = ParseRect(shape);
    } else {
      shape.kind =
          name == "frame" ? EffectShapeKind::kFrame : EffectShapeKind::kBackground;
    }
    shape.place.end = tokens_[at_ - 1].place.end;
    return is_read;
  }

  bool ParseFaceChoice(EffectShape& shape) {
    if (!AtSign('#') && !AtSign('+') && !AtSign('-')) return true;
    const char sign = Now().text[0];
    ++at_;
    const Token& number = Now();
    if (number.kind != TokenKind::kNumber || !number.is_whole) {
      return Expected(std::string("a whole number behind '") + sign + "', which chooses the face");
    }
    ++at_;
    if (number.number > std::numeric_limits<int>::max()) {
      AddError(number, "expected a face's number below 2147483648, found " + Quoted(number.text));
      return true;
    }
    shape.choice = sign == '#' ? FaceChoice::kIndex : FaceChoice::kOffset;
    shape.number = static_cast<int>(number.number) * (sign == '-' ? -1 : 1);
    return true;
  }

  bool ParseRect(EffectShape& shape) {
    if (!Accept('(')) return Expected("'(' and x, y, width, height behind 'rect'");
    if (!EnterParentheses()) return false;
    for (std::size_t i = 0; i < shape.rect.size(); ++i) {
      if (i > 0) Accept(',');
      if (AtSign(')')) return Expected("4 numbers in 'rect': x, y, width, height");
      if (!ParseWholeExpression(shape.rect[i])) return false;
    }
    if (!AtSign(')')) return Expected("')' behind the 4 numbers of 'rect'");
    return LeaveParentheses();
  }

  // --- expressions ---

  bool EnterParentheses() {
    if (++depth_ <= EffectLimits::kNesting) return true;
    AddError(Now(), "parentheses may be nested at most " +
                        std::to_string(EffectLimits::kNesting) + " deep");
    return false;
  }
  bool LeaveParentheses() {
    --depth_;
    return Accept(')') || Expected("')'");
  }

  void AddNode(EffectNode node) { out_.program.nodes.push_back(node); }
  void AddNode(EffectNodeKind kind) { AddNode(EffectNode{.kind = kind}); }

  bool ParseWholeExpression(EffectExpression& expression) {
    expression.first = static_cast<std::uint32_t>(out_.program.nodes.size());
    const bool is_read = ParseSum();
    expression.count = static_cast<std::uint32_t>(out_.program.nodes.size()) - expression.first;
    return is_read;
  }

  bool ParseSum() {
    if (!ParseProduct()) return false;
    while (AtSign('+') || AtSign('-')) {
      const auto kind = AtSign('+') ? EffectNodeKind::kAdd : EffectNodeKind::kSubtract;
      ++at_;
      if (!ParseProduct()) return false;
      AddNode(kind);
    }
    return true;
  }

  bool ParseProduct() {
    if (!ParseUnary()) return false;
    while (AtSign('*') || AtSign('/') || AtSign('%')) {
      const auto kind = AtSign('*')   ? EffectNodeKind::kMultiply
                        : AtSign('/') ? EffectNodeKind::kDivide
                                      : EffectNodeKind::kModulo;
      ++at_;
      if (!ParseUnary()) return false;
      AddNode(kind);
    }
    return true;
  }

  bool ParseUnary() {
    const bool is_negative = AtSign('-');
    if (is_negative || AtSign('+')) ++at_;
    if (!ParsePrimary()) return false;
    if (is_negative) AddNode(EffectNodeKind::kNegate);
    return true;
  }

  bool ParsePrimary() {
    if (Now().kind == TokenKind::kNumber) {
      AddNode({.kind = EffectNodeKind::kNumber, .number = Now().number});
      ++at_;
      return true;
    }
    if (Accept('(')) return EnterParentheses() && ParseSum() && LeaveParentheses();
    if (!AtName()) return Expected("a number, a variable, a function or '('");
    const Token& name = Now();
    if (const auto variable = FindVariable(name.text)) {
      AddNode({.kind = EffectNodeKind::kVariable, .variable = *variable});
      ++at_;
      return true;
    }
    const auto function = FindFunction(name.text);
    if (!function) return ParseUnknownName();
    ++at_;
    if (!Accept('(')) return Expected("'(' behind the function " + Quoted(name.text));
    return ParseCall(*function, name);
  }

  // Reported; read like the variable or function that it was meant to be.
  bool ParseUnknownName() {
    const Token& name = Now();
    if (IsShapeName(name.text)) {
      AddError(name, "expected a number, found the shape " + Quoted(name.text));
    } else {
      AddError(name, "unknown name " + Quoted(name.text) +
                         SuggestionFor(name, internal::ArgumentNames()));
    }
    ++at_;
    if (Accept('(')) return ParseCall(std::nullopt, name);
    AddNode(EffectNodeKind::kNumber);
    return true;
  }

  // From behind the '('.
  bool ParseCall(std::optional<EffectFunction> function, const Token& name) {
    if (!EnterParentheses()) return false;
    int count = 0;
    do {
      if (!ParseSum()) return false;
      ++count;
    } while (Accept(','));
    if (!AtSign(')')) return Expected("',' or ')'");
    if (function && count != ArgumentCount(*function)) {
      const int wanted = ArgumentCount(*function);
      AddError(name, Quoted(name.text) + " takes " + std::to_string(wanted) +
                         (wanted == 1 ? " argument" : " arguments") + ", found " +
                         std::to_string(count));
    }
    if (function) AddNode({.kind = EffectNodeKind::kCall, .function = *function});
    return LeaveParentheses();
  }

  std::vector<Token> tokens_;
  std::vector<std::size_t> closing_;  // of the token at '(': its ')', or kNone
  std::size_t at_ = 0;
  int depth_ = 0;
  EffectParse out_;
};

}  // namespace

EffectParse ParseEffects(std::string_view text) {
  if (text.size() > EffectLimits::kTextBytes) {
    EffectParse parse;
    parse.errors.push_back({{1, 1, 0, 0},
                            "a program may have at most " +
                                std::to_string(EffectLimits::kTextBytes) + " bytes, found " +
                                std::to_string(text.size())});
    return parse;
  }
  return Parser(internal::Lex(text)).Run();
}

}  // namespace retinue
