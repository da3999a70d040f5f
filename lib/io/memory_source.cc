#include "retinue/io/memory_source.h"

#include <utility>

#include "retinue/base/check.h"

namespace retinue {

MemorySource::MemorySource(std::vector<Frame> frames, StreamInfo info, MemorySourceOptions options)
    : info_(std::move(info)), frames_(std::move(frames)), options_(std::move(options)) {
  for (const Frame& frame : frames_) RETINUE_CHECK(!frame.IsEmpty());
  if (info_.name.empty()) info_.name = "memory";
  if (IsEmpty(info_.size) && !frames_.empty()) info_.size = frames_.front().size();
  if (info_.frame_count < 0) info_.frame_count = static_cast<std::int64_t>(frames_.size());
  options_.stats.frames = 0;
}

Result<Pull> MemorySource::Next(Frame& out) {
  if (pending_ < options_.pending_before_each) {
    ++pending_;
    return Pull::kPending;
  }
  pending_ = 0;
  if (next_ < frames_.size()) {
    out = frames_[next_].WithId({0, static_cast<std::int64_t>(next_)});
    ++next_;
    ++options_.stats.frames;
    return Pull::kFrame;
  }
  if (options_.failure) {
    Error failure = *std::move(options_.failure);
    options_.failure.reset();
    return Fail(std::move(failure));
  }
  return Pull::kEndOfStream;
}

}  // namespace retinue
