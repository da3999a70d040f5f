#pragma once

// MemorySource: frames that are already there, as a Source. The twin of files
// and cameras for tests and examples, and the way to run a pipeline on pictures
// that a program made itself. Thread rule: one thread, as for every Source.

#include <cstdint>
#include <optional>
#include <vector>

#include "retinue/io/stream.h"

namespace retinue {

/// How a MemorySource behaves beside giving its frames.
struct MemorySourceOptions {
  int pending_before_each = 0;     ///< Next() answers kPending so often before each frame and end.
  std::optional<Error> failure{};  ///< Given once, instead of the end of the stream.
  SourceStats stats{};             ///< What stats() says; `frames` is counted.
};

/// Gives frames from memory, in their order, without copying pixels.
class MemorySource final : public Source {
 public:
  /// @param info    As it is, but empty fields are filled in: the size of the first frame,
  ///                the number of frames, the name `memory`.
  /// @param frames  Not empty ones. They are renumbered from 0 in stream 0; times are kept.
  explicit MemorySource(std::vector<Frame> frames, StreamInfo info = {},
                        MemorySourceOptions options = {});

  const StreamInfo& info() const override { return info_; }

  /// Never blocks and allocates nothing. @error MemorySourceOptions::failure
  Result<Pull> Next(Frame& out) override;

  SourceStats stats() const override { return options_.stats; }

 private:
  StreamInfo info_;
  std::vector<Frame> frames_;
  MemorySourceOptions options_;
  std::size_t next_ = 0;
  int pending_ = 0;
};

}  // namespace retinue
