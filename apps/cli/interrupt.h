#pragma once

// Ctrl-C: the first asks the run to finish its files, the second ends the
// process at once. One object at a time, made before any other thread.

#include <atomic>
#include <stop_token>
#include <thread>

namespace retinue::cli {

class InterruptWatch {
 public:
  /// Blocks SIGINT and SIGTERM in this thread and all it will start, and waits
  /// for them on a thread of its own.
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  /// Ends the run as a user would who closes the window: not an interruption.
  void RequestEnd() { source_.request_stop(); }
  /// Whether a signal came.
  bool interrupted() const { return interrupted_.load(); }

 private:
  std::stop_source source_;
  std::atomic<bool> interrupted_{false};
  std::jthread watcher_;
};

}  // namespace retinue::cli
