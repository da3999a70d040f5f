#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/effects/syntax.h"

namespace retinue {
namespace {

constexpr std::size_t kLineLength = 100;
constexpr std::string_view kContinuation = "    ";

std::string NumberText(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

// How tightly the outermost operator of a text binds.
enum Binding { kSum, kProduct, kUnary, kPrimary };

struct Written {
  std::string text;
  Binding binding = kPrimary;
};

std::string_view OperatorText(EffectNodeKind kind) {
  switch (kind) {
    case EffectNodeKind::kAdd: return " + ";
    case EffectNodeKind::kSubtract: return " - ";
    case EffectNodeKind::kMultiply: return " * ";
    case EffectNodeKind::kDivide: return " / ";
    default: return " % ";
  }
}

void Parenthesize(Written& w, Binding at_least) {
  if (w.binding < at_least) w.text = "(" + w.text + ")";
}

class ExpressionWriter {
 public:
  std::string Write(const EffectProgram& program, const EffectExpression& expression) {
    for (std::uint32_t i = 0; i < expression.count; ++i) {
      Add(program.nodes[expression.first + i]);
    }
    RETINUE_CHECK(stack_.size() == 1);
    return std::move(stack_.back().text);
  }

 private:
  Written Pop() {
    RETINUE_CHECK(!stack_.empty());
    Written top = std::move(stack_.back());
    stack_.pop_back();
    return top;
  }

  void Add(const EffectNode& node) {
    switch (node.kind) {
      case EffectNodeKind::kNumber:
        stack_.push_back({NumberText(node.number), kPrimary});
        return;
      case EffectNodeKind::kVariable:
        stack_.push_back({std::string(ToString(node.variable)), kPrimary});
        return;
      case EffectNodeKind::kNegate: {
        Written operand = Pop();
        Parenthesize(operand, kPrimary);
        stack_.push_back({"-" + operand.text, kUnary});
        return;
      }
      case EffectNodeKind::kCall:
        AddCall(node.function);
        return;
      default:
        AddBinary(node.kind);
    }
  }

  void AddBinary(EffectNodeKind kind) {
    const bool is_sum = kind == EffectNodeKind::kAdd || kind == EffectNodeKind::kSubtract;
    const Binding binding = is_sum ? kSum : kProduct;
    Written right = Pop();
    Written left = Pop();
    Parenthesize(left, binding);
    Parenthesize(right, is_sum ? kProduct : kUnary);
    // Appended in place: a chain of n operators costs n, not its square.
    left.text += OperatorText(kind);
    left.text += right.text;
    left.binding = binding;
    stack_.push_back(std::move(left));
  }

  void AddCall(EffectFunction function) {
    const auto count = static_cast<std::size_t>(ArgumentCount(function));
    RETINUE_CHECK(stack_.size() >= count);
    std::string text = std::string(ToString(function)) + "(";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += ", ";
      text += stack_[stack_.size() - count + i].text;
    }
    stack_.resize(stack_.size() - count);
    stack_.push_back({text + ")", kPrimary});
  }

  std::vector<Written> stack_;
};

std::string ShapeText(const EffectProgram& program, const EffectShape& shape) {
  switch (shape.kind) {
    case EffectShapeKind::kFrame: return "frame";
    case EffectShapeKind::kBackground: return "background";
    case EffectShapeKind::kRect: {
      std::string text = "rect(";
      for (std::size_t i = 0; i < shape.rect.size(); ++i) {
        if (i > 0) text += ", ";
        text += ExpressionWriter().Write(program, shape.rect[i]);
      }
      return text + ")";
    }
    case EffectShapeKind::kPart: break;
  }
  std::string text(ToString(shape.part));
  if (shape.choice == FaceChoice::kIndex) return text + "#" + std::to_string(shape.number);
  if (shape.choice == FaceChoice::kNone) return text;
  return text + (shape.number < 0 ? "" : "+") + std::to_string(shape.number);
}

std::string ArgumentText(const EffectProgram& program, const EffectArgument& argument) {
  switch (argument.kind) {
    case EffectArgument::Kind::kWord: return argument.word;
    case EffectArgument::Kind::kShape: return ShapeText(program, argument.shape);
    case EffectArgument::Kind::kExpression: break;
  }
  return ExpressionWriter().Write(program, argument.expression);
}

std::string OperationText(const EffectProgram& program, const EffectOperation& operation) {
  std::string text(ToString(operation.kind));
  for (std::size_t i = 0; i < operation.arguments.size(); ++i) {
    text += i == 0 ? "(" : ", ";
    text += ArgumentText(program, operation.arguments[i]);
  }
  return operation.arguments.empty() ? text : text + ")";
}

std::string StatementText(const EffectProgram& program, const EffectStatement& statement,
                          std::size_t line_length) {
  std::string text = ShapeText(program, statement.shape) + ":";
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < statement.operations.size(); ++i) {
    const std::string operation = OperationText(program, statement.operations[i]);
    const bool is_last = i + 1 == statement.operations.size();
    if (i > 0 && text.size() + 1 + operation.size() + !is_last - line_start > line_length) {
      text += '\n';
      line_start = text.size();
      text += kContinuation;
    } else {
      text += ' ';
    }
    text += operation;
    if (!is_last) text += ',';
  }
  return text;
}

// Puts comments and statements below each other.
class Page {
 public:
  void AddLine(const std::string& text, int first_line, int last_line) {
    // Two lines on, there is an empty line in between.
    if (!text_.empty() && first_line > last_line_ + 1) text_ += '\n';
    text_ += text + '\n';
    last_line_ = std::max(last_line_, last_line);
  }
  void AddBehind(const std::string& text, int last_line) {
    text_.insert(text_.size() - 1, "  " + text);
    last_line_ = std::max(last_line_, last_line);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  int last_line_ = 0;  // of what was added last, in the text that was parsed
};

}  // namespace

std::string FormatStatement(const EffectProgram& program, const EffectStatement& statement) {
  return StatementText(program, statement, std::string::npos / 2);
}

std::string FormatEffects(const EffectProgram& program) {
  Page page;
  auto comment = program.comments.begin();
  const auto end = program.comments.end();
  for (const EffectStatement& statement : program.statements) {
    const EffectPlace& place = statement.place;
    for (; comment != end && comment->place.begin < place.begin; ++comment) {
      page.AddLine(comment->text, comment->place.line, comment->last_line);
    }
    // Comments inside of the statement go in front of it, as if they had stood at its first line.
    int line = place.line;
    for (; comment != end && comment->place.begin < place.end; ++comment) {
      page.AddLine(comment->text, line, place.line);
      line = 0;
    }
    page.AddLine(StatementText(program, statement, kLineLength), line, statement.last_line);
    int last_line = statement.last_line;
    for (; comment != end && comment->place.line == last_line; ++comment) {
      // What stands in front of the next statement on this line belongs to neither more.
      page.AddBehind(comment->text, comment->last_line);
      last_line = comment->last_line;
    }
  }
  for (; comment != end; ++comment) {
    page.AddLine(comment->text, comment->place.line, comment->last_line);
  }
  return page.Take();
}

}  // namespace retinue
