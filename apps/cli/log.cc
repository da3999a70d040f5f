#include "apps/cli/log.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/options.h"

namespace retinue::cli {
namespace {

std::string JsonRecord(std::string_view level, std::string_view text) {
  const nlohmann::ordered_json record = {{"level", level}, {"message", text}};
  // A path may hold bytes that are not UTF-8: replaced, never thrown over.
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Log::Log(const Options& options) : options_(options), is_terminal_(isatty(STDERR_FILENO) == 1) {}

Log::~Log() { ClearProgress(); }

void Log::ClearProgress() {
  if (progress_shown_) std::fputs("\r\033[K", stderr);
  progress_shown_ = false;
}

void Log::Write(std::string_view level, std::string_view sentence) {
  const std::lock_guard lock(mutex_);
  ClearProgress();
  if (options_.format == LogFormat::kJson) {
    fmt::print(stderr, "{}\n", JsonRecord(level, sentence));
  } else if (level == "info" || level == "detail") {
    fmt::print(stderr, "{}\n", sentence);
  } else {
    fmt::print(stderr, "retinue: {}: {}\n", level, sentence);
  }
}

void Log::Detail(std::string_view sentence) {
  if (options_.verbose && !options_.quiet) Write("detail", sentence);
}

void Log::Info(std::string_view sentence) {
  if (!options_.quiet) Write("info", sentence);
}

void Log::Warning(std::string_view sentence) {
  if (!options_.quiet) Write("warning", sentence);
}

void Log::Error(std::string_view sentence) { Write("error", sentence); }

void Log::Text(std::string_view lines) {
  if (!options_.quiet) Write("info", lines);
}

void Log::Progress(std::string_view line) {
  if (options_.quiet) return;
  if (!is_terminal_ || options_.format == LogFormat::kJson) {
    Write("info", line);
    return;
  }
  const std::lock_guard lock(mutex_);
  fmt::print(stderr, "\r{}\033[K", line);
  std::fflush(stderr);
  progress_shown_ = true;
}

Log::Options LogOptions(const Options& options) {
  return {options.log_format == "json" ? LogFormat::kJson : LogFormat::kText, options.quiet,
          options.verbose};
}

}  // namespace retinue::cli
