#pragma once

// Mailbox: the one place where GStreamer's threads meet the thread that calls
// Source::Next(). Pictures, the end, and failures pass through it, so nothing
// else of a source needs a lock. All methods are thread-safe.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "backends/gstreamer/common.h"

namespace retinue::gst {

class Mailbox {
 public:
  /// What a full mailbox does with one more picture.
  enum class WhenFull { kWait, kReplace };

  enum class Got { kSample, kNothingYet, kEnd, kFailure };

  /// @param capacity  At least 1.
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  /// To be called before the first Put.
  void set_when_full(WhenFull when_full, std::size_t capacity);

  // --- Called by GStreamer's threads ---

  /// Waits while full unless kReplace. Does nothing after Close().
  void Put(SamplePtr sample);
  /// No further picture will come.
  void PutEnd();
  /// The stream broke. Only the first failure is kept: later ones follow from it.
  void PutFailure(Error failure);

  // --- Called by the owner ---

  /// The oldest picture; once there is none any more, the failure or the end.
  /// Waits up to `timeout` for one of them. A failure is given once, then kEnd.
  Got Take(SamplePtr& sample, Error& failure, Nanoseconds timeout);
  /// Lets go of all who wait and of all pictures.
  void Close();

  std::int64_t put() const;       ///< Pictures that arrived.
  std::int64_t replaced() const;  ///< Pictures that a newer one replaced.

 private:
  std::size_t capacity_;
  WhenFull when_full_ = WhenFull::kWait;

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<SamplePtr> samples_;
  std::optional<Error> failure_;
  bool has_failed_ = false;
  bool has_ended_ = false;
  bool is_closed_ = false;
  std::int64_t put_ = 0;
  std::int64_t replaced_ = 0;
};

}  // namespace retinue::gst
