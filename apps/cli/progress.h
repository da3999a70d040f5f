#pragma once

// The progress line while it runs: `frame 120/341 · 24.1 fps · ETA 9 s · …`,
// rewritten ten times a second on a terminal, a line every ten seconds
// elsewhere. Any thread may call Update.

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "apps/cli/log.h"
#include "retinue/base/time.h"
#include "retinue/pipeline/run_stream.h"

namespace retinue::cli {

class Progress {
 public:
  /// @param totals  Expected frames of each stream, -1 when unknown.
  Progress(Log& log, const Clock& clock, std::vector<std::int64_t> totals);

  /// The expected frames of a stream, known once it is open.
  void SetTotal(std::size_t stream, std::int64_t frames);

  /// After each frame of `stream`.
  void Update(std::size_t stream, const StreamSummary& so_far);

 private:
  std::string Line(Nanoseconds now, const StreamSummary& latest) const;

  Log& log_;
  const Clock& clock_;
  const Nanoseconds started_;
  const Nanoseconds period_;
  std::mutex mutex_;  // guards all below
  std::vector<std::int64_t> totals_;
  std::vector<std::int64_t> frames_;
  Nanoseconds next_;
};

}  // namespace retinue::cli
