#include "backends/gstreamer/source_mailbox.h"

#include <utility>

namespace retinue::gst {

void Mailbox::set_when_full(WhenFull when_full, std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  when_full_ = when_full;
  capacity_ = capacity;
}

void Mailbox::Put(SamplePtr sample) {
  // Dropped pictures are freed behind the lock's end: freeing may be slow.
  SamplePtr old;
  std::unique_lock lock(mutex_);
  ++put_;
  if (when_full_ == WhenFull::kWait) {
    emptied_.wait(lock, [this] { return is_closed_ || samples_.size() < capacity_; });
  } else if (samples_.size() >= capacity_) {
    old = std::move(samples_.front());
    samples_.pop_front();
    ++replaced_;
  }
  if (is_closed_) {
    old = std::move(sample);
    return;
  }
  samples_.push_back(std::move(sample));
  filled_.notify_one();
}

void Mailbox::PutEnd() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  filled_.notify_one();
}

void Mailbox::PutFailure(Error failure) {
  const std::lock_guard lock(mutex_);
  if (has_failed_) return;
  has_failed_ = true;
  failure_ = std::move(failure);
  filled_.notify_one();
}

Mailbox::Got Mailbox::Take(SamplePtr& sample, Error& failure, Nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, timeout, [this] {
    return !samples_.empty() || has_failed_ || has_ended_ || is_closed_;
  });
  if (!samples_.empty()) {
    sample = std::move(samples_.front());
    samples_.pop_front();
    emptied_.notify_one();
    return Got::kSample;
  }
  if (failure_) {
    failure = *std::move(failure_);
    failure_.reset();
    return Got::kFailure;
  }
  return has_failed_ || has_ended_ || is_closed_ ? Got::kEnd : Got::kNothingYet;
}

void Mailbox::Close() {
  std::deque<SamplePtr> rest;
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  rest.swap(samples_);
  emptied_.notify_all();
  filled_.notify_all();
}

std::int64_t Mailbox::put() const {
  const std::lock_guard lock(mutex_);
  return put_;
}

std::int64_t Mailbox::replaced() const {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

}  // namespace retinue::gst
