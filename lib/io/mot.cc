#include "retinue/io/mot.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "retinue/io/text.h"

namespace retinue {
namespace {

constexpr std::size_t kMinColumns = 6;
constexpr std::size_t kMaxColumns = 10;

struct Columns {
  std::array<double, kMaxColumns> values{};
  std::size_t count = 0;
};

tl::unexpected<Error> BadLine(std::int64_t line, std::string_view what) {
  std::string message = "line ";
  AppendInteger(line, message);
  message += ": ";
  message += what;
  return Fail(ErrorCode::kDataLoss, std::move(message));
}

// For messages: what was found, short and printable.
std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(text.substr(0, 40), quoted);
  return quoted;
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// `text` is not empty and trimmed.
Result<Columns> SplitLine(std::string_view text, std::int64_t line) {
  Columns columns;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view field = Trim(text.substr(0, comma));
    if (columns.count == kMaxColumns) return BadLine(line, "expected 6 to 10 numbers, got more");
    double& value = columns.values[columns.count++];
    const char* const end = field.data() + field.size();
    const auto parsed = std::from_chars(field.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || !IsWritable(value)) {
      return BadLine(line, "expected a number within +-1e9, got " + Quoted(field));
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (columns.count < kMinColumns) {
    std::string what = "expected 6 to 10 numbers, got ";
    AppendInteger(static_cast<std::int64_t>(columns.count), what);
    return BadLine(line, what);
  }
  return columns;
}

// Some tools write whole numbers as `3.0`.
std::optional<std::int64_t> Whole(double value) {
  if (value != std::floor(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<double> ClassColumn(const Columns& columns) {
  const auto& v = columns.values;
  if (columns.count == 8 || columns.count == 9) return v[7];
  if (columns.count == 10 && v[8] == -1 && v[9] == -1) return v[7];
  return std::nullopt;
}

Result<MotRow> ToRow(const Columns& columns, std::int64_t line, const MotLimits& limits) {
  const auto& v = columns.values;
  const auto frame = Whole(v[0]);
  if (!frame || *frame < 0 || *frame > limits.max_frame) {
    std::string what = "expected a frame number from 0 to ";
    AppendInteger(limits.max_frame, what);
    what += ", got ";
    AppendDecimal(v[0], 3, what);
    return BadLine(line, what);
  }
  const auto id = Whole(v[1]);
  if (!id) return BadLine(line, "expected a whole number as id in column 2");
  if (v[4] < 0 || v[5] < 0) {
    return BadLine(line, "expected a width and height of 0 or more in columns 5 and 6");
  }
  MotRow row;
  row.frame = *frame;
  row.id = *id;
  row.box = {static_cast<float>(v[2]), static_cast<float>(v[3]), static_cast<float>(v[4]),
             static_cast<float>(v[5])};
  if (columns.count > 6) row.score = static_cast<float>(v[6]);
  if (const auto class_column = ClassColumn(columns)) {
    const auto class_id = Whole(*class_column);
    if (!class_id || *class_id < -1) {
      return BadLine(line, "expected a class number of -1 or more in column 8");
    }
    row.class_id = static_cast<int>(*class_id);
  }
  if (columns.count == 9) row.visibility = static_cast<float>(v[8]);
  return row;
}

}  // namespace

Result<std::vector<MotRow>> ParseMot(std::string_view text, const MotLimits& limits) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<MotRow> rows;
  for (std::int64_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view content = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (content.empty()) continue;
    if (rows.size() == limits.max_rows) {
      std::string message = "expected at most ";
      AppendInteger(static_cast<std::int64_t>(limits.max_rows), message);
      message += " lines";
      return Fail(ErrorCode::kResourceExhausted, std::move(message));
    }
    RETINUE_ASSIGN_OR_RETURN(const Columns columns, SplitLine(content, line));
    RETINUE_ASSIGN_OR_RETURN(const MotRow row, ToRow(columns, line, limits));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace retinue
