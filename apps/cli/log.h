#pragma once

// What the command says on standard error: sentences, warnings, and one
// progress line that rewrites itself on a terminal. Data goes to standard
// output and never through here. Any thread may call.

#include <mutex>
#include <string>
#include <string_view>

namespace retinue::cli {

enum class LogFormat { kText, kJson };

struct Options;

class Log {
 public:
  struct Options {
    LogFormat format = LogFormat::kText;
    bool quiet = false;    ///< Errors only.
    bool verbose = false;  ///< Decisions too.
  };

  explicit Log(const Options& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// For `verbose`: what was decided and why.
  void Detail(std::string_view sentence);
  void Info(std::string_view sentence);
  void Warning(std::string_view sentence);
  void Error(std::string_view sentence);

  /// Several lines as they are (the summary); in JSON one record.
  void Text(std::string_view lines);

  /// On a terminal replaces the last progress line; elsewhere writes a line.
  void Progress(std::string_view line);
  bool is_terminal() const { return is_terminal_; }
  bool quiet() const { return options_.quiet; }

 private:
  void Write(std::string_view level, std::string_view sentence);
  void ClearProgress();

  Options options_;
  bool is_terminal_;
  bool progress_shown_ = false;
  std::mutex mutex_;
};

/// As `quiet`, `verbose` and `log_format` say.
Log::Options LogOptions(const Options& options);

}  // namespace retinue::cli
