#pragma once

// The twins of real sinks: CollectingSink keeps everything, NullSink keeps
// nothing. Thread rule: one thread, as for every Sink.

#include <cstdint>
#include <optional>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/image/frame.h"
#include "retinue/io/stream.h"
#include "retinue/results/results.h"

namespace retinue {

/// Keeps the results of every frame, and the frames too when it asks for
/// pictures. Memory grows with the stream: for tests and short clips.
class CollectingSink final : public Sink {
 public:
  explicit CollectingSink(Picture picture = Picture::kNone) : picture_(picture) {}

  Picture picture() const override { return picture_; }
  Result<void> Begin(const StreamInfo& stream) override;
  Result<void> Write(const Frame& frame, const FrameResult& result) override;
  Result<void> Finish() override;

  /// What Begin got; empty before it.
  const std::optional<StreamInfo>& stream() const { return stream_; }
  /// One for each Write, in order.
  const std::vector<FrameResult>& results() const { return results_; }
  /// One for each Write, or none when picture() is kNone: a decoder's buffers
  /// are not held without need.
  const std::vector<Frame>& frames() const { return frames_; }
  /// How often Finish was called: 1 after a correct run.
  int finish_count() const { return finish_count_; }

 private:
  Picture picture_;
  std::optional<StreamInfo> stream_;
  std::vector<FrameResult> results_;
  std::vector<Frame> frames_;
  int finish_count_ = 0;
};

/// Counts and forgets: what a bench measures a pipeline with.
class NullSink final : public Sink {
 public:
  explicit NullSink(Picture picture = Picture::kNone) : picture_(picture) {}

  Picture picture() const override { return picture_; }
  Result<void> Begin(const StreamInfo&) override { return {}; }
  Result<void> Write(const Frame&, const FrameResult& result) override {
    ++frames_;
    objects_ += static_cast<std::int64_t>(result.objects.size());
    return {};
  }
  Result<void> Finish() override { return {}; }

  std::int64_t frames() const { return frames_; }
  std::int64_t objects() const { return objects_; }

 private:
  Picture picture_;
  std::int64_t frames_ = 0;
  std::int64_t objects_ = 0;
};

}  // namespace retinue
