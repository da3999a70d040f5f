#include "apps/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace retinue::cli {

Progress::Progress(Log& log, const Clock& clock, std::vector<std::int64_t> totals)
    : log_(log),
      clock_(clock),
      started_(clock.Now()),
      period_(log.is_terminal() ? std::chrono::milliseconds(100) : std::chrono::seconds(10)),
      totals_(std::move(totals)),
      frames_(totals_.size(), 0),
      next_(started_ + period_) {}

void Progress::SetTotal(std::size_t stream, std::int64_t frames) {
  const std::lock_guard lock(mutex_);
  totals_[stream] = frames;
}

void Progress::Update(std::size_t stream, const StreamSummary& so_far) {
  const std::lock_guard lock(mutex_);
  frames_[stream] = so_far.frames + so_far.passed_over;
  const Nanoseconds now = clock_.Now();
  if (now < next_) return;
  next_ = now + period_;
  log_.Progress(Line(now, so_far));
}

std::string Progress::Line(Nanoseconds now, const StreamSummary& latest) const {
  const std::int64_t done = std::accumulate(frames_.begin(), frames_.end(), std::int64_t{0});
  const double seconds = ToSeconds(now - started_);
  const double fps = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
  const bool total_known =
      std::all_of(totals_.begin(), totals_.end(), [](std::int64_t n) { return n > 0; });
  std::string line = fmt::format("frame {}", done);
  std::string eta;
  if (total_known) {
    const std::int64_t total = std::accumulate(totals_.begin(), totals_.end(), std::int64_t{0});
    line += fmt::format("/{}", std::max(total, done));
    if (fps > 0) {
      eta = fmt::format(" · ETA {:.0f} s",
                        static_cast<double>(std::max<std::int64_t>(0, total - done)) / fps);
    }
  }
  line += fmt::format(" · {:.1f} fps{}", fps, eta);
  for (const Stage stage : {Stage::kPreprocess, Stage::kInference, Stage::kHead, Stage::kRegions,
                            Stage::kTrack, Stage::kEffects, Stage::kDraw, Stage::kEncodeWait}) {
    const DurationHistogram& times = latest.stages.of(stage);
    if (times.count() == 0 || times.MeanMs() < 0.005) continue;
    std::string name(ToString(stage));
    std::replace(name.begin(), name.end(), '_', ' ');
    line += fmt::format(" · {} {:.1f}", name, times.MeanMs());
  }
  return line + " ms";
}

}  // namespace retinue::cli
